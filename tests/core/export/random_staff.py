"""Made-up people with their numbers, the numbers of others around them, and the ways in which a cell holds one."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from shared.core.values.slot import PhoneNumber
from tests.core.export.mapped import Value

REGIONS = ("DE", "FR", "GB", "NL", "CH", "IT", "ES", "PL", "SE", "AT", "BE", "PT", "CZ", "US", "NO", "DK", "HU", "BR")
TODAY = date(2026, 11, 29)
_MOBILES = ("work mobile", "private mobile", "second mobile", "old mobile", "emergency", "spouse", "manager", "future")
_LANDLINES = ("office", "home", "fax", "assistant", "old office")
_OTHERS = frozenset({"emergency", "spouse", "manager", "assistant"})


@dataclass(frozen=True, slots=True)
class Number:
    region: str
    code: int
    digits: str
    extension: str = ""

    @property
    def as_slot(self) -> PhoneNumber:
        return PhoneNumber(self.code, self.digits, self.extension)

    @property
    def plain(self) -> PhoneNumber:
        return PhoneNumber(self.code, self.digits)


@dataclass(frozen=True, slots=True)
class Someone:
    """`numbers` and `texts` by what they are; what is missing is blank in every file."""

    numbers: Mapping[str, Number]
    texts: Mapping[str, str]
    region: str
    """The country of the work place."""
    home: str
    works_here: bool = True

    def number(self, name: str) -> Number | None:
        return self.numbers.get(name)


def staff(chance: random.Random, *, several_countries: bool) -> list[Someone]:
    regions = REGIONS if several_countries else (chance.choice(REGIONS),)
    people = [_someone(chance, index, regions) for index in range(chance.randint(2, 14))]
    filled = {name for name in _MOBILES + _LANDLINES if chance.random() < 0.95}
    return [
        replace(one, numbers={name: number for name, number in one.numbers.items() if name in filled}) for one in people
    ]


def _someone(chance: random.Random, index: int, regions: tuple[str, ...]) -> Someone:
    region = chance.choice(regions)
    home = chance.choice(REGIONS) if chance.random() < 0.2 else region
    numbers = {}
    for name in (*_MOBILES, *_LANDLINES):
        where = chance.choice(REGIONS) if name in _OTHERS and chance.random() < 0.3 else region
        kind = PhoneNumberType.MOBILE if name in _MOBILES else PhoneNumberType.FIXED_LINE
        if chance.random() < 0.9:
            numbers[name] = _number(chance, where, kind)
    if "office" in numbers and chance.random() < 0.7:
        numbers["office"] = replace(numbers["office"], extension=f"{chance.randint(10, 9999)}")
    return Someone(
        numbers,
        {
            "employee id": f"{chance.choice(('', 'E', '00'))}{40_000 + index * 37 + chance.randrange(30)}",
            "upn": f"person{index}@contoso.example",
            "mail": f"first.last{index}@contoso.example",
            "object id": f"00000000-0000-4000-8000-{index:012}",
            "private email": f"private{index}@example.org",
            "other email": f"someone{index}@example.org",
            "other id": f"{90_000 + index}",
            "national id": "".join(str(chance.randrange(1, 10)) for _ in range(11)),
            "name": f"Person {chr(65 + index)}",
            "other name": f"Contact {chr(65 + index)}",
        },
        region,
        home,
        works_here=chance.random() < 0.8,
    )


def _number(chance: random.Random, region: str, kind: int) -> Number:
    """A valid number near the region's example."""
    code, start, is_kind = _example(region, kind)
    while True:
        digits = start + f"{chance.randrange(10_000):04}"
        if phonenumbers.number_type(phonenumbers.parse(f"+{code}{digits}")) == is_kind:
            return Number(region, code, digits)


@cache
def _example(region: str, kind: int) -> tuple[int, str, int]:
    """The calling code of a region, the digits of an example but for the last four, and its type."""
    example = phonenumbers.example_number_for_type(region, kind)
    assert example is not None
    assert example.country_code is not None
    digits = phonenumbers.national_significant_number(example)
    return example.country_code, digits[:-4], phonenumbers.number_type(example)


Form = Callable[[Number], Value]
"""How a cell holds a number, without its extension."""


def _parsed(number: Number) -> phonenumbers.PhoneNumber:
    return phonenumbers.parse(f"+{number.code}{number.digits}")


def _trunk(number: Number) -> str:
    """The digits before a national number; Hungary's are only dialled, and US numbers are written without theirs."""
    prefix = phonenumbers.ndd_prefix_for_region(number.region, strip_non_digits=True) or ""
    return "" if number.region in ("US", "HU") else prefix


def with_trunk(number: Number) -> str:
    return f"{_trunk(number)}{number.digits}"


def formatted(number: Number) -> str:
    return phonenumbers.format_number(_parsed(number), PhoneNumberFormat.NATIONAL)


def area_and_local(number: Number) -> tuple[str, str]:
    """("", …) where the number has no area code."""
    length = phonenumbers.length_of_national_destination_code(_parsed(number))
    return number.digits[:length], number.digits[length:]


INTERNATIONAL: tuple[Form, ...] = (
    lambda number: f"+{number.code} {number.digits}",
    lambda number: f"+{number.code}{number.digits}",
    lambda number: phonenumbers.format_number(_parsed(number), PhoneNumberFormat.INTERNATIONAL),
    lambda number: f"00{number.code} {number.digits}",
    lambda number: phonenumbers.format_number(_parsed(number), PhoneNumberFormat.RFC3966),
    lambda number: f"+{number.code} {'(0) ' if _trunk(number) == '0' else ''}{number.digits}",
)
NATIONAL: tuple[Form, ...] = (
    with_trunk,
    formatted,
    lambda number: int(number.digits),
    lambda number: number.digits,
)
LOST_PLUS: tuple[Form, ...] = (
    lambda number: int(f"{number.code}{number.digits}"),
    lambda number: f"{number.code}{number.digits}",
)


def day(chance: random.Random, *, past: bool) -> str:
    shift = chance.randint(20, 1_500)
    found = TODAY - timedelta(days=shift) if past else TODAY + timedelta(days=shift)
    return found.isoformat()
