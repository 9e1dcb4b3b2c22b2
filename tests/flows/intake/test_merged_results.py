"""Two results in one workbook, and rows that are of none: no row gets the age of another result without a decision."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from shared.core.run.run import Run
from shared.core.values.codes import CODES
from shared.core.values.states import RunState
from testing.in_memory import InMemory
from tests.flows.intake.test_corrected_results import (
    BAD,
    Edit,
    both,
    cell,
    corrected,
    mobiles,
    people,
    returned,
)
from tests.flows.intake.test_layouts import five_people
from tests.flows.intake.test_nothing_typed_is_lost import sheet_called
from tests.flows.small_tenant import csv, number

ONLY_THEIRS = 3
"""Columns of HR's own."""


async def october(world: InMemory) -> Run:
    """E1 and E2 are done, E3 has a bad number."""
    return await returned(world, ("E1", number(11), ""), ("E2", number(12), ""), ("E3", BAD, ""), name="october.csv")


async def november(world: InMemory) -> Run:
    """E4 is done, E5 has a bad number; nobody of October is named."""
    return await returned(world, ("E4", number(14), number(24)), ("E5", BAD, number(25)), name="november.csv")


async def book_of(world: InMemory, run: Run) -> Workbook:
    return load_workbook(BytesIO(await world.app.returns.read(run)))


def paste(source: Worksheet, target: Worksheet, *, first_row: int, columns: int | None = None) -> None:
    """Copy the rows below the header to the end of another sheet."""
    for row in source.iter_rows(min_row=first_row, max_col=columns):
        target.append([one.value for one in row])
        for one, new in zip(row, target[target.max_row], strict=False):
            new.number_format, new.data_type = one.number_format, one.data_type


def copied_sheet(source: Worksheet, book: Workbook, title: str) -> Worksheet:
    """As Excel copies a sheet into another workbook."""
    sheet = book.create_sheet(title)
    assert isinstance(sheet, Worksheet)
    for row in source.iter_rows():
        for one in row:
            if one.value is not None:
                new = sheet.cell(one.row, one.column)
                new.value, new.data_type, new.number_format = one.value, one.data_type, copy(one.number_format)
    return sheet


def rows_below(other: Workbook) -> Edit:
    return lambda book: paste(people(other), people(book), first_row=2)


def only_values_below(other: Workbook) -> Edit:
    return lambda book: paste(people(other), people(book), first_row=2, columns=ONLY_THEIRS)


def list_beside(other: Workbook) -> Edit:
    return lambda book: copied_sheet(people(other), book, "November")


def work_below(other: Workbook) -> Edit:
    return lambda book: paste(sheet_called(other, "sheet.work"), sheet_called(book, "sheet.work"), first_row=5)


def work_beside(other: Workbook) -> Edit:
    return lambda book: copied_sheet(sheet_called(other, "sheet.work"), book, "Sign-in phones to correct (2)")


def summary_beside(other: Workbook) -> Edit:
    return lambda book: copied_sheet(sheet_called(other, "sheet.summary"), book, "Sign-in phones summary (2)")


@pytest.mark.parametrize("merge", [rows_below, list_beside, work_below, work_beside, summary_beside])
@pytest.mark.parametrize("is_older", [True, False])
async def test_two_results_in_one_workbook_are_refused(merge: Callable[[Workbook], Edit], *, is_older: bool) -> None:
    """The file says why and what to do, and nothing of either result is applied."""
    async with five_people() as world:
        runs = (
            (await november(world), await october(world)) if is_older else (await october(world), await november(world))
        )
        base, other = runs
        writes = world.writes
        edit = both(cell("B2", number(33)), merge(await book_of(world, other)))
        run = await corrected(world, base, edit)
        if merge is list_beside and run.state is RunState.HELD:  # one list is read, as long as nobody asks for both
            await world.app.decisions.approve(run.id, run.digest, "an approver")
            await world.pump()
            run = await world.stored(run.id)
        assert (RunState.FAILED, "resultsMixed") == (run.state, run.code), run.message
        assert CODES["resultsMixed"].remedy in run.message
        assert writes == world.writes


