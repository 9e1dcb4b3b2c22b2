"""Writes drift.xlsx: one line per difference, with numbers in clear; called by a reconcile when it ends or waits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO

from shared.core.record.drift import DriftReport
from shared.core.values.slot import value_to_json

_COLUMNS = (
    ("Object ID", 38),
    ("Drift", 20),
    ("Slot", 16),
    ("Expected", 22),
    ("Found", 22),
    ("Outcome", 14),
    ("Reason", 60),
    ("What to do", 40),
    ("Action", 40),
)


def write_drift(reports: Iterable[DriftReport], summary: Sequence[tuple[str, str]]) -> bytes:
    """An .xlsx with a sheet of the differences and one with `summary`; every cell is text."""
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    from shared.adapters.workbook.writing.cells import text_cells

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
    about_row = (outcome.outcome, outcome.reason, outcome.remedy, outcome.action)
    return (report.object_id, drift.kind, drift.slot or "", expected, found, *about_row)
