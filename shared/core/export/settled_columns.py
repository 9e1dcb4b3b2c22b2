"""Columns of a returned result that mean what they meant before, although fewer rows are left to show it.

Called by the intake. What a column means is decided from its values too, so a row that was taken out, or a correction,
may leave one in doubt that was understood when the whole list was read.
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
    """The columns of a file as they were understood; `rows` reads their cells again."""

    mapping: FileMapping
    headings: Sequence[str]
    rows: Callable[[], Iterable[tuple[int, Sequence[Cell]]]]

    def texts(self, index: int) -> set[str]:
        return {cells[index].text for _, cells in self.rows() if index < len(cells)}


def settled_columns(now: ReadColumns, before: ReadColumns, by: str) -> Mapping[int, Chosen]:
    """The columns in doubt that were in no doubt `before`, by index: those in which nothing of another kind stands.

    They are known by their headings, wherever they stand; `by` says what decided.
    """
    if not now.mapping.in_doubt:
        return {}
    decided = {column.index: column for column in before.mapping.columns if column.use in _DECIDED}
    names, places = headed(now.headings), {name: index for index, name in enumerate(headed(before.headings))}
    settled = {}
    for column in now.mapping.in_doubt:
        place = places.get(names[column.index], -1) if column.index < len(names) else -1
        known = decided.get(place)
        if known is None:
            continue
        if set(column.kinds) <= set(known.kinds) or now.texts(column.index) <= before.texts(place):
            settled[column.index] = Chosen(known.role, by)
    return settled
