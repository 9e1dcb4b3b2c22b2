"""Several sheets of one file that are read as one list, one after the other; `export` opens the sheets.

Every row keeps the address of its sheet, and its cells come in the order of the list's columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from shared.adapters.workbook.reading.export import ExportFile, ReadSheet
from shared.core.export.header import Header
from shared.core.export.heading import Role
from shared.core.export.one_list import MOST_NUMBER, MOST_SHEETS, Alignment, align, shown_sheets
from shared.core.export.places import ListedSheet, Places
from shared.core.values.cell import Cell, CellKind
from shared.core.values.errors import FileRefusedError
from shared.core.values.said import Said

_NO_CELL = Cell("", CellKind.BLANK)


@dataclass(frozen=True, slots=True)
class OneList:
    """As `ExportFile`; columns are those of the list, and rows have the numbers that `places` knows."""

    sheets: tuple[ExportFile, ...]
    places: Places
    alignment: Alignment

    @property
    def header(self) -> Header:
        return Header(self._first.header_row, self.alignment.headings)

    @property
    def by_hand(self) -> Mapping[int, Role | None]:
        return {
            index: sheet.by_hand[own]
            for sheet, order in self._in_order()
            for index, own in enumerate(order)
            if own is not None and own in sheet.by_hand
        }

    @property
    def sheet(self) -> str:
        return self._first.sheet

    @property
    def other_sheets(self) -> tuple[str, ...]:
        """None is left out."""
        return ()

    @property
    def width(self) -> int:
        return len(self.alignment.headings)

    @property
    def hidden_columns(self) -> frozenset[int]:
        """Those that any sheet hides."""
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
        """Each sheet, and where it has the columns of the list."""
        return zip(self.sheets, self.alignment.orders, strict=True)

    def _columns(self, of_sheets: Sequence[frozenset[int]]) -> frozenset[int]:
        """The columns of the list for columns of the sheets."""
        return frozenset(
            index
            for columns, order in zip(of_sheets, self.alignment.orders, strict=True)
            for index, own in enumerate(order)
            if own in columns
        )


def one_list(sheets: tuple[ExportFile, ...]) -> OneList:
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
