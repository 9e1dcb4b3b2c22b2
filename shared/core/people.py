"""What the app remembers of a person: wanted and written values per slot, the export behind them, the lock.

Kept in the `People` table; read by plan, changed only when a row settles in an applying run or a single-user write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.core.methods import Methods
from shared.core.phone import MaskedValue
from shared.core.plan import Plan
from shared.core.slot import Slot, StoredValue, Value
from shared.core.verdict import Action

LOCK_TIME = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class SlotRecord:
    wanted: StoredValue | None = None
    wrote: StoredValue | None = None
    """What this app last wrote, or found equal to what was wanted."""


@dataclass(frozen=True, slots=True)
class OwnershipRecord:
    """The record of one person; times are UTC."""

    object_id: str
    slots: Mapping[Slot, SlotRecord] = field(default_factory=dict)
    wanted_at: datetime | None = None
    """Export time of the newest export that settled this person."""
    run: str = ""
    locked_until: datetime | None = None
    locked_by: str = ""
    etag: str = ""
    """"" = not stored yet."""

    def base(self) -> dict[Slot, StoredValue]:
        return {slot: record.wrote for slot, record in self.slots.items() if record.wrote is not None}

    def is_newer_than(self, export_time: datetime, run: str) -> bool:
        """Whether a later export already settled this person; equal times break by run id."""
        return self.wanted_at is not None and (self.wanted_at, self.run) > (export_time, run)

    def is_locked_for(self, owner: str, now: datetime) -> bool:
        """A lock never stops its own owner, so that a redelivered message can go on at once."""
        return self.locked_until is not None and self.locked_until > now and self.locked_by != owner


def slots_after(record: OwnershipRecord, plan: Plan) -> dict[Slot, SlotRecord]:
    """The slots to remember once the plan is settled: written and adopted values become the base.

    A kept slot keeps its base; a removed one is forgotten.
    """
    slots = dict(record.slots)
    for planned in plan.slots:
        wrote = record.slots.get(planned.slot, SlotRecord()).wrote
        match planned.verdict.action:
            case Action.CREATE | Action.UPDATE | Action.UNCHANGED:
                slots[planned.slot] = SlotRecord(planned.wanted, planned.wanted)
            case Action.REMOVE:
                slots.pop(planned.slot, None)
            case Action.KEPT:
                slots[planned.slot] = SlotRecord(planned.wanted, wrote)
    return slots


class DriftKind:
    """How a slot differs from what this app last wrote."""

    CHANGED = "changedByPerson"
    REMOVED = "removedByPerson"


@dataclass(frozen=True, slots=True)
class Drift:
    slot: Slot
    kind: str
    expected: Value
    found: StoredValue | None


def drift_of(record: OwnershipRecord, there: Methods) -> tuple[Drift, ...]:
    """Slots whose current value is no longer the one this app last wrote; a masked or unread one says nothing."""
    drifts = []
    for slot, remembered in record.slots.items():
        if remembered.wrote is None or isinstance(remembered.wrote, MaskedValue) or not there.was_read(slot):
            continue
        found = there.value(slot)
        if found is None:
            drifts.append(Drift(slot, DriftKind.REMOVED, remembered.wrote, None))
        elif found != remembered.wrote and not isinstance(found, MaskedValue):
            drifts.append(Drift(slot, DriftKind.CHANGED, remembered.wrote, found))
    return tuple(drifts)
