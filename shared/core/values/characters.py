"""Characters that look alike become one, and those that may stand between the digits of a phone number.

It imports no library, because the redaction of logs needs it when the app starts.
"""

from __future__ import annotations

import unicodedata

DASHES = "‐‑‒–—―−"  # noqa: RUF001 - the dashes people type
SEPARATORS = rf"\s().\-\[\]/·{DASHES}"
"""What may stand between the digits of a phone number, as a set of a regular expression."""
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_IGNORABLE = (
    "00AD-00AD 034F-034F 061C-061C 115F-1160 17B4-17B5 180B-180F 200B-200F 202A-202E 2060-206F 3164-3164 FE00-FE0F"
    " FEFF-FEFF FFA0-FFA0 FFF0-FFF8 1BCA0-1BCA3 1D173-1D17A E0000-E0FFF"
)
"""Default_Ignorable_Code_Point in DerivedCoreProperties.txt of Unicode 16: variation selectors, joiners, fillers."""
_BOUNDS = [(int(first, 16), int(last, 16)) for first, last in (each.split("-") for each in _IGNORABLE.split())]
_REPLACED: dict[int, int | None] = {
    **_FULL_WIDTH,
    **{code: None for first, last in _BOUNDS for code in range(first, last + 1)},
}


def plain_characters(text: str) -> str:
    """`text` in characters that look alike.

    Direction marks and other invisible characters of Unicode are removed. Every Unicode space becomes an ASCII space.
    Full-width characters, and digits of any script, become ASCII. Superscripts and circled digits stay unchanged: they
    are footnotes, not digits.
    """
    return text if text.isascii() else "".join(map(_plain_character, text.translate(_REPLACED)))


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
