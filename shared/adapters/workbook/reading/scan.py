"""The raw count: counts the rows and cells in a sheet's XML independently of the reader.

It also refuses sheets that would need unlimited memory. It counts elements by local name, at any depth, while the
reader follows the standard's grammar; rows in the usual spelling are taken from the text by both, each in its own way.
If only one of them finds some content, the file is refused.
"""

from __future__ import annotations

import re
from typing import IO

from shared.adapters.workbook.reading.areas import Area, area_of, column_number
from shared.adapters.workbook.reading.cell_counts import hash_of
from shared.adapters.workbook.reading.limits import MIB
from shared.adapters.workbook.reading.refusal import refusal
from shared.adapters.workbook.reading.source import LAST_COLUMN, LAST_ROW, SheetScan
from shared.adapters.workbook.reading.usual import without_usual
from shared.adapters.workbook.reading.usual_rows import UsualRows
from shared.adapters.workbook.reading.xml_stream import (
    MAX_DEPTH,
    Attributes,
    attribute,
    deeper,
    feed,
    local_name,
    new_parser,
)
from shared.core.export.header import MergedRange
from shared.core.values.said import Said

_MAX_ROW_BYTES = 4 * MIB
_MAX_MERGED_RANGES = 200_000
_MOST_NAMED_COLUMNS = 100 * LAST_COLUMN
_CONTENT = ("v", "is", "f")
_TRUE = ("1", "true")
_DEPTH_OF_ROWS = 2
_DIGITS = "0123456789"
_USUAL_CONTENT = re.compile(r'<c r="([A-Z]+)[^/>]*>')
"""Matches the column of a cell that has content."""


