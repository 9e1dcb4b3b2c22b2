"""The columns that the app adds beside the rows of an export, and the lines of the sheet of rows that need work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from string import ascii_uppercase

from shared.adapters.workbook.reading.source import LAST_ROW, RowSource, Sheet, SheetScan
from shared.adapters.workbook.writing.sorted_lines import SortedLines
from shared.core.export.one_list import shown_sheets
from shared.core.export.places import in_addresses
from shared.core.export.work_corrections import with_corrections
from shared.core.report.open_work import Work, WorkItem, work_items
from shared.core.report.page import Column, Kind, Line, Page, Value
from shared.core.report.row_words import capital, details_for_hr, result_words, todo_words, tone_of
from shared.core.report.shared_columns import NameColumn
from shared.core.report.texts import Texts
from shared.core.report.work_page import work_page
from shared.core.run.documents import RowReport
from shared.core.run.returned import ResultMark
from shared.core.values.cell import Cell, CellKind
from shared.core.values.states import RowState

_LONGEST_TEXT = 1_000
"""The default of `FileLimits.max_cell_characters`, so that a result can be uploaded again."""
_ABOUT_THE_KEY = frozenset({"personNotFound", "personAmbiguous"})
KEY_COLUMNS = 3
"""A key beyond this many first columns is repeated beside the outcome."""


@dataclass(frozen=True, slots=True)
class SheetContent:
    """One sheet that was read."""

    sheet: Sheet
    header_row: int
    header: tuple[Cell, ...]
    """Up to the last column that the app did not add."""
    rows_before: int
    """The number of a row in the run, minus its number on the sheet."""
    order: tuple[int | None, ...]
    """For each column of the list, its index on the sheet; None = the sheet lacks it. () = all as on the sheet."""
    scan: SheetScan
    """The raw count of the whole sheet."""


@dataclass(frozen=True)
class ResultContent:
    """The content of a result: the export, the sheets that were read, and a report on each row by its number."""

    source: RowSource
    sheets: tuple[SheetContent, ...]
    key_of_list: int | None
    """The column of the list that identifies a person, counted from 0; None = not known."""
    reports: Mapping[int, RowReport]
    summary: Page
    people_with_work: int
    """How many people the summary says need attention."""
    texts: Texts
    mark: str
    """The mark by which the app recognises the workbook when it is uploaded again; it is also in the summary."""
    slots: Mapping[str, int] = field(default_factory=dict)
    """The column of the list with the value of each slot, counted from 0."""
    is_preview: bool = False
    corrections: Mapping[int, Mapping[int, Cell]] = field(default_factory=dict)
    """Cells that replace those of the export, by row number and column."""

    def rows(self, part: SheetContent) -> Iterator[tuple[int, tuple[Cell, ...], RowReport | None]]:
        """Every row of a sheet with content, also above the header; None = there is no report on it."""
        for row, found in self.source.rows(part.sheet, len(part.header), scan=part.scan):
            cells = self._shown(with_corrections(found, self.corrections.get(part.rows_before + row, {})))
            yield row, cells, self.reports.get(part.rows_before + row) if row > part.header_row else None

    def _shown(self, cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
        """The cells to write. A formula without a stored result gets a text, because a blank cell is unspecified."""
        if all(cell.kind is not CellKind.FORMULA for cell in cells):
            return cells
        text = self.texts.say("copy.noResult")
        return tuple(cell._replace(text=text) if cell.kind is CellKind.FORMULA else cell for cell in cells)

    def last_row(self, part: SheetContent) -> int:
        """The last row of a sheet with a report; the first below its header if there is none."""
        later = (one.rows_before for one in self.sheets if one.rows_before > part.rows_before)
        last = min(later, default=part.rows_before + LAST_ROW)
        numbers = (number for number in self.reports if part.rows_before < number <= last)
        return max(numbers, default=part.rows_before + part.header_row + 1) - part.rows_before

    @cached_property
    def has_suggestions(self) -> bool:
        return any(report.suggested for report in self.reports.values())

    @cached_property
    def _name(self) -> NameColumn:
        return NameColumn(self.reports.values(), self.texts)

    @cached_property
    def reference(self) -> str:
        """The result reference of each row; "" = the result has no mark."""
        mark = ResultMark.read(self.mark)
        return mark.reference if mark else ""

    def key(self, part: SheetContent) -> int:
        """The index of the sheet's column that shows who a row is about; the first if it is not known."""
        key = self.key_of_list or 0
        found = part.order[key] if key < len(part.order) else key
        return found if found is not None and found < len(part.header) else 0

    def columns(self, part: SheetContent) -> tuple[Column, ...]:
        """The app's columns, in order; each heading begins with the prefix by which the app recognises it."""
        say = self.texts.say

        def column(name: str, width: int, kind: Kind) -> Column:
            return Column(say("prefix") + name, width, kind)

        key = self.key(part)
        repeated = (column(part.header[key].text, 30, Kind.WORD),) if key >= KEY_COLUMNS else ()
        suggestion = (column(say("heading.suggestion"), 28, Kind.SENTENCE),) if self.has_suggestions else ()
        return (
            *repeated,
            column(say("heading.result"), 46, Kind.OUTCOME),
            column(say("heading.todo"), 52, Kind.SENTENCE),
            *suggestion,
            column(say("heading.details"), 40, Kind.NOTE),
            column(say("heading.reference"), 16, Kind.CODE),
            column(say("heading.code"), 16, Kind.CODE),
        )

    def beside(self, part: SheetContent, cells: Sequence[Cell], report: RowReport) -> Line:
        """The cells beside one row, in the order of `columns`."""
        key = self.key(part)
        repeated: tuple[Value, ...] = (cells[key],) if key >= KEY_COLUMNS else ()
        suggestion = (_cut(report.suggested),) if self.has_suggestions else ()
        return Line(
            (
                *repeated,
                _cut(result_words(report, self.texts, is_plan=self.is_preview)),
                _cut(todo_words(report, self.texts)),
                *suggestion,
                _cut(details_for_hr(report, self.texts)),
                self.reference,
                report.code,
            ),
            tone_of(report),
        )

    def work(self, found: SortedLines) -> Page | None:
        """The sheet of the rows that need work, sorted by what to do; None when there are none."""
        if not found:
            return None
        first = self.sheets[0]
        return work_page(
            self.texts,
            [part.sheet.name for part in self.sheets],
            first.header[self.key(first)].text if first.header else "",
            self._name,
            found,
            has_suggestions=self.has_suggestions,
            is_preview=self.is_preview,
            people=self.people_with_work,
        )

    def add_work(
        self, found: SortedLines, part: SheetContent, row: int, cells: Sequence[Cell], report: RowReport
    ) -> None:
        """Add a line for each reason why the row needs work.

        Of joined rows, a reason about a cell gets its line at the row of that cell.
        """
        sheet, number = (part.sheet.name,) if len(self.sheets) > 1 else (), part.rows_before + row
        own = ((report, item) for item in work_items(report, self.texts) if self._row_of(item, number) == number)
        for of, item in (*own, *self._of_other_rows.get(number, ())):
            index = self._place(part, cells, item)
            work = Work.TYPE if item.cell or index is not None else item.work
            line = Line((*sheet, row, *self._item(part, cells, of, item, index)), item.tone)
            found.add(work, item.todo, number, line)

    @cached_property
    def _of_other_rows(self) -> Mapping[int, Sequence[tuple[RowReport, WorkItem]]]:
        """What to correct in joined rows, by row number; the report is that of the row that stands for them."""
        found = defaultdict[int, list[tuple[RowReport, WorkItem]]](list)
        for number, report in self.reports.items() if self._has_joined_rows else ():
            for item in work_items(report, self.texts):
                if (row := self._row_of(item, number)) != number:
                    found[row].append((report, item))
        return found

    @cached_property
    def _has_joined_rows(self) -> bool:
        return any(report.outcome == RowState.MERGED for report in self.reports.values())

    @cached_property
    def _by_name_in_addresses(self) -> Mapping[str, SheetContent]:
        names = shown_sheets([one.sheet.name for one in self.sheets])
        return {in_addresses(name): one for name, one in zip(names, self.sheets, strict=True)}

    def _row_of(self, item: WorkItem, number: int) -> int:
        """The number of the row with the item's cell, if row `number` stands for that row, otherwise `number`."""
        sheet, mark, address = item.cell.rpartition("!")
        if not (address and self._has_joined_rows):
            return number
        own = (one for one in reversed(self.sheets) if one.rows_before < number)
        part = self._by_name_in_addresses.get(sheet + mark) if sheet else next(own, None)
        row = part.rows_before + int(address.lstrip(ascii_uppercase)) if part else number
        return row if row in self.reports and self.reports[row].outcome == RowState.MERGED else number

    def _address_of_key(self, part: SheetContent, cells: Sequence[Cell], code: str) -> str:
        """The address of the key's cell; "" = the reason is not about the key, or its column is not known."""
        return cells[self.key(part)].address if code in _ABOUT_THE_KEY and self.key_of_list is not None else ""

    def _place(self, part: SheetContent, cells: Sequence[Cell], item: WorkItem) -> int | None:
        """The column of the cell that the item is about; None = it is not about one cell."""
        address = item.cell.rpartition("!")[2] or self._address_of_key(part, cells, item.code)
        if address:
            return next((index for index, cell in enumerate(cells) if cell.address == address), None)
        column = self.slots.get(item.slot) if item.wants_cell else None
        place = part.order[column] if column is not None and column < len(part.order) else column
        return place if place is not None and place < len(cells) else None

    def _item(
        self, part: SheetContent, cells: Sequence[Cell], report: RowReport, item: WorkItem, index: int | None
    ) -> tuple[Value, ...]:
        """Key, name, what to do, reason, cell, heading and content, suggestion, reference, code."""
        address = item.cell.rpartition("!")[2] if index is None else cells[index].address
        place: tuple[Value, ...] = ("", "") if index is None else (part.header[index].text, cells[index])
        reason = f"{item.tone.sign} {capital(item.reason)}"
        suggestion = (_cut(report.suggested),) if self.has_suggestions else ()
        is_framed = index is not None and len(self.sheets) == 1
        todo = self.texts.in_frame(item.todo) if is_framed else item.todo
        words = (*self._name.of(report), _cut(todo), _cut(reason))
        return cells[self.key(part)], *words, address, *place, *suggestion, self.reference, item.code


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"
