"""Whatever HR types into a result is applied, or a message names the cell: in every language, wherever it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest
from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from shared.core.export.places import in_addresses
from shared.core.report.texts import Language, in_every_language, texts_in
from shared.core.run.run import Run
from shared.core.values.states import RowState, RunState
from testing.in_memory import InMemory
from tests.flows.intake.test_corrected_results import BAD, Edit, both, cell, corrected, mobiles, people, returned
from tests.flows.intake.test_layouts import five_people
from tests.flows.small_tenant import number, outcomes, rows_of

TYPED = number(77)


def sheet_called(book: Workbook, key: str) -> Worksheet:
    return next(one for one in book.worksheets if one.title in in_every_language(key))


@dataclass(frozen=True)
class Beside:
    """A cell of the app's columns on the people's sheet."""

    heading: str
    row: int

    def __call__(self, book: Workbook, language: Language) -> Cell:
        texts = texts_in(language)
        wanted = texts.say("prefix") + texts.say(f"heading.{self.heading}")
        place = next(one.column for one in people(book)[1] if one.value == wanted)
        found = people(book).cell(self.row, place)
        assert isinstance(found, Cell)
        return found


@dataclass(frozen=True)
class InWork:
    """A cell of the sheet of rows that need work, by heading and the row of the line; 0 = the line of headings."""

    heading: str
    row: int = 0

    def __call__(self, book: Workbook, language: Language) -> Cell:
        texts, sheet = texts_in(language), sheet_called(book, "sheet.work")
        header = next(line for line in sheet.iter_rows() if line[0].value == texts.heading("row"))
        place = next(one.column for one in header if one.value == texts.heading(self.heading))
        line = next((one for one in sheet.iter_rows() if one[0].value == self.row), header)
        found = line[place - 1]
        assert isinstance(found, Cell)
        return found


@dataclass(frozen=True)
class At:
    """Any cell of one of the app's sheets."""

    sheet: str
    address: str

    def __call__(self, book: Workbook, _: Language) -> Cell:
        found = sheet_called(book, self.sheet)[self.address]
        assert isinstance(found, Cell)
        return found


type Find = Callable[[Workbook, Language], Cell]


async def base_of(world: InMemory) -> Run:
    """E1 is done, E2 has a bad number, E77 is not found."""
    return await returned(world, ("E1", number(11), ""), ("E2", BAD, ""), ("E77", number(13), ""))


async def typed_into(
    world: InMemory, finds: Sequence[Find], language: Language = Language.ENGLISH, *, also: Edit = bool
) -> tuple[Run, list[str]]:
    """The run of the result in which something was typed, and the addresses of the cells, each with its sheet."""
    addresses = list[str]()

    def edit(book: Workbook) -> None:
        for target in [find(book, language) for find in finds]:
            target.value, target.data_type = TYPED, "s"
            addresses.append(f"{in_addresses(target.parent.title)}{target.coordinate}")
        also(book)

    return await corrected(world, await base_of(world), edit), addresses


@pytest.mark.parametrize("language", Language)
async def test_it_is_said_in_every_language(language: Language) -> None:
    async with five_people(REPORT_LANGUAGE=language.value) as world:
        run, _ = await typed_into(world, [Beside("todo", 3), InWork("todo", 4)], language)
        refused = ("refused", "correctionNotRead")
        assert [("skipped", "asReturned"), refused, refused] == await outcomes(world, run)
        assert {"E1": number(11)} == mobiles(world)


async def test_what_is_typed_where_nothing_is_read_refuses_the_row() -> None:
    """The reason names every cell, and nothing is written; a row that was done stays done, and says so too."""
    beside = [Beside("result", 2), Beside("result", 3), Beside("details", 3), Beside("code", 4)]
    listed = [InWork("result", 3), InWork("cell", 3), InWork("column", 3), InWork("column", 4), InWork("code", 4)]
    async with five_people() as world:
        run, addresses = await typed_into(world, [*beside, *listed])
        found = await rows_of(world, run)
        states = [RowState.SKIPPED, RowState.REFUSED, RowState.REFUSED]
        assert [(state, "correctionNotRead") for state in states] == [(row.state, row.code) for row in found]
        reasons = " ".join(row.reason for row in found)
        assert [] == [address for address in addresses if address not in reasons]
        assert TYPED not in reasons
        assert {"E1": number(11)} == mobiles(world)


async def test_what_belongs_to_no_row_holds_the_run() -> None:
    places = [At("sheet.work", "A1"), At("sheet.work", "C30"), At("sheet.summary", "H40"), At("sheet.summary", "A3")]
    async with five_people() as world:
        run, addresses = await typed_into(world, places)
        assert RunState.HELD is run.state
        assert [] == [address for address in addresses if f"{address} was changed, but nothing" not in run.message]
        assert TYPED not in run.message


@dataclass(frozen=True)
class Moved:
    """Renames one of the app's sheets and puts rows in front, each with the sheet's own title, or blank."""

    sheet: str
    rows: int
    titled: bool

    def __call__(self, book: Workbook) -> None:
        sheet = sheet_called(book, self.sheet)
        sheet.title = "Figures of Ann's team"
        for merged in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(str(merged))
        title = sheet["A1"].value if self.titled else None
        sheet.insert_rows(1, self.rows)
        for row in range(1, self.rows + 1):
            sheet.cell(row, 1).value = title


