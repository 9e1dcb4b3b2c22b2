"""The interfaces of a table and of a storage account, and the type of a stored entity.

The Azure adapters and the in-memory doubles implement them, so that the ledger works with both.
Queues and containers, which flows use too, are in `shared.core.values.storage`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from shared.core.values.storage import ContainerPort, QueuePort

PropertyValue = str | int | float | bool | datetime
Values = Mapping[str, PropertyValue]
"""Property values of an entity. What is absent is not stored; datetimes are aware and come back in UTC."""


@dataclass(frozen=True, slots=True)
class Entity:
    """One stored row of a table; `repr` hides the values because they may hold numbers."""

    partition: str
    key: str
    values: dict[str, PropertyValue] = field(repr=False)
    etag: str
    stored_at: datetime | None = None
    """The time of the last write by the service's clock; None = the service did not state it."""


@dataclass(frozen=True, slots=True)
class Insert:
    """One write of a transaction: it inserts an entity whose key must not exist yet."""

    key: str
    values: Values = field(repr=False)


@dataclass(frozen=True, slots=True)
class Merge:
    """One write of a transaction: updates the named properties of an entity that must still have this ETag.

    With `etag` None it must only exist.
    """

    key: str
    values: Values = field(repr=False)
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class Replace:
    """One write of a transaction: stores these properties in place of all others, if the entity still has this ETag."""

    key: str
    values: Values = field(repr=False)
    etag: str


@dataclass(frozen=True, slots=True)
class Delete:
    """One write of a transaction: deletes an entity that must still have this ETag; None = it must only exist."""

    key: str
    etag: str | None = None


type TableWrite = Insert | Merge | Replace | Delete


class TablePort(Protocol):
    async def ensure(self) -> None: ...

    async def reachable(self) -> None: ...

    async def get(self, partition: str, key: str, *, select: Sequence[str] | None = None) -> Entity | None: ...

    async def insert(self, partition: str, key: str, values: Values) -> str: ...

    async def merge(self, partition: str, key: str, values: Values, *, etag: str | None = None) -> str: ...

    async def replace(self, partition: str, key: str, values: Values, *, etag: str) -> str: ...

    async def upsert(self, partition: str, key: str, values: Values) -> str: ...

    async def insert_missing(self, partition: str, rows: Mapping[str, Values]) -> int: ...

    async def merge_many(self, partition: str, rows: Mapping[str, Values]) -> None: ...

    async def write_together(self, partition: str, writes: Sequence[TableWrite]) -> bool: ...

    async def transact(self, partition: str, writes: Sequence[TableWrite]) -> list[str] | None: ...

    def query(
        self,
        partition: str,
        *,
        first: str | None = None,
        last: str | None = None,
        where: Mapping[str, Collection[str | bool]] | None = None,
        select: Sequence[str] | None = None,
    ) -> AsyncIterator[Entity]: ...

    def scan(self, first_partition: str, *, select: Sequence[str] | None = None) -> AsyncIterator[Entity]: ...

    async def delete(self, partition: str, key: str) -> None: ...

    async def delete_partition(self, partition: str) -> int: ...


class StoragePort(Protocol):
    """An account that holds tables, queues and containers by name."""

    def table(self, name: str) -> TablePort: ...

    def queue(self, name: str) -> QueuePort: ...

    def container(self, name: str) -> ContainerPort: ...

    async def close(self) -> None: ...
