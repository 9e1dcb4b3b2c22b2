"""A workbook of the export's values and our columns, written as a stream; called by `result` for large exports."""

from __future__ import annotations

from io import BytesIO

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from shared.adapters.workbook.reading.sheets import NEEDS_WORK_SHEET, SUMMARY_SHEET
from shared.adapters.workbook.writing.result_content import (
    HEADINGS,
    NeedsWork,
    ResultContent,
    SheetContent,
    evidence_cells,
    report_texts,
    set_mark,
    widen,
    write_summary,
)
from shared.adapters.workbook.writing.texts import text_cells

_FORBIDDEN_IN_TITLES = str.maketrans(dict.fromkeys("[]:*?/\\"))
_TITLE_LENGTH = 31


def write_values_only(content: ResultContent, remark: str) -> bytes:
    """The rows at the row numbers they had; `remark` explains on the first sheet what is missing."""
    workbook = Workbook(write_only=True)
    summary, *people, to_correct = (
        _sheet(workbook, title)
        for title in (SUMMARY_SHEET, *(part.sheet.name for part in content.sheets), NEEDS_WORK_SHEET)
    )
    write_summary(summary, content, [remark])
    needs_work = NeedsWork(to_correct, content)
    needs_work.start()
    for rows, part in zip(people, content.sheets, strict=True):
        _write_sheet(rows, content, part, needs_work)
    set_mark(workbook, content.mark)
    saved = BytesIO()
    workbook.save(saved)
    return saved.getvalue()


def _write_sheet(rows: Worksheet, content: ResultContent, part: SheetContent, needs_work: NeedsWork) -> None:
    widen(rows, len(part.header) + 1, len(HEADINGS))
    next_row = 1
    for row, cells, report in content.rows(part):
        for _ in range(next_row, row):
            rows.append([])
        next_row = row + 1
        line = evidence_cells(rows, cells)
        if row == part.header_row:
            line += text_cells(rows, HEADINGS, bold=True)
        elif report is not None:
            texts = report_texts(report)
            line += text_cells(rows, texts)
            if report.remedy:
                needs_work.add(part, row, cells, texts)
        rows.append(line)


def _sheet(workbook: Workbook, title: str) -> Worksheet:
    sheet: Worksheet = workbook.create_sheet(title.translate(_FORBIDDEN_IN_TITLES)[:_TITLE_LENGTH] or "Export")
    return sheet
