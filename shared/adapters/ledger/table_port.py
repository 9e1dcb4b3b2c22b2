"""What the ledger needs of a table; obeyed by the Azure adapter and by the in-memory double."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Protocol

from shared.core.storage import Entity, Insert, Merge, Values


class TablePort(Protocol):
    async def get(self, partition: str, key: str, *, select: Sequence[str] | None = None) -> Entity | None: ...

    async def insert(self, partition: str, key: str, values: Values) -> str: ...

    async def merge(self, partition: str, key: str, values: Values, *, etag: str | None = None) -> str: ...

    async def insert_missing(self, partition: str, rows: Mapping[str, Values]) -> int: ...

    async def merge_many(self, partition: str, rows: Mapping[str, Values]) -> None: ...

    async def write_together(self, partition: str, writes: Sequence[Insert | Merge]) -> bool: ...

    def query(
        self,
        partition: str,
        *,
        first: str | None = None,
        last: str | None = None,
        where: Mapping[str, Collection[str]] | None = None,
        select: Sequence[str] | None = None,
    ) -> AsyncIterator[Entity]: ...
