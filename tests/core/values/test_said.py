"""What a file, a service or a person gave is shown inside a sentence, and changes nothing of the sentence around it."""

from __future__ import annotations

import pickle

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.core.run.adaptive_card import message_with_card
from shared.core.run.notifications import Notification, NotificationKind
from shared.core.values.said import Said, made_of, said_of, verbatim
from testing.virtual_time import START

MARKS = "\u061c\u180e\ufff9\ud83d\U000e0041"
MARKS += "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u200b\u2028\u2029\ufeff\x00\x07\x1b\r\x85"
HOSTILE = st.lists(
    st.sampled_from([*MARKS, "[a](https://evil.example)", "{{DATE(2026)}}", "{name}", "<b>", "**", "# ", "x" * 10_000])
    | st.text(max_size=5),
    max_size=6,
).map("".join)


@settings(max_examples=60)
@given(HOSTILE)
def test_no_text_changes_how_the_sentence_around_it_is_shown(text: str) -> None:
    """Also once it was stored, in another language, inside another sentence, and on a card."""
    said = Said("sheet '{name}' is not read", name=text)
    stored = said_of(str(said), made_of(said))
    card = message_with_card(Notification("a", NotificationKind.HELD, START, message=said), "")
    shown = card["attachments"][0]["content"]["body"][1]["text"]
    for one in (said, stored, str(said.values["name"]), Said("{all}", all=said), verbatim(text), shown):
        assert not set(MARKS) & set(one)
    assert said == stored == pickle.loads(pickle.dumps(said))  # noqa: S301 - our own
    assert said.startswith("sheet '")
    assert said.endswith("' is not read")


def test_what_scripts_need_stays() -> None:
    """Joiners, spaces of other kinds, and letters that are written from right to left."""
    for text in (
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\u0915\u094d\u200d\u0937",
        "a\u00a0b",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "two\nlines",
    ):
        assert text == verbatim(text)
