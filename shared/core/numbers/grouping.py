"""What the groups of typed digits say: each country has usual ones.

Called by `read_number`. (202) 555-0123 is usual in the USA and not in Egypt; 70255 50133 is usual in India and breaks
an American number inside its area code.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cache

import phonenumbers
from phonenumbers import PhoneNumberFormat

from shared.core.numbers import numbering_plan
from shared.core.numbers.candidates import Candidate, Candidates, national_candidates
from shared.core.numbers.numbering_plan import LineType
from shared.core.numbers.written_number import WrittenNumber
from shared.core.values.slot import PhoneNumber

_TELLING_GROUPS = 3
"""Numbers with fewer groups of digits look the same in too many countries."""

Groups = tuple[int, ...]
"""How many digits there are between separators."""


def usually_grouped_so(found: Candidates, written: WrittenNumber) -> Candidates:
    """The one candidate that is usually written in these groups, else all.

    All candidates stay where the country code of another one stands alone, as if its plus were missing.
    """
    if len(found) == 1 or len(written.groups) < _TELLING_GROUPS:
        return found
    usual = {candidate: basis for candidate, basis in found.items() if written.groups in _usual_groups(candidate)}
    others = (candidate.number for candidate in found if candidate not in usual)
    if len(usual) != 1 or any(_begins_with_country(number, written) for number in others):
        return found
    return usual


def usual_only_elsewhere(
    candidate: Candidate, written: WrittenNumber, accepted_lines: Collection[LineType]
) -> tuple[PhoneNumber, ...]:
    """The numbers of other countries that are usually written exactly so, where no one at home writes so; else ().

    At home people group the digits of a line as they like, but they keep the prefix or area code together. So groups
    are strange only if the first of them ends where the usual groups have no end.
    """
    if len(written.groups) < 2 or _breaks_as_at_home(candidate, written.groups):  # noqa: PLR2004 - one group is no grouping
        return ()
    home = candidate.number.country_code
    digits = written.spellings[0]
    elsewhere = (
        other
        for region in _main_regions()
        if numbering_plan.country_code_of(region) != home and numbering_plan.may_be_dialled(region, len(digits))
        for other in national_candidates(digits, region)
        if other.number.country_code == numbering_plan.country_code_of(region)
    )
    return tuple(
        other.number
        for other in elsewhere
        if other.line in accepted_lines and _is_national_spelling(other, digits, written.groups)
    )


@cache
def _main_regions() -> tuple[str, ...]:
    regions = {numbering_plan.main_region(code) for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE}
    return tuple(sorted(region for region in regions if numbering_plan.is_known_region(region)))


def _breaks_as_at_home(candidate: Candidate, groups: Groups) -> bool:
    """Whether the first group ends where a usual group ends, counted from the last digit."""
    usual_ends = {sum(usual[place:]) for usual in _usual_groups(candidate) for place in range(1, len(usual))}
    return sum(groups[1:]) in usual_ends


def _is_national_spelling(candidate: Candidate, digits: str, groups: Groups) -> bool:
    """Whether the digits stand as in the national format, or as in the international one behind the country code."""
    national, international = (re.findall(r"\d+", spelled) for spelled in _spellings(candidate))
    return any(
        "".join(spelled) == digits and tuple(map(len, spelled)) == groups for spelled in (national, international[1:])
    )


def _begins_with_country(number: PhoneNumber, written: WrittenNumber) -> bool:
    return number.digits in written.spellings and len(str(number.country_code)) == written.groups[0]


def _usual_groups(candidate: Candidate) -> set[Groups]:
    """The groups of the national format, and of the international one without the plus."""
    return {tuple(map(len, re.findall(r"\d+", spelled))) for spelled in _spellings(candidate)}


def _spellings(candidate: Candidate) -> Iterator[str]:
    """The national and the international format."""
    number, zeros = candidate.number, len(candidate.number.national) - len(candidate.number.national.lstrip("0"))
    known = phonenumbers.PhoneNumber(
        country_code=number.country_code,
        national_number=int(number.national),
        italian_leading_zero=zeros > 0 or None,
        number_of_leading_zeros=zeros if zeros > 1 else None,
    )
    for form in (PhoneNumberFormat.NATIONAL, PhoneNumberFormat.INTERNATIONAL):
        yield phonenumbers.format_number(known, form)
