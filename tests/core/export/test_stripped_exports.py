"""A column of digits without pluses is read by what all its rows prove, whatever their order, and never against it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.core.export.desired import DesiredValueRules, desired_of_row
from shared.core.export.export_row import ExportRow
from shared.core.export.fields import Field
from shared.core.export.headings.heading import Role
from shared.core.numbers.column_reading import LEAST_NUMBERS, ColumnReading, possible_numbers
from shared.core.numbers.line_types import ACCEPTED_LINES
from shared.core.numbers.read_number import NumberRead, Regions, read_number
from shared.core.numbers.written_number import WrittenNumber, written_number
from shared.core.values.cell import Cell, CellKind
from shared.core.values.slot import PhoneNumber, PhoneType, Slot
from tests.core.export import stripped_exports
from tests.core.export.stripped_exports import (
    COUNTRIES,
    WAYS,
    before_and_after,
    mapping_with,
    read_under,
    rows_of,
    truths,
)
from tools.documents import ROOT

REGIONS = ("US", "FR", "BR", "JP")
READINGS = (ColumnReading.INTERNATIONAL, ColumnReading.NATIONAL)
PHONES = (PhoneType.MOBILE, PhoneType.OFFICE)
Digits = tuple[CellKind, str]


@cache
def deciding(region: str, phone_type: PhoneType, reading: ColumnReading) -> list[Digits]:
    """A hundred and twenty different numbers without a plus that can be read in this way only."""
    chance, found = random.Random(f"{region} {phone_type} {reading}"), dict[Digits, None]()
    while len(found) < 120:
        where = chance.choice(COUNTRIES) if reading is ColumnReading.INTERNATIONAL else region
        (owner,) = truths(chance, where, phone_type, 1)
        digits = (
            f"{owner.code}{owner.national}" if reading is ColumnReading.INTERNATIONAL else owner.dialled.lstrip("0")
        )
        cell = CellKind.INTEGER, digits
        if _possible(cell, region, phone_type, reading):
            found[cell] = None
    return list(found)


def _possible(cell: Digits, region: str, phone_type: PhoneType, reading: ColumnReading) -> bool:
    written = written_number(Cell("B2", *cell))
    assert isinstance(written, WrittenNumber)
    possible = possible_numbers(written, region, ACCEPTED_LINES[phone_type])
    return possible is not None and possible.speaks_for(reading)


def outcomes(rows: Sequence[ExportRow], phone_type: PhoneType, approved: ColumnReading | None) -> dict[str, object]:
    """What each cell's digits become, by these digits: a number, or the code of its refusal."""
    role = Role(Field(phone_type.value), None, approved) if approved else None
    found: dict[str, object] = {}
    for row in read_under(rows, mapping_with(rows, phone_type, role), phone_type):
        desired = desired_of_row(row, DesiredValueRules(), usage_location=None, file_region=None)
        slots = dict(desired.slots)
        ((_, cell),) = row.phones
        found[cell.text] = slots.get(Slot(phone_type.value)) or desired.refused[0].code
    return found


cases = st.tuples(st.sampled_from(REGIONS), st.sampled_from(PHONES), st.permutations(READINGS))


@given(case=cases, others=st.integers(1, 60), seed=st.integers(0, 1000))
@settings(max_examples=6, deadline=None)
def test_a_mixed_column_never_gets_a_reading(
    case: tuple[str, PhoneType, list[ColumnReading]], others: int, seed: int
) -> None:
    """One row that can only be read otherwise is enough; every number is then what it is alone."""
    region, phone_type, (most, other) = case
    cells = [*deciding(region, phone_type, most)[:60], *deciding(region, phone_type, other)[:others]]
    random.Random(seed).shuffle(cells)
    rows = rows_of(cells, [region] * len(cells), phone_type)
    mapping = mapping_with(rows, phone_type)

    assert () == mapping.concerns()
    assert all(column.reading is None for column in mapping.columns)
    for digits, found in outcomes(rows, phone_type, None).items():
        alone = read_number(Cell("B2", CellKind.INTEGER, digits), phone_type, Regions(row=region))
        assert found == (alone.number if isinstance(alone, NumberRead) else alone.code)


