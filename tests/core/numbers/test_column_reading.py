"""The truth table of a column's reading: what one number says for it and against it, and what it leaves of a cell."""

from __future__ import annotations

import pytest
from phonenumbers import PhoneNumberType

from shared.core.numbers.candidates import Candidate
from shared.core.numbers.column_reading import LEAST_NUMBERS, PROVABLE, ColumnReading, PossibleNumbers, Proof
from shared.core.numbers.numbering_plan import LineType
from shared.core.numbers.read_number import NumberRead, Regions, RegionSource, read_number
from shared.core.values.cell import Cell, CellKind, Refusal
from shared.core.values.slot import PhoneNumber, PhoneType

_SLOT = PhoneType.MOBILE
MOBILE, LANDLINE = PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE


def candidates(*lines: LineType, first: int) -> frozenset[Candidate]:
    return frozenset(Candidate(PhoneNumber(49, f"{first + place}"), line) for place, line in enumerate(lines))


@pytest.mark.parametrize(
    ("international", "national", "with_zero", "is_for", "against"),
    [
        ([MOBILE], [], [], "international", "national zeroLost"),
        ([], [MOBILE], [], "national", "international"),
        ([], [], [MOBILE], "zeroLost", "international national"),
        ([], [MOBILE], [MOBILE], "", "international"),
        ([MOBILE], [MOBILE], [], "", ""),
        ([MOBILE], [MOBILE], [MOBILE], "", ""),
        ([MOBILE], [], [MOBILE], "", "national"),
        ([], [], [], "", ""),
        ([LANDLINE], [], [], "", "national zeroLost"),
        ([], [LANDLINE], [], "", "international"),
        ([], [], [LANDLINE], "", "international national"),
        ([LANDLINE], [LANDLINE], [], "", ""),
        ([MOBILE], [LANDLINE], [], "international", "national zeroLost"),
        ([LANDLINE], [MOBILE], [], "national", "international"),
        ([LANDLINE], [MOBILE], [LANDLINE], "national", "international"),
        ([MOBILE, MOBILE], [], [], "international", "national zeroLost"),
    ],
)
def test_what_a_number_says(
    international: list[LineType], national: list[LineType], with_zero: list[LineType], is_for: str, against: str
) -> None:
    """Every combination of candidates; a landline does not fit the slot."""
    possible = PossibleNumbers(
        candidates(*international, first=100),
        candidates(*national, first=200),
        candidates(*with_zero, first=300),
        {MOBILE},
    )
    assert is_for.split() == [reading for reading in PROVABLE if possible.speaks_for(reading)]
    assert against.split() == [reading for reading in PROVABLE if possible.speaks_against(reading)]


def test_a_trunk_prefix_that_is_lost_is_no_other_number() -> None:
    """In Germany the number with a zero in front is the same one."""
    same = candidates(MOBILE, first=1)
    assert PossibleNumbers(frozenset(), same, same, {MOBILE}).speaks_for(ColumnReading.NATIONAL)


@pytest.mark.parametrize(
    ("proof", "proposes", "holds"),
    [
        (Proof(LEAST_NUMBERS, LEAST_NUMBERS, 0, 1), True, True),
        (Proof(LEAST_NUMBERS, LEAST_NUMBERS, 0, 0), False, True),
        (Proof(LEAST_NUMBERS - 1, LEAST_NUMBERS - 1, 0, 9), False, False),
        (Proof(500, LEAST_NUMBERS - 1, 0, 9), False, False),
        (Proof(99, LEAST_NUMBERS, 1, 9), False, True),
        (Proof(98, LEAST_NUMBERS, 1, 9), False, False),
        (Proof(98, LEAST_NUMBERS, 2, 9), False, False),
        (Proof(1980, LEAST_NUMBERS, 20, 9), False, True),
    ],
)
def test_when_a_column_proves_a_reading(proof: Proof, proposes: bool, holds: bool) -> None:  # noqa: FBT001 - facts
    """A proposal has nothing against it; an approved reading stands one row in a hundred."""
    assert (proposes, holds) == (proof.proposes, proof.holds)


def read(
    digits: str, region: str, reading: ColumnReading | None, phone_type: PhoneType = PhoneType.MOBILE, **regions: str
) -> str:
    kind = CellKind.INTEGER if digits[0] in "123456789" else CellKind.TEXT
    found = read_number(Cell("C2", kind, digits), phone_type, Regions(row=region, **regions), reading)
    return found.number.spelled_for_graph() if isinstance(found, NumberRead) else found.code


