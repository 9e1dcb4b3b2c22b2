"""Writes texts as text, whatever they look like."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell as SheetCell

_LONGEST_CELL = 32_767
"""Excel's own limit for a cell."""
_TEXT_FORMAT = "@"
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
"""The characters that XML cannot hold or changes, and the underscore that would begin an escape."""


def escaped(text: str) -> str:
    """The text, escaped so that XML holds it without loss."""
    return _NOT_IN_XML.sub(lambda match: f"_x{ord(match[0]):04X}_", text)


def put_text(target: SheetCell, text: str) -> None:
    """Store text as text, whatever it looks like or holds; what is longer than Excel's limit is cut."""
    target._value = escaped(text)[:_LONGEST_CELL]  # type: ignore[attr-defined] # noqa: SLF001 - `value` guesses a type
    target.data_type = "s"


def write_text(target: SheetCell, text: str, number_format: str = _TEXT_FORMAT) -> None:
    """As `put_text`, and set the number format."""
    put_text(target, text)
    target.number_format = number_format
