"""Areas of cells as parts of a workbook name them: C2, $C$2:E9, C:E and 2:9."""

from __future__ import annotations

import re
from typing import NamedTuple

from shared.adapters.workbook.reading.refusal import refusal
from shared.adapters.workbook.reading.source import LAST_COLUMN, LAST_ROW
from shared.core.values.said import Said

_CORNER = r"\$?([A-Za-z]{1,3})?\$?(\d{1,7})?"
_AREA = re.compile(f"{_CORNER}(?::{_CORNER})?")


class Area(NamedTuple):
    """Rows and columns are counted from 1; the last ones are included."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int

    @property
    def cells(self) -> int:
        return (self.last_row - self.first_row + 1) * (self.last_column - self.first_column + 1)


def area_of(text: str) -> Area:
    """Raises FileRefusedError for a text that names no area of a sheet."""
    match = _AREA.fullmatch(text)
    if match is None or not text:
        raise _no_area()
    left, top, right, bottom = match.groups()
    is_one = ":" not in text
    if is_one and not (left and top):
        raise _no_area()
    if not is_one and ((left is None) != (right is None) or (top is None) != (bottom is None)):
        raise _no_area()
    columns = sorted((column_number(left or "A"), column_number((left if is_one else right) or "XFD")))
    rows = sorted((int(top or 1), int((top if is_one else bottom) or LAST_ROW)))
    if rows[0] < 1 or rows[1] > LAST_ROW:
        raise _no_area()
    return Area(rows[0], columns[0], rows[1], columns[1])


def column_number(letters: str) -> int:
    """The number of the column, from 1. Raises FileRefusedError for a column that no sheet has."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    if not (letters.isascii() and letters.isalpha() and number <= LAST_COLUMN):
        raise _no_area()
    return number


def _no_area() -> Exception:
    return refusal("corruptFile", Said("The sheet names cells that no sheet can have."))
