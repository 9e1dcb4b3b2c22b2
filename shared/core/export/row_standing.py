"""Whether a row applies today, by the status of its person and by the first and last days that the row names.

One column by which the row does not apply is enough: the row then asks for nothing. The row is refused if cells
contradict each other about it, or if a date is not clear.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from shared.core.export.columns import ColumnMap
from shared.core.export.fields import Field
from shared.core.export.row_qualifiers import days_of
from shared.core.export.statuses import EmploymentStatus, status_of
from shared.core.values.cell import Cell, Refusal, is_phone_placeholder, refuse, visible_text
from shared.core.values.said import Said

CellsOf = Callable[[Sequence[int]], Sequence[Cell]]
"""Returns the cells of these columns that are neither blank nor placeholders."""


@dataclass(frozen=True, slots=True)
class Standing:
    """`applies_from` and `left_out` are as in `ExportRow`; a `refusal` refuses the row."""

    applies_from: str = ""
    left_out: str = ""
    refusal: Refusal | None = None


_APPLIES = Standing()


def standing_of(columns: ColumnMap, cells_of: CellsOf, today: date) -> Standing:
    if not columns.leaves_rows_out:
        return _APPLIES

    def days(indexes: Sequence[int]) -> list[Cell]:
        """The cells without zeros such as 00.00.0000, which are no day."""
        return [cell for cell in cells_of(indexes) if not is_phone_placeholder(cell)]

    effective = days(() if columns.effective_from is None else (columns.effective_from,))
    left_on, last_days = days(columns.left_on), days(columns.valid_to)
    first_days = (*effective, *days(columns.valid_from))
    versions = [days_of(cell) for cell in effective]
    applies_from = min(versions[0]).isoformat() if versions and len(versions[0]) == 1 else ""
    future = {cell: {day > today for day in days_of(cell)} for cell in first_days}
    past = {cell: {day < today for day in days_of(cell)} for cell in (*left_on, *last_days)}
    unclear = [cell for cell, answers in (*future.items(), *past.items()) if len(answers) != 1]
    if versions and not applies_from:
        unclear += effective
    if unclear:
        sentence = Said("the cell holds no date that can be read in only one way")
        return Standing(applies_from, refusal=refuse(unclear[0], "dateUnclear", sentence))
    if any(True in answers for answers in future.values()):
        return Standing(applies_from, "rowNotInForce")
    statuses = [
        (cell, status_of(visible_text(cell.text), kind))
        for kind, indexes in ((Field.STATUS, columns.status), (Field.HAS_LEFT, columns.has_left))
        for cell in cells_of(indexes)
    ]
    leaving = [cell for cell, status in statuses if status is EmploymentStatus.LEFT]
    leaving += [cell for cell in left_on if True in past[cell]]
    active = [cell for cell, status in statuses if status is EmploymentStatus.ACTIVE]
    if leaving and active:
        sentence = Said(
            "the cell says that the person has left, and {other} says that the person works here",
            other=active[0].address,
        )
        return Standing(applies_from, refusal=refuse(leaving[0], "statusContradictory", sentence))
    if leaving:
        return Standing(applies_from, "personHasLeft")
    return Standing(applies_from, "rowNotInForce" if any(True in past[cell] for cell in last_days) else "")
