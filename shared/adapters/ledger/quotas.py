"""Reservations of the quotas as entities of `Runs`: partition `quota`, one entity per attempt, and one for the version.

One transaction makes a reservation and changes the version. So of two reservations that rest on the same version, only
one can be made.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from shared.adapters.ledger.codec import EntityCodec
from shared.core.run.quotas import Reservation, Reservations
from shared.core.values.errors import ConcurrencyError
from shared.core.values.storage import Entity, Insert, Merge, TablePort

PARTITION, _VERSION = "quota", "head"
_CODEC = EntityCodec(Reservation, keys={"run", "attempt"})


class QuotaStore:
    def __init__(self, table: TablePort) -> None:
        self._table = table

    async def all(self) -> Reservations:
        """All reservations, with the version that a new one has to rest on."""
        found, version = [], ""
        async for entity in self._table.query(PARTITION):
            if entity.key == _VERSION:
                version = entity.etag
            else:
                found.append(_to_reservation(entity))
        return Reservations(tuple(found), version)

    async def get(self, run: str, attempt: int) -> Reservation | None:
        entity = await self._table.get(PARTITION, _key(run, attempt))
        return None if entity is None else _to_reservation(entity)

    async def reserve(self, wanted: Reservation, seen: Reservations) -> bool:
        """Make the reservation, or replace the attempt's own; False = the version differs, and nothing was changed."""
        key, values = _key(wanted.run, wanted.attempt), _CODEC.to_values(wanted)
        is_new = seen.of(wanted.run, wanted.attempt) is None
        own = Insert(key, values) if is_new else Merge(key, values)
        last = {"last": key}
        version = Merge(_VERSION, last, seen.version) if seen.version else Insert(_VERSION, last)
        return await self._table.write_together(PARTITION, [version, own])

    async def correct(self, corrected: Reservation) -> None:
        """Replace the attempt's reservation; nothing happens when there is none."""
        with suppress(ConcurrencyError):
            await self._table.merge(PARTITION, _key(corrected.run, corrected.attempt), _CODEC.to_values(corrected))

    async def drop(self, run: str, attempt: int) -> None:
        await self._table.delete(PARTITION, _key(run, attempt))

    async def forget_before(self, time: datetime) -> None:
        """Delete the reservations of attempts that were over before `time`."""
        for one in (await self.all()).made:
            if not one.is_open and one.at < time:
                await self.drop(one.run, one.attempt)


def _key(run: str, attempt: int) -> str:
    return f"{run}.{attempt}"


def _to_reservation(entity: Entity) -> Reservation:
    run, _, attempt = entity.key.rpartition(".")
    return _CODEC.from_values(entity.values, run=run, attempt=int(attempt))