@pytest.mark.parametrize("has_references", [True, False])
async def test_people_whom_the_result_did_not_name_hold_the_run(*, has_references: bool) -> None:
    """They may be of a newer or older list, and the result does not say what age they have."""
    async with five_people() as world:
        base = await october(world)
        other = await book_of(world, await november(world))
        await returned(world, ("E4", number(44), ""), name="december.csv")
        edit = only_values_below(other) if has_references else both(without_references, only_values_below(other))
        run = await corrected(world, base, edit)
        assert RunState.HELD is run.state
        assert "added to the result: rows 5, 6" in run.message
        assert number(44) == mobiles(world)["E4"]


async def test_a_corrected_key_is_no_added_row() -> None:
    """With and without the column that says which result a row is of, and also after sorting."""
    for also in (bool, without_references, sorted_backwards):
        async with five_people() as world:
            base = await returned(world, ("E1", number(11), ""), ("E77", number(12), ""), ("E3", number(13), ""))
            run = await corrected(world, base, both(cell("A3", "E2"), also))
            assert RunState.FINISHED is run.state, run.message
            assert number(12) == mobiles(world)["E2"]


def without_rows(*rows: int) -> Edit:
    def edit(book: Workbook) -> None:
        for row in rows:
            people(book).delete_rows(row)

    return edit


def without_references(book: Workbook) -> None:
    sheet = people(book)
    column = next(one.column for one in sheet[1] if str(one.value).endswith("reference"))
    assert isinstance(column, int)
    sheet.delete_cols(column)


def sorted_backwards(book: Workbook) -> None:
    sheet = people(book)
    lines = [[(one.value, one.data_type) for one in row] for row in sheet.iter_rows(min_row=2)]
    for row, line in enumerate(reversed(lines), 2):
        for column, (value, kind) in enumerate(line, 1):
            target = sheet.cell(row, column)
            target.value, target.data_type = value, kind


async def test_a_row_that_was_taken_out_puts_no_column_in_doubt() -> None:
    """Few rows are left to show what a column holds; nothing new stands in it."""
    header = "employeeId,mobile,Zzqx"
    lines = [("E1", number(11), number(33)), ("E2", BAD, "team red")]
    lines += [(f"E{one}", number(10 + one), "team red") for one in (3, 4, 5) for _ in range(10)]
    async with five_people() as world:
        base = await world.run_to_end("staff.csv", csv(header, *lines))
        assert RunState.FINISHED is base.state, base.message
        edit = both(cell("B3", number(12)), without_rows(*range(33, 5, -1)))
        run = await corrected(world, base, edit)
        assert RunState.FINISHED is run.state, run.message
        assert number(12) == mobiles(world)["E2"]


async def test_another_kind_of_value_still_holds_the_run() -> None:
    """A column that was not used may hold numbers now."""
    lines = [(f"E{one}", number(10 + one), "team red") for one in (1, 2, 3, 4, 5)]
    async with five_people() as world:
        base = await world.run_to_end("staff.csv", csv("employeeId,mobile,Zzqx", *lines))
        run = await corrected(world, base, both(*(cell(f"C{row}", number(30 + row)) for row in (2, 3, 4, 5, 6))))
        assert RunState.HELD is run.state
        assert "Zzqx" in run.message


async def test_rows_in_other_columns_are_refused_for_the_same_reason() -> None:
    """They leave no phone column; that alone would send the reader to the headings, which are right."""
    async with five_people() as world:
        other = await book_of(world, await november(world))
        export = csv("Last name,employeeId,mobile", ("Okafor", "E1", number(11)), ("Smith", "E2", number(12)))
        book = await book_of(world, await world.run_to_end("staff.csv", export))
        paste(people(other), book.worksheets[-1], first_row=2)
        saved, writes = BytesIO(), world.writes
        book.save(saved)
        again = await world.run_to_end("again.xlsx", saved.getvalue())
        assert (RunState.FAILED, "resultsMixed", writes) == (again.state, again.code, world.writes)
        assert "Sign-in phone" not in again.message
