"""What Excel makes of cells: read or refused by what they are, and returned exactly as they were."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.worksheet.worksheet import Worksheet

from testing.in_memory import InMemory
from tests.flows.small_tenant import outcomes, person, tenant_of

_APPLIED = "applied"
MOBILES: tuple[tuple[str | float | datetime, str, str], ...] = (
    (12025550111, "General", _APPLIED),
    (12025550112, "0.00E+00", _APPLIED),
    (12025550113, '"+"0', _APPLIED),
    (12025550114, "#,##0", _APPLIED),
    (2025550115, "000-000-0000", _APPLIED),
    ("+1 202 555 0116", "@", _APPLIED),
    ("'+1 202 555 0117", "General", _APPLIED),
    (1.2025550118e14, "0.00E+00", "digitsLost"),
    ("1,20256E+10", "@", "digitsLost"),
    (True, "General", "cellIsBoolean"),
    ("WAHR", "@", "numberMissing"),
    ("VRAI", "General", "numberMissing"),
    (datetime.fromisoformat("2026-03-01"), "dd.mm.yyyy", "cellIsDate"),
    ("31.12.2026", "@", "numberNotValid"),
)
"""A value, its format, and what becomes of its row; an apostrophe is the one that Excel hides."""
_HEADINGS = ("Personalnummer", "Nachname", "Handynummer", "Land", "Eintritt", "Firmenwagen", "Quote")


def export() -> Workbook:
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.append(_HEADINGS)
    for index, (value, number_format, _) in enumerate(MOBILES, 1):
        entry = datetime.fromisoformat(f"2026-03-{index:02}")
        sheet.append([1000 + index, "Müller", None, "US", entry, index % 2 == 0, index / 8])
        key, _, mobile, _, date, _, share = sheet[index + 1]
        mobile.value = value if not isinstance(value, str) else value.lstrip("'")
        mobile.quotePrefix = str(value).startswith("'")
        for cell, form in ((key, "00000"), (mobile, number_format), (date, "[$-407]d. mmmm yyyy"), (share, "0.00%")):
            cell.number_format = form
    return book


def shown(cell: Cell | MergedCell) -> tuple[object, ...]:
    return cell.value, cell.data_type, cell.number_format, bool(cell.quotePrefix)


async def returned(world: InMemory) -> tuple[list[str], list[tuple[Cell | MergedCell, ...]]]:
    """The codes of the rows, and the cells that HR gets back."""
    saved = BytesIO()
    export().save(saved)
    run = await world.run_to_end("liste.xlsx", saved.getvalue())
    result = load_workbook(BytesIO(await world.app.returns.read(run))).worksheets[-1]
    return [code for _, code in await outcomes(world, run)], list(result.iter_rows())


async def test_cells_are_read_by_what_they_are_and_come_back_as_they_were() -> None:
    """Numbers, dates and booleans as Excel stores them whatever its language; the key is what its cell shows."""
    people = [person(index, phones={}, employeeId=f"0{1000 + index}") for index in range(1, len(MOBILES) + 1)]
    async with tenant_of(people, SMALL_SET="100", MAX_REFUSED_SHARE="1") as world:
        codes, lines = await returned(world)
        assert [code for _, _, code in MOBILES] == codes
        sheet = export().worksheets[0]
        width = len(_HEADINGS)
        assert [[shown(cell) for cell in line] for line in sheet.iter_rows()] == [
            [shown(cell) for cell in line[:width]] for line in lines
        ]
