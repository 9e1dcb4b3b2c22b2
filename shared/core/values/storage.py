"""The interfaces of a storage account with its tables, queues and containers; `errors` has the errors that they raise.

The Azure adapters and the in-memory doubles implement them. `adapters/storage/limits.py` has each service's limits.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

PropertyValue = str | int | float | bool | datetime
Values = Mapping[str, PropertyValue]
"""Property values of an entity. A datetime has a time zone when it is written, and is in UTC when it is read."""


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
    """One write of a transaction: inserts an entity whose key must not exist yet."""

    key: str
    values: Values = field(repr=False)


@dataclass(frozen=True, slots=True)
class Merge:
    """One write of a transaction: updates these properties of an entity that must still have this ETag.

    `etag` None = it must only exist.
    """

    key: str
    values: Values = field(repr=False)
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class Replace:
    """One write of a transaction: replaces all properties of an entity that must still have this ETag."""

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

    async def insert_missing(self, partition: str, rows: Mapping[str, Values]) -> int:
        """Insert the entities whose key is free; returns how many were new."""
        ...

    async def merge_many(self, partition: str, rows: Mapping[str, Values]) -> None: ...

    async def write_together(self, partition: str, writes: Sequence[TableWrite]) -> bool:
        """As `transact`; returns whether the writes were made."""
        ...

    async def transact(self, partition: str, writes: Sequence[TableWrite]) -> list[str] | None:
        """Make all writes in one transaction; returns their new ETags. None = a conflict, and nothing was written."""
        ...

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


@dataclass(frozen=True, slots=True)
class Received:
    """A message under lease. `body` None = it is not base64 of UTF-8 text, so this app did not send it."""

    id: str
    pop_receipt: str
    body: str | None = field(repr=False)
    dequeue_count: int
    """How often the message has been received, including this time."""


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """A blob's properties. `etag` is without quotes, as Event Grid spells it; metadata keys are lower case."""

    name: str
    etag: str
    last_modified: datetime
    """With time zone UTC, in whole seconds."""
    size: int
    """Bytes."""
    metadata: dict[str, str] = field(repr=False)
    copy: str = ""
    """The name of a snapshot or an earlier version of the blob; "" = the blob itself."""


class QueuePort(Protocol):
    @property
    def name(self) -> str: ...

    async def ensure(self) -> None: ...

    async def reachable(self) -> None: ...

    async def send(self, body: str, *, delay: float = 0.0, lifetime: timedelta | None = None) -> None:
        """`delay` is in seconds. The message expires after `lifetime`; None = never."""
        ...

    async def send_many(self, bodies: Sequence[str]) -> None: ...

    async def receive(self, count: int = 32, *, lease: float) -> list[Received]: ...

    async def delete(self, received: Received) -> None: ...


class ContainerPort(Protocol):
    @property
    def name(self) -> str: ...

    async def ensure(self) -> None: ...

    async def reachable(self) -> None: ...

    async def info(self, name: str) -> BlobInfo | None: ...

    async def read(self, name: str, *, if_match: str | None = None) -> bytes: ...

    async def write(
        self, name: str, data: bytes, *, overwrite: bool = True, metadata: Mapping[str, str] | None = None
    ) -> None:
        """Raises AlreadyExistsError if the blob exists and `overwrite` is False."""
        ...

    def list(self, prefix: str = "", *, copies: bool = False) -> AsyncIterator[BlobInfo]: ...

    async def delete(self, name: str, *, copy: str = "", if_match: str | None = None) -> None:
        """Raises ConcurrencyError when the blob's ETag differs from `if_match`."""
        ...

    async def append(self, name: str, data: bytes, *, at: int) -> None:
        """Append to a blob of exactly `at` bytes; with 0 it need not exist. Raises ConcurrencyError for another size.

        After a lost answer, the error may also mean that this append was made.
        """
        ...

    async def read_from(self, name: str, start: int) -> bytes:
        """The content from byte `start` on; empty if the blob is shorter or does not exist."""
        ...


class StoragePort(Protocol):
    """An account that holds tables, queues and containers by name."""

    def table(self, name: str) -> TablePort: ...

    def queue(self, name: str) -> QueuePort: ...

    def container(self, name: str) -> ContainerPort: ...

    async def close(self) -> None: ...
