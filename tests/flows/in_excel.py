"""An export as a person edits it in Excel: what is stored depends on the cell's format, not on what was typed alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from io import BytesIO

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

Stored = str | int | float | bool | datetime | None
StoredCell = Stored | tuple[Stored, str]
"""A value of the format General, or a value and its number format."""

_NUMBER = re.compile(r"[+-]?\d+")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_SUM = re.compile(r"[+-]\d+(?:[+-]\d+)+")
_NEGATIVE = re.compile(r"\(\d+\)")
_DAY_ZERO = date(1899, 12, 30)
_DIGITS = 15
"""How many digits of a number Excel keeps."""


class InExcel:
    """One open workbook; the first sheet is edited."""

    def __init__(self, *rows: Sequence[StoredCell]) -> None:
        self.book = Workbook()
        for number, cells in enumerate(rows, 1):
            for column, cell in enumerate(cells, 1):
                value, number_format = cell if isinstance(cell, tuple) else (cell, "General")
                if value is not None:
                    self.sheet.cell(number, column, value).number_format = number_format

    @property
    def sheet(self) -> Worksheet:
        sheet: Worksheet = self.book.worksheets[0]
        return sheet

    def as_text(self, address: str, typed: str = "") -> None:
        """Format the cell as Text, then type into it."""
        self.sheet[address].number_format = "@"
        self.type(address, typed)

    def type(self, address: str, typed: str) -> None:
        """Excel keeps what is typed into a cell of the format Text, and interprets it in any other."""
        cell = self.sheet[address]
        if cell.number_format == "General" and _DATE.fullmatch(typed):
            cell.number_format = "yyyy-mm-dd"
        cell.value = typed if cell.number_format == "@" else _interpreted(typed)
        if isinstance(cell.value, str):
            cell.data_type = "s"

    def clear(self, address: str) -> None:
        """Delete; the format stays."""
        self.sheet[address].value = None

    def copy(self, address: str, to: str) -> None:
        """Copy and paste; the format goes along."""
        source, target = self.sheet[address], self.sheet[to]
        target.value, target.number_format = source.value, source.number_format

    def move(self, address: str, to: str) -> None:
        """Cut and paste."""
        self.copy(address, to)
        self.clear(address)

    def saved(self) -> bytes:
        stream = BytesIO()
        self.book.save(stream)
        return stream.getvalue()


def _interpreted(typed: str) -> str | int:
    if _DATE.fullmatch(typed):
        return (date.fromisoformat(typed) - _DAY_ZERO).days
    if _NUMBER.fullmatch(typed):
        return _kept(int(typed))
    if _SUM.fullmatch(typed):
        return _kept(sum(map(int, re.findall(r"[+-]\d+", typed))))
    return -_kept(int(typed[1:-1])) if _NEGATIVE.fullmatch(typed) else typed


def _kept(number: int) -> int:
    text = str(number)
    return int(text[: _DIGITS + text.startswith("-")].ljust(len(text), "0"))


def day(text: str) -> datetime:
    """A day, without a time zone, as a workbook stores it."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).replace(tzinfo=None)
