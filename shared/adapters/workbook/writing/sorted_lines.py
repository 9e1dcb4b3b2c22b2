"""Sorts the lines of a sheet of rows that need work before they are written, in a temporary file.

Every row of a large export may need work, so only the keys by which the lines are sorted stay in memory.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import AbstractContextManager
from tempfile import TemporaryFile

from shared.core.report.open_work import Work
from shared.core.report.page import Line


class SortedLines(AbstractContextManager["SortedLines"]):
    """Lines, sorted by the kind of work, what to do, and row number; equal lines keep their order.

    Things to do are in the order of their first rows, so that the order is the same in every language.
    """

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 - closed by __exit__; it has no name, so nothing of it stays
        self._places: dict[tuple[Work, str], list[tuple[int, int]]] = {}
        """By the kind of work and what to do: the numbers of the rows, and where their lines are in the file."""

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, work: Work, todo: str, row: int, line: Line) -> None:
        self._places.setdefault((work, todo), []).append((row, self._file.tell()))
        pickle.dump(line, self._file, pickle.HIGHEST_PROTOCOL)

    def __bool__(self) -> bool:
        return bool(self._places)

    def __iter__(self) -> Iterator[Line]:
        groups = [(work, sorted(places)) for (work, _), places in self._places.items()]
        for _, places in sorted(groups):
            for _, place in places:
                self._file.seek(place)
                yield pickle.load(self._file)  # noqa: S301 - what was put there above
