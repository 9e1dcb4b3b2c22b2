"""What the app adds to an export: columns beside its rows, a sheet of the rows that need work, and a summary sheet.

Called by `result` and by both of its writers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from shared.adapters.workbook.reading.source import RowSource, Sheet
from shared.adapters.workbook.writing.cells import evidence_cells, text_cells
from shared.core.export.column_aliases import RESULT_PREFIX
from shared.core.run.report import Heading, RowReport
from shared.core.values.cell import Cell


def _prefixed(*names: str) -> tuple[str, ...]:
    return tuple(RESULT_PREFIX + name for name in names)


HEADINGS: dict[Heading, tuple[str, ...]] = {
    "result": _prefixed("outcome", "code", "reason", "what to do", "suggested value"),
    "plan": _prefixed("outcome", "planned action", "code", "reason", "what to do", "suggested value"),
}

COLUMN_WIDTH = 28
_LONGEST_TEXT = 1_000
"""The reader's default limit for a cell, so that a result can be uploaded again."""


@dataclass(frozen=True, slots=True)
class ResultContent:
    """What a result is written from: the export, the place of its rows, and a report on each."""

    source: RowSource
    sheet: Sheet
    header_row: int
    header: tuple[Cell, ...]
    """Up to the last column that the app did not add."""
    report: Callable[[int], RowReport | None]
    heading: Heading
    summary: tuple[tuple[str, str], ...]

    def rows(self) -> Iterator[tuple[int, tuple[Cell, ...], RowReport | None]]:
        """Every row with content, also those above the header, and its report."""
        for row, cells in self.source.rows(self.sheet, len(self.header)):
            yield row, cells, self.report(row) if row > self.header_row else None


def report_texts(report: RowReport, heading: Heading) -> tuple[str, ...]:
    """The cells beside one row, in the order of `HEADINGS`."""
    action = (report.action,) if heading == "plan" else ()
    texts = (report.outcome, *action, report.code, report.reason, report.remedy, report.suggested)
    return tuple(text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…" for text in texts)


def start_needs_work(sheet: Worksheet, content: ResultContent) -> None:
    """Write the purpose of the sheet, then its header."""
    where = f"This is a copy. Correct these rows on sheet '{content.sheet.name}', then upload the workbook again."
    widen(sheet, len(content.header) + 2, len(HEADINGS[content.heading]))
    sheet.append(text_cells(sheet, [where], bold=True))
    header = [cell.text for cell in content.header]
    sheet.append(text_cells(sheet, ["Row", *header, *HEADINGS[content.heading]], bold=True))


def write_needs_work_row(sheet: Worksheet, row: int, cells: Sequence[Cell], texts: Sequence[str]) -> None:
    sheet.append([*text_cells(sheet, [str(row)]), *evidence_cells(sheet, cells), *text_cells(sheet, texts)])


def write_summary(sheet: Worksheet, content: ResultContent, remarks: Sequence[str]) -> None:
    """Write a few lines about the run, then remarks about this workbook."""
    widen(sheet, 1, 2)
    for name, text in content.summary:
        sheet.append(text_cells(sheet, [name, text]))
    sheet.append([])
    for remark in remarks:
        sheet.append(text_cells(sheet, [remark]))


def widen(sheet: Worksheet, first: int, count: int) -> None:
    """Make columns wide enough for sentences; in a streamed sheet this works only before the first row."""
    for column in range(first, first + count):
        sheet.column_dimensions[get_column_letter(column)].width = COLUMN_WIDTH
