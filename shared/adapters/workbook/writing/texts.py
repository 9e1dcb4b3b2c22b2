"""Writes cells that stay text, whatever they look like, and drift.xlsx, which has no others.

A reconcile writes drift.xlsx when it ends or waits: one line per difference, with numbers in clear. The writers of
results take the cells. openpyxl is imported on first use.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from shared.core.record.drift import DriftReport
from shared.core.values.slot import value_to_json

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell as SheetCell
    from openpyxl.worksheet.worksheet import Worksheet

_TEXT_FORMAT = "@"
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
"""The characters that XML cannot hold or changes, and the underscore that would begin an escape."""
_COLUMNS = (
    ("Object ID", 38),
    ("Drift", 20),
    ("Slot", 16),
    ("Expected", 22),
    ("Found", 22),
    ("Outcome", 14),
    ("Reason", 60),
    ("What to do", 40),
    ("For administrators", 40),
    ("Action", 40),
)


def escaped(text: str) -> str:
    """The text as XML can hold it without loss."""
    return _NOT_IN_XML.sub(lambda match: f"_x{ord(match[0]):04X}_", text)


def write_text(target: SheetCell, text: str, number_format: str = _TEXT_FORMAT) -> None:
    """Store text as text, even if it looks like a number or a formula, or holds control characters."""
    target.value = escaped(text)
    target.data_type = "s"
    target.number_format = number_format


def text_cells(sheet: Worksheet, texts: Iterable[str], *, bold: bool = False) -> list[SheetCell | None]:
    """Cells for `sheet.append`, each holding text; an empty text is no cell."""
    return [_text_cell(sheet, text, bold=bold) if text else None for text in texts]


def _text_cell(sheet: Worksheet, text: str, *, bold: bool) -> SheetCell:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    cell = WriteOnlyCell(sheet)
    write_text(cell, text)
    if bold:
        cell.font = Font(bold=True)
    return cell


def write_drift(reports: Iterable[DriftReport], summary: Sequence[tuple[str, str]]) -> bytes:
    """An .xlsx with a sheet of the differences and one with `summary`; every cell is text."""
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    workbook = Workbook(write_only=True)
    sheet, about = workbook.create_sheet("Drift"), workbook.create_sheet("Run")
    sheet.freeze_panes = "A2"
    for number, (_, width) in enumerate(_COLUMNS, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.append(text_cells(sheet, (title for title, _ in _COLUMNS), bold=True))
    for report in reports:
        sheet.append(text_cells(sheet, _texts(report)))
    for line in summary:
        about.append(text_cells(about, line))
    saved = BytesIO()
    workbook.save(saved)
    return saved.getvalue()


def _texts(report: DriftReport) -> tuple[str, ...]:
    drift, outcome = report.drift, report.outcome
    expected, found = value_to_json(drift.expected) or "", value_to_json(drift.found) or ""
    about_row = (outcome.outcome, outcome.reason, outcome.remedy, outcome.for_admins, outcome.action)
    return (report.object_id, drift.kind, drift.slot or "", expected, found, *about_row)
