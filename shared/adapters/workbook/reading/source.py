"""The interface of a file of any kind; `xlsx` and `delimited` implement it."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from shared.core.export.header import MergedRange
from shared.core.values.cell import Cell
from shared.core.values.said import Said

LAST_ROW = 1_048_576
LAST_COLUMN = 16_384


@dataclass(frozen=True, slots=True)
class Sheet:
    """One worksheet; chart, dialog and macro sheets do not count. `part` "" = the file is a text file."""

    name: str
    part: str
    visible: bool


@dataclass(frozen=True, slots=True)
class ExcelTable:
    """An Excel table: its header row, its data from the next row to `last_row`, and its columns, all from 1."""

    name: str
    header_row: int
    last_row: int
    bottom: int
    """The last row of the table, which may be a totals row."""
    first_column: int
    last_column: int


def _numbers() -> array[int]:
    return array("I")


@dataclass(slots=True)
class SheetScan:
    """The raw count of a sheet. A cell with `v`, `is` or `f` has content; in a text file, one that is not empty.

    Row numbers are strictly increasing.
    """

    content_rows: array[int] = field(default_factory=_numbers)
    column_hashes: array[int] = field(default_factory=lambda: array("q"))
    """For each of `content_rows` the hash of its columns with content (`cell_counts.hash_of`)."""
    hidden_rows: array[int] = field(default_factory=_numbers)
    """The hidden or filtered ones among `content_rows`."""
    width: int = 0
    """The number of columns up to the last one with content, in the rows from the scan's `first_row` on."""
    hidden_columns: set[int] = field(default_factory=set)
    """Column indexes from 0."""
    formula_columns: set[int] = field(default_factory=set)
    """Column indexes from 0, in the rows from the scan's `first_row` on."""
    merges: list[MergedRange] = field(default_factory=list)
    """Known only after a complete scan, because a file lists them after the rows."""
    cells: int = 0
    rows: int = 0
    """Rows with content or without; openpyxl makes an object for each row that has a height or a format."""
    outside_elements: int = 0
    """The number of elements outside of rows, such as merged ranges; an element that names several areas
    counts once for each area."""
    outside_names: set[str] = field(default_factory=set)
    """The local names of those elements."""
    spread_cells: int = 0
    """How many cells merged ranges and links cover; openpyxl makes an object for each."""
    is_complete: bool = False
    """Whether the scan reached the end of the sheet."""

    @property
    def merged_ranges(self) -> int:
        return len(self.merges)

    def merges_above(self, row: int) -> list[MergedRange]:
        """The merged ranges that begin above `row`: titles and group headings."""
        return [merged for merged in self.merges if merged.first_row < row]

    def add_row(self, row: int, column_hash: int, *, hidden: bool = False) -> None:
        self.content_rows.append(row)
        self.column_hashes.append(column_hash)
        if hidden:
            self.hidden_rows.append(row)

    def count(self, first: int, last: int) -> int:
        """How many rows from `first` to `last`, both included, have content."""
        return bisect_right(self.content_rows, last) - bisect_left(self.content_rows, first)

    def count_hidden(self, first: int, last: int) -> int:
        return bisect_right(self.hidden_rows, last) - bisect_left(self.hidden_rows, first)


class RowSource(Protocol):
    """A readable file in memory, of which every pass reads the rows again."""

    @property
    def sheets(self) -> Sequence[Sheet]: ...

    @property
    def modified(self) -> datetime | None:
        """When the file was last saved, as it says itself; None = not known."""

    @property
    def notes(self) -> Sequence[Said]:
        """Notes for readers of the result about how the file was read."""

    def property_of_file(self, name: str) -> str | None:
        """The text of a custom property of the file; None = none was found, as in every text file."""

    def tables(self, sheet: Sheet) -> Sequence[ExcelTable]:
        """The tables on the sheet; a text file has none."""

    def scan(self, sheet: Sheet, *, stop_after: int, first_row: int = 1) -> SheetScan:
        """The raw count; it stops after more than `stop_after` rows with content.

        `width` and `formula_columns` are those of the rows from `first_row` on.
        """

    def rows(
        self, sheet: Sheet, width: int, *, scan: SheetScan | None = None, in_addresses: str = ""
    ) -> Iterator[tuple[int, tuple[Cell, ...]]]:
        """Yield number and first `width` cells of every row with content, in order.

        `in_addresses` stands in front of the address of each cell and names its sheet, if that is not clear. Each row
        is compared with `scan`, which also knows the merged ranges; without a scan, the sheet is scanned first. After
        an incomplete scan, take no more rows than it counted. Raises FileRefusedError if the file is broken or a row
        differs from the scan.
        """
