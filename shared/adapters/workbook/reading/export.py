"""Opens an export and proves that no row of it is lost; called by the split step and by the HTTP upload.

Three counts must agree before anything is queued: the raw count (`scan`), the rows that `Export.rows` yields, and the
rows that the caller accounts for. The first two are compared here, at the end of every pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shared.adapters.workbook.reading.delimited import DelimitedSource
from shared.adapters.workbook.reading.file_kind import FileKind, file_kind
from shared.adapters.workbook.reading.limits import FileLimits
from shared.adapters.workbook.reading.package import Sheet, Table
from shared.adapters.workbook.reading.refusal import quoted, refusal
from shared.adapters.workbook.reading.scan import SheetScan
from shared.adapters.workbook.reading.sheets import Choice, choose
from shared.adapters.workbook.reading.source import Source
from shared.core.values.cell import Cell
from shared.core.values.errors import FileRefusedError


@dataclass(frozen=True, slots=True)
class Export[ColumnMapT]:
    """An export that can be read. The packed file is held, its rows are not."""

    columns: ColumnMapT
    """What `recognise` made of the header."""
    sheet: str
    header_row: int
    """1-based, as Excel shows it; for text the number of the record."""
    raw_count: int
    """Data rows with content by the raw count; hidden and filtered rows are among them."""
    notes: tuple[str, ...]
    """What a reader of the result should know: hidden rows, sheets that were not read."""
    modified: datetime | None
    """When the workbook says that it was last saved."""
    _source: Source = field(repr=False)
    _choice: Choice[ColumnMapT] = field(repr=False)

    def rows(self) -> Iterator[tuple[int, tuple[Cell, ...]]]:
        """(row number, cells by column index) of every data row with content, streaming; may be called again.

        Raises FileRefusedError `rowCountMismatch` at the end when the rows yielded are not `raw_count`, and other
        codes where a cell cannot be read. So act on the rows only after a complete pass.
        """
        count = 0
        for row, cells in self._source.rows(self._choice.sheet, self._choice.width):
            if row <= self.header_row:
                continue
            if row > self._choice.last_row:
                break
            count += 1
            yield row, cells
        if count != self.raw_count:
            raise refusal(
                "rowCountMismatch", f"Sheet {quoted(self.sheet)} has {self.raw_count} rows, but {count} could be read."
            )


def open_export[ColumnMapT](
    data: bytes,
    name: str,
    *,
    recognise: Callable[[Sequence[str]], ColumnMapT | None],
    explain_missing: Callable[[Sequence[Sequence[str]]], FileRefusedError],
    limits: FileLimits,
    table_name: str | None = None,
) -> Export[ColumnMapT]:
    """Open an .xlsx, .xlsm or .csv.

    `recognise` answers with the columns for the texts of a header row, else None; `explain_missing` words the refusal
    for the rows that were looked at. `table_name` asks for one Excel table. Raises FileRefusedError, and nothing
    else, for every file that cannot be read completely.
    """
    source = open_source(data, name, limits)
    choice = choose(source, recognise=recognise, explain_missing=explain_missing, limits=limits, table_name=table_name)
    scan = source.scan(choice.sheet, stop_after=limits.max_rows + choice.header_row)
    raw_count = scan.count(choice.header_row + 1, choice.last_row)
    if raw_count > limits.max_rows:
        raise refusal(
            "tooManyRows",
            f"Sheet {quoted(choice.sheet.name)} has more than {limits.max_rows} rows, which is the limit.",
        )
    if choice.table is not None:
        _check_below_table(source, choice.sheet, choice.table, scan)
    notes = [*source.notes, *choice.notes]
    hidden = scan.count_hidden(choice.header_row + 1, choice.last_row)
    if hidden:
        notes.append(f"{hidden} hidden or filtered rows were read like all others.")
    if scan.merged_ranges:
        notes.append(f"The sheet has {scan.merged_ranges} merged ranges; only their first cell holds a value.")
    return Export(
        choice.columns, choice.sheet.name, choice.header_row, raw_count, tuple(notes), source.modified, source, choice
    )


def _check_below_table(source: Source, sheet: Sheet, table: Table, scan: SheetScan) -> None:
    """Rows that somebody added below a table without extending it would be lost silently."""
    others = [other for other in source.tables(sheet) if other.header_row > table.bottom]
    below = sum(
        1
        for row in scan.content_rows
        if row > table.bottom and not any(other.header_row <= row <= other.bottom for other in others)
    )
    if below:
        raise refusal(
            "rowsOutsideTable", f"{below} rows of sheet {quoted(sheet.name)} stand below table {quoted(table.name)}."
        )


def open_source(data: bytes, name: str, limits: FileLimits) -> Source:
    """The file as rows; raises FileRefusedError."""
    if file_kind(data, name, limits) is FileKind.TEXT:
        return DelimitedSource(data, limits)
    from shared.adapters.workbook.reading.xlsx import XlsxSource

    return XlsxSource(data, limits)
