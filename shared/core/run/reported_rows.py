"""What the files of a run say of its rows, collected in one pass over them; used by the reports flow."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Self

from shared.core.run.documents import RowReport, RunDocuments, report_row
from shared.core.run.row import Row
from shared.core.run.row_index import RowIndex

_CONTRADICTED = "conflictingRows"


@dataclass(slots=True)
class ReportedRows:
    """What the files of a run say of its rows, from one pass over them."""

    texts: dict[int, RowReport] = field(default_factory=dict)
    documents: RunDocuments = field(default_factory=RunDocuments)
    index: RowIndex = field(default_factory=RowIndex)
    _named: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By the keys of rows that contradict each other, the names of those that were looked up."""
    _unnamed: dict[int, str] = field(default_factory=dict)

    @classmethod
    async def of(cls, rows: AsyncIterator[Row]) -> Self:
        found = cls()
        async for row in rows:
            found.add(row)
        found._name_all()
        return found

    def _name_all(self) -> None:
        """A row that another one contradicts was not looked up, but the other one may have been."""
        for number, key in self._unnamed.items():
            if key in self._named:
                name, sign_in = self._named[key]
                self.texts[number] = replace(self.texts[number], display_name=name, user_principal_name=sign_in)

    def add(self, row: Row) -> None:
        self.texts[row.number] = report_row(row)
        if (row.as_before or row).code == _CONTRADICTED and row.key:
            if row.display_name or row.user_principal_name:
                self._named[row.key.casefold()] = row.display_name, row.user_principal_name
            else:
                self._unnamed[row.number] = row.key.casefold()
        self.documents.add(row)
        self.index.add(row)
