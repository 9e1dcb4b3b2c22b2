"""What the app remembers of a person: wanted and written values per slot, the export behind them, the lock.

Kept in the `People` table; read by plan, changed only when a row settles in an applying run or a single-user write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import assert_never

from shared.core.methods import Methods
from shared.core.phone import MaskedValue
from shared.core.plan import Plan, SlotPlan
from shared.core.slot import Slot, StoredValue, Value
from shared.core.verdict import Action

LOCK_TIME = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class SlotRecord:
    wanted: StoredValue | None = None
    wrote: StoredValue | None = None
    """What this app last wrote, or found equal to what was wanted."""
    unseen: StoredValue | None = None
    """`wrote` as long as Graph has never shown it: until then, showing nothing does not mean that it was removed."""


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

    def never_shown(self) -> frozenset[Slot]:
        """Slots whose base Graph has never shown."""
        return frozenset(slot for slot, record in self.slots.items() if record.unseen is not None)

    def is_newer_than(self, export_time: datetime, run: str) -> bool:
        """Whether a later export already settled this person; equal times break by run id."""
        return self.wanted_at is not None and (self.wanted_at, self.run) > (export_time, run)

    def is_locked_for(self, owner: str, now: datetime) -> bool:
        """A lock never stops its own owner, so that a redelivered message can go on at once."""
        return self.locked_until is not None and self.locked_until > now and self.locked_by != owner


SlotChange = Mapping[str, StoredValue | None]
"""New values by the field of `SlotRecord`; a field that is left out stays as it is."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a plan that needs no write leaves on its person's record, unless the record changed since it was read."""

    object_id: str
    etag: str
    """As planning read it; "" = nothing was stored."""
    slots: Mapping[Slot, SlotChange]
    wanted_at: datetime
    run: str


def slot_changes(plan: Plan, *, shown: bool = True) -> dict[Slot, SlotChange]:
    """What to remember once the plan is settled: written and adopted values become the base.

    A kept slot keeps its base; a removed one is forgotten. `shown` is whether what was written was read back.
    """
    return {planned.slot: _slot_change(planned, shown=shown) for planned in plan.slots}


def _slot_change(planned: SlotPlan, *, shown: bool) -> SlotChange:
    match planned.verdict.action:
        case Action.CREATE | Action.UPDATE:
            return {"wanted": planned.wanted, "wrote": planned.wanted, "unseen": None if shown else planned.wanted}
        case Action.UNCHANGED:
            return {"wanted": planned.wanted, "wrote": planned.wanted, "unseen": None}
        case Action.REMOVE:
            return {"wanted": None, "wrote": None, "unseen": None}
        case Action.KEPT:
            return {"wanted": planned.wanted}
        case _:
            assert_never(planned.verdict.action)


def slots_after(record: OwnershipRecord, plan: Plan, *, shown: bool = True) -> dict[Slot, SlotRecord]:
    """The record's slots once the plan is settled; `shown` as in `slot_changes`."""
    changed = {
        slot: replace(record.slots.get(slot, SlotRecord()), **change)
        for slot, change in slot_changes(plan, shown=shown).items()
    }
    return {slot: held for slot, held in {**record.slots, **changed}.items() if held != SlotRecord()}


class DriftKind:
    """How a slot differs from what this app last wrote."""

    CHANGED = "changedByPerson"
    REMOVED = "removedByPerson"
    NOT_SHOWN = "numberNotShown"
    """Graph shows nothing, as it always has since this app wrote it."""


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
            kind = DriftKind.REMOVED if remembered.unseen is None else DriftKind.NOT_SHOWN
            drifts.append(Drift(slot, kind, remembered.wrote, None))
        elif found != remembered.wrote and not isinstance(found, MaskedValue):
            drifts.append(Drift(slot, DriftKind.CHANGED, remembered.wrote, found))
    return tuple(drifts)
