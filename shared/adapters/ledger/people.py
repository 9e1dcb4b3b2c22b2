"""What the app wrote for each person: partition = first two hex digits of the object id, key = object id."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from shared.adapters.storage_ports import TablePort
from shared.core.people import OwnershipRecord, SlotRecord
from shared.core.slot import Slot, value_from_json, value_to_json
from shared.core.storage import Entity

SLICES = tuple(f"{number:02x}" for number in range(256))
"""Every partition of the table."""


class PeopleLedger:
    """Reads and writes ownership records; changes are made by ETag and raise ChangedError or AlreadyThereError."""

    def __init__(self, table: TablePort) -> None:
        self._table = table

    async def get(self, object_id: str) -> OwnershipRecord:
        entity = await self._table.get(object_id[:2], object_id)
        return OwnershipRecord(object_id) if entity is None else _to_record(entity)

    async def save(self, record: OwnershipRecord) -> OwnershipRecord:
        partition, values = record.object_id[:2], _to_values(record)
        if record.etag:
            etag = await self._table.merge(partition, record.object_id, values, etag=record.etag)
        else:
            etag = await self._table.insert(partition, record.object_id, values)
        return replace(record, etag=etag)

    async def in_slice(self, slice_name: str) -> AsyncIterator[OwnershipRecord]:
        async for entity in self._table.query(slice_name):
            yield _to_record(entity)


def _to_values(record: OwnershipRecord) -> dict[str, str]:
    return {
        "slots": json.dumps({slot.value: _slot_to_json(held) for slot, held in record.slots.items()}),
        "wantedAt": _time_to_text(record.wanted_at),
        "run": record.run,
        "lockedUntil": _time_to_text(record.locked_until),
        "lockedBy": record.locked_by,
    }


def _to_record(entity: Entity) -> OwnershipRecord:
    values = entity.values
    return OwnershipRecord(
        object_id=entity.key,
        slots={Slot(name): _to_slot(Slot(name), held) for name, held in json.loads(str(values["slots"])).items()},
        wanted_at=_text_to_time(str(values["wantedAt"])),
        run=str(values["run"]),
        locked_until=_text_to_time(str(values["lockedUntil"])),
        locked_by=str(values["lockedBy"]),
        etag=entity.etag,
    )


def _slot_to_json(held: SlotRecord) -> dict[str, str | None]:
    return {"wanted": value_to_json(held.wanted), "wrote": value_to_json(held.wrote)}


def _to_slot(slot: Slot, data: Mapping[str, Any]) -> SlotRecord:
    return SlotRecord(value_from_json(slot, data["wanted"]), value_from_json(slot, data["wrote"]))


def _time_to_text(time: datetime | None) -> str:
    return "" if time is None else time.astimezone(UTC).isoformat()


def _text_to_time(text: str) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None
