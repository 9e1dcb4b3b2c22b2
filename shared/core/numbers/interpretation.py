"""Every valid reading of what a cell spells, each with what speaks for it.

Called by `numbers`, which accepts one only when it is alone and something speaks for it. Readings themselves come from
`candidates`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from enum import Enum, auto

from shared.core.numbers import candidates, numbering_plan
from shared.core.numbers.candidates import Candidate
from shared.core.numbers.numbering_plan import LineType
from shared.core.numbers.written_number import WrittenNumber, Zeros
from shared.core.values.phone import PhoneNumber

_TELLING_GROUPS = 3
"""With fewer groups of digits, too many countries write alike."""


class Basis(Enum):
    """What makes a reading more than a possibility."""

    SPELLING = auto()
    """A plus or `00`: the cell itself names the country."""
    REGION = auto()
    """It is a number of the person's region."""
    NOTHING = auto()
    """It is another country's number if a plus is missing."""


Interpretation = dict[Candidate, Basis]


def interpret(written: WrittenNumber, region: str | None, fitting_lines: Collection[LineType]) -> Interpretation:
    """All that `written` can mean for somebody in `region`; `fitting_lines` are those its column accepts."""
    found: Interpretation = {}
    for digits in written.spellings:
        for candidate, basis in _as_written(digits, region, international=written.international):
            found.setdefault(candidate, basis)
        for candidate in _with_lost_zero(digits, region, written.zeros, fitting_lines):
            found.setdefault(candidate, Basis.REGION)
    return _told_apart(found, written)


def is_two_numbers(written: WrittenNumber, region: str | None) -> bool:
    """Whether what stands before a slash is a number by itself, not an area code."""
    if not written.area:
        return False
    return next(_as_written(written.area, region, international=written.international), None) is not None


def _as_written(digits: str, region: str | None, *, international: bool) -> Iterator[tuple[Candidate, Basis]]:
    if international:
        yield from ((candidate, Basis.SPELLING) for candidate in candidates.international(digits))
        return
    if digits.startswith("00"):
        yield from ((candidate, Basis.SPELLING) for candidate in candidates.international(digits[2:]))
    if region:
        yield from ((candidate, Basis.REGION) for candidate in candidates.national(digits, region))
    for candidate in candidates.international(digits):
        at_home = region is not None and candidate.number.country_code == numbering_plan.country_code_of(region)
        yield candidate, Basis.REGION if at_home else Basis.NOTHING


def _with_lost_zero(
    digits: str, region: str | None, zeros: Zeros, fitting_lines: Collection[LineType]
) -> Iterator[Candidate]:
    """With a zero in front that Excel may have taken away.

    A text seldom loses one, so there it only counts where it would fit the column: Italian mobiles would otherwise
    be in doubt with landlines wherever they are written without +39.
    """
    if region is None or zeros is Zeros.KEPT:
        return
    for candidate in candidates.national(f"0{digits}", region):
        if zeros is Zeros.LIKELY_LOST or candidate.line in fitting_lines:
            yield candidate


def _told_apart(found: Interpretation, written: WrittenNumber) -> Interpretation:
    """Only the reading that is usually written in these groups, as (202) 555-0123 is at home and not in Egypt.

    Nothing is told apart where a rival's country code stands alone, as if its plus were missing.
    """
    if len(found) == 1 or len(written.groups) < _TELLING_GROUPS:
        return found
    usual = {
        candidate: basis for candidate, basis in found.items() if written.groups in candidates.usual_groups(candidate)
    }
    rivals = (candidate.number for candidate in found if candidate not in usual)
    if len(usual) != 1 or any(_begins_with_country(number, written) for number in rivals):
        return found
    return usual


def _begins_with_country(number: PhoneNumber, written: WrittenNumber) -> bool:
    return number.digits in written.spellings and len(str(number.country_code)) == written.groups[0]
