"""Which sheet and which rows are the export; called by `export`.

The rule: a table asked for by name, else the first visible sheet that has a recognisable header in its first rows.
Hidden sheets are read only for such a table. Other sheets are named in the notes, so that their absence is
visible.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from shared.adapters.workbook.reading.limits import FileLimits
from shared.adapters.workbook.reading.refusal import quoted, refusal
from shared.adapters.workbook.reading.source import LAST_ROW, ExcelTable, RowSource, Sheet, SheetScan
from shared.core.export.column_aliases import RESULT_PREFIX
from shared.core.values.cell import Cell, CellKind
from shared.core.values.errors import FileRefusedError

SUMMARY_SHEET = "Phone methods summary"
NEEDS_WORK_SHEET = "Phone methods to correct"
_FAR_ROWS = 200
"""How many rows are searched for headings that stand too low, to say so."""
OUR_SHEETS = frozenset((SUMMARY_SHEET, NEEDS_WORK_SHEET))


@dataclass(frozen=True, slots=True)
class Choice[ColumnMapT]:
    """Where the export is, 1-based; `width` columns from A are read of each row."""

    columns: ColumnMapT
    sheet: Sheet
    header_row: int
    width: int
    scan: SheetScan
    """Of the sheet, complete unless it has too many rows; columns are counted below the header."""
    last_row: int = LAST_ROW
    table: ExcelTable | None = None
    notes: tuple[str, ...] = ()


def is_ours(header: object) -> bool:
    """Whether a column with this header was added by this app."""
    return isinstance(header, str) and header.startswith(RESULT_PREFIX)


def row_values(cells: Sequence[Cell]) -> list[str]:
    """The texts of a row by column, up to the last column that is not blank."""
    values = [cell.text for cell in cells]
    while values and not values[-1]:
        values.pop()
    return values


def choose[ColumnMapT](
    source: RowSource,
    *,
    recognise: Callable[[Sequence[str]], ColumnMapT | None],
    explain_missing: Callable[[Sequence[Sequence[str]]], FileRefusedError],
    limits: FileLimits,
    table_name: str | None,
) -> Choice[ColumnMapT]:
    """Raises FileRefusedError when no sheet or not the table asked for is found."""
    if table_name is not None:
        return _named_table(source, table_name, recognise, explain_missing, limits)
    visible = [sheet for sheet in source.sheets if sheet.visible and sheet.name not in OUR_SHEETS]
    if not visible:
        raise refusal("noVisibleSheet", "The workbook has no visible worksheet.")
    seen: list[Sequence[str]] = []
    chosen: Choice[ColumnMapT] | None = None
    notes: list[str] = []
    for sheet in visible:
        rows = _first_rows(source, sheet, limits)
        header = _header(rows, recognise)
        if chosen is None and header is not None:
            chosen = _chosen(source, sheet, header[0], recognise, limits)
        elif header is not None:
            notes.append(f"Sheet {quoted(sheet.name)} also looks like an export and was not read.")
        seen.extend(row_values(cells) for _, cells in rows)
    if chosen is None:
        raise _nothing_found(source, seen, recognise, explain_missing, limits)
    hidden = sum(1 for sheet in source.sheets if not sheet.visible)
    if hidden:
        notes.append(f"Hidden sheets are not read; the workbook has {hidden}.")
    return replace(chosen, notes=tuple(notes))


_Rows = Sequence[tuple[int, tuple[Cell, ...]]]


def _first_rows(source: RowSource, sheet: Sheet, limits: FileLimits, *, stop_after: int = 0) -> _Rows:
    """The scan goes first: it refuses what would need unlimited memory, and it counts the rows."""
    stop_after = stop_after or limits.header_rows
    scan = source.scan(sheet, stop_after=stop_after)
    rows = source.rows(sheet, limits.max_columns + 1, scan=scan)
    return list(islice(rows, min(stop_after, len(scan.content_rows))))


def _chosen[ColumnMapT](
    source: RowSource,
    sheet: Sheet,
    header_row: int,
    recognise: Callable[[Sequence[str]], ColumnMapT | None],
    limits: FileLimits,
) -> Choice[ColumnMapT] | None:
    """Read the header again with the merged ranges, which stand behind the rows: they may cover a heading."""
    scan = source.scan(sheet, stop_after=limits.max_rows + header_row, first_row=header_row + 1)
    rows = source.rows(sheet, limits.max_columns + 1, scan=scan)
    cells = next(cells for row, cells in rows if row == header_row)
    columns = recognise(row_values(cells))
    if columns is None:
        return None
    return Choice(columns, sheet, header_row, _width(sheet, cells, limits), scan)


def _header[ColumnMapT](
    rows: _Rows, recognise: Callable[[Sequence[str]], ColumnMapT | None]
) -> tuple[int, tuple[Cell, ...], ColumnMapT] | None:
    for row, cells in rows:
        columns = recognise(row_values(cells))
        if columns is not None:
            return row, cells, columns
    return None


def _width(sheet: Sheet, header: Sequence[Cell], limits: FileLimits) -> int:
    """Up to the header's last column; cells to the right of it belong to no column and are not read."""
    if not header[limits.max_columns].is_blank:
        raise refusal(
            "tooManyColumns",
            f"The header of sheet {quoted(sheet.name)} has more than {limits.max_columns} columns, which is the limit.",
        )
    return max(column for column, cell in enumerate(header, 1) if not cell.is_blank)


