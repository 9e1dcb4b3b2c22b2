"""Every card is one that Microsoft's library renders: with its text, its counts and its link, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page

from shared.core.run.adaptive_card import message_with_card
from shared.core.run.notifications import Notification, NotificationKind
from testing.browser import CHROMIUM, WHERE_FROM, chromium, show_card

pytestmark = pytest.mark.skipif(not CHROMIUM, reason=WHERE_FROM)

LINK = "https://app.example/console/runs/20261129T120000Z-0123456789"
HOSTILE = (
    "Held: [here](https://evil.example) <img src=x onerror=alert(1)> # heading **bold** "
    "{{DATE(2026-01-01T00:00:00Z, SHORT)}} {{{TIME(2026-01-01T00:00:00Z)}} ${$root} @{triggerBody()} =1+1"
)


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with chromium() as browser:
        yield browser.new_page()


def notification(kind: NotificationKind, message: str) -> Notification:
    return Notification(
        id=f"20261129T120000Z-0123456789-{kind}-7",
        kind=kind,
        at=datetime(2026, 11, 29, 12, tzinfo=UTC),
        message=message,
        run="20261129T120000Z-0123456789",
        state="held",
        source="blob",
        counts={"planned": 5, "refused": 0},
        journal_sequence=4711,
        journal_hash="5d" * 32,
    )


@pytest.mark.parametrize("kind", NotificationKind)
def test_a_card_shows_what_happened_and_what_to_do(page: Page, kind: NotificationKind) -> None:
    told = notification(kind, "Held: 2 of 5 people (40.0%) would get another number.")
    (attachment,) = message_with_card(told, LINK)["attachments"]
    assert [] == show_card(page, attachment["content"])
    shown = page.inner_text("body")
    for text in (told.about.meaning, told.about.remedy, told.message, told.run, "planned", f"4711 {'5d' * 8}"):
        assert text in shown
    assert "refused" not in shown.replace(told.about.remedy, "")
    assert ["Open the run"] == page.locator("[role=button], button").all_inner_texts()


def test_text_of_a_message_is_text(page: Page) -> None:
    """No link, picture, heading or date comes of what a file or a service has said; it is shown as it is."""
    (attachment,) = message_with_card(notification(NotificationKind.HELD, HOSTILE), LINK)["attachments"]
    assert [] == show_card(page, attachment["content"])
    assert 0 == page.locator("a, img, h1, strong").count()
    shown = HOSTILE
    for expression in ("{{{", "{{", "${", "@{"):
        shown = shown.replace(expression, " ".join(expression))
    assert shown in " ".join(page.inner_text("body").split())


@pytest.mark.parametrize("begins", ["- ", "+ ", "1. ", "12) ", "* ", "# ", "\n- ", " \t1. "])
def test_no_list_begins_in_a_message(begins: str) -> None:
    """Nor on a later line, because a message is one line; the backslash is Markdown's own."""
    text = message_with_card(notification(NotificationKind.FAILED, f"{begins}one\n\n{begins}two"), LINK)
    shown = text["attachments"][0]["content"]["body"][1]["text"]
    mark = begins.strip()
    assert f"{mark[:-1]}\\{mark[-1]} one {mark} two".replace(" * ", " \\* ").replace(" # ", " \\# ") == shown
