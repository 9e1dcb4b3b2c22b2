"""Writes the workbooks that approvers read, plan.xlsx and drift.xlsx, from the ledger alone; every cell is text.

Nothing of an uploaded file is in them but its name, the name of its sheet and its headings: no formula, link or format
of an uploader reaches an approver. Numbers are in clear.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO

from shared.adapters.workbook.writing.texts import text_cells
from shared.core.export.places import Places
from shared.core.plan.question import QuestionReason
from shared.core.record.drift import DriftReport
from shared.core.run.changes import Change
from shared.core.run.documents import RowReport
from shared.core.values.slot import value_to_json

Columns = Sequence[tuple[str, int]]
"""Heading and width of each column."""

_PERSON: Columns = (("Display name", 28), ("User principal name", 38), ("Object ID", 38))
_OUTCOME: Columns = (("Outcome", 14), ("Code", 22), ("Reason", 60), ("What to do", 40), ("For administrators", 40))
_ROW: Columns = (("Row", 8),)
_SHEET: Columns = (("Sheet", 20),)
_NUMBER: Columns = (("Number", 10),)
"""By which the row is answered, where Excel shows another one."""
_PLAN: Columns = (*_PERSON, ("Slot", 16), ("Old", 22), ("New", 22), *_OUTCOME, ("Suggested value", 28))
_DRIFT: Columns = (
    *_PERSON,
    ("Drift", 20),
    ("Slot", 16),
    ("Expected", 22),
    ("Found", 22),
    *_OUTCOME,
    ("Action", 40),
)
_QUESTIONS: Columns = (
    *_PERSON,
    ("Slot", 16),
    ("Question", 60),
    ("Found", 22),
    ("Wanted", 22),
    ("Answer", 12),
)
_WHY = {
    QuestionReason.UNMANAGED: "This app did not write the value that would be replaced.",
    QuestionReason.BESIDE: "The person has a phone that neither this app wrote nor the file names.",
    QuestionReason.UNTRUSTED: "The value in use would follow a profile that people edit themselves.",
}
_NO_CHANGE = Change("", "", "")
type _List = tuple[str, Columns, Iterable[Sequence[str]]]
"""Title of a sheet, its columns and its lines."""


def write_plan(reports: Mapping[int, RowReport], summary: Sequence[tuple[str, str]], places: Places) -> bytes:
    """plan.xlsx: one line per change, and one per row without a change; `reports` are by row number.

    What a person has to decide about is a sheet of its own, if there is anything.
    """
    place = (*(_SHEET if places.sheets else ()), *_ROW)
    number = _NUMBER if places.sheets else ()
    lines = (
        (*_place(places, row), *_person(report), change.of, change.old, change.new, *_outcome(report), report.suggested)
        for row, report in reports.items()
        for change in report.changes or (_NO_CHANGE,)
    )
    questions = list(_question_lines(reports, places))
    asked: tuple[_List, ...] = (("Questions", (*place, *number, *_QUESTIONS), questions),) if questions else ()
    return _write_lists((("Plan", (*place, *_PLAN), lines), *asked), summary)


def _place(places: Places, number: int) -> tuple[str, ...]:
    found = places.of(number)
    return (found.sheet, str(found.row)) if places.sheets else (str(found.row),)


def _question_lines(reports: Mapping[int, RowReport], places: Places) -> Iterator[Sequence[str]]:
    for row, report in reports.items():
        for asked in report.questions:
            values = (value_to_json(asked.found) or "nothing", value_to_json(asked.wanted) or "nothing")
            place = (*_place(places, row), *((str(row),) if places.sheets else ()))
            yield *place, *_person(report), asked.slot, _WHY[asked.reason], *values, report.answer


def write_drift(reports: Iterable[DriftReport], summary: Sequence[tuple[str, str]]) -> bytes:
    """drift.xlsx: one line per difference that a reconcile found."""
    return _write_lists([("Drift", _DRIFT, _drift_lines(reports))], summary)


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


def _write_lists(lists: Iterable[_List], summary: Sequence[tuple[str, str]]) -> bytes:
    """An .xlsx with a sheet for each list and one with `summary`."""
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    workbook = Workbook(write_only=True)
    for title, columns, lines in lists:
        sheet = workbook.create_sheet(title)
        sheet.freeze_panes = "A2"
        for number, (_, width) in enumerate(columns, 1):
            sheet.column_dimensions[get_column_letter(number)].width = width
        sheet.append(text_cells(sheet, (heading for heading, _ in columns), bold=True))
        for line in lines:
            sheet.append(text_cells(sheet, line))
    about = workbook.create_sheet("Run")
    for fact in summary:
        about.append(text_cells(about, fact))
    saved = BytesIO()
    workbook.save(saved)
    return saved.getvalue()
