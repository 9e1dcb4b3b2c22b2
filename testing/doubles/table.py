"""A table in memory: it behaves like `shared.adapters.storage.tables.AzureTable`, without a service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count, islice
from typing import assert_never

from shared.adapters.storage.gathering import GatheringTable, SingleWrite
from shared.adapters.storage.limits import (
    checked_key,
    checked_table_name,
    checked_together,
    checked_values,
    checked_where,
    in_transactions,
)
from shared.adapters.storage.requests import OnOperation, not_counted
from shared.core.values.errors import AlreadyExistsError, ConcurrencyError
from shared.core.values.storage import Delete, Entity, Insert, Merge, Replace, TableWrite, Values
from testing.doubles.store import MemoryStore


class MemoryTable(MemoryStore, GatheringTable):
    """`partitions` is the content: partition -> key -> entity. Only `reachable` checks whether it was created."""

    service = "table"
    kind = "Table"

    def __init__(
        self,
        name: str = "Memory",
        on_operation: OnOperation = not_counted,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        page_size: int = 1000,
        gather_seconds: float = 0.0,
    ) -> None:
        MemoryStore.__init__(self, checked_table_name(name), on_operation)
        GatheringTable.__init__(self, gather_seconds)
        self.partitions: dict[str, dict[str, Entity]] = {}
        self._clock = clock
        self._page_size = page_size
        self._versions = count(1)

    async def _read_alone(self, partition: str, key: str, select: Sequence[str] | None) -> Entity | None:
        await self._request("get")
        found = self._rows(partition).get(key)
        return None if found is None else _projected(found, select)

    async def _write_alone(self, partition: str, write: SingleWrite) -> str:
        checked_key(partition)
        checked = _checked(write)
        await self._request(type(write).__name__.lower())
        if self._fits(partition, checked):
            return self._store(partition, checked)
        if isinstance(write, Insert):
            raise AlreadyExistsError(f"{self.name}: {partition}/{write.key} already exists.")
        raise ConcurrencyError(f"{self.name}: {partition}/{write.key} was changed or deleted in the meantime.")

    async def upsert(self, partition: str, key: str, values: Values) -> str:
        write = Merge(checked_key(key), checked_values(values))
        await self._request("upsert")
        return self._store(partition, write)

    async def delete(self, partition: str, key: str) -> None:
        checked_key(partition)
        checked_key(key)
        await self._request("delete")
        self._rows(partition).pop(key, None)

    async def insert_missing(self, partition: str, rows: Mapping[str, Values]) -> int:
        new = 0
        for portion in in_transactions(rows):
            missing = portion
            while missing and not await self.write_together(
                partition, [Insert(key, row) for key, row in missing.items()]
            ):
                taken = {found.key async for found in self.query(partition, first=min(missing), last=max(missing))}
                missing = {key: row for key, row in missing.items() if key not in taken}
            new += len(missing)
        return new

    async def transact(self, partition: str, writes: Sequence[TableWrite]) -> list[str] | None:
        checked_together(write.key for write in writes)
        if not writes:
            return []
        checked_key(partition)
        checked = [_checked(write) for write in writes]
        await self._request("transaction")
        if not all(self._fits(partition, write) for write in checked):
            return None
        return [self._store(partition, write) for write in checked]

    async def query(
        self,
        partition: str,
        *,
        first: str | None = None,
        last: str | None = None,
        where: Mapping[str, Collection[str | bool]] | None = None,
        select: Sequence[str] | None = None,
    ) -> AsyncIterator[Entity]:
        wanted = checked_where(where)
        if not all(wanted.values()):
            return
        after = ""
        while True:
            await self._request("query")
            matching = [
                row
                for key, row in sorted(self._rows(partition).items())
                if key > after
                and (first is None or key >= first)
                and (last is None or key <= last)
                and all(
                    (key if name == "RowKey" else row.values.get(name)) in values for name, values in wanted.items()
                )
            ]
            page = matching[: self._page_size]
            for row in page:
                yield _projected(row, select)
            if len(matching) == len(page):
                return
            after = page[-1].key

    async def scan(self, first_partition: str, *, select: Sequence[str] | None = None) -> AsyncIterator[Entity]:
        after = (checked_key(first_partition), "")
        while True:
            await self._request("query")
            onward = ((name, key) for name in sorted(self.partitions) for key in sorted(self.partitions[name]))
            page = list(islice((both for both in onward if both > after), self._page_size))
            for partition, key in page:
                if found := self._rows(partition).get(key):
                    yield _projected(found, select)
            if len(page) < self._page_size:
                return
            after = page[-1]

    async def delete_partition(self, partition: str) -> int:
        keys = [found.key async for found in self.query(partition)]
        for _ in range(0, len(keys), 100):
            await self._request("transaction")
        for key in keys:
            self._rows(partition).pop(key, None)
        return len(keys)

    def _rows(self, partition: str) -> dict[str, Entity]:
        return self.partitions.setdefault(partition, {})

    def _fits(self, partition: str, write: TableWrite) -> bool:
        found = self._rows(partition).get(write.key)
        match write:
            case Insert():
                return found is None
            case Merge():
                return found is not None and write.etag in {None, found.etag}
            case Replace():
                return found is not None and write.etag == found.etag
            case Delete():
                return found is not None and write.etag in {None, found.etag}
            case _:
                assert_never(write)

    def _store(self, partition: str, write: TableWrite) -> str:
        """Make the write; returns the new ETag, "" after a delete."""
        found = self._rows(partition).pop(write.key, None)
        match write:
            case Insert(key, values) | Replace(key, values):
                stored = dict(values)
            case Merge(key, values):
                stored = (found.values if found else {}) | dict(values)
            case Delete():
                return ""
            case _:
                assert_never(write)
        etag = f'W/"{next(self._versions)}"'
        self._rows(partition)[key] = Entity(partition, key, stored, etag, self._clock())
        return etag


def _checked(write: TableWrite) -> TableWrite:
    match write:
        case Delete(key, etag):
            return Delete(checked_key(key), etag)
        case Insert(key, values):
            return Insert(checked_key(key), checked_values(values))
        case Merge(key, values, etag):
            return Merge(checked_key(key), checked_values(values), etag)
        case Replace(key, values, etag):
            return Replace(checked_key(key), checked_values(values), etag)


def _projected(entity: Entity, select: Sequence[str] | None) -> Entity:
    """A copy that the caller may change; `select` None = all of it."""
    if select is None:
        values = dict(entity.values)
    else:
        values = {name: entity.values[name] for name in select if name in entity.values}
    return Entity(entity.partition, entity.key, values, entity.etag, entity.stored_at)
