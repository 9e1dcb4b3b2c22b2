"""Every valid number that typed digits may stand for, and why each is likely.

Called by `read_number`, `grouping` and `joined_number`. A candidate may lose dialling prefixes (`00`, the trunk zero, a
carrier code); it never gains digits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from shared.core.numbers import numbering_plan
from shared.core.numbers.numbering_plan import LineType
from shared.core.numbers.written_number import Zeros
from shared.core.values.slot import PhoneNumber

_E164_DIGITS = 15
_SHORTEST_NATIONAL = 2


@dataclass(frozen=True, slots=True)
class Candidate:
    """A valid number and the kind of line behind it."""

    number: PhoneNumber
    line: LineType


class Basis(Enum):
    """Why a candidate is likely."""

    SPELLING = auto()
    """The cell has a plus or `00`, so that it names the country itself."""
    REGION = auto()
    """The number belongs to the person's region."""
    ACCOUNT = auto()
    """The number belongs to the account's usage location, and the row names another country."""
    NOTHING = auto()
    """The number belongs to another country, and only if a plus is missing."""


Candidates = dict[Candidate, Basis]


def as_written(digits: str, region: str | None, *, international: bool) -> Iterator[tuple[Candidate, Basis]]:
    """The candidates of `digits` without a zero that may be lost; `international` = a plus was written."""
    if international:
        yield from ((candidate, Basis.SPELLING) for candidate in international_candidates(digits))
        return
    if digits.startswith("00"):
        yield from ((candidate, Basis.SPELLING) for candidate in international_candidates(digits[2:]))
    if region:
        yield from ((candidate, Basis.REGION) for candidate in national_candidates(digits, region))
    for candidate in international_candidates(digits):
        at_home = region is not None and candidate.number.country_code == numbering_plan.country_code_of(region)
        yield candidate, Basis.REGION if at_home else Basis.NOTHING


def with_lost_zero(
    digits: str, region: str | None, zeros: Zeros, accepted_lines: Collection[LineType]
) -> Iterator[Candidate]:
    """The candidates with a zero in front that Excel may have removed.

    Text seldom loses a zero. So for text the candidate counts only where the column accepts its line; otherwise every
    Italian mobile without +39 would be ambiguous with a landline.
    """
    if region is None or zeros is Zeros.KEPT:
        return
    for candidate in national_candidates(f"0{digits}", region):
        if zeros is Zeros.LIKELY_LOST or candidate.line in accepted_lines:
            yield candidate


def international_candidates(digits: str) -> Iterator[Candidate]:
    """The candidate of digits that begin with a country code.

    The digits are used as they are if they are a valid number. Otherwise the country's trunk prefix is dropped
    (`+31 06…`), or a zero where the country has no such prefix (`+34 06…`).
    """
    code = numbering_plan.leading_country_code(digits)
    if code is None:
        return
    rest = digits[len(str(code)) :]
    candidate = valid_candidate(code, rest) or valid_candidate(
        code, numbering_plan.without_national_prefix(code, numbering_plan.main_region(code), rest)
    )
    if candidate is None and rest.startswith("0"):
        candidate = valid_candidate(code, rest[1:])
    if candidate:
        yield candidate


def national_candidates(digits: str, region: str) -> Iterator[Candidate]:
    """The candidates of digits dialled in `region`: unchanged, without trunk prefix, without international prefix."""
    code = numbering_plan.country_code_of(region)
    for rest in (digits, numbering_plan.without_national_prefix(code, region, digits)):
        candidate = valid_candidate(code, rest)
        if candidate:
            yield candidate
    abroad = numbering_plan.without_international_prefix(region, digits)
    if abroad:
        yield from international_candidates(abroad)


def valid_candidate(code: int, national_digits: str | None) -> Candidate | None:
    if not national_digits or not _SHORTEST_NATIONAL <= len(national_digits) <= _E164_DIGITS - len(str(code)):
        return None
    line = numbering_plan.line_type(code, national_digits)
    return None if line is None else Candidate(PhoneNumber(code, national_digits), line)
