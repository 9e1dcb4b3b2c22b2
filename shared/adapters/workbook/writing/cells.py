"""Writes single cells without retyping them and without letting text become a formula; used by both result writers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import assert_never

from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from shared.core.values.cell import Cell, CellKind

_TEXT_FORMAT = "@"
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
"""The characters that XML cannot hold or changes, and the underscore that would begin an escape."""
_BOLD = Font(bold=True)


def escaped(text: str) -> str:
    """The text as XML can hold it without loss."""
    return _NOT_IN_XML.sub(lambda match: f"_x{ord(match[0]):04X}_", text)


def write_text(target: SheetCell, text: str, number_format: str = _TEXT_FORMAT) -> None:
    """Store text as text, even if it looks like a number or a formula, or holds control characters."""
    target.value = escaped(text)
    target.data_type = "s"
    target.number_format = number_format


def _write_evidence(target: SheetCell, cell: Cell) -> None:
    """Store what the export's cell held, with its type and format."""
    match cell.kind:
        case CellKind.BLANK:
            return
        case CellKind.TEXT:
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
            target.value = cell.text or "formula without a stored result"
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


def text_cells(sheet: Worksheet, texts: Iterable[str], *, bold: bool = False) -> list[SheetCell | None]:
    """Cells for `sheet.append`, each holding text; an empty text is no cell."""
    return [_text_cell(sheet, text, bold=bold) if text else None for text in texts]


def evidence_cells(sheet: Worksheet, cells: Iterable[Cell]) -> list[SheetCell | None]:
    """Cells for `sheet.append`, each holding what the export's cell held; a blank one is no cell."""
    return [None if cell.is_blank else _evidence_cell(sheet, cell) for cell in cells]


def _text_cell(sheet: Worksheet, text: str, *, bold: bool) -> SheetCell:
    cell = WriteOnlyCell(sheet)
    write_text(cell, text)
    if bold:
        cell.font = _BOLD
    return cell


def _evidence_cell(sheet: Worksheet, cell: Cell) -> SheetCell:
    target = WriteOnlyCell(sheet)
    _write_evidence(target, cell)
    return target
