"""Writes the workbooks that approvers read, plan.xlsx and drift.xlsx, from the ledger alone; every cell is text.

Nothing of an uploaded file is in them but its name, the name of its sheet and its headings: no formula, link or format
of an uploader reaches an approver. Numbers are in clear.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO

from shared.adapters.workbook.writing.texts import text_cells
from shared.core.record.drift import DriftReport
from shared.core.run.changes import Change
from shared.core.run.documents import RowReport
from shared.core.values.slot import value_to_json

Columns = Sequence[tuple[str, int]]
"""Heading and width of each column."""

_PERSON: Columns = (("Display name", 28), ("User principal name", 38), ("Object ID", 38))
_OUTCOME: Columns = (("Outcome", 14), ("Code", 22), ("Reason", 60), ("What to do", 40), ("For administrators", 40))
_PLAN: Columns = (("Row", 8), *_PERSON, ("Slot", 16), ("Old", 22), ("New", 22), *_OUTCOME, ("Suggested value", 28))
_DRIFT: Columns = (
    *_PERSON,
    ("Drift", 20),
    ("Slot", 16),
    ("Expected", 22),
    ("Found", 22),
    *_OUTCOME,
    ("Action", 40),
)
_NO_CHANGE = Change("", "", "")


def write_plan(reports: Mapping[int, RowReport], summary: Sequence[tuple[str, str]]) -> bytes:
    """plan.xlsx: one line per change, and one per row without a change; `reports` are by row number."""
    lines = (
        (str(row), *_person(report), change.of, change.old, change.new, *_outcome(report), report.suggested)
        for row, report in reports.items()
        for change in report.changes or (_NO_CHANGE,)
    )
    return _write_list("Plan", _PLAN, lines, summary)


def write_drift(reports: Iterable[DriftReport], summary: Sequence[tuple[str, str]]) -> bytes:
    """drift.xlsx: one line per difference that a reconcile found."""
    return _write_list("Drift", _DRIFT, _drift_lines(reports), summary)


def _drift_lines(reports: Iterable[DriftReport]) -> Iterator[Sequence[str]]:
    for report in reports:
        drift, outcome = report.drift, report.outcome
        person = (outcome.display_name, outcome.user_principal_name, report.object_id)
        values = (value_to_json(drift.expected) or "", value_to_json(drift.found) or "")
        action = "; ".join(change.in_words for change in outcome.changes)
        yield *person, drift.kind, drift.slot or "", *values, *_outcome(outcome), action


def _person(report: RowReport) -> tuple[str, ...]:
    return report.display_name, report.user_principal_name, report.object_id


def _outcome(report: RowReport) -> tuple[str, ...]:
    return report.outcome, report.code, report.reason, report.remedy, report.for_admins


def _write_list(
    title: str, columns: Columns, lines: Iterable[Sequence[str]], summary: Sequence[tuple[str, str]]
) -> bytes:
    """An .xlsx with a sheet of the lines and one with `summary`."""
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    workbook = Workbook(write_only=True)
    sheet, about = workbook.create_sheet(title), workbook.create_sheet("Run")
    sheet.freeze_panes = "A2"
    for number, (_, width) in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.append(text_cells(sheet, (heading for heading, _ in columns), bold=True))
    for line in lines:
        sheet.append(text_cells(sheet, line))
    for fact in summary:
        about.append(text_cells(about, fact))
    saved = BytesIO()
    workbook.save(saved)
    return saved.getvalue()
