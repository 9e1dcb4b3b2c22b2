"""What the app remembers of a person: wanted and written numbers per slot, the export behind them, the lock.

Kept in the `People` table; read by plan, changed only when a row settles in an applying run or a single-user write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.core.methods import PhoneMethods
from shared.core.ownership import Action
from shared.core.phone import PhoneNumber, PhoneType, StoredNumber
from shared.core.plan import Plan

LOCK_TIME = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class SlotRecord:
    wanted: StoredNumber | None = None
    wrote: StoredNumber | None = None
    """What this app last wrote, or found equal to what was wanted."""


@dataclass(frozen=True, slots=True)
class OwnershipRecord:
    """The record of one person; times are UTC."""

    object_id: str
    slots: Mapping[PhoneType, SlotRecord] = field(default_factory=dict)
    wanted_at: datetime | None = None
    """Export time of the newest export that settled this person."""
    run: str = ""
    locked_until: datetime | None = None
    locked_by: str = ""
    etag: str = ""
    """"" = not stored yet."""

    def base(self) -> dict[PhoneType, StoredNumber]:
        return {phone_type: slot.wrote for phone_type, slot in self.slots.items() if slot.wrote is not None}

    def is_newer_than(self, export_time: datetime, run: str) -> bool:
        """Whether a later export already settled this person; equal times break by run id."""
        return self.wanted_at is not None and (self.wanted_at, self.run) > (export_time, run)

    def is_locked_for(self, owner: str, now: datetime) -> bool:
        """A lock never stops its own owner, so that a redelivered message can go on at once."""
        return self.locked_until is not None and self.locked_until > now and self.locked_by != owner


def slots_after(record: OwnershipRecord, plan: Plan) -> dict[PhoneType, SlotRecord]:
    """The slots to remember once the plan is settled: written and adopted values become the base.

    A kept slot keeps its base; a removed one is forgotten.
    """
    slots = dict(record.slots)
    for slot in plan.slots:
        wrote = record.slots.get(slot.phone_type, SlotRecord()).wrote
        match slot.verdict.action:
            case Action.CREATE | Action.UPDATE | Action.UNCHANGED:
                slots[slot.phone_type] = SlotRecord(slot.wanted, slot.wanted)
            case Action.REMOVE:
                slots.pop(slot.phone_type, None)
            case Action.KEPT:
                slots[slot.phone_type] = SlotRecord(slot.wanted, wrote)
    return slots


class DriftKind:
    """How a slot differs from what this app last wrote."""

    CHANGED = "changedByPerson"
    REMOVED = "removedByPerson"


@dataclass(frozen=True, slots=True)
class Drift:
    phone_type: PhoneType
    kind: str
    expected: PhoneNumber
    found: StoredNumber | None


def drift_of(record: OwnershipRecord, there: PhoneMethods) -> tuple[Drift, ...]:
    """Slots whose current number is no longer the one this app last wrote; a masked number says nothing."""
    drifts = []
    for phone_type, slot in record.slots.items():
        found = there.number(phone_type)
        if not isinstance(slot.wrote, PhoneNumber) or found == slot.wrote:
            continue
        if found is None:
            drifts.append(Drift(phone_type, DriftKind.REMOVED, slot.wrote, None))
        elif isinstance(found, PhoneNumber):
            drifts.append(Drift(phone_type, DriftKind.CHANGED, slot.wrote, found))
    return tuple(drifts)
