"""The valid numbers that a string of digits can stand for.

Called by `interpretation`. `phonenumbers.parse` is not used: it picks one reading where several are possible. Here each
reading is made on its own and kept when it is valid, so that doubt stays visible. A reading may drop dialling prefixes
(`00`, the trunk zero, a carrier code) but never add digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumberFormat

from shared.core.numbers import numbering_plan
from shared.core.numbers.numbering_plan import LineType
from shared.core.values.phone import PhoneNumber

_E164_DIGITS = 15
_SHORTEST_NATIONAL = 2


@dataclass(frozen=True, slots=True)
class Candidate:
    """A valid number and the kind of line behind it."""

    number: PhoneNumber
    line: LineType


def international(digits: str) -> Iterator[Candidate]:
    """Digits that begin with a country code.

    A complete spelling is taken as it stands; only when that is no number, the country's trunk prefix is dropped
    (`+31 06…`), or a zero that people write from habit where there is no such prefix (`+34 06…`).
    """
    code = numbering_plan.leading_country_code(digits)
    if code is None:
        return
    rest = digits[len(str(code)) :]
    candidate = _candidate(code, rest) or _candidate(
        code, numbering_plan.without_national_prefix(code, numbering_plan.main_region(code), rest)
    )
    if candidate is None and rest.startswith("0"):
        candidate = _candidate(code, rest[1:])
    if candidate:
        yield candidate


def national(digits: str, region: str) -> Iterator[Candidate]:
    """Digits as dialled inside `region`: as they are, without the trunk prefix, and behind an international prefix."""
    code = numbering_plan.country_code_of(region)
    for rest in (digits, numbering_plan.without_national_prefix(code, region, digits)):
        candidate = _candidate(code, rest)
        if candidate:
            yield candidate
    abroad = numbering_plan.without_international_prefix(region, digits)
    if abroad:
        yield from international(abroad)


def usual_groups(candidate: Candidate) -> set[tuple[int, ...]]:
    """How many digits stand together when the number is written at home, and abroad without the plus."""
    number, zeros = candidate.number, len(candidate.number.national) - len(candidate.number.national.lstrip("0"))
    known = phonenumbers.PhoneNumber(
        country_code=number.country_code,
        national_number=int(number.national),
        italian_leading_zero=zeros > 0 or None,
        number_of_leading_zeros=zeros if zeros > 1 else None,
    )
    formats = (PhoneNumberFormat.NATIONAL, PhoneNumberFormat.INTERNATIONAL)
    return {tuple(map(len, re.findall(r"\d+", phonenumbers.format_number(known, each)))) for each in formats}


def _candidate(code: int, national_digits: str | None) -> Candidate | None:
    if not national_digits or not _SHORTEST_NATIONAL <= len(national_digits) <= _E164_DIGITS - len(str(code)):
        return None
    line = numbering_plan.line_type(code, national_digits)
    return None if line is None else Candidate(PhoneNumber(code, national_digits), line)
