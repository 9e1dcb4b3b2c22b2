"""An export that was opened: one sheet, or several that are read as one list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import accumulate

from shared.adapters.workbook.reading.limits import FileLimits
from shared.adapters.workbook.reading.refusal import quoted, refusal
from shared.adapters.workbook.reading.sheets import Choice, why_unusable
from shared.adapters.workbook.reading.source import RowSource
from shared.adapters.workbook.reading.work_sheet import read_work_sheet
from shared.core.export.header import Header, HeaderRules
from shared.core.export.headings.heading import Role
from shared.core.export.one_list import MOST_NUMBER, MOST_SHEETS, Alignment, align, shown_sheets
from shared.core.export.places import ONE_SHEET, ListedSheet, Places
from shared.core.export.work_corrections import WorkSheet, with_corrections
from shared.core.values.cell import Cell, CellKind
from shared.core.values.errors import FileRefusedError
from shared.core.values.said import Said, rows_in_words

_NO_CELL = Cell("", CellKind.BLANK)


@dataclass(frozen=True, slots=True)
class ReadSheet:
    """One sheet of a list; a single sheet is a list by itself."""

    sheet: str
    header_row: int
    rows_before: int = 0
    """The number of a row in the list, minus its number on the sheet."""
    order: tuple[int | None, ...] = ()
    """For each column of the list, its index on the sheet; None = the sheet lacks it. () = all as on the sheet."""


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One sheet of an export. The file is in memory, its unpacked rows are not. Columns are counted from 0."""

    header: Header
    by_setting: Mapping[int, Role | None]
    """The roles of the columns that COLUMN_MAP names."""
    sheet: str
    width: int
    """How many cells each row yields: up to the last column with a heading or content, at most `max_columns`.

    In a table that was asked for by name, content without a heading does not count.
    """
    hidden_columns: frozenset[int]
    formula_columns: frozenset[int]
    """The columns with at least one formula below the header."""
    our_columns: frozenset[int]
    """The columns that the app added to an earlier result."""
    marks: frozenset[str]
    """The marks in the file; see the module `marks`."""
    is_result: bool
    """Whether anything shows that the file is a result of this app."""
    raw_count: int
    """The number of data rows with content by the raw count, including hidden and filtered rows."""
    file_notes: tuple[Said, ...]
    """Notes about the file for readers of the result, such as sheets that were not read."""
    sheet_notes: tuple[Said, ...]
    """Notes about the sheet, such as hidden rows."""
    modified: datetime | None
    """When the workbook was last saved, as it says itself; None = not known."""
    _source: RowSource = field(repr=False)
    _open_others: Callable[[], Iterable[ExportFile]] = field(repr=False)
    """The other sheets of people. Raises FileRefusedError."""
    _choice: Choice = field(repr=False)
    _headers: HeaderRules = field(repr=False)
    limits: FileLimits = field(repr=False)
    _corrections: Mapping[int, Mapping[int, Cell]] = field(default_factory=dict, repr=False)
    """Cells that replace those of the file, by row and column."""

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
        """The number of the last row with content, or of the header if there is no content below it."""
        found = self._choice.scan.content_rows
        return max(found[-1] if found else 0, self.header_row)

    @property
    def nameless_sheets(self) -> tuple[str, ...]:
        """The names of visible sheets that are not read, and hold numbers of people whom no heading identifies."""
        return self._choice.nameless

    def as_one_list(self) -> OneList:
        """This sheet and the other sheets of people as one list.

        Raises ValueError, in words, when they are too many or too large for one, and FileRefusedError when one of them
        cannot be read.
        """
        return _one_list((self, *self._open_others()))

    @property
    def header_row(self) -> int:
        """The row of the header as Excel shows it; in a text file the number of the record."""
        return self.header.row

    @property
    def parts(self) -> tuple[ReadSheet, ...]:
        return (ReadSheet(self.sheet, self.header_row),)

    def work(self, returned: WorkSheet | None = None) -> WorkSheet:
        """The cells of the app's own sheets.

        `returned` are those of the result as the app wrote it; None = this file is that result.
        """
        return read_work_sheet(self._source, returned)

    def with_our_columns(self, columns: frozenset[int]) -> ExportFile:
        """The same export with further columns that count as added by the app to an earlier result."""
        return replace(self, our_columns=self.our_columns | columns)

    def corrected(self, cells: Mapping[int, Mapping[int, Cell]]) -> ExportFile:
        """The same export with these cells in place of its own, by row number and column."""
        return replace(self, _corrections=cells)

    def explain_missing(self) -> FileRefusedError:
        """Why the columns of the header cannot be used."""
        return why_unusable(self._headers, self._choice.seen)

    def rows(self, in_addresses: str = "") -> Iterator[tuple[int, tuple[Cell, ...]]]:
        """Yield row number and cells, by column index, of every data row with content; may be called again.

        `in_addresses` stands in front of the address of each cell.
        Raises FileRefusedError where a row cannot be read, and at the end when the rows yielded are not `raw_count`. So
        act on the rows only after a complete pass.
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


@dataclass(frozen=True, slots=True)
class OneList:
    """Several sheets, one after the other, in the form of one `ExportFile`.

    Columns are those of the list, and rows have the numbers that `places` knows; cells keep the addresses of their
    sheet.
    """

    sheets: tuple[ExportFile, ...]
    places: Places
    alignment: Alignment

    @property
    def header(self) -> Header:
        return Header(self._first.header_row, self.alignment.headings)

    @property
    def by_setting(self) -> Mapping[int, Role | None]:
        return {
            index: sheet.by_setting[own]
            for sheet, order in self._in_order()
            for index, own in enumerate(order)
            if own is not None and own in sheet.by_setting
        }

    @property
    def sheet(self) -> str:
        return self._first.sheet

    @property
    def other_sheets(self) -> tuple[str, ...]:
        """Always empty, because the list has all sheets of people."""
        return ()

    @property
    def width(self) -> int:
        return len(self.alignment.headings)

    @property
    def hidden_columns(self) -> frozenset[int]:
        """The columns that are hidden on any sheet."""
        return self._columns([sheet.hidden_columns for sheet in self.sheets])

    @property
    def formula_columns(self) -> frozenset[int]:
        return self._columns([sheet.formula_columns for sheet in self.sheets])

    @property
    def our_columns(self) -> frozenset[int]:
        return self._columns([sheet.our_columns for sheet in self.sheets])

    @property
    def marks(self) -> frozenset[str]:
        return self._first.marks

    @property
    def is_result(self) -> bool:
        return self._first.is_result

    @property
    def raw_count(self) -> int:
        return sum(sheet.raw_count for sheet in self.sheets)

    @property
    def notes(self) -> tuple[Said, ...]:
        of_sheets = (
            Said("Sheet '{name}': {note}", name=place.name, note=note)
            for sheet, place in zip(self.sheets, self.places.sheets, strict=True)
            for note in sheet.sheet_notes
        )
        return (*self._first.file_notes, *of_sheets)

    @property
    def modified(self) -> datetime | None:
        return self._first.modified

    @property
    def parts(self) -> tuple[ReadSheet, ...]:
        return tuple(
            ReadSheet(sheet.sheet, sheet.header_row, place.rows_before, order)
            for (sheet, order), place in zip(self._in_order(), self.places.sheets, strict=True)
        )

    def explain_missing(self) -> FileRefusedError:
        return self._first.explain_missing()

    def rows(self) -> Iterator[tuple[int, tuple[Cell, ...]]]:
        """The rows of every sheet; see `ExportFile.rows`."""
        for (sheet, order), place in zip(self._in_order(), self.places.sheets, strict=True):
            is_in_order = order == tuple(range(sheet.width))
            for row, cells in sheet.rows(place.in_addresses):
                found = cells if is_in_order else tuple(_NO_CELL if own is None else cells[own] for own in order)
                yield place.rows_before + row, found

    @property
    def _first(self) -> ExportFile:
        return self.sheets[0]

    def _in_order(self) -> Iterator[tuple[ExportFile, tuple[int | None, ...]]]:
        """Each sheet, with the index of each column of the list on it."""
        return zip(self.sheets, self.alignment.orders, strict=True)

    def _columns(self, of_sheets: Sequence[frozenset[int]]) -> frozenset[int]:
        """Convert column indexes of the sheets to those of the list."""
        return frozenset(
            index
            for columns, order in zip(of_sheets, self.alignment.orders, strict=True)
            for index, own in enumerate(order)
            if own in columns
        )


def _one_list(sheets: tuple[ExportFile, ...]) -> OneList:
    """Raises ValueError, in words, when the sheets are too many or too large for one list."""
    limits, alignment = sheets[0].limits, align([(sheet.header, sheet.width) for sheet in sheets])
    *before, highest = accumulate((sheet.last_row for sheet in sheets), initial=0)
    for count, most, sentence in (
        (len(sheets), MOST_SHEETS, Said("together they have more than {most} sheets of people")),
        (sum(sheet.raw_count for sheet in sheets), limits.max_rows, Said("together they have more than {most} rows")),
        (len(alignment.headings), limits.max_columns, Said("together they have more than {most} different columns")),
        (highest, MOST_NUMBER, Said("together they have more than {most} rows, blank ones among them")),
    ):
        if count > most:
            raise ValueError(Said(sentence.template, most=most))
    listed = (
        ListedSheet(name, sheet.header_row, rows)
        for name, sheet, rows in zip(shown_sheets([one.sheet for one in sheets]), sheets, before, strict=True)
    )
    return OneList(sheets, Places(tuple(listed)), alignment)
