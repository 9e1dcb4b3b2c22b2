"""Writes a workbook of the export's values and the app's columns, as a stream."""

from __future__ import annotations

from io import BytesIO
from itertools import islice

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from shared.adapters.workbook.writing.beside import Beside
from shared.adapters.workbook.writing.evidence import evidence_cell
from shared.adapters.workbook.writing.our_columns import ResultContent, SheetContent
from shared.adapters.workbook.writing.pages import put_first
from shared.adapters.workbook.writing.set_mark import set_mark
from shared.adapters.workbook.writing.sorted_lines import SortedLines
from shared.adapters.workbook.writing.streamed import add_sheet
from shared.adapters.workbook.writing.style import Look, Styles

_FORBIDDEN_IN_TITLES = str.maketrans(dict.fromkeys("[]:*?/\\"))
_TITLE_LENGTH = 31
_SEEN = 200
_WIDEST, _PADDING = 36, 3


def write_values_only(content: ResultContent, sentence: str) -> bytes:
    """Write the rows at the row numbers that they had; `sentence` says on the summary why only values are written."""
    workbook = Workbook(write_only=True)
    summary = content.summary.with_section(content.texts.say("section.copy"), [sentence])
    with SortedLines() as work:
        for part in content.sheets:
            title = part.sheet.name.translate(_FORBIDDEN_IN_TITLES)[:_TITLE_LENGTH] or "Export"
            _write_rows(add_sheet(workbook, title), content, part, work)
        put_first(workbook, content.work(work), summary)
    set_mark(workbook, content.mark)
    saved = BytesIO()
    workbook.save(saved)
    return saved.getvalue()


def _write_rows(sheet: Worksheet, content: ResultContent, part: SheetContent, work: SortedLines) -> None:
    """Write the rows, and add to `work` a line for each that needs work."""
    _widen(sheet, content, part)
    beside = Beside(sheet, content, part, len(part.header) + 1, work)
    beside.lay_out()
    heading = Look("section")
    styles = Styles(sheet)
    next_row = 1
    for row, cells, report in content.rows(part):
        for _ in range(next_row, row):
            sheet.append([])
        next_row = row + 1
        theirs = [None if cell.is_blank else evidence_cell(sheet, cell) for cell in cells]
        if row == part.header_row:
            sheet.append([*(cell and styles.dress(cell, heading) for cell in theirs), *beside.header_cells()])
        else:
            sheet.append([*theirs, *(beside.cells(row, cells, report) if report is not None else ())])


def _widen(sheet: Worksheet, content: ResultContent, part: SheetContent) -> None:
    """Make each column of the export as wide as its first rows need."""
    widths = [0] * len(part.header)
    for _, cells, _ in islice(content.rows(part), _SEEN):
        widths = [max(width, len(cell.text)) for width, cell in zip(widths, cells, strict=True)]
    for column, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(column)].width = min(width + _PADDING, _WIDEST)
