"""A number whose last digits are dialled through a company's exchange: `030 23125-0` with 678 is `030 23125678`.

In countries whose numbers differ in length the digits lengthen the company's number; they replace a zero after a dash,
which reaches the switchboard. If more than one number can be meant, all are returned, so that the number is refused as
ambiguous.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from shared.core.numbers.written_number import WrittenNumber
from shared.core.values.slot import PhoneNumber

_USUAL_DIGITS = 13
"""Country code and 11 digits, as Germany assigns them. A longer number probably is a complete one with added digits."""
_LONGEST_AREA_CODE = 6


def with_direct_dial(written: WrittenNumber) -> WrittenNumber:
    """The spellings of the whole numbers that the company's number and the direct-dial digits can make."""
    spelled = (longer for digits in written.spellings for longer in _whole(digits, written))
    return replace(written, spellings=tuple(dict.fromkeys(spelled)), direct_dial="", ending="", groups=())


def _whole(digits: str, written: WrittenNumber) -> Iterator[str]:
    dialled, ending = written.direct_dial, written.ending
    if ending == dialled:
        yield digits
        return
    stem = digits.removesuffix(ending)
    if ending and not ending.strip("0"):
        yield stem + dialled
        return
    yield digits + dialled
    if digits.endswith(dialled):
        yield digits
    elif names_a_desk(written):
        yield stem + dialled
    elif digits.endswith("0"):
        yield digits[:-1] + dialled


def names_a_desk(written: WrittenNumber) -> bool:
    """Whether digits follow a dash, and before it there is more than an area code."""
    *before, _ = written.groups or (0,)
    is_area = len(before) == 1 + written.international and before[-1] <= _LONGEST_AREA_CODE
    return bool(written.ending) and not is_area


def is_unusually_long(number: PhoneNumber) -> bool:
    return len(number.digits) > _USUAL_DIGITS
