"""The same workbook with the app's columns added, as far as openpyxl preserves workbooks; called by `result`."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from io import BytesIO
from math import isfinite
from typing import assert_never

from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles import Font, cell_style
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from shared.adapters.workbook.reading.refusal import BROKEN
from shared.adapters.workbook.reading.sheets import NEEDS_WORK_SHEET, OUR_SHEETS, SUMMARY_SHEET, is_ours
from shared.adapters.workbook.reading.source import LAST_ROW, RowSource, Sheet
from shared.adapters.workbook.reading.xlsx import NOT_A_DOUBLE, XlsxSource
from shared.adapters.workbook.writing.inert import remove_what_acts, what_acts
from shared.adapters.workbook.writing.rewritable import what_is_lost
from shared.adapters.workbook.writing.texts import escaped, text_cells, write_text
from shared.core.export.fields import RESULT_PREFIX
from shared.core.run.documents import RowReport
from shared.core.values.cell import Cell, CellKind
from shared.core.values.errors import FileRefusedError


def _prefixed(*names: str) -> tuple[str, ...]:
    return tuple(RESULT_PREFIX + name for name in names)


HEADINGS = _prefixed("outcome", "code", "reason", "what to do", "suggested value")

# openpyxl prints the number of a style that a damaged workbook does not have; the worker's output is not for that.
vars(cell_style)["print"] = lambda *_: None

COLUMN_WIDTH = 28
_LONGEST_TEXT = 1_000
"""The reader's default limit for a cell, so that a result can be uploaded again."""
NO_STORED_RESULT = "(formula without a stored result)"
_LONGEST_CELL = 32_767
"""Excel's own limit for a cell."""


@dataclass(frozen=True, slots=True)
class ResultContent:
    """What a result is written from: the export, the place of its rows, and a report on each."""

    source: RowSource
    sheet: Sheet
    header_row: int
    header: tuple[Cell, ...]
    """Up to the last column that the app did not add."""
    report: Callable[[int], RowReport | None]
    summary: tuple[tuple[str, str], ...]

    def rows(self) -> Iterator[tuple[int, tuple[Cell, ...], RowReport | None]]:
        """Every row with content, also those above the header, and its report."""
        for row, cells in self.source.rows(self.sheet, len(self.header)):
            yield row, cells, self.report(row) if row > self.header_row else None


