"""What `export` and `result` need of a file, whatever its kind; `xlsx` and `delimited` provide it."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from shared.core.values.cell import Cell


@dataclass(frozen=True, slots=True)
class Sheet:
    """One worksheet; chart, dialog and macro sheets do not count."""

    name: str
    part: str
    visible: bool


@dataclass(frozen=True, slots=True)
class ExcelTable:
    """An Excel table: 1-based bounds of its header row and its data, without a totals row."""

    name: str
    header_row: int
    last_row: int
    bottom: int
    """The last row with the totals row."""
    first_column: int
    last_column: int


def _numbers() -> array[int]:
    return array("I")


@dataclass(slots=True)
class SheetScan:
    """Row numbers, strictly increasing. A row has content when a cell in it has `v`, `is` or `f`."""

    content_rows: array[int] = field(default_factory=_numbers)
    hidden_rows: array[int] = field(default_factory=_numbers)
    """The hidden or filtered ones among `content_rows`."""
    cells: int = 0
    merged_ranges: int = 0
    outside_rows: int = 0
    """Elements that are no part of a row: columns, merged ranges, links, rules."""

    def count(self, first: int, last: int) -> int:
        """How many rows from `first` to `last`, both included, have content."""
        return bisect_right(self.content_rows, last) - bisect_left(self.content_rows, first)

    def count_hidden(self, first: int, last: int) -> int:
        return bisect_right(self.hidden_rows, last) - bisect_left(self.hidden_rows, first)


class RowSource(Protocol):
    """A readable file held in memory, packed. Every call reads it anew."""

    @property
    def sheets(self) -> Sequence[Sheet]: ...

    @property
    def modified(self) -> datetime | None:
        """When the file says that it was last saved."""

    @property
    def notes(self) -> Sequence[str]:
        """What a reader of the result should know of how the file was read."""

    def tables(self, sheet: Sheet) -> Sequence[ExcelTable]:
        """The tables on the sheet; a text file has none."""

    def scan(self, sheet: Sheet, *, stop_after: int) -> SheetScan:
        """The raw count of rows, at most until more than `stop_after` rows with content are passed."""

    def rows(self, sheet: Sheet, width: int) -> Iterator[tuple[int, tuple[Cell, ...]]]:
        """(row number, the first `width` cells) of every row with content, in order, streaming.

        Raises FileRefusedError where the file turns out to be broken.
        """