class _LocalNames(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return self.setdefault(name, local_name(name))


class _Columns(dict[str, int]):
    """Column number from 1 by its letters; the letters of a sheet's columns are few."""

    def __missing__(self, letters: str) -> int:
        return self.setdefault(letters, column_number(letters))


class _Walk:
    """The parser's handlers, for one sheet."""

    def __init__(self, first_row: int) -> None:
        self.found = SheetScan()
        self._first_row = first_row
        self._local_names = _LocalNames()
        self._column_numbers = _Columns()
        self._depth = 0
        self.row = 0
        self.in_rows = False
        self._hidden = False
        self._column = 0
        self._columns: list[int] = []
        self._in_cell = False
        self._named_columns = 0

    def started(self, name: str, attributes: Attributes) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            deeper(self._depth)
        local = self._local_names[name]
        if local == "c":
            self._in_cell = True
            self.found.cells += 1
            address = attributes.get("r")
            self._column = self._column_numbers[address.rstrip(_DIGITS)] if address else self._column + 1
        elif local in _CONTENT:
            if self._in_cell and self.row:
                self._add_content(local, attributes)
        elif local == "row":
            self._start_row(attributes)
        elif not self.in_rows:
            self._add_outside(local, attributes)

    def ended(self, name: str) -> None:
        self._depth -= 1
        local = self._local_names[name]
        if local == "c":
            self._in_cell = False
        elif local == "row":
            self._end_row()
        elif local == "sheetData":
            self.in_rows = False

    @property
    def is_at_first_row(self) -> bool:
        return self._depth == _DEPTH_OF_ROWS and not (self.found.rows or self.found.cells)

    def take(self, row: int, cells: str, *, hidden: bool) -> bool:
        """Count a usual row; False = the parser has to read it, because two cells have the same address."""
        columns = [self._column_numbers[letters] for letters in _USUAL_CONTENT.findall(cells)]
        if len(set(columns)) < len(columns):
            return False
        self.row, self.in_rows, self._hidden, self._columns = row, True, hidden, columns
        self.found.rows += 1
        self.found.cells += cells.count("<c ")
        self._end_row()
        return True

    def _add_content(self, local: str, attributes: Attributes) -> None:
        if not self._columns or self._columns[-1] != self._column:
            self._columns.append(self._column)
        if local == "f" and self.row >= self._first_row:
            self._add_formula(attributes)

    def _start_row(self, attributes: Attributes) -> None:
        self._end_row()
        given = attribute(attributes, "r")
        number = int(float(given)) if given else self.row + 1
        if not self.row < number <= LAST_ROW:
            raise refusal(
                "corruptFile", Said("The row that follows row {row} of the sheet is out of order.", row=str(self.row))
            )
        self.row = number
        self.found.rows += 1
        self.in_rows = True
        self._hidden = attribute(attributes, "hidden") in _TRUE
        self._column = 0

    def _end_row(self) -> None:
        if not self._columns:
            return
        self.found.add_row(self.row, hash_of(self._columns), hidden=self._hidden)
        if self.row >= self._first_row:
            self.found.width = max(self.found.width, *self._columns)
        self._columns.clear()

    def _add_outside(self, local: str, attributes: Attributes) -> None:
        self.found.outside_elements += 1 + attributes.get("sqref", "").count(" ")
        self.found.outside_names.add(local)
        if local == "mergeCell":
            self._add_merged_range(area_of(attribute(attributes, "ref")))
        elif local == "hyperlink":
            self.found.spread_cells += area_of(attribute(attributes, "ref")).cells
        elif local == "col":
            self._add_columns(attributes)

    def _add_merged_range(self, area: Area) -> None:
        self.found.spread_cells += area.cells
        self.found.merges.append(MergedRange(*area))
        if len(self.found.merges) > _MAX_MERGED_RANGES:
            raise refusal(
                "sheetTooLarge", Said("The sheet has more than {limit} merged ranges.", limit=_MAX_MERGED_RANGES)
            )

    def _add_formula(self, attributes: Attributes) -> None:
        """Note the columns of a formula; an array formula or a data table fills cells of other columns too."""
        self.found.formula_columns.add(self._column - 1)
        if area := attributes.get("ref"):
            _, first, _, last = area_of(area)
            self._add_each(self.found.formula_columns, first, last)

    def _add_columns(self, attributes: Attributes) -> None:
        """Note the columns that are hidden, as those of a closed group are, or have no width."""
        if attribute(attributes, "hidden") in _TRUE or not attribute(attributes, "width", "1").strip("0."):
            first, last = int(attribute(attributes, "min")), int(attribute(attributes, "max"))
            self._add_each(self.found.hidden_columns, max(first, 1), min(last, LAST_COLUMN))

    def _add_each(self, columns: set[int], first: int, last: int) -> None:
        """Add the columns from `first` to `last`, counted from 1. Raises FileRefusedError when too many were named."""
        self._named_columns += max(0, last - first)
        if self._named_columns > _MOST_NAMED_COLUMNS:
            raise refusal("sheetTooLarge", Said("The sheet names its columns more often than any sheet needs."))
        columns.update(range(first - 1, last))


def scan_sheet(source: IO[bytes], *, stop_after: int, first_row: int = 1) -> SheetScan:
    """Count the sheet; stop at the end of the chunk with which there are more than `stop_after` rows with content.

    Width and columns with formulas are those of the rows from `first_row` on. Raises FileRefusedError for a document
    type, rows out of order, and what would need too much memory; ExpatError or ValueError for what cannot be read.
    """
    walk = _Walk(first_row)
    parser = new_parser()
    parser.StartElementHandler = walk.started
    parser.EndElementHandler = walk.ended
    row, row_began_before = 0, 0
    for fed in feed(parser, without_usual(source, UsualRows(walk))):
        if len(walk.found.content_rows) > stop_after:
            return walk.found
        if walk.row != row:
            row, row_began_before = walk.row, fed
        elif walk.in_rows and fed - row_began_before > _MAX_ROW_BYTES:
            raise refusal(
                "sheetTooLarge",
                Said("Row {row} holds more than {limit} MiB.", row=str(row), limit=_MAX_ROW_BYTES // MIB),
            )
    walk.found.is_complete = True
    return walk.found
