"""What `export` and `result` need of a file, whatever its kind; `xlsx` and `delimited` provide it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from shared.adapters.workbook.reading.package import Sheet, Table
from shared.adapters.workbook.reading.scan import SheetScan
from shared.core.values.cell import Cell


class Source(Protocol):
    """A readable file held in memory, packed. Every call reads it anew."""

    @property
    def sheets(self) -> Sequence[Sheet]: ...

    @property
    def modified(self) -> datetime | None:
        """When the file says that it was last saved."""

    @property
    def notes(self) -> Sequence[str]:
        """What a reader of the result should know of how the file was read."""

    def tables(self, sheet: Sheet) -> Sequence[Table]:
        """The tables on the sheet; a text file has none."""

    def scan(self, sheet: Sheet, *, stop_after: int) -> SheetScan:
        """The raw count of rows, at most until more than `stop_after` rows with content are passed."""

    def rows(self, sheet: Sheet, width: int) -> Iterator[tuple[int, tuple[Cell, ...]]]:
        """(row number, the first `width` cells) of every row with content, in order, streaming.

        Raises FileRefusedError where the file turns out to be broken.
        """
