"""The spellings in which HR writes phone numbers.

Used by `people`, which draws one for each number, and by `exports`, which writes it into a cell.
"""

from __future__ import annotations

import random
from enum import StrEnum

import phonenumbers

from shared.core.values.slot import PhoneNumber


class Spelling(StrEnum):
    """How HR wrote a number into its cell; `exports` renders it."""

    INTERNATIONAL = "international"
    E164 = "e164"
    NO_BREAK_SPACES = "noBreakSpaces"
    DOTS = "dots"
    INTEGER_SHOWN_WITH_PLUS = "integerShownWithPlus"
    NATIONAL = "national"
    NATIONAL_INTEGER = "nationalInteger"
    LETTER_FOR_ZERO = "letterForZero"


WITH_EXTENSION = (Spelling.INTERNATIONAL, Spelling.NO_BREAK_SPACES)
ANYWHERE = (*WITH_EXTENSION, Spelling.E164, Spelling.DOTS, Spelling.INTEGER_SHOWN_WITH_PLUS)
AT_HOME = (Spelling.NATIONAL, Spelling.NATIONAL_INTEGER)
"""Spellings that can be read only with the country of the row or of the account."""


def spelling_of(number: PhoneNumber, country: str, rng: random.Random) -> Spelling:
    """A random spelling in which the number can be read where the person works."""
    if number.extension:
        return rng.choice(WITH_EXTENSION)
    at_home = number.country_code == phonenumbers.country_code_for_region(country)
    spelling = rng.choice((*ANYWHERE, *AT_HOME) if at_home else ANYWHERE)
    return Spelling.INTERNATIONAL if spelling in AT_HOME and _also_foreign(number) else spelling


def _also_foreign(number: PhoneNumber) -> bool:
    """Whether the national digits are a complete number of another country too: 201 555 0100 is also +20 1 555 0100.

    The app refuses such ambiguous digits, so the expected outcomes would be wrong.
    """
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(f"+{number.national}"))
    except phonenumbers.NumberParseException:
        return False
