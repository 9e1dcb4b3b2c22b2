"""The valid numbers that a string of digits can stand for.

Called by `numbers`; all knowledge of numbering plans comes from the metadata of `phonenumbers`.

Its own `parse` is not used: it picks one reading where several are possible. Here each reading is made on its own and
kept when it is valid, so that doubt stays visible. A reading may drop dialling prefixes (00, the trunk zero, a carrier
code) but never add digits: a local number without its area code is no number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberFormat, PhoneNumberType

from shared.core.phone import PhoneNumber

LineType = int
"""One of `phonenumbers.PhoneNumberType`."""

_E164_DIGITS = 15
_LONGEST_COUNTRY_CODE = 3
_SHORTEST_NATIONAL = 2
NON_GEOGRAPHIC = "001"
"""The library's region for country codes that belong to no country (satellite, freephone, shared cost)."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A valid number and the kind of line behind it."""

    number: PhoneNumber
    line: LineType


def is_known_region(region: str) -> bool:
    return region in phonenumbers.SUPPORTED_REGIONS


def country_code(region: str) -> int:
    return phonenumbers.country_code_for_region(region)


def belongs_to_country(number: PhoneNumber) -> bool:
    return phonenumbers.region_code_for_country_code(number.country_code) != NON_GEOGRAPHIC


def international(digits: str) -> Iterator[Reading]:
    """Digits that begin with a country code.

    A complete spelling is taken as it stands; only when that is no number, the country's trunk prefix is dropped
    (`+31 06…`), or a zero that people write from habit where there is no such prefix (`+34 06…`).
    """
    code = _leading_country_code(digits)
    if code is None:
        return
    rest = digits[len(str(code)) :]
    plan = PhoneMetadata.metadata_for_region_or_calling_code(code, phonenumbers.region_code_for_country_code(code))
    reading = _reading(code, rest) or _without_prefix(code, rest, plan)
    if reading is None and rest.startswith("0"):
        reading = _reading(code, rest[1:])
    if reading:
        yield reading


def national(digits: str, region: str) -> Iterator[Reading]:
    """Digits as dialled inside `region`: as they are, without the trunk prefix, and behind an international prefix."""
    plan = PhoneMetadata.metadata_for_region(region, None)
    if plan is None:
        return
    code = country_code(region)
    for reading in (_reading(code, digits), _without_prefix(code, digits, plan)):
        if reading:
            yield reading
    abroad = re.match(plan.international_prefix or "", digits)
    if abroad and abroad.end():
        yield from international(digits[abroad.end() :])


def usual_groups(reading: Reading) -> set[tuple[int, ...]]:
    """How many digits stand together when the number is written at home, and abroad without the plus."""
    number = _library_number(reading.number.country_code, reading.number.national)
    formats = (PhoneNumberFormat.NATIONAL, PhoneNumberFormat.INTERNATIONAL)
    return {tuple(map(len, re.findall(r"\d+", phonenumbers.format_number(number, each)))) for each in formats}


def _leading_country_code(digits: str) -> int | None:
    if digits.startswith("0"):
        return None
    codes = (int(digits[:length]) for length in range(1, min(_LONGEST_COUNTRY_CODE, len(digits)) + 1))
    return next((code for code in codes if code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE), None)


def _without_prefix(code: int, digits: str, plan: PhoneMetadata | None) -> Reading | None:
    pattern = plan.national_prefix_for_parsing if plan else None
    prefix = re.match(pattern, digits) if pattern else None
    if plan is None or prefix is None or prefix.end() == 0:
        return None
    rule = plan.national_prefix_transform_rule
    rewritten = prefix.expand(rule) if rule and prefix.re.groups and prefix.group(prefix.re.groups) else ""
    rest = rewritten + digits[prefix.end() :]
    return _reading(code, rest) if len(rest) < len(digits) else None


def _reading(code: int, digits: str) -> Reading | None:
    if not _SHORTEST_NATIONAL <= len(digits) <= _E164_DIGITS - len(str(code)):
        return None
    # The type is UNKNOWN exactly when `is_valid_number` is false; asking once is half the cost.
    line = phonenumbers.number_type(_library_number(code, digits))
    return None if line == PhoneNumberType.UNKNOWN else Reading(PhoneNumber(code, digits), line)


def _library_number(code: int, digits: str) -> phonenumbers.PhoneNumber:
    zeros = len(digits) - len(digits.lstrip("0"))
    return phonenumbers.PhoneNumber(
        country_code=code,
        national_number=int(digits),
        italian_leading_zero=zeros > 0 or None,
        number_of_leading_zeros=zeros if zeros > 1 else None,
    )
