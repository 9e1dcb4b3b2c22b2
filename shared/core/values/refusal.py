"""Why one cell of a row cannot be used.

Made wherever a cell is read; collected per row by `export_row` and `desired`; shown beside the row in the workbook.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.core.values.cell import Cell
from shared.core.values.phone import PhoneNumber


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reason names the cell, never its content; `code` is one of `codes.CODES`."""

    code: str
    reason: str
    """For people, for instance `C17: the number has letters in it`."""
    address: str
    candidates: tuple[PhoneNumber, ...] = ()
    """What the cell may have meant, for the returned workbook only; numbers mask themselves in `repr`."""


def refuse(cell: Cell, code: str, sentence: str, candidates: tuple[PhoneNumber, ...] = ()) -> Refusal:
    """A refusal of `cell`; `sentence` begins in lower case and tells nothing of the content."""
    return Refusal(code, f"{cell.address}: {sentence}", cell.address, candidates)