def report_texts(report: RowReport) -> tuple[str, ...]:
    """The cells beside one row, in the order of `HEADINGS`."""
    texts = (report.outcome, report.code, report.reason, report.remedy, report.suggested)
    return tuple(text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…" for text in texts)


def start_needs_work(sheet: Worksheet, content: ResultContent) -> None:
    """Write the purpose of the sheet, then its header."""
    where = f"This is a copy. Correct these rows on sheet '{content.sheet.name}', then upload the workbook again."
    widen(sheet, len(content.header) + 2, len(HEADINGS))
    sheet.append(text_cells(sheet, [where], bold=True))
    header = [cell.text for cell in content.header]
    sheet.append(text_cells(sheet, ["Row", *header, *HEADINGS], bold=True))


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


def write_annotated(source: XlsxSource, content: ResultContent) -> bytes:
    """Raises CannotRewriteError for a workbook that openpyxl cannot hold."""
    with _by_openpyxl():
        workbook = _Reader(BytesIO(source.data)).read_all()
    if not {sheet.name for sheet in source.sheets} <= set(workbook.sheetnames):
        raise CannotRewriteError("a sheet would be lost")  # it silently leaves out what it does not find
    remove_what_acts(workbook)
    _annotate(workbook, content)
    write_summary(workbook.create_sheet(SUMMARY_SHEET), content, what_is_lost(source.part_names))
    saved = BytesIO()
    with _by_openpyxl():
        workbook.save(saved)
    _check(source, content.sheet.name, saved.getvalue())
    return saved.getvalue()


def _check(source: XlsxSource, sheet_name: str, saved: bytes) -> None:
    """The result must be readable again: openpyxl may move harmless content to a place where readers refuse it."""
    try:
        again = XlsxSource(saved, source.limits)
        scans = {sheet.name: again.scan(sheet, stop_after=LAST_ROW) for sheet in again.sheets}
        for sheet in again.sheets:
            for _ in again.rows(sheet, width=1, scan=scans[sheet.name]):
                pass
        sheet = next(sheet for sheet in source.sheets if sheet.name == sheet_name)
        before = source.scan(sheet, stop_after=LAST_ROW).content_rows
    except FileRefusedError as error:
        raise CannotRewriteError(error.code) from None
    if before != scans[sheet_name].content_rows:
        raise CannotRewriteError("rows would be lost")
    if found := what_acts(saved):
        raise CannotRewriteError(found)


class CannotRewriteError(Exception):
    """openpyxl cannot hold or write this workbook, although its rows can be read."""


@contextmanager
def _by_openpyxl() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of what it drops; `losses` says so in the workbook
        try:
            yield
        except BROKEN as error:
            raise CannotRewriteError(type(error).__name__) from None


class _Reader(ExcelReader):
    """openpyxl's reader, made not to change cells: dates stay numbers, floats keep all digits, escapes stay.

    Formulas come as their stored values, and links to other workbooks do not come at all.
    """

    def __init__(self, file: BytesIO) -> None:
        super().__init__(file, data_only=True, keep_links=False, rich_text=True)

    def read_all(self) -> Workbook:
        self.read()
        for sheet in self.wb.worksheets:
            for cell in _cells(sheet):
                _keep_value(cell)
        self.wb.template = False
        return self.wb

    def read_worksheets(self) -> None:
        # A number is no date here, only evidence to give back.
        vars(self.wb).update(_date_formats=set(), _timedelta_formats=set())
        super().read_worksheets()


def _keep_value(cell: SheetCell) -> None:
    """Spell the value so that openpyxl does not round or change it when it writes."""
    match cell.value:
        case bool():
            pass
        case int() | float() as number if isfinite(number):
            cell.value, cell.data_type = repr(number), "n"
        case float():
            cell.value, cell.data_type = NOT_A_DOUBLE, "e"
        case str() as text if "\r" in text and cell.data_type == "s":
            cell.value, cell.data_type = text.replace("\r", escaped("\r")), "s"


def _cells(sheet: Worksheet) -> list[SheetCell]:
    """The cells that exist; iterating by rows would create the millions between two far ones."""
    return [cell for cell in sheet._cells.values() if isinstance(cell, SheetCell)]  # noqa: SLF001 - as said


def _annotate(workbook: Workbook, content: ResultContent) -> None:
    for name in OUR_SHEETS & set(workbook.sheetnames):
        del workbook[name]
    sheet = workbook[content.sheet.name]
    _clear_our_columns(sheet, content.header_row)
    first = _free_columns(sheet, len(content.header) + 1, len(HEADINGS))
    _write_beside(sheet, content.header_row, first, HEADINGS)
    for column in range(first, first + len(HEADINGS)):
        sheet.cell(content.header_row, column).font = Font(bold=True)
    widen(sheet, first, len(HEADINGS))
    needs_work = workbook.create_sheet(NEEDS_WORK_SHEET, workbook.index(sheet) + 1)
    start_needs_work(needs_work, content)
    for row, cells, report in content.rows():
        _mark_formulas(sheet, row, cells)
        if report is None:
            continue
        texts = report_texts(report)
        _write_beside(sheet, row, first, texts)
        if report.remedy:
            write_needs_work_row(needs_work, row, cells, texts)


def _write_beside(sheet: Worksheet, row: int, first: int, texts: Sequence[str]) -> None:
    for column, text in enumerate(texts, first):
        cell = sheet.cell(row, column) if text else None
        if isinstance(cell, SheetCell):  # never a merged one: `_free_columns` avoids those
            write_text(cell, text)


def _mark_formulas(sheet: Worksheet, row: int, cells: Iterable[Cell]) -> None:
    """A formula without a stored result would come back as a blank cell, which means that nothing is asked for."""
    for column, cell in enumerate(cells, 1):
        target = sheet.cell(row, column) if cell.kind is CellKind.FORMULA else None
        if isinstance(target, SheetCell):
            write_text(target, NO_STORED_RESULT)


def _clear_our_columns(sheet: Worksheet, header_row: int) -> None:
    cells = _cells(sheet)
    ours = {cell.column for cell in cells if cell.row == header_row and is_ours(cell.value)}
    for cell in cells:
        if cell.column in ours and cell.row >= header_row:
            cell.value = None


def _free_columns(sheet: Worksheet, first: int, count: int) -> int:
    """The first column from which `count` columns hold nothing and are in no merged range."""
    used = {cell.column for cell in _cells(sheet) if cell.value is not None}
    for merged in sheet.merged_cells.ranges:
        used.update(range(merged.min_col, merged.max_col + 1))
    return next(column for column in itertools.count(first) if used.isdisjoint(range(column, column + count)))


def evidence_cells(sheet: Worksheet, cells: Iterable[Cell]) -> list[SheetCell | None]:
    """Cells for `sheet.append`, each holding what the export's cell held; a blank one is no cell."""
    return [None if cell.is_blank else _evidence_cell(sheet, cell) for cell in cells]


def _evidence_cell(sheet: Worksheet, cell: Cell) -> SheetCell:
    target = WriteOnlyCell(sheet)
    _write_evidence(target, cell)
    return target


def _write_evidence(target: SheetCell, cell: Cell) -> None:
    """Store what the export's cell held, with its type and format."""
    match cell.kind:
        case CellKind.BLANK | CellKind.COVERED:
            return
        case CellKind.TEXT | CellKind.UNCERTAIN | CellKind.TOO_LONG:
            write_text(target, cell.text[:_LONGEST_CELL], cell.number_format)
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
            write_text(target, NO_STORED_RESULT)
            return
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
