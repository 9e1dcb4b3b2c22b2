"""Times to remember, as entities of a table, such as when a job was taken last."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.adapters.ledger.codec import time_from
from shared.core.values.errors import AlreadyExistsError, ConcurrencyError
from shared.core.values.storage import PropertyValue, TablePort

PARTITION = "mark"


class TimeStore:
    """Stores one time under each name."""

    def __init__(self, table: TablePort) -> None:
        self._table = table

    async def at(self, name: str) -> datetime | None:
        entity = await self._table.get(PARTITION, name)
        return None if entity is None else time_from(entity.values["at"])

    async def note(self, name: str, at: datetime) -> None:
        await self._table.upsert(PARTITION, name, {"at": at.isoformat()})

    async def forget(self, name: str) -> None:
        await self._table.delete(PARTITION, name)

    async def take_job(self, name: str, now: datetime, every: timedelta) -> bool:
        return await take_job(self._table, PARTITION, name, now, every)


async def take_job(table: TablePort, partition: str, key: str, now: datetime, every: timedelta) -> bool:
    """Take the job `key`; returns False if it was taken less than `every` ago, or just now by another process."""
    entity = await table.get(partition, key)
    values: dict[str, PropertyValue] = {"at": now.isoformat()}
    try:
        if entity is None:
            await table.insert(partition, key, values)
        elif now - time_from(entity.values["at"]) < every:
            return False
        else:
            await table.merge(partition, key, values, etag=entity.etag)
    except (AlreadyExistsError, ConcurrencyError):
        return False
    return True
