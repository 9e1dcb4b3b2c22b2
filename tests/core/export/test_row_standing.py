"""Whether a row applies today, by every combination of its statuses and dates."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from shared.core.export.columns import ColumnMap, PhoneColumns, positions, with_choices
from shared.core.export.export_row import ExportRow, read_row
from shared.core.export.fields import Field
from shared.core.export.row_qualifiers import days_of
from shared.core.export.statuses import EmploymentStatus, status_of
from shared.core.person.account import KeyKind
from shared.core.values.cell import Cell, CellKind
from shared.core.values.slot import PhoneType
from tests.core.export.mapped import mapping_of

TODAY = date(2026, 11, 29)
COLUMNS = ColumnMap(
    key=(KeyKind.EMPLOYEE_ID, 0),
    phones=(PhoneColumns(PhoneType.MOBILE, 1),),
    status=(2, 3),
    has_left=(4,),
    left_on=(5, 6),
    valid_from=(7,),
    valid_to=(8, 9),
    effective_from=10,
)
WIDTH = 11
PAST, FUTURE = "2026-11-28", "2026-11-30"
UNCLEAR, CLEAR_ENOUGH = "10/12/2026", "03/04/2026"
"""Either before or after today; before today in both orders."""
LEAVING = {2: "Terminated", 3: "ausgeschieden", 4: "Yes", 5: PAST, 6: PAST}
WORKING = {2: "Active", 3: "en poste", 4: "No"}
OUTSIDE = {7: FUTURE, 8: PAST, 9: PAST, 10: FUTURE}


def row_of(cells: dict[int, str]) -> ExportRow:
    values = {0: "E1", 1: "+49 171 1234567", **cells}
    letters = "ABCDEFGHIJK"
    return read_row(
        2,
        [
            Cell(f"{letters[index]}2", CellKind.TEXT if index in values else CellKind.BLANK, values.get(index, ""))
            for index in range(WIDTH)
        ],
        COLUMNS,
        TODAY,
    )


@pytest.mark.parametrize("place", LEAVING)
def test_one_column_is_enough_to_say_that_the_person_has_left(place: int) -> None:
    assert "personHasLeft" == row_of({place: LEAVING[place]}).left_out


@pytest.mark.parametrize(("leaving", "working"), [pair for pair in product(LEAVING, WORKING) if pair[0] != pair[1]])
def test_columns_that_contradict_each_other_refuse_the_row_and_are_named(leaving: int, working: int) -> None:
    (refusal,) = row_of({leaving: LEAVING[leaving], working: WORKING[working]}).row_refusals
    assert "statusContradictory" == refusal.code
    assert all(f"{'ABCDEFGHIJK'[place]}2" in refusal.reason for place in (leaving, working))


@pytest.mark.parametrize("place", OUTSIDE)
def test_one_column_is_enough_to_say_that_the_row_does_not_apply(place: int) -> None:
    assert "rowNotInForce" == row_of({**WORKING, place: OUTSIDE[place]}).left_out


@pytest.mark.parametrize("place", [5, 6, 7, 8, 9])
def test_a_date_that_could_be_two_days_matters_only_where_it_decides(place: int) -> None:
    assert ["dateUnclear"] == [refusal.code for refusal in row_of({place: UNCLEAR}).row_refusals]
    assert () == row_of({place: CLEAR_ENOUGH}).row_refusals


def test_the_day_of_a_version_must_be_certain() -> None:
    """It decides which row of the person is the later one."""
    assert ["dateUnclear"] == [refusal.code for refusal in row_of({10: CLEAR_ENOUGH}).row_refusals]


@pytest.mark.parametrize(
    "cells", [{}, WORKING, {7: PAST}, {5: FUTURE}, {8: FUTURE}, {2: "N/A", 5: "-", 9: "9999-12-31"}]
)
def test_any_other_row_counts(cells: dict[int, str]) -> None:
    row = row_of(cells)
    assert ("", ()) == (row.left_out, row.refusals)


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("Active - Payroll Eligible", Field.STATUS, EmploymentStatus.ACTIVE),
        ("Inactive - Payroll Eligible", Field.STATUS, EmploymentStatus.LEFT),
        ("INACTIVE_PROCESS", Field.STATUS, EmploymentStatus.LEFT),
        ("Terminated (voluntary)", Field.STATUS, EmploymentStatus.LEFT),
        ("Full-Time", Field.STATUS, EmploymentStatus.ACTIVE),
        ("FALSE", Field.STATUS, EmploymentStatus.LEFT),
        ("ja", Field.HAS_LEFT, EmploymentStatus.LEFT),
        ("nein", Field.HAS_LEFT, EmploymentStatus.ACTIVE),
        ("no", None, None),
        ("North", Field.STATUS, None),
        ("3", Field.STATUS, None),
    ],
)
def test_statuses(text: str, kind: Field | None, expected: EmploymentStatus | None) -> None:
    assert expected is status_of(text, kind)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2026-01-31", {date(2026, 1, 31)}),
        ("2026-01-31 08:00", {date(2026, 1, 31)}),
        ("3.4.2026", {date(2026, 4, 3)}),
        ("13/04/2026", {date(2026, 4, 13)}),
        ("04/13/2026", {date(2026, 4, 13)}),
        ("03-04-2026", {date(2026, 4, 3), date(2026, 3, 4)}),
        ("31.02.2026", set()),
        ("13/13/2026", set()),
        ("31.01.26", set()),
    ],
)
def test_days(text: str, days: set[date]) -> None:
    assert days == days_of(Cell("C2", CellKind.TEXT, text))


def test_several_columns_may_be_chosen_to_qualify_a_row() -> None:
    """Each of them counts; two columns for one phone are still refused."""
    mapping = mapping_of(["Employee ID", "Department", "Team", "Mobile"], ["E1", "a", "b", "+49 171 1234567"])
    both = {"B": "status", "C": "status"}
    found = positions(with_choices(mapping, both, "somebody", email_methods=True))
    assert found is not None
    assert (1, 2) == found.status
    with pytest.raises(ValueError, match="two columns are chosen"):
        with_choices(mapping, {"B": "office", "C": "office"}, "somebody", email_methods=True)
