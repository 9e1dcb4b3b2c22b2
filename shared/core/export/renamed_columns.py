"""Recognises columns that the app added to a result and that HR has renamed, by their content.

Otherwise a column of outcomes or suggestions would be read as one of HR's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from shared.core.export.work_corrections import Headed, headed
from shared.core.values.cell import Cell


@dataclass(frozen=True, slots=True)
class ResultColumns:
    """The headings of a result by column, and the indexes of those that the app added."""

    headings: Sequence[str]
    ours: Collection[int]

    def names(self) -> list[Headed]:
        return headed(self.headings)


def renamed_columns(
    uploaded: ResultColumns,
    uploaded_rows: Iterable[Sequence[Cell]],
    returned: ResultColumns,
    returned_rows: Iterable[Sequence[Cell]],
) -> frozenset[int]:
    """The uploaded columns of which at least half of the texts are in one of the app's columns of the result.

    Only columns with new headings are compared, and only with columns of the app whose heading is gone.
    """
    now, before = uploaded.names(), returned.names()
    new = [index for index, name in enumerate(now) if index not in uploaded.ours and name not in before]
    gone = [index for index in returned.ours if before[index] not in now]
    if not new or not gone:
        return frozenset()
    held, holds = _texts(gone, returned_rows), _texts(new, uploaded_rows)
    return frozenset(index for index in new if any(_mostly(holds[index], texts) for texts in held.values()))


def _mostly(holds: set[str], held: set[str]) -> bool:
    same = len(holds & held)
    return same > 0 and 2 * same >= len(holds)


def _texts(columns: Sequence[int], rows: Iterable[Sequence[Cell]]) -> Mapping[int, set[str]]:
    found: dict[int, set[str]] = {index: set() for index in columns}
    for cells in rows:
        for index, texts in found.items():
            if index < len(cells) and cells[index].text:
                texts.add(cells[index].text)
    return found
