"""The numbering plans of the world: valid numbers, their lines and their prefixes.

All data is the metadata of `phonenumbers`. Whether a number is valid, and on which line, is not asked of the library's
own functions: they compile their patterns through Python's cache of 512, which a workforce of fifty countries
overflows, and a number then costs milliseconds. A test compares the answers of both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberType
from phonenumbers.phonemetadata import PhoneNumberDesc

_AREA_CODES_WITHOUT_PREFIX = frozenset({39, 52})

KNOWN_REGIONS = frozenset(phonenumbers.SUPPORTED_REGIONS)
"""In two capital letters, as in ISO 3166-1."""
KNOWN_CALLING_CODES = frozenset(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)

LineType = int
"""One of `phonenumbers.PhoneNumberType`."""

_CODES = {str(code): code for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE}
_NOTHING = r"(?!)"
"""A pattern that nothing matches."""
_MOBILE_PREFIX = 2
"""The number of digits that people may dial besides the trunk prefix: Argentina's 15."""


@cache
def country_code_of(region: str) -> int:
    return phonenumbers.country_code_for_region(region)


@cache
def main_region(country_code: int) -> str:
    return phonenumbers.region_code_for_country_code(country_code)


@cache
def belongs_to_country(country_code: int) -> bool:
    """False for codes of satellites, freephone and shared cost, and for codes that are not assigned."""
    return main_region(country_code) in KNOWN_REGIONS


def region_of(country_code: int, national: str) -> str | None:
    """The region of a number; None = it has none. The library takes milliseconds, so this is for a few numbers."""
    number = phonenumbers.PhoneNumber(country_code=country_code, national_number=int(national))
    region = phonenumbers.region_code_for_number(number)
    return region if region in KNOWN_REGIONS else None


def leading_country_code(digits: str) -> int | None:
    """The country code with which the digits begin; no code begins with another one."""
    return _CODES.get(digits[:1]) or _CODES.get(digits[:2]) or _CODES.get(digits[:3])


@cache
def _dialled_lengths(region: str) -> frozenset[int]:
    plan = PhoneMetadata.metadata_for_region(region, None)
    lengths = plan.general_desc.possible_length if plan and plan.general_desc else ()
    prefix = len(plan.national_prefix or "") if plan else 0
    return frozenset(length + more for length in lengths for more in range(prefix + _MOBILE_PREFIX + 1))


def may_be_dialled(region: str, length: int) -> bool:
    """Whether a national number of `region` can have this many digits, with its trunk prefix or without."""
    return length in _dialled_lengths(region)


def has_area_codes(country_code: int) -> bool:
    """Whether numbers inside the country have an area code in front of the subscriber's number.

    As in `phonenumbers.length_of_geographical_area_code`, plans without a trunk prefix have none, except those of
    Mexico, and of Italy, where the area code itself begins with a zero.
    """
    plan = PhoneMetadata.metadata_for_region_or_calling_code(country_code, main_region(country_code))
    return plan is None or bool(plan.national_prefix) or country_code in _AREA_CODES_WITHOUT_PREFIX


def line_type(country_code: int, national: str) -> LineType | None:
    """The line of a national significant number; None = it is not valid."""
    plans = _plans(country_code)
    if len(plans) == 1:
        return _line_in(plans[0], national)
    for plan in plans:
        if plan.leading_digits is not None:
            if _compiled(plan.leading_digits).match(national):
                return _line_in(plan, national)
        elif (line := _line_in(plan, national)) is not None:
            return line
    return None


def without_national_prefix(country_code: int, region: str, digits: str) -> str | None:
    """`digits` without the trunk prefix of `region`; None when they have none, or when the result is not shorter.

    Some plans rewrite what follows (in Argentina `011 15…` becomes `9 11…`). Where a plan would complete a local
    number with its area code, the result is None, because added digits would be a guess.
    """
    plan = PhoneMetadata.metadata_for_region_or_calling_code(country_code, region)
    if plan is None or not plan.national_prefix_for_parsing:
        return None
    prefix = _compiled(plan.national_prefix_for_parsing).match(digits)
    if prefix is None or prefix.end() == 0:
        return None
    rule = plan.national_prefix_transform_rule
    rewritten = prefix.expand(rule) if rule and prefix.re.groups and prefix[prefix.re.groups] else ""
    rest = rewritten + digits[prefix.end() :]
    return rest if len(rest) < len(digits) else None


