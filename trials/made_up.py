"""Recognises any number, private e-mail address and sign-in name of made-up people.

`tests/watch.py` searches the logs of all tests with it, so that every test with made-up people is a test with canaries.
The ranges are those of `fictional_numbers`, and other reserved ranges that tests spell out.
"""

from __future__ import annotations

import re

from trials.canaries import SEPARATORS, CanaryKind, Finder

RANGES: dict[int, tuple[str, ...]] = {
    1: ("NXX55501XX",),
    49: ("17139200XX", "176040690XX", "3023125XXX"),
    46: ("7017406XX", "8465004XX"),
    61: ("491570006", "4915701XX", "25550XXXX"),
    33: ("19900XXXX", "639980XXX"),
    44: ("2079460XXX", "7700900XXX"),
}
"""National numbers by country code; N is a digit from 2 on and X any."""
_ANY_WITH_PLUS = rf"\+[1-9](?:{SEPARATORS}\d){{7,14}}"
"""Any text that looks like an international number."""
_DIGITS = re.compile(rf"\d(?:{SEPARATORS}\d){{7,}}")
"""Enough digits for a number; the slow search for numbers looks only here."""
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?")
"""A time in a log, which is no number: at 25 minutes and 55 seconds it has the digits of an Australian one."""
_LOCAL_PART_AND_AT = r"@(?<=[\w.+'#-]@)"
"""The at sign first, because it is what a search finds fastest."""


def made_up() -> Finder:
    return Finder(
        {
            CanaryKind.PHONE: _holds_a_number,
            CanaryKind.EMAIL: re.compile(
                rf"{_LOCAL_PART_AND_AT}(?:[\w-]+\.)*example\.(?:com|org)", re.IGNORECASE
            ).search,
            CanaryKind.SIGN_IN: re.compile(rf"{_LOCAL_PART_AND_AT}contoso\.example", re.IGNORECASE).search,
        }
    )


def _holds_a_number(text: str) -> bool:
    text = _TIME.sub("|", text)
    places = ((max(0, digits.start() - 1), digits.end()) for digits in _DIGITS.finditer(text))  # from the plus sign on
    return any(_NUMBER.search(text, start, end) for start, end in places)


def _national(code: int, digits: str) -> str:
    """Matches a number in any grouping, with or without country code or trunk zero, but not inside a longer number."""
    prefix = f"(?:0{{0,2}}{SEPARATORS.join(str(code))}{SEPARATORS})?(?:0{SEPARATORS})?"
    number = SEPARATORS.join({"N": "[2-9]", "X": r"\d"}.get(digit, digit) for digit in digits)
    return rf"(?<!\d){prefix}{number}(?!\d)"


_NUMBER = re.compile(
    "|".join((_ANY_WITH_PLUS, *(_national(code, digits) for code, nationals in RANGES.items() for digits in nationals)))
)
