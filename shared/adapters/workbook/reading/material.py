"""What a result is written from; made by `result`, used by both of its writers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from shared.adapters.workbook.reading.package import Sheet
from shared.adapters.workbook.reading.source import Source
from shared.core.run.report import Heading, RowReport
from shared.core.values.cell import Cell


@dataclass(frozen=True, slots=True)
class Material:
    """The export, where its rows are, and what to say of them."""

    source: Source
    sheet: Sheet
    header_row: int
    header: tuple[Cell, ...]
    """Up to its last column that is not ours."""
    report: Callable[[int], RowReport | None]
    heading: Heading
    summary: tuple[tuple[str, str], ...]

    def rows(self) -> Iterator[tuple[int, tuple[Cell, ...], RowReport | None]]:
        """Every row with content, also those above the header, and its report."""
        for row, cells in self.source.rows(self.sheet, len(self.header)):
            yield row, cells, self.report(row) if row > self.header_row else None
