"""Writes pages (`shared.core.report.page`) as sheets, into a workbook of their own or before the sheets of an export.

Every text is written as text, whatever it looks like. This module imports openpyxl, so import it on first use.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from io import BytesIO
from itertools import chain, islice
from math import ceil

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.worksheet import Worksheet

from shared.adapters.workbook.writing.evidence import evidence_cell
from shared.adapters.workbook.writing.streamed import add_sheet
from shared.adapters.workbook.writing.style import (
    INDENT,
    LINE_HEIGHT,
    ROW_HEIGHT,
    WRAPPED,
    Look,
    Styles,
    bar_chart,
    beside_table,
    height_of,
    print_wide,
    share_chart,
    usable,
)
from shared.adapters.workbook.writing.texts import put_text
from shared.adapters.workbook.writing.widths import BOLD, PADDING, width_of
from shared.core.report.page import (
    Block,
    Column,
    Counts,
    Facts,
    Kind,
    Line,
    Page,
    Paragraph,
    Section,
    Shares,
    Table,
    Title,
    Tone,
    Value,
)
from shared.core.values.cell import Cell

_SEEN = 500
"""How many first lines decide the width of a column."""
_LEAST_WIDTH, _FILLER = 110.0, 12.0
"""The least width of a page, and that of the columns which fill a narrow page, so that sentences have room."""
_TITLE_SCALE = 1.5
"""The size of a title's letters, relative to those of a sentence."""
_ROW_IN_CENTIMETRES = ROW_HEIGHT * 2.54 / 72
_WIDEST_NAME = 44.0
"""The most characters of the name of a fact in one line."""
_SECTION_HEIGHT, _ROOM = 20.0, ROW_HEIGHT - LINE_HEIGHT
"""Points."""
_WIDEST_PRINTED = 190.0
"""The most characters in a line of a landscape page that can be read."""
_MOST_ROWS_OF_A_PAGE = 60
"""Up to this many rows, a page that is not just a table below sentences is printed on one sheet of paper."""
_CHART_COLUMN = 2
"""Counted from 0."""
_TEXT, _GENERAL = "@", "General"


def write_pages(pages: Iterable[Page]) -> bytes:
    """An .xlsx of these pages, written as a stream."""
    workbook = Workbook(write_only=True)
    for page in pages:
        write_page(add_sheet(workbook, page.name), page)
    saved = BytesIO()
    workbook.save(saved)
    return saved.getvalue()


def put_first(workbook: Workbook, *pages: Page | None) -> None:
    """Write these pages before the sheets of the workbook."""
    for place, page in enumerate(page for page in pages if page is not None):
        write_page(add_sheet(workbook, page.name, place), page)


def write_page(sheet: Worksheet, page: Page) -> int:
    """Fill a new sheet, widths first, because it may be a streamed one. Returns the last row."""
    return _PageWriter(sheet, page).write()


