"""The two sheets that we add: the rows that need work, and the summary; called by both result writers."""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from shared.adapters.workbook.reading.headings import COLUMN_WIDTH, HEADINGS
from shared.adapters.workbook.reading.material import Material
from shared.adapters.workbook.writing.cells import evidence_cells, text_cells
from shared.core.values.cell import Cell


def start_needs_work(sheet: Worksheet, material: Material) -> None:
    """Say what the sheet is for, then write its header."""
    where = f"This is a copy. Correct these rows on sheet '{material.sheet.name}', then upload the workbook again."
    widen(sheet, len(material.header) + 2, len(HEADINGS[material.heading]))
    sheet.append(text_cells(sheet, [where], bold=True))
    header = [cell.text for cell in material.header]
    sheet.append(text_cells(sheet, ["Row", *header, *HEADINGS[material.heading]], bold=True))


def write_needs_work_row(sheet: Worksheet, row: int, cells: Sequence[Cell], texts: Sequence[str]) -> None:
    sheet.append([*text_cells(sheet, [str(row)]), *evidence_cells(sheet, cells), *text_cells(sheet, texts)])


def write_summary(sheet: Worksheet, material: Material, remarks: Sequence[str]) -> None:
    """The run in a few lines, then what the reader should know of this workbook."""
    widen(sheet, 1, 2)
    for name, text in material.summary:
        sheet.append(text_cells(sheet, [name, text]))
    sheet.append([])
    for remark in remarks:
        sheet.append(text_cells(sheet, [remark]))


def widen(sheet: Worksheet, first: int, count: int) -> None:
    """Make columns wide enough for sentences; a streamed sheet heeds it only before its first row."""
    for column in range(first, first + count):
        sheet.column_dimensions[get_column_letter(column)].width = COLUMN_WIDTH
