"""The app's columns on the sheet of an export, and how that sheet opens and prints.

The cells of the export do not move: the app's columns are to their right. The sheet opens scrolled to them, with header
and key still in sight if these are near the top and the left edge.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.views import Selection
from openpyxl.worksheet.worksheet import Worksheet

from shared.adapters.workbook.writing.evidence import write_evidence
from shared.adapters.workbook.writing.our_columns import KEY_COLUMNS, ResultContent, SheetContent
from shared.adapters.workbook.writing.sorted_lines import SortedLines
from shared.adapters.workbook.writing.style import INDENT, WRAPPED, Look, Styles, height_of, print_wide, usable
from shared.adapters.workbook.writing.texts import put_text
from shared.core.report.page import Column, Kind, Tone, Value
from shared.core.run.documents import RowReport
from shared.core.values.cell import Cell

_WIDEST_FROZEN = 70.0
"""Characters; a wider frozen part would leave little of the window for the outcome."""
_MOST_FROZEN_ROWS = 12
_NOT_PRINTED = (Kind.NOTE, Kind.CODE)
"""The kinds of columns that are not printed at the right end of a list that is too wide for one page."""
_WIDEST_PRINTED = 190.0
"""The most characters in a line of a landscape page that can be read."""
_DEFAULT_WIDTH = 9.0


class Beside:
    """The app's columns from column `first` on, counted from 1, on a sheet of a workbook or on a streamed sheet.

    Each row that is written and needs work gets lines in `work`, which becomes a sheet of its own.
    """

    def __init__(
        self, sheet: Worksheet, content: ResultContent, part: SheetContent, first: int, work: SortedLines
    ) -> None:
        self._sheet, self._content, self._part, self._first = sheet, content, part, first
        self._columns: Sequence[Column] = content.columns(part)
        self._last = first + len(self._columns) - 1
        self._last_row = content.last_row(part)
        self._styles = Styles(sheet)
        self._vertical = "bottom"
        """The vertical alignment of the export's cells, which the app's cells get too."""
        self._work = work

    def write_header(self) -> None:
        first = self._sheet.cell(self._part.header_row + 1, self._content.key(self._part) + 1)
        self._vertical = first.alignment.vertical or self._vertical
        self._write(self._part.header_row, self._header())

    def write_row(self, row: int, cells: Sequence[Cell], report: RowReport) -> None:
        self._write(row, self._looks(row, cells, report))

    def header_cells(self) -> list[SheetCell]:
        """The app's cells of the header row, for a streamed sheet."""
        return self._cells(self._part.header_row, self._header())

    def cells(self, row: int, cells: Sequence[Cell], report: RowReport) -> list[SheetCell]:
        return self._cells(row, self._looks(row, cells, report))

    def _header(self) -> list[tuple[Value, Look]]:
        return [(column.heading, Look("head", column.kind)) for column in self._columns]

    def _looks(self, row: int, cells: Sequence[Cell], report: RowReport) -> list[tuple[Value, Look]]:
        self._content.add_work(self._work, self._part, row, cells, report)
        line = self._content.beside(self._part, cells, report)
        pairs = zip(self._columns, line.values, strict=True)
        return [(value, self._look(column.kind, line.tone)) for column, value in pairs]

    def _look(self, kind: Kind, tone: Tone | None) -> Look:
        return Look("cell", kind, tone if kind is Kind.OUTCOME else None, vertical=self._vertical)

    def _cells(self, row: int, looks: Sequence[tuple[Value, Look]]) -> list[SheetCell]:
        self._make_room(row, looks)
        return [self._fill(WriteOnlyCell(self._sheet), value, look) for value, look in looks]

    def _write(self, row: int, looks: Sequence[tuple[Value, Look]]) -> None:
        self._make_room(row, looks)
        for column, (value, look) in enumerate(looks, self._first):
            cell = self._sheet.cell(row, column)
            if isinstance(cell, SheetCell):  # never a merged one: the columns are free
                self._fill(cell, value, look)

    def _fill(self, cell: SheetCell, value: Value, look: Look) -> SheetCell:
        if isinstance(value, Cell):
            write_evidence(cell, value)
            return self._styles.dress(cell, look._replace(number_format=cell.number_format))
        if isinstance(value, str) and value:
            put_text(cell, value)
        return self._styles.dress(cell, look)

    def _make_room(self, row: int, looks: Iterable[tuple[Value, Look]]) -> None:
        """Make a row higher if it would cut off the app's sentences."""
        wrapped = (
            (value, column.width - INDENT if look.part == "head" else usable(look.kind, column.width))
            for column, (value, look) in zip(self._columns, looks, strict=True)
            if isinstance(value, str) and (look.part == "head" or look.kind in WRAPPED)
        )
        if height := height_of(wrapped):
            dimension = self._sheet.row_dimensions[row]
            dimension.height = max(dimension.height or 0, height)

    def lay_out(self) -> None:
        """Freeze, scroll and filter the sheet, and let it print on few pages; for a streamed sheet, before its rows."""
        header, frozen, ours = self._part.header_row, self._frozen_columns(), get_column_letter(self._first)
        for place, column in enumerate(self._columns, self._first):
            self._sheet.column_dimensions[get_column_letter(place)].width = column.width
        if header <= _MOST_FROZEN_ROWS:
            view = self._sheet.sheet_view
            view.view = view.topLeftCell = view.pane = None
            view.selection = [Selection()]
            self._sheet.freeze_panes = f"{get_column_letter(frozen + 1)}{header + 1}"
            if pane := self._sheet.sheet_view.pane:
                pane.topLeftCell = f"{ours}{header + 1}"
        self._filter(header)
        print_wide(self._sheet, self._content.texts.page_number, header)
        if self._width(1, self._last) > _WIDEST_PRINTED:
            last = max(place for place, one in enumerate(self._columns, self._first) if one.kind not in _NOT_PRINTED)
            self._sheet.print_area = f"{ours}{header}:{get_column_letter(last)}{self._last_row}"
            if named := self._printed_columns(frozen, last):
                self._sheet.print_title_cols = f"A:{get_column_letter(named)}"

    def _frozen_columns(self) -> int:
        """How many columns stay in sight: all up to the key; 0 = these are too many or too wide."""
        count = self._content.key(self._part) + 1
        return count if count <= KEY_COLUMNS and self._width(1, count) <= _WIDEST_FROZEN else 0

    def _printed_columns(self, frozen: int, last: int) -> int:
        """How many of the export's first columns are printed beside the app's: names are often near the key."""
        room = _WIDEST_PRINTED - self._width(self._first, last)
        return max((count for count in range(frozen, KEY_COLUMNS + 1) if self._width(1, count) <= room), default=frozen)

    def _width(self, first: int, last: int) -> float:
        """The width of these columns in characters; openpyxl has one entry for neighbours of the same width."""
        widths = [_DEFAULT_WIDTH] * (last + 1)
        for dimension in self._sheet.column_dimensions.values():
            dimension.reindex()
            begin, end = dimension.min or 1, min(dimension.max or 0, last)
            for column in range(begin, end + 1):
                widths[column] = 0.0 if dimension.hidden else dimension.width
        return sum(widths[first:])

    def _filter(self, header: int) -> None:
        """Filter all columns; a table of the export, or a filter of other rows, stays as it is."""
        own = self._sheet.auto_filter.ref
        if self._sheet.tables or (own and f"{header}:" not in own):
            return
        begin = own.split(":")[0] if own else f"A{header}"
        self._sheet.auto_filter.ref = f"{begin}:{get_column_letter(self._last)}{self._last_row}"
