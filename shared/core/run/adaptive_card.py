"""A notification as an Adaptive Card for a Teams workflow: what happened, counts, what to do, and a link.

Version 1.2, because Teams shows no later one on phones. Source: "Adaptive Cards for Teams"; the envelope is that of the
trigger "When a Teams webhook request is received".
"""

from __future__ import annotations

import re
from typing import Any

from shared.core.run.notifications import Notification, Severity

_COLOURS = {Severity.INFO: "good", Severity.WARNING: "warning", Severity.ERROR: "attention"}
_SHOWN_OF_HASH = 16
"""How many hexadecimal digits of a hash are shown: few enough for a phone, too many to make another
record whose hash begins with them."""
_MARKDOWN = re.compile(r"([\\`*_\[\]#])")
_LIST = re.compile(r"^(\d*)([-+.)])")
_EXPRESSION = re.compile(r"[{$@](?=\{)")
"""The beginning of a date that Adaptive Cards format, or of an expression of a template or of Power Automate."""


def message_with_card(notification: Notification, link: str) -> dict[str, Any]:
    """The body of the request; `link` "" = the card has no button."""
    content = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None}
    return {"type": "message", "attachments": [{**content, "content": _card(notification, link)}]}


def _card(notification: Notification, link: str) -> dict[str, Any]:
    about = notification.about
    title = _text(about.meaning, size="medium", weight="bolder", color=_COLOURS[about.severity])
    message = [_text(notification.message)] if notification.message else []
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.2",
        "body": [title, *message, {"type": "FactSet", "facts": _facts(notification)}, _text(about.remedy)],
    }
    if link:
        title_of_link = "Open the run" if notification.run else "Open the findings of the doctor"
        card["actions"] = [{"type": "Action.OpenUrl", "title": title_of_link, "url": link}]
    return card


def _text(text: str, **look: str) -> dict[str, Any]:
    """The text on one line with Markdown escaped, so that text from a file cannot become a link, a list or a date."""
    line = _EXPRESSION.sub(r"\g<0> ", " ".join(text.split()))
    return {"type": "TextBlock", "text": _LIST.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\1", line)), "wrap": True, **look}


def _facts(notification: Notification) -> list[dict[str, str]]:
    of_run = {"Run": notification.run, "State": notification.state, "Source": notification.source}
    counts = {state: str(count) for state, count in notification.counts.items() if count}
    head = f"{notification.journal_sequence} {notification.journal_hash[:_SHOWN_OF_HASH]}"
    shown = {
        **of_run,
        **counts,
        "At": f"{notification.at:%Y-%m-%d %H:%M} UTC",
        "Journal": head if notification.journal_hash else "",
    }
    return [{"title": title, "value": value} for title, value in shown.items() if value]
