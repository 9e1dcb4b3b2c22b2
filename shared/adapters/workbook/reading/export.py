"""Opens an export and proves that no row of it is lost; called by the split step and by the HTTP upload.

Three counts must agree before rows are queued: the raw count (`scan`), the rows that `ExportFile.rows` yields, and the
rows that the caller counted. The first two are compared here, at the end of every pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from shared.adapters.workbook.reading.file_kind import open_source
from shared.adapters.workbook.reading.limits import FileLimits
from shared.adapters.workbook.reading.marks import marks_in
from shared.adapters.workbook.reading.refusal import quoted, refusal
from shared.adapters.workbook.reading.sheets import Choice, choice_of, choose, is_ours, our_sheets
from shared.adapters.workbook.reading.source import ExcelTable, RowSource, Sheet, SheetScan
from shared.adapters.workbook.reading.work_sheet import read_work_sheet
from shared.core.export.header import Header, HeaderRules
from shared.core.export.heading import Role
from shared.core.export.places import ONE_SHEET, Places
from shared.core.export.work_corrections import WorkSheet, with_corrections
from shared.core.values.cell import Cell
from shared.core.values.counts import counted, rows_in_words
from shared.core.values.errors import FileRefusedError
from shared.core.values.said import Said

if TYPE_CHECKING:
    from shared.adapters.workbook.reading.one_list import OneList


@dataclass(frozen=True, slots=True)
class ReadSheet:
    """A sheet as one of those that are read as one list; the only one is a list by itself."""

    sheet: str
    header_row: int
    rows_before: int = 0
    """What the number of a row in the list exceeds its number on the sheet by."""
    order: tuple[int | None, ...] = ()
    """For each column of the list, the index of the sheet's column; None = the sheet has none."""


@dataclass(frozen=True, slots=True)
class ExportFile:
    """An export that can be read. The packed file is held, its rows are not. Columns are counted from 0."""

    header: Header
    by_hand: Mapping[int, Role | None]
    """The columns that COLUMN_MAP names."""
    sheet: str
    width: int
    """How many cells each row yields: up to the last column with a heading or content."""
    hidden_columns: frozenset[int]
    formula_columns: frozenset[int]
    """The columns in which formulas made at least one value."""
    our_columns: frozenset[int]
    """The columns that an earlier result workbook added."""
    marks: frozenset[str]
    """What the file says of the result that it is; see `marks`."""
    is_result: bool
    """Whether anything shows that the file is a result of this app."""
    raw_count: int
    """Data rows with content by the raw count; hidden and filtered rows are among them."""
    file_notes: tuple[Said, ...]
    """What a reader of the result should know of the file: sheets that were not read."""
    sheet_notes: tuple[Said, ...]
    """The same of the sheet: hidden rows, merged ranges."""
    modified: datetime | None
    """When the workbook says that it was last saved."""
    _source: RowSource = field(repr=False)
    _choice: Choice = field(repr=False)
    _headers: HeaderRules = field(repr=False)
    limits: FileLimits = field(repr=False)
    _corrections: Mapping[int, Mapping[int, Cell]] = field(default_factory=dict, repr=False)
    """What takes the place of cells, by row and column."""

    @property
    def notes(self) -> tuple[Said, ...]:
        return (*self.file_notes, *self.sheet_notes)

    @property
    def places(self) -> Places:
        return ONE_SHEET

    @property
    def other_sheets(self) -> tuple[str, ...]:
        """The names of the other visible sheets that look like lists of people."""
        return tuple(other.sheet.name for other in self._choice.others)

    @property
    def last_row(self) -> int:
        """The last row with content, as Excel shows it."""
        found = self._choice.scan.content_rows
        return max(found[-1] if found else 0, self.header_row)

    @property
    def nameless_sheets(self) -> tuple[str, ...]:
        """The names of visible sheets that are not read, and hold numbers of people whom no heading identifies."""
        return self._choice.nameless

    def as_one_list(self) -> OneList:
        """This sheet and the others as one list.

        Raises ValueError, in words, when they are too many or too large for one, and FileRefusedError when one of them
        cannot be read.
        """
        from shared.adapters.workbook.reading.one_list import one_list

        source, headers, limits = self._source, self._headers, self.limits
        choices = (choice_of(source, other, headers, limits) for other in self._choice.others)
        return one_list((self, *(_opened(source, choice, headers, limits) for choice in choices)))

    @property
    def header_row(self) -> int:
        """1-based, as Excel shows it; for text the number of the record."""
        return self.header.row

    @property
    def parts(self) -> tuple[ReadSheet, ...]:
        return (ReadSheet(self.sheet, self.header_row),)

    def work(self, returned: WorkSheet | None = None) -> WorkSheet:
        """What stands on the app's own sheets; `returned` = beside what stood there when the result was returned."""
        return read_work_sheet(self._source, returned)

    def with_our_columns(self, columns: frozenset[int]) -> ExportFile:
        """The same export with further columns that the app has added to an earlier result."""
        return replace(self, our_columns=self.our_columns | columns)

    def corrected(self, cells: Mapping[int, Mapping[int, Cell]]) -> ExportFile:
        """The same export with other cells, by row number and column."""
        return replace(self, _corrections=cells)

    def explain_missing(self) -> FileRefusedError:
        """Why the columns of the header cannot be used."""
        return self._headers.explain_missing(texts for _, texts in self._choice.seen)

    def rows(self, in_addresses: str = "") -> Iterator[tuple[int, tuple[Cell, ...]]]:
        """(row number, cells by column index) of every data row with content, streaming; may be called again.

        `in_addresses` stands in front of the address of each cell.
        Raises FileRefusedError `rowCountMismatch` at the end when the rows yielded are not `raw_count`, and other
        codes where a cell cannot be read. So act on the rows only after a complete pass.
        """
        count = 0
        found = self._source.rows(self._choice.sheet, self.width, scan=self._choice.scan, in_addresses=in_addresses)
        for row, cells in found:
            if row <= self.header_row:
                continue
            if row > self._choice.last_row:
                break
            count += 1
            yield row, with_corrections(cells, self._corrections.get(row, {}))
        if count != self.raw_count:
            raise refusal(
                "rowCountMismatch",
                Said(
                    "Sheet {name} has {rows}, but {count} could be read.",
                    name=quoted(self.sheet),
                    rows=rows_in_words(self.raw_count),
                    count=count,
                ),
            )


