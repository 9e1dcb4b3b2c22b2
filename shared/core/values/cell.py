"""One cell of an export as evidence: what it held, how it was typed, what the human saw.

Made by the workbook reader and by the HTTP API, kept in the ledger until the row settles, read by `numbers`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CellKind(StrEnum):
    """How the file typed the value. `BLANK` means no opinion; `FORMULA` one without a stored result."""

    BLANK = "blank"
    TEXT = "text"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATE = "date"
    ERROR = "error"
    FORMULA = "formula"


@dataclass(frozen=True, slots=True, repr=False)
class Cell:
    """`text` is the raw value spelled without loss (an integer in decimal digits); it never appears in `repr`."""

    address: str
    """Column letters and row as in Excel, for instance `C17`; for HTTP the field's name."""
    kind: CellKind
    text: str = ""
    number_format: str = "General"
    """Excel's number format code: what turned the stored value into what the human saw."""

    @property
    def is_blank(self) -> bool:
        return self.kind is CellKind.BLANK

    def __repr__(self) -> str:
        return f"<{self.kind} cell {self.address}>"