class _PageWriter:
    def __init__(self, sheet: Worksheet, page: Page) -> None:
        self._sheet, self._page = sheet, page
        self._styles = Styles(sheet)
        self._row = 0
        self._seen = {id(block): _Seen(block.lines) for block in page.blocks if isinstance(block, Table)}
        self._widths = self._measure()
        self._printed = self._count_printed()

    def write(self) -> int:
        for column, width in enumerate(self._widths, 1):
            self._sheet.column_dimensions[get_column_letter(column)].width = width
        self._sheet.sheet_view.showGridLines = False
        self._sheet.sheet_format.defaultRowHeight, self._sheet.sheet_format.customHeight = ROW_HEIGHT, True
        *above, last = self._page.blocks
        table = last if isinstance(last, Table) and all(isinstance(one, Title | Paragraph) for one in above) else None
        header_row = self._header_row(table) if table else None
        if header_row:
            self._sheet.freeze_panes = f"A{header_row + 1}"
        print_wide(self._sheet, self._page.footer, header_row)
        for block in self._page.blocks:
            self._write(block)
        if table:
            columns = len(table.columns)
            self._sheet.auto_filter.ref = f"A{header_row}:{get_column_letter(columns)}{self._row}"
            if self._printed < columns:
                self._sheet.print_area = f"A1:{get_column_letter(self._printed)}{self._row}"
        elif self._row <= _MOST_ROWS_OF_A_PAGE:
            self._sheet.page_setup.fitToHeight = 1
        return self._row

    def _count_printed(self) -> int:
        """The number of columns to print; a page that is too wide leaves out notes and codes at its right end."""
        last = self._page.blocks[-1]
        if not isinstance(last, Table) or sum(self._widths) <= _WIDEST_PRINTED:
            return len(self._widths)
        kinds = enumerate((column.kind for column in last.columns), 1)
        return max(place for place, kind in kinds if kind not in (Kind.NOTE, Kind.CODE))

    def _header_row(self, table: Table) -> int:
        """The row of the table's header: each block above it takes one row, and an empty row follows them."""
        above = self._page.blocks.index(table)
        return above + 2 if above else 1

    def _measure(self) -> list[float]:
        """The width of each column as the blocks need it, and of further columns that fill a narrow page."""
        widths: list[float] = []
        for block in self._page.blocks:
            for place, width in enumerate(self._widths_of(block)):
                widths[place:] = [max(width, widths[place]), *widths[place + 1 :]] if place < len(widths) else [width]
        missing = _LEAST_WIDTH - sum(widths)
        return widths + [_FILLER] * ceil(max(missing, 0) / _FILLER)

    def _widths_of(self, block: Block) -> list[float]:
        match block:
            case Table(columns=columns):
                first = self._seen[id(block)].first
                return [
                    width_of(column, [line.values[place] for line in first]) for place, column in enumerate(columns)
                ]
            case Counts(columns=columns, lines=lines):
                outcome = replace(columns[0], kind=Kind.OUTCOME)
                return [width_of(outcome, [line[0] for line in lines]), float(columns[1].width)]
            case Shares(columns=columns, lines=moments):
                return [width_of(column, [moment for moment, _ in moments]) for column in columns]
            case Facts(lines=lines):
                return [min(_WIDEST_NAME, max(len(name) for name, _ in lines) + PADDING)] if lines else []
        return []

    def _write(self, block: Block) -> None:
        match block:
            case Title(text=text):
                self._spread(text, "title", _TITLE_SCALE)
            case Section(text=text):
                self._append([])
                self._sheet.row_dimensions[self._row + 1].height = _SECTION_HEIGHT
                self._append([self._cell(text, Look("section"))])
            case Paragraph(text=text):
                if isinstance(self._before(block), Facts):
                    self._append([])
                self._spread(text, "text")
            case Facts(lines=lines):
                for name, value in lines:
                    self._spread(value, "text", before=name)
            case Counts(columns=columns, lines=lines):
                self._counts(columns, lines)
            case Shares(columns=columns, lines=moments):
                self._shares(columns, moments)
            case Table(columns=columns) as table:
                self._table(table, columns)

    def _table(self, block: Table, columns: tuple[Column, ...]) -> None:
        if block is not self._page.blocks[0] and not isinstance(self._before(block), Section):
            self._append([])
        self._head(columns)
        for line in self._seen[id(block)]:
            self._line(columns, line)

    def _before(self, block: Block) -> Block | None:
        place = self._page.blocks.index(block)
        return self._page.blocks[place - 1] if place else None

    def _spread(self, text: str, part: str, scale: float = 1.0, *, before: str = "") -> None:
        """Write a text over all printed columns, in a row as high as it needs.

        `scale` is the size of its letters; `before` is the name in the first column, "" = none.
        """
        first = 2 if before else 1
        row, last = self._row + 1, self._printed
        width = sum(self._widths[first - 1 : last])
        self._sheet.row_dimensions[row].height = scale * (height_of([(text, width / scale)]) or LINE_HEIGHT) + 1
        self._sheet.merged_cells.add(CellRange(min_col=first, max_col=last, min_row=row, max_row=row))
        cells = [self._cell(before, Look("name"))] if before else []
        self._append([*cells, self._cell(text, Look(part))])

    def _counts(self, columns: tuple[Column, Column], lines: tuple[tuple[str, int, Tone], ...]) -> None:
        columns = (replace(columns[0], kind=Kind.OUTCOME), columns[1])
        self._head(columns)
        first = self._row + 1
        tones = [tone for _, _, tone in lines]
        for text, count, tone in lines:
            self._line(columns, Line((text, count), tone))
        chart = bar_chart(self._sheet, first, tones)
        self._sheet.add_chart(chart)
        chart.anchor = beside_table(chart, _CHART_COLUMN, first - 1)  # type: ignore[assignment] # or a cell's name
        self._leave_room(chart.height, -len(lines))

    def _shares(self, columns: tuple[Column, ...], lines: tuple[tuple[str, tuple[int, ...]], ...]) -> None:
        self._head(columns)
        head = self._row
        for moment, counts in lines:
            self._line(columns, Line((moment, *counts)))
        chart = share_chart(self._sheet, head, self._row, len(columns))
        self._sheet.add_chart(chart, f"A{self._row + 2}")
        self._leave_room(chart.height, 2)

    def _leave_room(self, height: float, more: int) -> None:
        """Add empty rows for a chart of this height in centimetres, and `more` rows."""
        for _ in range(ceil(height / _ROW_IN_CENTIMETRES) + more):
            self._append([])

    def _head(self, columns: Iterable[Column]) -> None:
        columns = list(columns)
        widths = ((width - INDENT) / BOLD for width in self._widths)
        height = height_of((column.heading, width) for column, width in zip(columns, widths, strict=False))
        self._sheet.row_dimensions[self._row + 1].height = (height or LINE_HEIGHT) + _ROOM
        self._append([self._cell(column.heading, Look("head", column.kind)) for column in columns])

    def _line(self, columns: Iterable[Column], line: Line) -> None:
        pairs = list(zip(columns, line.values, strict=True))
        wrapped = [
            (value, usable(column.kind, width))
            for (column, value), width in zip(pairs, self._widths, strict=False)
            if isinstance(value, str) and column.kind in WRAPPED
        ]
        if height := height_of(wrapped):
            self._sheet.row_dimensions[self._row + 1].height = height + _ROOM
        self._append(
            [
                self._cell(
                    value, Look("cell", _kind(column, value), line.tone if column.kind is Kind.OUTCOME else None)
                )
                for column, value in pairs
            ]
        )

    def _cell(self, value: Value, look: Look) -> SheetCell:
        if isinstance(value, Cell):
            return self._evidence(value, look)
        cell = WriteOnlyCell(self._sheet)
        if isinstance(value, int):
            cell.value = value
        elif value:
            put_text(cell, value)
        return self._styles.dress(cell, look)

    def _evidence(self, value: Cell, look: Look) -> SheetCell:
        """Write a cell of the export; one without a format becomes text, so that Excel does not change typed
        corrections."""
        cell = evidence_cell(self._sheet, value)
        kept = cell.number_format
        return self._styles.dress(cell, look._replace(number_format=_TEXT if kept == _GENERAL else kept))

    def _append(self, cells: list[SheetCell]) -> None:
        self._row += 1
        self._sheet.append(cells)


class _Seen:
    """The lines of a table, with the first ones already taken to measure them."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = iter(lines)
        self.first = tuple(islice(self._lines, _SEEN))

    def __iter__(self) -> Iterator[Line]:
        return chain(self.first, self._lines)


def _kind(column: Column, value: Value) -> Kind:
    """The kind of a cell; in an input column, only a cell of the export may be typed over."""
    return Kind.WORD if column.kind is Kind.INPUT and not isinstance(value, Cell) else column.kind
