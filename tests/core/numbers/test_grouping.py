"""Groups of typed digits over all regions: people of a country are understood, another country's habit is a doubt.

`pytest -s` prints the shares.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from itertools import pairwise

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from shared.core.numbers.read_number import NumberRead, Regions, read_number
from shared.core.values.cell import Cell, CellKind, Refusal
from shared.core.values.slot import PhoneType

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
_COLUMNS = ((PhoneNumberType.MOBILE, PhoneType.MOBILE), (PhoneNumberType.FIXED_LINE, PhoneType.OFFICE))
_ELSEWHERE = ("DE", "US", "FR", "NL", "IT", "CH", "AT", "GB", "IN", "BR", "CN", "AU")


def _chunks(digits: str, length: int) -> str:
    bounds = [*range(0, len(digits), length), len(digits)]
    return " ".join(digits[start:end] for start, end in pairwise(bounds))


def _spellings(number: phonenumbers.PhoneNumber) -> Iterator[str]:
    """As people of the country write it: the usual format, and its first group before the rest in other groups."""
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    first, *others = re.findall(r"\d+", national)
    rest = "".join(others)
    yield national
    yield national.replace(" ", "-")
    yield national.replace(" ", ".")
    if rest:
        yield f"{first} {rest}"
        yield from (f"{first} {_chunks(rest, length)}" for length in (2, 3, 4))
        yield f"({first}) {rest[: len(rest) // 2]} {rest[len(rest) // 2 :]}"


def _examples(line: int) -> Iterator[tuple[str, phonenumbers.PhoneNumber]]:
    rng = random.Random(1)
    for region in REGIONS:
        example = phonenumbers.example_number_for_type(region, line)
        if example is None:
            continue
        yield region, example
        national = phonenumbers.national_significant_number(example)
        other = phonenumbers.parse(f"+{example.country_code}{national[:-4]}{rng.randrange(1, 10_000):04}")
        if phonenumbers.is_valid_number_for_region(other, region):
            yield region, other


def _read(text: str, phone_type: PhoneType, region: str) -> NumberRead | Refusal:
    return read_number(Cell("C2", CellKind.TEXT, text), phone_type, Regions(row=region))


@pytest.mark.parametrize(("line", "phone_type"), _COLUMNS)
def test_no_usual_or_careless_grouping_of_the_own_country_is_doubted(line: int, phone_type: PhoneType) -> None:
    """In every region, numbers in groups that keep the prefix together are never refused for their groups."""
    refused = [
        (region, text)
        for region, number in _examples(line)
        for text in _spellings(number)
        if isinstance(found := _read(text, phone_type, region), Refusal) and found.code == "groupingForeign"
    ]
    assert [] == refused


@pytest.mark.parametrize("elsewhere", [_ELSEWHERE[::3], pytest.param(_ELSEWHERE, marks=pytest.mark.long)], ids=len)
@pytest.mark.parametrize(("line", "phone_type"), _COLUMNS)
def test_numbers_written_as_at_home_are_seldom_taken_for_another_countrys(
    line: int, phone_type: PhoneType, elsewhere: tuple[str, ...]
) -> None:
    """A number in its own country's usual format, under a wrong region, is mostly refused."""
    wrong = doubted = 0
    for home, number in _examples(line):
        text = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
        for region in elsewhere:
            if phonenumbers.country_code_for_region(region) == number.country_code:
                continue
            found = _read(text, phone_type, region)
            assert home
            wrong += isinstance(found, NumberRead)
            doubted += isinstance(found, Refusal) and found.code == "groupingForeign"
    print(f"\n{phone_type}: {doubted} of {wrong + doubted} refused for their groups")  # noqa: T201
    assert doubted / (wrong + doubted) > {PhoneType.MOBILE: 0.9, PhoneType.OFFICE: 0.65}[phone_type]