@pytest.mark.parametrize("sheet", ["sheet.summary", "sheet.work"])
@pytest.mark.parametrize(("rows", "titled"), [(41, True), (160, True), (500, False)])
async def test_what_is_typed_on_a_renamed_sheet_is_seen(sheet: str, rows: int, titled: bool) -> None:  # noqa: FBT001 - a column of the table
    """The sheet is known by its headings or its mark as far down as the mark is searched for."""
    async with five_people() as world:
        run, _ = await typed_into(world, [At(sheet, "J3")], also=Moved(sheet, rows, titled=titled))
        assert RunState.HELD is run.state
        assert f"J{rows + 3} was changed, but nothing" in run.message, run.message


@pytest.mark.parametrize("find", [Beside("todo", 3), InWork("todo", 3)], ids=str)
async def test_a_remark_beside_a_correction_is_noted(find: Find) -> None:
    """The correction counts, and the result says which cell was not read."""
    async with five_people() as world:
        run, (address,) = await typed_into(world, [find], also=cell("B3", number(12)))
        assert number(12) == mobiles(world)["E2"]
        assert any(f"typed in {address} is not read" in note for note in run.notes)


@pytest.mark.parametrize("place", [1, 5])
async def test_a_renamed_column_of_ours_is_still_known(place: int) -> None:
    """With what was typed in it, and wherever it was moved."""

    def edit(book: Workbook) -> None:
        Beside("todo", 3)(book, Language.ENGLISH).value = TYPED
        heading = Beside("todo", 1)(book, Language.ENGLISH)
        heading.value = "Anything"
        sheet, values = people(book), [line[heading.column - 1].value for line in people(book).iter_rows()]
        sheet.delete_cols(heading.column)
        sheet.insert_cols(place)
        for row, value in enumerate(values, 1):
            sheet.cell(row, place).value = value

    async with five_people() as world:
        run = await corrected(world, await base_of(world), edit)
        assert (RowState.REFUSED, "correctionNotRead") == (await outcomes(world, run))[1]


@dataclass(frozen=True)
class Renamed:
    """Gives a heading of that sheet another text."""

    heading: str

    def __call__(self, book: Workbook) -> None:
        names = {texts_in(language).heading(self.heading) for language in Language}
        found = next(one for line in sheet_called(book, "sheet.work").iter_rows() for one in line if one.value in names)
        assert isinstance(found, Cell)
        found.value = "Anything"


def work_renamed(book: Workbook) -> None:
    sheet_called(book, "sheet.work").title = "Fixes by Ann's team"


def work_columns_moved(book: Workbook) -> None:
    """The key is no longer beside the row, and a column was put in front."""
    sheet = sheet_called(book, "sheet.work")
    for merged in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(merged))
    lines = [[one.value for one in line] for line in sheet.iter_rows()]
    for row, line in enumerate(lines, 1):
        for place, value in enumerate([None, *reversed(line)] if row > 3 else line, 1):
            sheet.cell(row, place).value = value


@pytest.mark.parametrize(
    ("also", "language"),
    [
        (work_renamed, Language.GERMAN),
        (work_columns_moved, Language.FRENCH),
        (Renamed("content"), Language.ENGLISH),
        (Renamed("row"), Language.DUTCH),
        (both(work_columns_moved, work_renamed), Language.ITALIAN),
    ],
)
async def test_corrections_count_on_a_sheet_that_was_changed(also: Edit, language: Language) -> None:
    """The sheet of rows that need work has another name, other columns or other headings."""
    async with five_people(REPORT_LANGUAGE=language.value) as world:
        run, _ = await typed_into(world, [InWork("content", 3)], language, also=also)
        assert "created" == (await outcomes(world, run))[1][0], run.message
        assert {"E1": number(11), "E2": TYPED} == mobiles(world)


async def test_rows_and_keys_that_were_moved_apart_swap_nobody() -> None:
    """Only the column of row numbers was sorted, after a correction: no person gets another one's number."""
    async with five_people() as world:
        base = await returned(world, ("E1", BAD, ""), ("E2", BAD, ""), ("E3", number(13), ""))

        def edit(book: Workbook) -> None:
            first, second = InWork("row", 2)(book, Language.ENGLISH), InWork("row", 3)(book, Language.ENGLISH)
            InWork("content", 2)(book, Language.ENGLISH).value = number(12)
            first.value, second.value = second.value, first.value

        run = await corrected(world, base, edit)
        assert {"E3": number(13)} == mobiles(world)
        assert run.state is RunState.HELD or {"correctionsDiffer", "correctionNotRead"} & {
            code for _, code in await outcomes(world, run)
        }


async def test_a_second_heading_does_not_hide_a_correction() -> None:
    """What is typed beside the columns, without a heading, holds the run."""
    async with five_people() as world:
        run = await corrected(world, await base_of(world), both(cell("N3", TYPED)))
        assert RunState.HELD is run.state


async def test_the_key_is_corrected_where_its_cell_is_named() -> None:
    """The person was not found: the line shows the key's cell, so that it is plain what to type where."""
    async with five_people() as world:
        base = await base_of(world)
        fix = both(lambda book: setattr(InWork("content", 4)(book, Language.ENGLISH), "value", "E3"))
        run = await corrected(world, base, fix)
        assert {"E1": number(11), "E3": number(13)} == mobiles(world)
        twice = both(fix, lambda book: setattr(InWork("row", 4)(book, Language.ENGLISH).offset(0, 1), "value", "E4"))
        differ = await corrected(world, base, twice, name="twice.xlsx")
        assert ("refused", "correctionsDiffer") == (await outcomes(world, differ))[2]
        assert RunState.FINISHED is run.state
