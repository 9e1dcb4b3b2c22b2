"""How Graph reads and stores phone numbers: `+CC NSN[xEXT]`.

Called by the state for every number that comes in; it does not use the app's own number type, so that an
error of one is not hidden by the other. Graph checks the format only, not whether the number can exist
(numbers with a trunk zero are known to pass).
"""

from __future__ import annotations

import re

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

_NUMBER = re.compile(
    r"\+(?:(?P<code>[1-9]\d{0,2}) (?P<national>\d{3,14})|(?P<digits>[1-9]\d{6,14}))(?:[xX](?P<ext>\d{1,10}))?",
    re.ASCII,
)
_MAX_DIGITS = 15


def stored_spelling(number: str, *, space_required: bool = False) -> str | None:
    """`number` as Graph stores it, or None when its format is refused."""
    match = _NUMBER.fullmatch(number)
    if match is None:
        return None
    code, national = match["code"], match["national"]
    if code is None:
        if space_required:
            return None
        code = _country_code(match["digits"])
        national = match["digits"][len(code) :]
    if not code or int(code) not in COUNTRY_CODE_TO_REGION_CODE or len(code) + len(national) > _MAX_DIGITS:
        return None
    extension = f"x{match['ext']}" if match["ext"] else ""
    return f"+{code} {national}{extension}"


def same_number(number: str) -> str:
    """The digits and the extension of a number, which are equal for all its spellings."""
    return re.sub(r"[^0-9x]", "", number.lower())


def masked(number: str) -> str:
    """All digits but the last two crossed out, as administrators see numbers in a delegated session."""
    return re.sub(r"\d(?=\D*\d\D*\d)", "X", number)


def _country_code(digits: str) -> str:
    """The leading country code; ITU codes are prefix-free, so at most one length fits."""
    heads = (digits[:length] for length in (1, 2, 3))
    return next((head for head in heads if int(head) in COUNTRY_CODE_TO_REGION_CODE), "")
