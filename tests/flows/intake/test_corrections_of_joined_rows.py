"""A person has several rows: what is wrong in one of them is corrected there, although the first stands for all."""

from __future__ import annotations

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from shared.core.run.run import Run
from shared.core.values.slot import PhoneType
from shared.core.values.states import RunState
from testing.in_memory import InMemory
from tests.flows.deciding import approved_if_held
from tests.flows.intake.test_correction_rounds import saved
from tests.flows.intake.test_layouts import five_people
from tests.flows.intake.test_merged_results import book_of
from tests.flows.small_tenant import number

HEADINGS = ["employeeId", "Mobile phone", "Office phone"]
SHORT = "+1 202 555 018"
GOOD = [["E3", number(13), number(23)], ["E4", number(14), number(24)]]


def workbook(**sheets: list[list[str]]) -> bytes:
    book = Workbook()
    del book["Sheet"]
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in (HEADINGS, *rows):
            sheet.append(row)
    return saved(book)


async def finished(world: InMemory, name: str, data: bytes) -> Run:
    run = await approved_if_held(world, await world.run_to_end(name, data))
    assert RunState.FINISHED is run.state, run.message
    return run


def shown_beside(book: Workbook, content: str) -> tuple[object, ...]:
    """What the sheet of open work says of the cell with this content."""
    headings, *lines = book.worksheets[0].iter_rows(min_row=4, values_only=True)
    (line,) = (line for line in lines if content in line)
    names = ("Sheet", "employeeId", "Row", "Cell", "Column")
    return tuple(line[headings.index(name)] for name in names if name in headings)


def type_over(sheet: object, content: str) -> None:
    assert isinstance(sheet, Worksheet)
    (cell,) = (cell for row in sheet.iter_rows() for cell in row if cell.value == content)
    assert isinstance(cell, Cell)
    cell.value, cell.data_type = number(88), "s"


def office_of(world: InMemory, key: str) -> str | None:
    people = {one.person.employeeId: one for one in world.stand_in.tenant.people.values()}
    return people[key].methods.get(PhoneType.OFFICE)


async def test_the_cell_of_another_row_is_framed_and_its_correction_counts() -> None:
    """Under that row's number, so that the correction finds it."""
    async with five_people(MAX_REFUSED_SHARE="1") as world:
        rows = [["E1", number(11), ""], ["E1", "", SHORT], *GOOD]
        run = await finished(world, "staff.xlsx", workbook(Staff=rows))
        book = await book_of(world, run)
        assert ("E1", 3, "C3", "Office phone") == shown_beside(book, SHORT)
        type_over(book.worksheets[0], SHORT)
        await finished(world, "again.xlsx", saved(book))
        assert number(88) == office_of(world, "E1")


async def test_of_several_sheets_each_row_names_its_own() -> None:
    """The same row of two sheets; corrected there, because no place is found for what is typed into the list."""
    async with five_people(MAX_REFUSED_SHARE="1") as world:
        sheets = {"Berlin": [["E1", number(11), ""], GOOD[0]], "Team Paris": [["E1", "", SHORT], GOOD[1]]}
        run = await finished(world, "staff.xlsx", workbook(**sheets))
        book = await book_of(world, run)
        assert ("Team Paris", "E1", 2, "C2", "Office phone") == shown_beside(book, SHORT)
        assert "on the sheet and in the cell that it names" in str(book.worksheets[0]["A2"].value)
        type_over(book["Team Paris"], SHORT)
        await finished(world, "again.xlsx", saved(book))
        assert number(88) == office_of(world, "E1")
