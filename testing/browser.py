"""A real browser before the console: Debian's Chromium through Playwright, with or without scripts.

A page's console errors, exceptions, violations of the content security policy and requests to elsewhere are faults; an
HTTP error status is none.
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
_VIOLATIONS = """async () => {
  const found = await axe.run(document, {resultTypes: ['violations']});
  return found.violations.map(one => `${one.id}: ${one.nodes.map(node => node.target)}`);
}"""
_FOCUSED = """() => {
  const found = document.activeElement, box = found.getBoundingClientRect();
  const isOutlined = getComputedStyle(found).outlineStyle !== 'none' && box.width > 0;
  const isOnScreen = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return [(found.labels?.[0] ?? found).textContent.trim(), isOutlined && isOnScreen];
}"""
_MOST_STOPS = 40
_WATCH = "addEventListener('securitypolicyviolation', event => console.error('CSP', event.effectiveDirective))"


CARDS = AXE.parents[1] / "adaptivecards" / "dist" / "adaptivecards.min.js"
_SHOW_CARD = r"""card => {
  AdaptiveCards.AdaptiveCard.onProcessMarkdown = (text, result) => {
    const plain = text.replace(/[&<>]/g, one => `&#${one.charCodeAt()};`);
    result.outputHtml = plain.replace(/\\([\\`*_\[\]#.)+-])|\[([^\]]*)\]\(([^)]*)\)|\*\*([^*]+)\*\*/g,
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
    """A person at a browser; `faults` are those of the pages so far."""

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

    def tab_to(self, name: str) -> None:
        """Press Tab until the focus is on the element with this name.

        Raises PageFaultError when the focus cannot be seen on the way, or does not get there.
        """
        self.page.wait_for_load_state()
        for _ in range(_MOST_STOPS):
            self.page.keyboard.press("Tab")
            found, is_seen = self.page.evaluate(_FOCUSED)
            if not is_seen:
                raise PageFaultError([f"the focus on {found!r} cannot be seen"])
            if name in found:
                return
        raise PageFaultError([f"Tab does not lead to {name!r}"])

    def enter(self, name: str, text: str = "") -> None:
        """By the keyboard alone: go to a link, a button or a field, type the text, and press Enter."""
        self.tab_to(name)
        self.page.keyboard.type(text)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def hears(self, text: str) -> bool:
        """Whether the focus is where a screen reader reads the text."""
        return text in self.page.evaluate(_FOCUSED)[0]

    def violations(self) -> list[str]:
        """What axe finds on the page, each with its elements. The page's content security policy does not stop axe."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(_axe())
        found: list[str] = self.page.evaluate(_VIOLATIONS)
        return found


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

    The library does not render Markdown; here links, bold text and escaped characters are rendered as Teams does.
    """
    page.set_content('<!doctype html><body style="font: 14px sans-serif; width: 26rem; padding: 1rem"></body>')
    page.evaluate(CARDS.read_text(encoding="utf-8"))
    complaints: list[str] = page.evaluate(_SHOW_CARD, card)
    return complaints


@contextmanager
def visiting(browser: Browser, site: str, who: str, **options: Any) -> Iterator[Visitor]:  # noqa: ANN401 - Playwright's own
    """A browser context of its own for the colleague who `does` this, such as `HR`; "" = no one is signed in.

    Raises PageFaultError for faults of the pages.
    """
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
        expected = "Failed to load resource: the server responded with a status of "
        if faults := [fault for fault in visitor.faults if not fault.startswith(expected)]:
            raise PageFaultError(faults)
    finally:
        context.close()
