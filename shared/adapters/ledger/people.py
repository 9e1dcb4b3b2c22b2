"""What the app wrote for each person: partition = first hex digit of the object id, key = object id.

Sixteen partitions take all that a storage account does, and a small run's people share few transactions.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import batched, chain

from shared.adapters.storage.ports import Entity, Insert, Merge, TablePort, Values
from shared.core.record.ownership_record import Nothing, OwnershipRecord, RecordUpdate, SlotRecord
from shared.core.values.slot import Slot, StoredValue, value_from_json, value_to_json

_WRITTEN_TOGETHER = 100


class PeopleLedger:
    """Reads and writes ownership records; changes are made by ETag and raise ConcurrencyError or AlreadyExistsError."""

    def __init__(self, table: TablePort) -> None:
        self._table = table

    async def get(self, object_id: str) -> OwnershipRecord:
        entity = await self._table.get(object_id[0], object_id)
        return OwnershipRecord(object_id) if entity is None else _to_record(entity)

    async def save(self, record: OwnershipRecord) -> OwnershipRecord:
        partition, values = record.object_id[0], _to_values(record)
        if record.etag:
            etag = await self._table.merge(partition, record.object_id, values, etag=record.etag)
        else:
            etag = await self._table.insert(partition, record.object_id, values)
        return replace(record, etag=etag)

    async def update_unchanged(self, updates: Sequence[RecordUpdate]) -> frozenset[str]:
        """Stamp the records that are still as they were read, together where they lie together.

        Returns the object ids of those that are not.
        """

        async def in_partition(partition: str, group: Sequence[RecordUpdate]) -> list[str]:
            return [
                object_id
                for portion in batched(group, _WRITTEN_TOGETHER, strict=False)
                for object_id in await self._update_portion(partition, portion)
            ]

        by_partition: defaultdict[str, list[RecordUpdate]] = defaultdict(list)
        for update_unchanged in updates:
            by_partition[update_unchanged.object_id[0]].append(update_unchanged)
        changed = await asyncio.gather(*(in_partition(*item) for item in by_partition.items()))
        return frozenset(chain.from_iterable(changed))

    async def _update_portion(self, partition: str, updates: Sequence[RecordUpdate]) -> list[str]:
        if await self._table.write_together(partition, [_to_write(update_unchanged) for update_unchanged in updates]):
            return []
        return [
            update_unchanged.object_id
            for update_unchanged in updates
            if not await self._table.write_together(partition, [_to_write(update_unchanged)])
        ]

    async def all(self) -> AsyncIterator[OwnershipRecord]:
        """Everybody, in the order of object ids."""
        async for entity in self._table.scan("0"):
            yield _to_record(entity)

    async def from_slice(self, first: str) -> AsyncIterator[OwnershipRecord]:
        """Everybody whose object id begins with these digits or higher ones, in the order of object ids."""
        async for entity in self._table.query(first[0], first=first):
            yield _to_record(entity)
        async for entity in self._table.scan(chr(ord(first[0]) + 1)):
            yield _to_record(entity)

    async def forget(self, object_id: str) -> None:
        await self._table.delete(object_id[0], object_id)


def _to_write(update_unchanged: RecordUpdate) -> Insert | Merge:
    changes = {
        _property(slot, name): _to_text(value)
        for slot, change in update_unchanged.slots.items()
        for name, value in change.items()
    }
    values = {**changes, "wantedAt": _time_to_text(update_unchanged.wanted_at), "run": update_unchanged.run}
    if update_unchanged.etag:
        return Merge(update_unchanged.object_id, values, update_unchanged.etag)
    return Insert(update_unchanged.object_id, {**_to_values(OwnershipRecord(update_unchanged.object_id)), **values})


def _to_values(record: OwnershipRecord) -> dict[str, str]:
    slots: dict[str, str] = {}
    for slot in Slot:
        held = record.slots.get(slot, SlotRecord())
        slots[_property(slot, "wanted")] = value_to_json(held.wanted) or ""
        slots[_property(slot, "wrote")] = value_to_json(held.wrote) or ""
        slots[_property(slot, "unseen")] = value_to_json(held.unseen) or ""
        slots[_property(slot, "before")] = _to_text(held.before)
    return {
        **slots,
        "wantedAt": _time_to_text(record.wanted_at),
        "run": record.run,
        "goneSince": _time_to_text(record.gone_since),
        "lockedUntil": _time_to_text(record.locked_until),
        "lockedBy": record.locked_by,
    }


def _to_record(entity: Entity) -> OwnershipRecord:
    values = entity.values
    return OwnershipRecord(
        object_id=entity.key,
        slots={slot: held for slot in Slot if (held := _to_slot(slot, values)) != SlotRecord()},
        wanted_at=_text_to_time(str(values["wantedAt"])),
        run=str(values["run"]),
        gone_since=_text_to_time(str(values["goneSince"])),
        locked_until=_text_to_time(str(values["lockedUntil"])),
        locked_by=str(values["lockedBy"]),
        etag=entity.etag,
        stored_at=entity.stored_at,
    )


def _to_slot(slot: Slot, values: Values) -> SlotRecord:
    stored = (str(values[_property(slot, name)]) or None for name in ("wanted", "wrote", "unseen"))
    wanted, wrote, unseen = (value_from_json(slot, text) for text in stored)
    before = str(values[_property(slot, "before")]) or None
    nothing = before == Nothing.NOTHING.value
    return SlotRecord(wanted, wrote, unseen, Nothing.NOTHING if nothing else value_from_json(slot, before))


def _to_text(value: StoredValue | Nothing | None) -> str:
    return value.value if isinstance(value, Nothing) else value_to_json(value) or ""


def _property(slot: Slot, name: str) -> str:
    """For instance `mobileWanted`: one property per value, so that a stamp can leave the others as they are."""
    return f"{slot.value}{name.capitalize()}"


def _time_to_text(time: datetime | None) -> str:
    return "" if time is None else time.astimezone(UTC).isoformat()


def _text_to_time(text: str) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None
