"""A streamed sheet says what openpyxl's own says."""

from __future__ import annotations

from datetime import datetime, time
from io import BytesIO
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.worksheet.worksheet import Worksheet

from shared.adapters.workbook.writing.streamed import add_sheet
from shared.adapters.workbook.writing.style import Look, Styles
from shared.adapters.workbook.writing.texts import write_text

_TEXTS = ("plain", "=1+1", "#N/A", "007", ' <a & "b"> \' ', "one\ntwo", "\ttab", "x\r_x000D_", "חזן 𝄞", "9" * 40_000)
_VALUES: tuple[Any, ...] = (7, -1.5, True, False, datetime(2024, 2, 29, 13, 5), time(6, 30))  # noqa: DTZ001 - Excel knows no zone


def _rows(sheet: Worksheet) -> list[list[SheetCell | None]]:
    styles = Styles(sheet)
    texts = [WriteOnlyCell(sheet) for _ in _TEXTS]
    for cell, text in zip(texts, _TEXTS, strict=True):
        write_text(cell, text)
    error = WriteOnlyCell(sheet)
    error.value, error.data_type = "#DIV/0!", "e"
    styled = styles.dress(WriteOnlyCell(sheet), Look("head"))
    return [[*texts], [], [*(WriteOnlyCell(sheet, value) for value in _VALUES), None, error, styled]]


def _written(workbook: Workbook, sheet: Worksheet) -> list[list[tuple[object, ...]]]:
    sheet.row_dimensions[3].height = 30
    for row in _rows(sheet):
        sheet.append(row)
    saved = BytesIO()
    workbook.save(saved)
    found = load_workbook(saved).worksheets[0]
    assert 30 == found.row_dimensions[3].height
    return [
        [(cell.value, cell.data_type, cell.number_format, cell.font.b, cell.fill.fgColor.rgb) for cell in row]
        for row in found.iter_rows()
    ]


def test_cells_of_every_kind() -> None:
    own, ours = Workbook(write_only=True), Workbook(write_only=True)
    assert _written(own, own.create_sheet("Staff")) == _written(ours, add_sheet(ours, "Staff"))
