"""Collects the content of a run's files in one pass over its rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Self

from shared.core.export.same_person import CONFLICTING_ROWS
from shared.core.run.documents import RowReport, RunDocuments, report_row
from shared.core.run.row import Row
from shared.core.run.row_index import RowIndex


@dataclass(slots=True, repr=False)
class ReportedRows:
    """Every row is added once, in any order."""

    texts: dict[int, RowReport] = field(default_factory=dict)
    documents: RunDocuments = field(default_factory=RunDocuments)
    index: RowIndex = field(default_factory=RowIndex)
    _named: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By the key of rows that contradict each other: the names from one that was looked up."""
    _unnamed: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    """By the same key: the rows without names, until a row with names is added."""

    @classmethod
    async def of(cls, rows: AsyncIterator[Row]) -> Self:
        found = cls()
        async for row in rows:
            found.add(row)
        return found

    def add(self, row: Row) -> None:
        self.texts[row.number] = report_row(row)
        if (row.earlier or row).code == CONFLICTING_ROWS and row.key:
            self._name(row, row.key.casefold())
        self.documents.add(row)
        self.index.add(row)

    def _name(self, row: Row, key: str) -> None:
        """Give rows that contradict each other the same names, because only some of them may have been looked up."""
        if row.display_name or row.user_principal_name:
            self._named[key] = row.display_name, row.user_principal_name
        else:
            self._unnamed[key].append(row.number)
        if key in self._named:
            name, sign_in = self._named[key]
            for number in self._unnamed.pop(key, ()):
                self.texts[number] = replace(self.texts[number], display_name=name, user_principal_name=sign_in)
