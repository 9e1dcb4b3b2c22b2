"""What we add to a workbook, by name, so that it is known again when it comes back; used by readers and writers."""

from __future__ import annotations

from shared.core.export.column_aliases import RESULT_PREFIX
from shared.core.run.report import Heading, RowReport


def _prefixed(*names: str) -> tuple[str, ...]:
    return tuple(RESULT_PREFIX + name for name in names)


HEADINGS: dict[Heading, tuple[str, ...]] = {
    "result": _prefixed("outcome", "code", "reason", "what to do", "suggested value"),
    "plan": _prefixed("outcome", "planned action", "code", "reason", "what to do", "suggested value"),
}

COLUMN_WIDTH = 28
_LONGEST_TEXT = 1_000
"""As the reader's usual limit for a cell, so that a result can be dropped again."""

SUMMARY_SHEET = "Phone methods summary"
NEEDS_WORK_SHEET = "Phone methods to correct"
OUR_SHEETS = frozenset((SUMMARY_SHEET, NEEDS_WORK_SHEET))


def is_ours(header: object) -> bool:
    """Whether a column with this header was added by us."""
    return isinstance(header, str) and header.startswith(RESULT_PREFIX)


def report_texts(report: RowReport, heading: Heading) -> tuple[str, ...]:
    """The cells beside one row, in the order of `HEADINGS`."""
    action = (report.action,) if heading == "plan" else ()
    texts = (report.outcome, *action, report.code, report.reason, report.remedy, report.suggested)
    return tuple(text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…" for text in texts)
