"""The numbering plans agree with the library they come from, and never add digits."""

from __future__ import annotations

import random

import phonenumbers
import pytest

from shared.core.numbers import numbering_plan
from shared.core.numbers.candidates import national_candidates
from shared.core.values.slot import PhoneNumber

LINES = [line for line in phonenumbers.PhoneNumberType.values() if line != phonenumbers.PhoneNumberType.UNKNOWN]


def _library_line(code: int, national: str) -> int | None:
    zeros = len(national) - len(national.lstrip("0"))
    number = phonenumbers.PhoneNumber(
        country_code=code,
        national_number=int(national),
        italian_leading_zero=zeros > 0 or None,
        number_of_leading_zeros=zeros if zeros > 1 else None,
    )
    line = phonenumbers.number_type(number)
    assert phonenumbers.is_valid_number(number) == (line != phonenumbers.PhoneNumberType.UNKNOWN)
    return None if line == phonenumbers.PhoneNumberType.UNKNOWN else line


@pytest.mark.parametrize("code", sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE))
def test_lines_are_those_of_the_library(code: int) -> None:
    """For every country code, valid and invalid numbers have the validity and line that the library gives them."""
    rng = random.Random(code)
    examples = [
        example
        for region in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code]
        for line in LINES
        if (example := phonenumbers.example_number_for_type(region, line)) is not None
    ]
    for example in examples:
        national = phonenumbers.national_significant_number(example)
        others = [national[:-3] + f"{rng.randrange(1, 1000):03}", national + "1", national[:-1], f"0{national}"]
        for digits in (national, *others):
            assert numbering_plan.line_type(code, digits) == _library_line(code, digits)


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_the_librarys_own_reading_is_among_ours(region: str) -> None:
    """What the library reads from a national spelling is one of our candidates."""
    for line in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE):
        example = phonenumbers.example_number_for_type(region, line)
        if example is None:
            continue
        dialled = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
        digits = "".join(filter(str.isdigit, dialled))
        read = phonenumbers.parse(digits, region)
        expected = PhoneNumber(read.country_code or 0, phonenumbers.national_significant_number(read))
        assert expected in {candidate.number for candidate in national_candidates(digits, region)}


@pytest.mark.parametrize(
    ("region", "local"), [("AG", "4641234"), ("JE", "712345"), ("SM", "886377"), ("US", "5550123"), ("DE", "1234")]
)
def test_no_area_code_is_added(region: str, local: str) -> None:
    """A local number without its area code has no reading, even where the country has only one area code."""
    added = [each for each in national_candidates(local, region) if len(each.number.national) > len(local)]
    assert [] == added


def test_country_codes_are_found_by_their_digits() -> None:
    """A country code has one to three digits and never begins with a zero."""
    found = [numbering_plan.leading_country_code(digits) for digits in ("12025550123", "31612345678", "97150", "0031")]
    assert [1, 31, 971, None] == found
    assert numbering_plan.leading_country_code("999") is None


def test_no_country_has_a_code_that_is_not_assigned() -> None:
    """Nor has one a code of satellites or freephone."""
    codes = {code for code in range(1_000) if numbering_plan.belongs_to_country(code)}
    assert {phonenumbers.country_code_for_region(region) for region in phonenumbers.SUPPORTED_REGIONS} == codes
