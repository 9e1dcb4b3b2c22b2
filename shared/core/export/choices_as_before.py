"""Decides columns in doubt of a corrected result as they were decided when the export was read.

The values of a column help to decide what it means, so removed or corrected rows can put a column in doubt that was not
in doubt before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from shared.core.export.file_mapping import Chosen, FileMapping, Use
from shared.core.export.work_corrections import headed
from shared.core.values.cell import Cell

_DECIDED = (Use.USED, Use.IGNORED)


@dataclass(frozen=True, slots=True)
class ReadColumns:
    """The columns of a file as understood; `rows` reads their cells again."""

    mapping: FileMapping
    headings: Sequence[str]
    rows: Callable[[], Iterable[tuple[int, Sequence[Cell]]]]

    def texts(self, index: int) -> set[str]:
        return {cells[index].text for _, cells in self.rows() if index < len(cells)}


def choices_as_before(now: ReadColumns, before: ReadColumns, by: str) -> Mapping[int, Chosen]:
    """By index, the choices for columns in doubt whose kinds of values or texts are not new.

    Only columns that were used or ignored `before` get one; those that were a part of a number do
    not. Columns are matched by their headings, in any order; `by` is stored as `Chosen.by`.
    """
    if not now.mapping.in_doubt:
        return {}
    decided = {column.index: column for column in before.mapping.columns if column.use in _DECIDED}
    names, places = headed(now.headings), {name: index for index, name in enumerate(headed(before.headings))}
    found = {}
    for column in now.mapping.in_doubt:
        place = places.get(names[column.index], -1) if column.index < len(names) else -1
        known = decided.get(place)
        if known is None:
            continue
        if set(column.kinds) <= set(known.kinds) or now.texts(column.index) <= before.texts(place):
            found[column.index] = Chosen(known.role, by)
    return found
