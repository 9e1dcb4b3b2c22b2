"""The two sheets that we add: the rows that need work, and the summary; called by both result writers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from openpyxl.worksheet.worksheet import Worksheet

from shared.adapters.workbook.cell_writing import evidence_cells, text_cells
from shared.adapters.workbook.headings import HEADINGS
from shared.core.cell import Cell

if TYPE_CHECKING:
    from shared.adapters.workbook.result import Material


def start_needs_work(sheet: Worksheet, material: Material) -> None:
    """Say what the sheet is for, then write its header."""
    where = f"A copy for reading. Correct these rows on sheet '{material.sheet.name}', then drop the workbook again."
    sheet.append(text_cells(sheet, [where], bold=True))
    header = [cell.text for cell in material.header]
    sheet.append(text_cells(sheet, ["Row", *header, *HEADINGS[material.heading]], bold=True))


def write_needs_work_row(sheet: Worksheet, row: int, cells: Sequence[Cell], texts: Sequence[str]) -> None:
    sheet.append([*text_cells(sheet, [str(row)]), *evidence_cells(sheet, cells), *text_cells(sheet, texts)])


def write_summary(sheet: Worksheet, material: Material, remarks: Sequence[str]) -> None:
    """The run in a few lines, then what the reader should know of this workbook."""
    for name, text in material.summary:
        sheet.append(text_cells(sheet, [name, text]))
    sheet.append([])
    for remark in remarks:
        sheet.append(text_cells(sheet, [remark]))
    sheet.column_dimensions["A"].width = 32
