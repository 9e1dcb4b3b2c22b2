"""A workbook of the export's values and our columns, written as a stream; called by `result` for large exports."""

from __future__ import annotations

from io import BytesIO

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from shared.adapters.workbook.reading.sheets import NEEDS_WORK_SHEET, SUMMARY_SHEET
from shared.adapters.workbook.writing.annotated import (
    HEADINGS,
    ResultContent,
    evidence_cells,
    report_texts,
    start_needs_work,
    widen,
    write_needs_work_row,
    write_summary,
)
from shared.adapters.workbook.writing.texts import text_cells

_FORBIDDEN_IN_TITLES = str.maketrans(dict.fromkeys("[]:*?/\\"))
_TITLE_LENGTH = 31


def write_values_only(content: ResultContent, remark: str) -> bytes:
    """The rows at the row numbers they had; `remark` explains on the first sheet what is missing."""
    workbook = Workbook(write_only=True)
    summary, rows, needs_work = (
        _sheet(workbook, title) for title in (SUMMARY_SHEET, content.sheet.name, NEEDS_WORK_SHEET)
    )
    write_summary(summary, content, [remark])
    start_needs_work(needs_work, content)
    widen(rows, len(content.header) + 1, len(HEADINGS))
    next_row = 1
    for row, cells, report in content.rows():
        for _ in range(next_row, row):
            rows.append([])
        next_row = row + 1
        line = evidence_cells(rows, cells)
        if row == content.header_row:
            line += text_cells(rows, HEADINGS, bold=True)
        elif report is not None:
            texts = report_texts(report)
            line += text_cells(rows, texts)
            if report.remedy:
                write_needs_work_row(needs_work, row, cells, texts)
        rows.append(line)
    saved = BytesIO()
    workbook.save(saved)
    return saved.getvalue()


def _sheet(workbook: Workbook, title: str) -> Worksheet:
    sheet: Worksheet = workbook.create_sheet(title.translate(_FORBIDDEN_IN_TITLES)[:_TITLE_LENGTH] or "Export")
    return sheet