def _nothing_found[ColumnMapT](
    source: RowSource,
    seen: Sequence[Sequence[str]],
    recognise: Callable[[Sequence[str]], ColumnMapT | None],
    explain_missing: Callable[[Sequence[Sequence[str]]], FileRefusedError],
    limits: FileLimits,
) -> FileRefusedError:
    if not any(any(values) for values in seen):
        return refusal("emptyFile", "The visible sheets are empty.")
    for sheet in source.sheets:
        if sheet.visible and _header(_first_rows(source, sheet, limits, stop_after=_FAR_ROWS), recognise) is not None:
            return refusal(
                "headingsTooLow",
                f"The headings of sheet {quoted(sheet.name)} are not among its first {limits.header_rows} rows.",
            )
    for sheet in source.sheets:
        if not sheet.visible and _header(_first_rows(source, sheet, limits), recognise) is not None:
            return refusal("noVisibleSheet", f"Only sheet {quoted(sheet.name)} looks like an export, and it is hidden.")
    return explain_missing(seen)


def _named_table[ColumnMapT](
    source: RowSource,
    table_name: str,
    recognise: Callable[[Sequence[str]], ColumnMapT | None],
    explain_missing: Callable[[Sequence[Sequence[str]]], FileRefusedError],
    limits: FileLimits,
) -> Choice[ColumnMapT]:
    found = [(sheet, table) for sheet in source.sheets for table in source.tables(sheet)]
    match = next((pair for pair in found if pair[1].name.casefold() == table_name.casefold()), None)
    if match is None:
        names = ", ".join(quoted(table.name) for _, table in found) or "none"
        raise refusal("tableNotFound", f"The workbook has no table {quoted(table_name)}; its tables: {names}.")
    sheet, table = match
    scan = source.scan(sheet, stop_after=limits.max_rows + table.header_row, first_row=table.header_row + 1)
    header = _table_header(source, sheet, table, scan, limits)
    values = row_values(header)
    columns = recognise(values)
    if columns is None:
        raise explain_missing([values])
    notes = (f"Table {quoted(table.name)} on sheet {quoted(sheet.name)} was read.",)
    return Choice(columns, sheet, table.header_row, _width(sheet, header, limits), scan, table.last_row, table, notes)


def _table_header(
    source: RowSource, sheet: Sheet, table: ExcelTable, scan: SheetScan, limits: FileLimits
) -> tuple[Cell, ...]:
    """The cells of the table's header row; those of other columns are blank."""
    rows = source.rows(sheet, limits.max_columns + 1, scan=scan)
    cells = next((cells for row, cells in rows if row >= table.header_row), ())
    blank = [Cell(cell.address, CellKind.BLANK) for cell in cells]
    return tuple(
        cell if table.first_column <= column <= table.last_column else blank[column - 1]
        for column, cell in enumerate(cells, 1)
    )
