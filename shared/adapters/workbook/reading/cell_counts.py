"""Which columns of a row hold content, in one number, so that two readings can be compared cell by cell."""

from __future__ import annotations

from collections.abc import Sequence

from shared.adapters.workbook.reading.refusal import refusal
from shared.adapters.workbook.reading.source import SheetScan
from shared.core.values.said import Said


def hash_of(columns: Sequence[int]) -> int:
    """A hash of 64 bits of these columns, in ascending order."""
    return hash(tuple(columns))


class CellCheck:
    """Compares the rows that a reader finds, one after the other, with the raw count."""

    def __init__(self, scan: SheetScan) -> None:
        self._rows = zip(scan.content_rows, scan.column_hashes, strict=True)

    def check(self, row: int, columns: Sequence[int]) -> None:
        """Raises FileRefusedError if the next row of the raw count has another number or other cells."""
        counted, column_hash = next(self._rows, (0, 0))
        if counted != row:
            raise refusal(
                "rowCountMismatch",
                Said(
                    "Row {row} was read where the count of the rows found row {counted}.",
                    row=str(row),
                    counted=str(counted),
                ),
            )
        if column_hash != hash_of(columns):
            raise refusal(
                "cellCountMismatch",
                Said("Row {row} has other cells with content than the count of cells found.", row=str(row)),
            )

    def finish(self) -> None:
        """Raises FileRefusedError if the raw count has rows that were not read."""
        row, _ = next(self._rows, (0, 0))
        if row:
            raise refusal("rowCountMismatch", Said("Row {row} was counted, but could not be read.", row=str(row)))
