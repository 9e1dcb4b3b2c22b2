"""The places of a run's rows: the sheets that were read as one list, and how rows are named to people.

A row has one number in its run. With one sheet it is the number that Excel shows. With several sheets, the rows of each
follow those of the sheets before it, so that numbers stay unique and in order; this module converts them back to sheet
and row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from shared.core.values.said import Said, joined

_NAMED_ROWS = 5


def in_addresses(sheet: str) -> str:
    """The name of a sheet in front of the address of a cell, as in Excel: `Berlin!`, `'Team Berlin'!`."""
    is_plain = re.fullmatch(r"[^\W\d]\w*", sheet)
    return f"{sheet}!" if is_plain else f"'{sheet.replace("'", "''")}'!"


@dataclass(frozen=True, slots=True)
class ListedSheet:
    """One of several sheets that were read as one list."""

    name: str
    """As shown to people."""
    header_row: int
    """As Excel shows it."""
    rows_before: int
    """The number of a row in the run, minus its number in Excel."""

    @property
    def in_addresses(self) -> str:
        """What stands in front of the address of a cell."""
        return in_addresses(self.name)


@dataclass(frozen=True, slots=True)
class RowPlace:
    """`row` is the number as Excel shows it; `sheet` is "" where only one was read."""

    sheet: str
    row: int

    @property
    def in_addresses(self) -> str:
        """What stands in front of the address of a cell of the row."""
        return in_addresses(self.sheet) if self.sheet else ""


@dataclass(frozen=True, slots=True)
class Places:
    """`sheets` are in order of their rows; () = one sheet was read, or there is no file."""

    sheets: tuple[ListedSheet, ...] = ()

    def of(self, number: int) -> RowPlace:
        for sheet in reversed(self.sheets):
            if number > sheet.rows_before:
                return RowPlace(sheet.name, number - sheet.rows_before)
        return RowPlace("", number)

    def numbers_of(self, row: int) -> list[int]:
        """The numbers in the run of all rows that Excel shows with this number; each sheet has at most one."""
        numbers = [sheet.rows_before + row for sheet in self.sheets] or [row]
        return [number for number in numbers if self.of(number).row == row]

    def name(self, number: int) -> Said:
        """`row 4`, `row 4 of sheet 'Berlin'`."""
        return self.name_all([number])

    def name_all(self, numbers: Iterable[int], most: int = _NAMED_ROWS) -> Said:
        """`rows 4, 9 and 12 more`, `rows 4, 9 of sheet 'Berlin', row 2 of sheet 'Paris' and 12 more`."""
        found = sorted(numbers)
        named = [
            _rows([place.row for place in places], sheet)
            for sheet, places in groupby(map(self.of, found[:most]), key=lambda place: place.sheet)
        ]
        rows = joined(", ", named)
        return Said("{rows} and {more} more", rows=rows, more=len(found) - most) if len(found) > most else rows


def _rows(rows: list[int], sheet: str) -> Said:
    numbers = ", ".join(map(str, rows))
    if sheet:
        return Said(
            "row {rows} of sheet '{sheet}'" if len(rows) == 1 else "rows {rows} of sheet '{sheet}'",
            rows=numbers,
            sheet=sheet,
        )
    return Said("row {rows}" if len(rows) == 1 else "rows {rows}", rows=numbers)


ONE_SHEET = Places()
