"""The text of a cell without what people cannot see, and words without case and accents.

Called by everything that reads a cell or a header; knows nothing of numbers, people or columns.
"""

from __future__ import annotations

import re
import unicodedata

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_APOSTROPHES = "'`´‘’"  # noqa: RUF001 - the ones people paste
_QUOTED = re.compile(r'=?"(?P<inside>[^"]*)"')
_WITHOUT_DECOMPOSITION = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"})  # noqa: RUF001 - Turkish


def visible_text(text: str) -> str:
    """`text` as a person reads it.

    Direction marks and other invisible characters go, every kind of space is a space, full-width characters and the
    digits of any script are ASCII, and the wrappings that keep a spreadsheet from computing (`'…`, `="…"`) are off.
    Superscripts and circled digits stay as they are: they are footnotes, not digits.
    """
    if not text.isascii():
        text = "".join(map(_plain_character, text.translate(_FULL_WIDTH)))
    text = text.strip()
    quoted = _QUOTED.fullmatch(text)
    return (quoted["inside"] if quoted else text).lstrip(_APOSTROPHES).strip()


def _plain_character(character: str) -> str:
    match unicodedata.category(character):
        case "Cf":
            return ""
        case "Zs":
            return " "
        case "Nd":
            return str(unicodedata.decimal(character))
        case _:
            return character


def folded(text: str) -> str:
    """Letters and digits only, without case and accents: what is left when spelling habits are taken away."""
    lowered = visible_text(text).casefold().translate(_WITHOUT_DECOMPOSITION)
    return "".join(character for character in unicodedata.normalize("NFKD", lowered) if character.isalnum())