def without_international_prefix(region: str, digits: str) -> str | None:
    """`digits` without the international prefix of `region`; None when they do not begin with it."""
    plan = PhoneMetadata.metadata_for_region(region, None)
    prefix = _compiled(plan.international_prefix).match(digits) if plan and plan.international_prefix else None
    return digits[prefix.end() :] if prefix else None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


class _Numbers(NamedTuple):
    """The pattern and lengths of the numbers of one line; the pattern is compiled on first use."""

    lengths: frozenset[int]
    pattern: str

    def fit(self, national: str) -> bool:
        return len(national) in self.lengths and _compiled(self.pattern).fullmatch(national) is not None


@dataclass(frozen=True, slots=True)
class _Plan:
    """The lines that exist in one region."""

    leading_digits: str | None
    all_lines: _Numbers
    special: tuple[tuple[LineType, _Numbers], ...]
    like_special: str
    """One pattern for all special lines, which most numbers do not match."""
    fixed_line: _Numbers
    mobile: _Numbers
    mobiles_are_fixed_lines: bool


@cache
def _plans(country_code: int) -> tuple[_Plan, ...]:
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(country_code, ())
    found = (PhoneMetadata.metadata_for_region_or_calling_code(country_code, region) for region in regions)
    return tuple(_plan(plan) for plan in found if plan is not None)


def _plan(plan: PhoneMetadata) -> _Plan:
    lines = ((line, _numbers(plan, numbers)) for line, numbers in _special_lines(plan))
    special = tuple((line, numbers) for line, numbers in lines if numbers.lengths)
    return _Plan(
        plan.leading_digits,
        _numbers(plan, plan.general_desc),
        special,
        "|".join(f"(?:{numbers.pattern})" for _, numbers in special) or _NOTHING,
        _numbers(plan, plan.fixed_line),
        _numbers(plan, plan.mobile),
        plan.same_mobile_and_fixed_line_pattern,
    )


def _special_lines(plan: PhoneMetadata) -> Iterator[tuple[LineType, PhoneNumberDesc | None]]:
    yield PhoneNumberType.PREMIUM_RATE, plan.premium_rate
    yield PhoneNumberType.TOLL_FREE, plan.toll_free
    yield PhoneNumberType.SHARED_COST, plan.shared_cost
    yield PhoneNumberType.VOIP, plan.voip
    yield PhoneNumberType.PERSONAL_NUMBER, plan.personal_number
    yield PhoneNumberType.PAGER, plan.pager
    yield PhoneNumberType.UAN, plan.uan
    yield PhoneNumberType.VOICEMAIL, plan.voicemail


def _numbers(plan: PhoneMetadata, numbers: PhoneNumberDesc | None) -> _Numbers:
    """The numbers of a line. One without lengths has those of the whole plan; one without a pattern has no numbers."""
    if numbers is None or not numbers.national_number_pattern:
        return _Numbers(frozenset(), "")
    lengths = numbers.possible_length or (plan.general_desc.possible_length if plan.general_desc else ())
    return _Numbers(frozenset(lengths), numbers.national_number_pattern)


def _line_in(plan: _Plan, national: str) -> LineType | None:
    """The first line that fits, in the library's order: special lines before landlines and mobiles."""
    if not plan.all_lines.fit(national):
        return None
    if _compiled(plan.like_special).fullmatch(national):
        for line, numbers in plan.special:
            if numbers.fit(national):
                return line
    if plan.fixed_line.fit(national):
        both = plan.mobiles_are_fixed_lines or plan.mobile.fit(national)
        return PhoneNumberType.FIXED_LINE_OR_MOBILE if both else PhoneNumberType.FIXED_LINE
    return PhoneNumberType.MOBILE if plan.mobile.fit(national) else None