INTERNATIONAL, NATIONAL, ZERO_LOST = PROVABLE
OFFICE, CELL = PhoneType.OFFICE, PhoneType.MOBILE


@pytest.mark.parametrize(
    ("digits", "region", "phone_type", "alone", "under"),
    [
        # Valid in both ways: a column decides. A French mobile or Fürstenwalde; Penang or Vancouver.
        ("33612345678", "DE", OFFICE, "numberAmbiguous", "+33 612345678; +49 33612345678; +49 33612345678"),
        ("6045550123", "CA", OFFICE, "numberAmbiguous", "+60 45550123; +1 6045550123; +1 6045550123"),
        # Valid in one way only.
        ("4915112345678", "FR", CELL, "plusMissing", "+49 15112345678; columnContradicted; columnContradicted"),
        ("612345678", "FR", CELL, "+33 612345678", "columnContradicted; +33 612345678; +33 612345678"),
        # Valid for the slot in one way only: a landline is no mobile.
        ("33612345678", "DE", CELL, "numberAmbiguous", "+33 612345678; columnContradicted; columnContradicted"),
        # Italy's landlines begin with a zero, its mobiles do not; each could be the other.
        ("612345678", "IT", OFFICE, "+39 0612345678", "columnContradicted; columnContradicted; +39 0612345678"),
        ("3311234567", "IT", OFFICE, "numberAmbiguous", "columnContradicted; numberAmbiguous; numberAmbiguous"),
        ("3311234567", "IT", CELL, "numberAmbiguous", "columnContradicted; +39 3311234567; numberAmbiguous"),
        # A landline in a column of mobiles stays one, whatever the column's reading is.
        (
            "3023125678",
            "DE",
            CELL,
            "landlineNotMobile",
            "columnContradicted; " + "; ".join(["landlineNotMobile"] * 2),
        ),
    ],
)
def test_a_cell_under_each_reading(digits: str, region: str, phone_type: PhoneType, alone: str, under: str) -> None:
    """Alone, and under international, national and zeroLost."""
    assert alone == read(digits, region, None, phone_type)
    assert alone == read(digits, region, ColumnReading.SINGLE, phone_type)
    assert under == "; ".join(read(digits, region, one, phone_type) for one in PROVABLE)


@pytest.mark.parametrize("reading", PROVABLE)
@pytest.mark.parametrize("digits", ["+33612345678", "0033612345678"])
def test_a_number_that_names_its_country_has_no_other_reading(digits: str, reading: ColumnReading) -> None:
    assert "+33 612345678" == read(digits, "DE", reading)


@pytest.mark.parametrize("reading", PROVABLE)
def test_an_account_in_another_country_is_a_doubt_that_no_column_removes(reading: ColumnReading) -> None:
    """Both are valid in the mobile column of the other country, and the column was proved without the account."""
    assert "numberAmbiguous" == read("791234567", "CH", None, account="FR")
    assert read("791234567", "CH", reading, account="FR") in {"numberAmbiguous", "columnContradicted"}


def test_an_account_in_another_country_does_not_matter_where_only_the_reading_gives_a_number() -> None:
    assert "+49 15112345678" == read("4915112345678", "NL", INTERNATIONAL, account="FR")


def test_without_a_country_there_is_no_reading() -> None:
    found = read_number(Cell("C2", CellKind.INTEGER, "4915112345678"), PhoneType.MOBILE, Regions(), INTERNATIONAL)
    assert isinstance(found, Refusal)
    assert "regionMissing" == found.code


def test_a_number_that_its_column_completes_says_where_its_country_is_from() -> None:
    """An international one names it itself."""
    cell = Cell("C2", CellKind.INTEGER, "33612345678")
    abroad = read_number(cell, OFFICE, Regions(row="DE"), INTERNATIONAL)
    at_home = read_number(cell, OFFICE, Regions(row="DE"), NATIONAL)
    assert NumberRead(PhoneNumber(33, "612345678"), None, RegionSource.NUMBER) == abroad
    assert NumberRead(PhoneNumber(49, "33612345678"), "DE", RegionSource.ROW) == at_home
