"""A real browser before the console: Debian's Chromium through Playwright, with or without scripts.

Whatever a page reports is a fault: a console error, a violation of the content security policy, a request to elsewhere.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from sandbox.functions_host.sign_in import COLLEAGUES
from testing.site import SESSION

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or ""
WHERE_FROM = "no Chromium: `make .chromium/.ready` installs it, or the variable CHROMIUM names it"
AXE = Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js"
_OBJECT_IDS = {one.does: one.object_id for one in COLLEAGUES}
_WATCH = "addEventListener('securitypolicyviolation', event => console.error('CSP', event.effectiveDirective))"


CARDS = AXE.parents[1] / "adaptivecards" / "dist" / "adaptivecards.min.js"
_SHOW_CARD = r"""card => {
  AdaptiveCards.AdaptiveCard.onProcessMarkdown = (text, result) => {
    const plain = text.replace(/[&<>]/g, one => `&#${one.charCodeAt()};`);
    result.outputHtml = plain.replace(/\\([\\`*_\[\]#])|\[([^\]]*)\]\(([^)]*)\)|\*\*([^*]+)\*\*/g,
      (_, sign, link, url, bold) => sign ?? (bold ? `<strong>${bold}</strong>` : `<a href="${url}">${link}</a>`));
    result.didProcess = true;
  };
  const shown = new AdaptiveCards.AdaptiveCard(), context = new AdaptiveCards.SerializationContext();
  shown.parse(card, context);
  document.body.replaceChildren(shown.render());
  return Array.from({length: context.eventCount}, (_, at) => context.getEventAt(at).message);
}"""


@cache
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")


class PageFaultError(Exception):
    """What the pages of a visit reported."""


@dataclass
class Visitor:
    """Somebody at a browser; `faults` are those of the pages so far."""

    page: Page
    site: str
    faults: list[str] = field(default_factory=list)

    def open(self, address: str) -> None:
        self.page.goto(f"{self.site}/console{address}")

    def says(self, text: str) -> bool:
        return text in self.page.inner_text("main")

    def press(self, name: str) -> None:
        """Press the button or follow the link with this name."""
        self.page.locator("button, a").filter(has_text=name).first.click()

    def violations(self) -> list[str]:
        """What axe finds on the page, each with its elements. Its text runs beside the policy of the page."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(_axe())
        found: dict[str, Any] = self.page.evaluate("() => axe.run(document)")
        return [f"{one['id']}: {[node['target'] for node in one['nodes']]}" for one in found["violations"]]


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        try:
            yield browser
        finally:
            browser.close()


def show_card(page: Page, card: dict[str, Any]) -> list[str]:
    """Show an Adaptive Card as Microsoft's library renders it; returns what the library complains of.

    The library leaves Markdown to whoever uses it: here what Teams reads as links, bold text and escaped characters.
    """
    page.set_content('<!doctype html><body style="font: 14px sans-serif; width: 26rem; padding: 1rem"></body>')
    page.evaluate(CARDS.read_text(encoding="utf-8"))
    complaints: list[str] = page.evaluate(_SHOW_CARD, card)
    return complaints


@contextmanager
def visiting(browser: Browser, site: str, who: str, **options: Any) -> Iterator[Visitor]:  # noqa: ANN401 - Playwright's own
    """A browser of its own for a colleague, by what they do; "" = nobody is signed in. Raises for faults of pages."""
    context: BrowserContext = browser.new_context(**options)
    context.set_default_timeout(20_000)
    if who:
        context.add_cookies([{"name": SESSION, "value": _OBJECT_IDS[who], "url": site}])
    context.add_init_script(_WATCH)
    visitor = Visitor(context.new_page(), site)
    visitor.page.on("console", lambda said: visitor.faults.append(said.text) if said.type == "error" else None)
    visitor.page.on("pageerror", lambda error: visitor.faults.append(str(error)))
    visitor.page.on(
        "request", lambda sent: None if sent.url.startswith(site) else visitor.faults.append(f"request to {sent.url}")
    )
    try:
        yield visitor
        expected = "Failed to load resource: the server responded with a status of 4"
        if faults := [fault for fault in visitor.faults if not fault.startswith(expected)]:
            raise PageFaultError(faults)
    finally:
        context.close()
