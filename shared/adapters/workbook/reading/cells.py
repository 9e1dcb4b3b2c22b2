"""Turns openpyxl's parsed cells into evidence; used by `xlsx`. The inverse is in `cell_writing`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from math import isfinite
from typing import Any

from openpyxl.styles.numbers import is_date_format
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

from shared.adapters.workbook.reading.escapes import unescaped
from shared.adapters.workbook.reading.refusal import refusal
from shared.adapters.workbook.reading.row_parser import ParsedCell
from shared.core.values.cell import Cell, CellKind

_EXACT_INTEGERS = 2**53
"""Excel stores doubles; from here on neighbouring integers share one."""
NOT_A_DOUBLE = "#NUM!"
"""What Excel shows for a number that is larger than any it can hold."""
_TEXT_TYPES = ("s", "inlineStr")


class CellReading:
    """Turns openpyxl's parsed cells into ours."""

    def __init__(self, formats: Mapping[int, str], *, uses_1904_dates: bool, max_characters: int) -> None:
        self._formats = formats
        self._date_styles = frozenset(style for style, code in formats.items() if is_date_format(code))
        self._epoch = MAC_EPOCH if uses_1904_dates else WINDOWS_EPOCH
        self._max_characters = max_characters

    def cell(self, address: str, parsed: ParsedCell) -> Cell:
        """Raises FileRefusedError for a text that is longer than allowed."""
        style: int = parsed["style_id"]
        value, data_type = parsed["value"], parsed["data_type"]
        if data_type in _TEXT_TYPES:
            text = unescaped(value) if "_x" in value else value
            kind = CellKind.TEXT if text else CellKind.BLANK
        else:
            kind, text = self._kind_and_text(value, data_type, style)
        if len(text) > self._max_characters:
            raise refusal(
                "cellTooLong", f"Cell {address} holds {len(text)} characters; the limit is {self._max_characters}."
            )
        return Cell(address, kind, text, self._formats.get(style, "General"))

    def _kind_and_text(self, value: Any, data_type: str, style: int) -> tuple[CellKind, str]:  # noqa: ANN401 - openpyxl's value
        match data_type:
            case "n":
                return self._number(value, style)
            case "b":
                return CellKind.BOOLEAN, "TRUE" if value else "FALSE"
            case "e":
                return CellKind.ERROR, str(value)
            case "d":
                return CellKind.DATE, value.isoformat() if hasattr(value, "isoformat") else str(value)
            case "f":
                return CellKind.FORMULA, f"={value}" if value else ""
            case _:
                raise ValueError

    def _number(self, value: float, style: int) -> tuple[CellKind, str]:
        if not isfinite(value):
            return CellKind.ERROR, NOT_A_DOUBLE
        if style in self._date_styles:
            date = self._date(value)
            if date is not None:
                return CellKind.DATE, date
        if abs(value) < _EXACT_INTEGERS and value == int(value):
            return CellKind.INTEGER, str(int(value))
        return CellKind.FLOAT, repr(value)

    def _date(self, value: float) -> str | None:
        """None for a number that is no date, whatever its format: the number is the evidence then."""
        try:
            date: datetime = from_excel(value, self._epoch)
        except (OverflowError, ValueError):
            return None
        return date.isoformat()
