"""Finds every valid number that digits may stand for, why each is likely, and whether the groups of digits decide.

A candidate lacks dialling prefixes that were typed (`00`, the trunk zero, a carrier code), or has what the numbering
plan puts in their place. Beyond that, the only digit that it may have in addition is a zero in front that Excel may
have removed. Each country groups digits in its own ways: (202) 555-0123 is usual in the USA and not in Egypt; 70255
50133 is usual in India and breaks an American number inside its area code.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from enum import Enum, auto
from functools import cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneNumberFormat

from shared.core.numbers import numbering_plan
from shared.core.numbers.numbering_plan import LineType
from shared.core.numbers.written_number import WrittenNumber, Zeros
from shared.core.values.slot import PhoneNumber

_E164_DIGITS = 15
_SHORTEST_NATIONAL = 2


class Candidate(NamedTuple):
    """A valid number and the kind of line behind it."""

    number: PhoneNumber
    line: LineType


class Basis(Enum):
    """Why a candidate is likely."""

    SPELLING = auto()
    """The number names its country: by a plus, `00`, a calling code in its own cell, or the reading INTERNATIONAL."""
    REGION = auto()
    """The digits are dialled in this way in the person's country, perhaps after a lost zero, or begin with its country
    code."""
    ACCOUNT = auto()
    """The digits are dialled so, perhaps after a lost zero, in the account's country; the row names another one."""
    NOTHING = auto()
    """The digits begin with a country code, but not with that of the person's country: a plus would be missing."""


Candidates = dict[Candidate, Basis]


def as_written(digits: str, region: str | None, *, international: bool) -> Iterator[tuple[Candidate, Basis]]:
    """The candidates of `digits` as they stand, without a lost zero; `international` is as in `WrittenNumber`."""
    candidate = international_candidate(digits)
    if international:
        if candidate:
            yield candidate, Basis.SPELLING
        return
    if digits.startswith("00") and (behind_prefix := international_candidate(digits[2:])):
        yield behind_prefix, Basis.SPELLING
    if region:
        yield from ((each, Basis.REGION) for each in national_candidates(digits, region))
    if candidate:
        at_home = region is not None and candidate.number.country_code == numbering_plan.country_code_of(region)
        yield candidate, Basis.REGION if at_home else Basis.NOTHING


def with_lost_zero(
    digits: str, region: str | None, zeros: Zeros, accepted_lines: Collection[LineType]
) -> Iterator[Candidate]:
    """The candidates with a zero in front that Excel may have removed.

    Text rarely loses a zero. So for text the candidate counts only if its line is accepted; otherwise every Italian
    mobile without +39 would be ambiguous with a landline.
    """
    if region is None or zeros is Zeros.KEPT:
        return
    for candidate in national_candidates(f"0{digits}", region):
        if zeros is Zeros.LIKELY_LOST or candidate.line in accepted_lines:
            yield candidate


def international_candidate(digits: str) -> Candidate | None:
    """The candidate of digits that begin with a country code; None = they are no valid number.

    If they are not valid as they are, the country's trunk prefix is dropped (`+31 06…`), or a zero where the country
    has no such prefix (`+34 06…`).
    """
    code = numbering_plan.leading_country_code(digits)
    if code is None:
        return None
    rest = digits[len(str(code)) :]
    candidate = valid_candidate(code, rest) or valid_candidate(
        code, numbering_plan.without_national_prefix(code, numbering_plan.main_region(code), rest)
    )
    if candidate is None and rest.startswith("0"):
        candidate = valid_candidate(code, rest[1:])
    return candidate


def national_candidates(digits: str, region: str) -> Iterator[Candidate]:
    """The candidates of digits dialled in `region`: unchanged, without trunk prefix, without international prefix."""
    code = numbering_plan.country_code_of(region)
    for rest in (digits, numbering_plan.without_national_prefix(code, region, digits)):
        candidate = valid_candidate(code, rest)
        if candidate:
            yield candidate
    abroad = numbering_plan.without_international_prefix(region, digits)
    candidate = international_candidate(abroad) if abroad else None
    if candidate:
        yield candidate


def valid_candidate(code: int, national_digits: str | None) -> Candidate | None:
    if not national_digits or not _SHORTEST_NATIONAL <= len(national_digits) <= _E164_DIGITS - len(str(code)):
        return None
    line = numbering_plan.line_type(code, national_digits)
    return None if line is None else Candidate(PhoneNumber(code, national_digits), line)


_TELLING_GROUPS = 3
"""Numbers with fewer groups of digits look the same in too many countries."""

Groups = tuple[int, ...]
"""How many digits each group has."""


def usually_grouped_so(found: Candidates, written: WrittenNumber) -> Candidates:
    """The candidate that is usually written in these groups, if it is the only one; otherwise all.

    All candidates stay if the first group is the country code of another one, as if only its plus were missing.
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
    """The numbers of other countries whose usual groups are exactly these, if they are unusual in the candidate's own
    country; otherwise ().

    In their own country people group digits as they like, but keep the prefix or area code together. So groups are
    unusual only if the first one ends where no usual group ends.
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
    return tuple(sorted(region for region in regions if region in numbering_plan.KNOWN_REGIONS))


def _breaks_as_at_home(candidate: Candidate, groups: Groups) -> bool:
    """Whether the first group ends where a usual group ends, counted from the last digit."""
    usual_ends = {sum(usual[place:]) for usual in _usual_groups(candidate) for place in range(1, len(usual))}
    return sum(groups[1:]) in usual_ends


def _is_national_spelling(candidate: Candidate, digits: str, groups: Groups) -> bool:
    """Whether the digits are grouped as in the national format, or in the international one after the country code."""
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