@given(case=cases, seed=st.integers(0, 1000))
@settings(max_examples=5, deadline=None)
def test_one_row_in_a_hundred_is_refused_and_two_end_an_approved_reading(
    case: tuple[str, PhoneType, list[ColumnReading]], seed: int
) -> None:
    region, phone_type, (reading, other) = case
    strangers = deciding(region, phone_type, other)
    for against in (1, 2):
        cells = [*deciding(region, phone_type, reading)[: 100 - against], *strangers[:against]]
        random.Random(seed).shuffle(cells)
        rows = rows_of(cells, [region] * len(cells), phone_type)
        found = outcomes(rows, phone_type, reading)
        alone = outcomes(rows, phone_type, None)
        refused = {digits for digits, one in found.items() if one == "columnContradicted"}
        assert refused == ({strangers[0][1]} if against == 1 else set())
        assert against == 1 or found == alone


@given(case=cases, seed=st.integers(0, 1000), rows_each=st.tuples(st.integers(0, 120), st.integers(0, 3)))
@settings(max_examples=5, deadline=None)
def test_the_order_of_the_rows_changes_nothing(
    case: tuple[str, PhoneType, list[ColumnReading]], seed: int, rows_each: tuple[int, int]
) -> None:
    region, phone_type, readings = case
    pools = [deciding(region, phone_type, reading) for reading in readings]
    cells = [cell for pool, count in zip(pools, rows_each, strict=True) for cell in pool[:count]]
    shuffled = random.Random(seed).sample(cells, len(cells))
    one, other = (rows_of(order, [region] * len(order), phone_type) for order in (cells, shuffled))
    assert mapping_with(one, phone_type) == mapping_with(other, phone_type)
    for approved in (None, *READINGS):
        assert outcomes(one, phone_type, approved) == outcomes(other, phone_type, approved)


@given(case=cases, own=st.integers(0, 40), victims=st.integers(1, 5))
@settings(max_examples=15, deadline=None)
def test_rows_that_somebody_adds_make_no_row_valid_that_another_reading_needs(
    case: tuple[str, PhoneType, list[ColumnReading]], own: int, victims: int
) -> None:
    """Neither held nor approved: whatever a file is filled with, a number stays what it can be alone, or is refused."""
    region, phone_type, (reading, other) = case
    cells = [*deciding(region, phone_type, reading)[:own], *deciding(region, phone_type, other)[:victims]]
    rows = rows_of(cells, [region] * len(cells), phone_type)
    for approved in (None, *READINGS):
        for digits, found in outcomes(rows, phone_type, approved).items():
            alone = read_number(Cell("B2", CellKind.INTEGER, digits), phone_type, Regions(row=region))
            allowed = {alone.number} if isinstance(alone, NumberRead) else set(alone.candidates)
            assert not isinstance(found, PhoneNumber) or found in allowed


@pytest.mark.parametrize("phone_type", PHONES)
@pytest.mark.parametrize("region", ["DE", "US", "IT", "SE", "MX"])
def test_no_reading_makes_a_wrong_number_and_none_costs_one(region: str, phone_type: PhoneType) -> None:
    """An export of each kind: fewer rows are refused than before, or as many."""
    for way in WAYS:
        before, after = before_and_after(region, phone_type, way)
        assert (0, 0) == (before.wrong, after.wrong), way
        assert after.refused <= before.refused, way


def test_too_few_numbers_are_not_read_as_one_column() -> None:
    """Nineteen different ones, however often they come."""
    cells = [*deciding("DE", PhoneType.MOBILE, ColumnReading.INTERNATIONAL)[: LEAST_NUMBERS - 1] * 9]
    rows = rows_of(cells, ["DE"] * len(cells), PhoneType.MOBILE)
    assert {"plusMissing", "numberAmbiguous"} >= set(
        outcomes(rows, PhoneType.MOBILE, ColumnReading.INTERNATIONAL).values()
    )


@pytest.mark.long
def test_the_tables_of_the_decision_are_true() -> None:
    """`python -m tests.core.export.stripped_exports` prints them."""
    page = next((ROOT / "docs/decisions").glob("*-digits-are-read-by-their-column.md"))
    assert stripped_exports.tables() in page.read_text(encoding="utf-8")
