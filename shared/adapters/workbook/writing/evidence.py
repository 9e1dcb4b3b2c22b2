"""Cells of an export, written again with the value, type and format that they had."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import assert_never

from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.worksheet.worksheet import Worksheet

from shared.adapters.workbook.writing.texts import write_text
from shared.core.values.cell import Cell, CellKind


def evidence_cell(sheet: Worksheet, cell: Cell) -> SheetCell:
    target = WriteOnlyCell(sheet)
    write_evidence(target, cell)
    return target


def write_evidence(target: SheetCell, cell: Cell) -> None:
    """Store the cell's value, type and format, or the text of an uncalculated formula; nothing for a blank or covered
    cell."""
    match cell.kind:
        case CellKind.BLANK | CellKind.COVERED:
            return
        case CellKind.TEXT | CellKind.UNCERTAIN | CellKind.TOO_LONG:
            write_text(target, cell.text, cell.number_format)
            return
        case CellKind.INTEGER | CellKind.FLOAT:
            target.value, target.data_type = cell.text, "n"  # as digits: openpyxl would round a float to 16 of them
        case CellKind.BOOLEAN:
            target.value = cell.text == "TRUE"
        case CellKind.DATE:
            target.value = _moment(cell.text)
        case CellKind.ERROR:
            target.value, target.data_type = cell.text, "e"
        case CellKind.FORMULA:
            write_text(target, cell.text)
            return
        case _:
            assert_never(cell.kind)
    target.number_format = cell.number_format


def _moment(text: str) -> datetime | date | time | str:
    for kind in (datetime, time):
        try:
            return kind.fromisoformat(text)
        except ValueError:
            continue
    return text