def open_export(
    data: bytes, name: str, *, headers: HeaderRules, limits: FileLimits, table_name: str | None = None
) -> ExportFile:
    """Open an .xlsx, .xlsm or .csv. `table_name` asks for one Excel table.

    Raises FileRefusedError, and nothing else, for every file that cannot be read completely.
    """
    source = open_source(data, name, limits)
    return _opened(source, choose(source, headers=headers, limits=limits, table_name=table_name), headers, limits)


def _opened(source: RowSource, choice: Choice, headers: HeaderRules, limits: FileLimits) -> ExportFile:
    header, scan = choice.header, choice.scan
    raw_count = scan.count(header.row + 1, choice.last_row)
    if raw_count > limits.max_rows:
        raise refusal(
            "tooManyRows",
            Said(
                "Sheet {name} has more than {rows}, which is the limit.",
                name=quoted(choice.sheet.name),
                rows=rows_in_words(limits.max_rows),
            ),
        )
    if choice.table is not None:
        _check_below_table(source, choice.sheet, choice.table, scan)
    our_columns = frozenset(index for index, heading in enumerate(header.headings) if is_ours(heading.text))
    marks = marks_in(source, choice.sheet.name)
    return ExportFile(
        header=header,
        by_hand=headers.by_hand(header),
        sheet=choice.sheet.name,
        width=_width(choice, scan, limits),
        hidden_columns=frozenset(scan.hidden_columns),
        formula_columns=frozenset(scan.formula_columns),
        our_columns=our_columns,
        marks=marks,
        is_result=bool(our_columns or marks or our_sheets() & {sheet.name for sheet in source.sheets}),
        raw_count=raw_count,
        file_notes=(*source.notes, *choice.notes),
        sheet_notes=tuple(_notes(scan, header, choice)),
        modified=source.modified,
        _source=source,
        _choice=choice,
        _headers=headers,
        limits=limits,
    )


def _width(choice: Choice, scan: SheetScan, limits: FileLimits) -> int:
    """Up to the last column with a heading, or with content: a column without a heading may matter too.

    What stands beside a table that was asked for by name does not belong to it.
    """
    headings = len(choice.header.headings)
    if headings > limits.max_columns:
        raise refusal(
            "tooManyColumns",
            Said(
                "The header of sheet {name} has more than {columns}, which is the limit.",
                name=quoted(choice.sheet.name),
                columns=counted(limits.max_columns, "column", "columns"),
            ),
        )
    return headings if choice.table else min(max(headings, scan.width), limits.max_columns)


def _notes(scan: SheetScan, header: Header, choice: Choice) -> Iterator[Said]:
    hidden = scan.count_hidden(header.row + 1, choice.last_row)
    if hidden:
        yield Said("{rows} hidden or filtered rows were read like all others.", rows=hidden)
    if scan.merges:
        yield Said(
            "The sheet has {ranges} merged ranges; only their first cell holds a value.", ranges=len(scan.merges)
        )


def _check_below_table(source: RowSource, sheet: Sheet, table: ExcelTable, scan: SheetScan) -> None:
    """Rows below a table that was not extended would be lost silently."""
    others = [other for other in source.tables(sheet) if other.header_row > table.bottom]
    below = sum(
        1
        for row in scan.content_rows
        if row > table.bottom and not any(other.header_row <= row <= other.bottom for other in others)
    )
    if below:
        raise refusal(
            "rowsOutsideTable",
            Said(
                "Sheet {name} has {rows} below table {table}.",
                name=quoted(sheet.name),
                rows=rows_in_words(below),
                table=quoted(table.name),
            ),
        )
