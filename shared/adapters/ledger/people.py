"""Ownership records as entities of `People`: partition = first hex digit of the object id, key = object id.

Sixteen partitions take as many writes as a storage account allows, and a small run still needs few transactions.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import cache
from itertools import batched, chain

from pydantic.alias_generators import to_pascal

from shared.adapters.ledger import version_1
from shared.adapters.ledger.codec import DAMAGE, EntityCodec, damage_at
from shared.core.record.ownership_record import OwnershipRecord, RecordUpdate, SlotRecord
from shared.core.record.slot_texts import SLOT_FIELDS, slot_from_texts, slot_to_texts, to_text
from shared.core.run.safety_limits import Managed
from shared.core.values.slot import Slot
from shared.core.values.storage import Entity, Insert, Merge, PropertyValue, TablePort, Values

_WRITTEN_TOGETHER = 100
_NOTHING = SlotRecord()
_CODEC = EntityCodec(OwnershipRecord, keys={"object_id", "slots", "etag", "stored_at"})


@cache
def _column(slot: Slot, name: str) -> str:
    """The name of a property, such as `mobileDesired`. Each value has its own, so an update can change it alone."""
    return f"{slot.value}{to_pascal(name)}"


_COLUMNS = {slot: {name: _column(slot, name) for name in SLOT_FIELDS} for slot in Slot}
_EMPTY = {_column(slot, name): text for slot in Slot for name, text in slot_to_texts(_NOTHING).items()}
_WRITTEN_NAMES = {slot: (_column(slot, "written"), version_1.written(slot)) for slot in Slot}
_WRITTEN = tuple(chain.from_iterable(_WRITTEN_NAMES.values()))


class PeopleStore:
    """Reads and writes ownership records; `save` goes by ETag and raises ConcurrencyError or AlreadyExistsError."""

    def __init__(self, table: TablePort) -> None:
        self._table = table

    async def get(self, object_id: str) -> OwnershipRecord:
        entity = await self._table.get(object_id[0], object_id)
        return OwnershipRecord(object_id) if entity is None else _to_record(entity)

    async def save(self, record: OwnershipRecord) -> OwnershipRecord:
        partition, values = record.object_id[0], _to_values(record)
        if record.etag:
            etag = await self._table.replace(partition, record.object_id, values, etag=record.etag)
        else:
            etag = await self._table.insert(partition, record.object_id, values)
        return replace(record, etag=etag)

    async def update_unchanged(self, updates: Sequence[RecordUpdate]) -> frozenset[str]:
        """Update the records that are unchanged since they were read, up to 100 of a partition in one transaction.

        Returns the object ids of the records that have changed.
        """

        async def in_partition(partition: str, group: Sequence[RecordUpdate]) -> list[str]:
            return [
                object_id
                for portion in batched(group, _WRITTEN_TOGETHER, strict=False)
                for object_id in await self._update_portion(partition, portion)
            ]

        by_partition: defaultdict[str, list[RecordUpdate]] = defaultdict(list)
        for update in updates:
            by_partition[update.object_id[0]].append(update)
        changed = await asyncio.gather(*(in_partition(*item) for item in by_partition.items()))
        return frozenset(chain.from_iterable(changed))

    async def _update_portion(self, partition: str, updates: Sequence[RecordUpdate]) -> list[str]:
        if await self._table.write_together(partition, [_to_write(update) for update in updates]):
            return []
        return [
            update.object_id
            for update in updates
            if not await self._table.write_together(partition, [_to_write(update)])
        ]

    async def all(self) -> AsyncGenerator[OwnershipRecord]:
        """All records, in the order of object ids."""
        async for entity in self._table.scan("0"):
            yield _to_record(entity)

    async def first(self, most: int) -> list[OwnershipRecord]:
        """Up to `most` records, in the order of object ids."""
        found: list[OwnershipRecord] = []
        async with aclosing(self.all()) as records:
            async for record in records:
                found.append(record)
                if len(found) == most:
                    break
        return found

    async def managed(self) -> Managed:
        """How many people have a value that the app wrote or adopted, in all and per slot."""
        by_slot, people = Counter[Slot](), 0
        async for entity in self._table.scan("0", select=_WRITTEN):
            written = [slot for slot, names in _WRITTEN_NAMES.items() if any(entity.values.get(name) for name in names)]
            by_slot.update(written)
            people += bool(written)
        return Managed(people, by_slot)

    async def from_slice(self, first: str) -> AsyncIterator[OwnershipRecord]:
        """The records from object id `first` on, in order; leading digits of an id are enough."""
        async for entity in self._table.query(first[0], first=first):
            yield _to_record(entity)
        async for entity in self._table.scan(chr(ord(first[0]) + 1)):
            yield _to_record(entity)

    async def forget(self, object_id: str) -> None:
        await self._table.delete(object_id[0], object_id)


def _to_write(update: RecordUpdate) -> Insert | Merge:
    changes = {
        _column(slot, name): to_text(value) for slot, change in update.slots.items() for name, value in change.items()
    }
    newest = {"exportTime": update.export_time.isoformat(), "run": update.run}
    sms = {"smsWantedAt": newest["exportTime"], "smsWantedBy": update.run} if update.specifies_sms else {}
    decided = {"smsUndone": "", "smsDeclined": ""} if update.decides_sms else {}
    values = {**changes, **newest, **sms, **decided}
    if update.etag:
        return Merge(update.object_id, values, update.etag)
    return Insert(update.object_id, {**_to_values(OwnershipRecord(update.object_id)), **values})


def _to_values(record: OwnershipRecord) -> dict[str, PropertyValue]:
    held = {
        _column(slot, name): text for slot, one in record.slots.items() for name, text in slot_to_texts(one).items()
    }
    return {**_EMPTY, **held, **_CODEC.to_values(record)}


def _to_record(entity: Entity) -> OwnershipRecord:
    try:
        values = version_1.person(entity.values) if version_1.PERSON in entity.values else entity.values
        slots = {slot: held for slot in Slot if (held := _to_slot(slot, values)) is not None}
        return _CODEC.from_values(
            values, object_id=entity.key, slots=slots, etag=entity.etag, stored_at=entity.stored_at
        )
    except DAMAGE as error:
        raise damage_at(f"ownership record {entity.key}", error) from None


def _to_slot(slot: Slot, values: Values) -> SlotRecord | None:
    columns = _COLUMNS[slot]
    texts = {name: str(values[column]) for name, column in columns.items() if values.get(column)}
    if columns["wanted_at"] not in values:
        texts |= {"wanted_at": str(values.get("exportTime", "")), "wanted_by": str(values.get("run", ""))}
    held = slot_from_texts(slot, texts) if any(texts.values()) else _NOTHING
    return None if held == _NOTHING else held
