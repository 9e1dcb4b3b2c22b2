"""Every region of the numbering plans times every kind of damage: no wrong number is accepted, most are recovered.

`pytest -s` prints the table. A truth is damaged as Excel, programs and people damage numbers; what comes back is
either exactly that number or a refusal.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from shared.core.numbers.read_number import NumberRead, Regions, read_number
from shared.core.values.cell import Cell, CellKind
from shared.core.values.slot import PhoneType

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
TEXT, INTEGER, FLOAT = CellKind.TEXT, CellKind.INTEGER, CellKind.FLOAT
Damaged = tuple[CellKind, str] | tuple[CellKind, str, str]
"""Kind, text and perhaps number format of the cell."""


@dataclass(frozen=True, slots=True)
class Truth:
    region: str
    code: int
    national: str
    dialled: str
    """The digits dialled inside the region, with its trunk prefix where there is one."""

    @property
    def digits(self) -> str:
        return f"{self.code}{self.national}"


def _rounded(digits: str, decimals: int) -> str:
    return str(int(float(f"{float(digits):.{decimals}E}")))


def _with_zero(truth: Truth, text: str) -> Damaged:
    """Where the zero makes another complete number of that country, it is no damage but that number."""
    other = phonenumbers.parse(f"+{truth.code}0{truth.national}")
    is_other = phonenumbers.national_significant_number(other) != truth.national and phonenumbers.is_valid_number(other)
    return TEXT, f"+{truth.digits}" if is_other else text


def _by_format(truth: Truth, number_format: str) -> Damaged:
    """The national number stored as a number; one that begins with zeros would lose them and be another number."""
    if truth.national.startswith("0"):
        return TEXT, f"+{truth.digits}"
    return INTEGER, truth.national, number_format


DAMAGES: dict[str, Callable[[Truth], Damaged]] = {
    "intact": lambda t: (TEXT, f"+{t.code} {t.national}"),
    "lost plus, integer": lambda t: (INTEGER, t.digits),
    "lost plus, text": lambda t: (TEXT, t.digits),
    "lost plus, spaced": lambda t: (TEXT, f"{t.code} {t.national[:3]} {t.national[3:]}"),
    "lost zero, integer": lambda t: (INTEGER, str(int(t.dialled))),
    "lost zero, text": lambda t: (TEXT, str(int(t.dialled))),
    "lost zero, padded": lambda t: (INTEGER, str(int(t.dialled)), "0" * len(t.dialled)),
    "lost zero, padded too far": lambda t: (INTEGER, str(int(t.dialled)), "0" * (len(t.dialled) + 2)),
    "national": lambda t: (TEXT, t.dialled),
    "national, without trunk prefix": lambda t: (TEXT, t.national),
    "float": lambda t: (FLOAT, f"{float(t.digits):.15E}"),
    "float as text": lambda t: (TEXT, f"{int(t.dialled)}.0"),
    "plus by format": lambda t: (INTEGER, t.digits, '"+"0'),
    "code by format": lambda t: _by_format(t, f'"+{t.code} "0'),
    "code by currency format": lambda t: _by_format(t, f"[$+{t.code}]0"),
    "code by literal digits": lambda t: _by_format(t, "\\+" + "".join(f"\\{each}" for each in str(t.code)) + "# ### 0"),
    "plus by General": lambda t: (INTEGER, t.digits, '"+"General'),
    "plus by text format": lambda t: (TEXT, t.digits, '0;-0;0;"+"@'),
    "hidden by format": lambda t: (INTEGER, t.digits, ";;;"),
    "percent": lambda t: (INTEGER, t.digits, "0%"),
    "variation selector": lambda t: (TEXT, "\ufe0f".join(f"+{t.digits}")),
    "apostrophe": lambda t: (TEXT, f"'+{t.digits}"),
    "no-break spaces": lambda t: (TEXT, f"+{t.code}\u00a0{t.national}\u00a0"),
    "direction marks": lambda t: (TEXT, f"\u202a+{t.digits}\u202c"),
    "full-width": lambda t: (TEXT, "".join(chr(ord(each) + 0xFEE0) for each in f"+{t.digits}")),
    "trunk prefix after code": lambda t: (TEXT, f"+{t.code}{t.dialled}"),
    "zero after code": lambda t: _with_zero(t, f"+{t.code}0{t.national}"),
    "zero in brackets": lambda t: (TEXT, f"+{t.code} (0){t.national}"),
    "00": lambda t: (TEXT, f"00{t.digits}"),
    "00 lost": lambda t: (FLOAT, f"{t.digits}.0"),
    "spaces": lambda t: (TEXT, f"+{' '.join(t.digits)}"),
    "dots and brackets": lambda t: (TEXT, f"+{t.code} ({t.national[:2]}) {'.'.join(t.national[2:])}"),
    "scientific": lambda t: (TEXT, f"{float(t.digits):.2E}"),
    "scientific, read again": lambda t: (INTEGER, _rounded(t.digits, 2)),
    "scientific national, read again": lambda t: (INTEGER, _rounded(t.dialled, 2)),
    "extension": lambda t: (TEXT, f"+{t.digits} x123"),
}

NAMING_THE_COUNTRY = ("intact", "lost plus, integer", "lost plus, text", "lost plus, spaced", "00", "00 lost", "float")
"""Damages that leave the country code in the cell."""

FLOORS: dict[str, tuple[float, float]] = {
    "intact": (1.0, 1.0),
    "lost plus, integer": (0.98, 0.98),
    "lost plus, text": (0.98, 0.98),
    "lost plus, spaced": (0.98, 0.98),
    "lost zero, integer": (0.94, 0.96),
    "lost zero, text": (0.95, 0.96),
    "lost zero, padded": (0.94, 0.96),
    "lost zero, padded too far": (0.94, 0.96),
    "national": (0.96, 0.96),
    "national, without trunk prefix": (0.95, 0.96),
    "float": (0.98, 0.98),
    "float as text": (0.94, 0.96),
    "plus by format": (0.99, 0.99),
    "code by format": (0.99, 0.99),
    "code by currency format": (0.99, 0.99),
    "code by literal digits": (0.99, 0.99),
    "plus by General": (0.4, 0.4),
    "plus by text format": (1.0, 1.0),
    "hidden by format": (0.0, 0.0),
    "percent": (0.0, 0.0),
    "variation selector": (1.0, 1.0),
    "apostrophe": (1.0, 1.0),
    "no-break spaces": (1.0, 1.0),
    "direction marks": (1.0, 1.0),
    "full-width": (1.0, 1.0),
    "trunk prefix after code": (1.0, 1.0),
    "zero after code": (1.0, 1.0),
    "zero in brackets": (0.98, 0.99),
    "00": (1.0, 1.0),
    "00 lost": (0.98, 0.98),
    "spaces": (1.0, 1.0),
    "dots and brackets": (1.0, 1.0),
    "scientific": (0.0, 0.0),
    "scientific, read again": (0.0, 0.0),
    "scientific national, read again": (0.0, 0.0),
    "extension": (0.0, 1.0),
}
"""Shares recovered as mobile and as office numbers; raise them when reading becomes better.

