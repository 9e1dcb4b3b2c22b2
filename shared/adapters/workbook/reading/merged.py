"""The cells that a merged range covers: they may hold a value that no person sees."""

from __future__ import annotations

from collections.abc import Iterable, Set

from shared.core.export.header import MergedRange


class CoveredCells:
    """For one pass down the rows of a sheet; only the first `width` columns count."""

    def __init__(self, merges: Iterable[MergedRange], width: int) -> None:
        self._width = width
        self._coming = sorted(merges, key=lambda merged: merged.first_row, reverse=True)
        self._last_rows: dict[int, int] = {}
        """By column from 1: the row down to which the column is covered."""
        self._below_first: list[MergedRange] = []
        """Ranges that begin in the latest row: their first cell shows the value, and the cells below it are covered."""

    def columns(self, row: int) -> Set[int]:
        """The covered columns of this row, from 1; ask in ascending order of rows."""
        if not self._coming and not self._last_rows and not self._below_first:
            return frozenset()
        for merged in self._below_first:
            self._cover(merged, merged.first_column)
        self._below_first.clear()
        while self._coming and self._coming[-1].first_row <= row:
            merged = self._coming.pop()
            for column in range(merged.first_column + 1, min(merged.last_column, self._width) + 1):
                self._cover(merged, column)
            if merged.first_row < row:
                self._cover(merged, merged.first_column)
            else:
                self._below_first.append(merged)
        self._last_rows = {column: last for column, last in self._last_rows.items() if last >= row}
        return self._last_rows.keys()

    def _cover(self, merged: MergedRange, column: int) -> None:
        self._last_rows[column] = max(merged.last_row, self._last_rows.get(column, 0))