Scientific notation has lost digits for good, and only office numbers have extensions.
"""


def _truths(line: int, rng: random.Random) -> Iterator[Truth]:
    """For each region its example and one more number like it."""
    for region in REGIONS:
        example = phonenumbers.example_number_for_type(region, line)
        if example is None:
            continue
        yield _truth(region, example)
        yield _truth(region, _similar(example, line, rng))


def _truth(region: str, number: phonenumbers.PhoneNumber) -> Truth:
    dialled = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    return Truth(
        region,
        number.country_code or 0,
        phonenumbers.national_significant_number(number),
        "".join(character for character in dialled if character.isdigit()),
    )


def _similar(example: phonenumbers.PhoneNumber, line: int, rng: random.Random) -> phonenumbers.PhoneNumber:
    lines = {line, PhoneNumberType.FIXED_LINE_OR_MOBILE}
    national = phonenumbers.national_significant_number(example)
    for _ in range(100):
        changed = national[:-4] + f"{rng.randrange(1, 10_000):04}"
        number = phonenumbers.parse(f"+{example.country_code}{changed}")
        if phonenumbers.number_type(number) in lines and phonenumbers.national_significant_number(number) == changed:
            return number
    return example


@dataclass(slots=True)
class Tally:
    """How a damage went over all regions; `wrong` lists what was accepted and is not the truth."""

    right: int = 0
    refused: int = 0
    wrong: list[str] = field(default_factory=list)

    def count(self, truth: Truth, damage: str, phone_type: PhoneType, region: str | None) -> None:
        kind, text, number_format = (*DAMAGES[damage](truth), "General")[:3]
        found = read_number(Cell("C2", kind, text, number_format), phone_type, Regions(row=region))
        if not isinstance(found, NumberRead):
            self.refused += 1
        elif found.number.digits == truth.digits:
            self.right += 1
        else:
            self.wrong.append(f"{truth.region} {text}")

    @property
    def recovered(self) -> float:
        return self.right / (self.right + self.refused + len(self.wrong))


Tallies = dict[tuple[str, str], Tally]
"""Column and damage -> tally."""


@pytest.fixture(scope="module")
def tallies() -> Tallies:
    """Each truth under every damage, in the column and region where it belongs and where it does not."""
    rng = random.Random(1)
    tallies: Tallies = defaultdict(Tally)
    for truth in _truths(PhoneNumberType.MOBILE, rng):
        elsewhere = rng.choice(REGIONS)
        for damage in DAMAGES:
            tallies["mobile", damage].count(truth, damage, PhoneType.MOBILE, truth.region)
        for damage in NAMING_THE_COUNTRY:
            tallies["elsewhere", damage].count(truth, damage, PhoneType.MOBILE, elsewhere)
            tallies["nowhere", damage].count(truth, damage, PhoneType.MOBILE, None)
    for truth in _truths(PhoneNumberType.FIXED_LINE, rng):
        for damage in DAMAGES:
            tallies["office", damage].count(truth, damage, PhoneType.OFFICE, truth.region)
            tallies["landline as mobile", damage].count(truth, damage, PhoneType.MOBILE, truth.region)
    return tallies


@pytest.mark.parametrize("damage", DAMAGES)
def test_zero_wrong_numbers(damage: str, tallies: Tallies) -> None:
    """In every region, a damaged number comes back as itself or not at all, and seldom not at all."""
    mobile, office = tallies["mobile", damage], tallies["office", damage]
    print(f"\n{damage:32} mobile {mobile.recovered:6.1%}   office {office.recovered:6.1%}", end="   ")  # noqa: T201
    assert ([], []) == (mobile.wrong, office.wrong)
    mobile_floor, office_floor = FLOORS[damage]
    assert mobile.recovered >= mobile_floor
    assert office.recovered >= office_floor


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_landline_never_turns_into_a_mobile(damage: str, tallies: Tallies) -> None:
    """A landline in the mobile column is refused, or is one of a country that does not tell them apart."""
    assert [] == tallies["landline as mobile", damage].wrong


@pytest.mark.parametrize("damage", NAMING_THE_COUNTRY)
def test_a_foreign_region_changes_no_number(damage: str, tallies: Tallies) -> None:
    """A number with its country code is never read as a national number of another region."""
    assert [] == tallies["elsewhere", damage].wrong
    assert [] == tallies["nowhere", damage].wrong


@pytest.mark.parametrize("rows", [5, pytest.param(20, marks=pytest.mark.long)])
@pytest.mark.parametrize("line", [PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE])
def test_the_country_of_row_or_account_is_enough_to_doubt_the_other(line: int, rows: int) -> None:
    """A national number of the account's country, in `rows` that name others, is never read as another number."""
    rng = random.Random(1)
    wrong = []
    for truth in _truths(line, rng):
        for row in rng.sample(REGIONS, rows):
            for text in (truth.dialled, truth.national):
                found = read_number(
                    Cell("C2", TEXT, text), PhoneType.OFFICE, Regions(row=row, account=truth.region, app="DE")
                )
                if isinstance(found, NumberRead) and found.number.digits != truth.digits:
                    wrong.append(f"{truth.region} {row} {text}")
    assert [] == wrong


def test_every_region_is_covered() -> None:
    """The table speaks of all regions that the numbering plans know."""
    rng = random.Random(1)
    assert set(REGIONS) == {truth.region for truth in _truths(PhoneNumberType.FIXED_LINE, rng)}
    assert len({truth.region for truth in _truths(PhoneNumberType.MOBILE, rng)}) == len(REGIONS) - 1
