"""What the app remembers of a person: wanted and written values per slot, the export behind them, the lock.

Kept in the `People` table; read by plan, changed only when a row settles in an applying run or a single-user write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import assert_never

from shared.core.export.desired import Desired
from shared.core.person.methods import Methods
from shared.core.plan.plan import Plan, SlotPlan
from shared.core.plan.verdict import Action
from shared.core.run.run import Run
from shared.core.values.email_address import EmailAddress
from shared.core.values.phone import PhoneNumber
from shared.core.values.slot import Slot, StoredValue
from shared.core.values.states import Source

LOCK_TIME = timedelta(minutes=2)
CLOCKS_APART = timedelta(seconds=3)
"""More than the clocks of two machines that are kept in time differ."""


class Nothing(Enum):
    """Stands for an empty slot where None means that nothing is to be told."""

    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class SlotRecord:
    wanted: StoredValue | None = None
    wrote: StoredValue | None = None
    """What this app last wrote, or found equal to what was wanted."""
    unseen: StoredValue | None = None
    """`wrote` as long as Graph has never shown it: until then, showing nothing does not mean that it was removed."""
    before: StoredValue | Nothing | None = None
    """What was there before a write that Graph has not shown; None = it has, or accepted one into an empty slot."""

    def base_beside(self, found: StoredValue | None) -> StoredValue | None:
        """What this app last put there, given what is there now: a write that did not arrive put nothing there."""
        if not self.is_lost(found):
            return self.wrote
        return None if isinstance(self.before, Nothing) else self.before

    def is_lost(self, found: StoredValue | None) -> bool:
        """Whether the last write was never shown, and what is there is what was there before it."""
        return self.before is not None and found == (None if isinstance(self.before, Nothing) else self.before)


@dataclass(frozen=True, slots=True)
class OwnershipRecord:
    """The record of one person; times are UTC."""

    object_id: str
    slots: Mapping[Slot, SlotRecord] = field(default_factory=dict)
    wanted_at: datetime | None = None
    """Export time of the newest export that settled this person."""
    run: str = ""
    gone_since: datetime | None = None
    """When a reconcile first found that the account is gone."""
    locked_until: datetime | None = None
    locked_by: str = ""
    etag: str = ""
    """"" = not stored yet."""
    stored_at: datetime | None = field(default=None, compare=False)
    """When it was read: its last change, by the clock of the storage; None = not stored yet."""

    def base(self) -> dict[Slot, StoredValue]:
        return {slot: record.wrote for slot, record in self.slots.items() if record.wrote is not None}

    def base_beside(self, current: Methods) -> dict[Slot, StoredValue]:
        """The base of every slot, given what is there now."""
        bases = {
            slot: record.base_beside(current.value(slot)) if current.was_read(slot) else record.wrote
            for slot, record in self.slots.items()
        }
        return {slot: base for slot, base in bases.items() if base is not None}

    def desired_values(self) -> Desired:
        """What is wanted of this person since their last export, as it was then read."""
        wanted = {slot: record.wanted for slot, record in self.slots.items()}
        return Desired(
            tuple(
                (slot, desired_value)
                for slot, desired_value in wanted.items()
                if isinstance(desired_value, PhoneNumber | EmailAddress)
            )
        )

    def still_wants(self, plan: Plan) -> bool:
        """Whether a plan made from `desired_values` is what these still are."""
        return all(self.slots.get(planned.slot, SlotRecord()).wanted == planned.wanted for planned in plan.slots)

    def never_shown(self) -> frozenset[Slot]:
        """Slots whose base Graph has never shown."""
        return frozenset(slot for slot, record in self.slots.items() if record.unseen is not None)

    def is_newer_than(self, export_time: datetime, run: str) -> bool:
        """Whether a later export already settled this person; equal times break by run id."""
        return self.wanted_at is not None and (self.wanted_at, self.run) > (export_time, run)

    def is_untouched_since(self, time: datetime) -> bool:
        """Whether nobody has changed it since `time` by our clock; in doubt, where clocks may disagree, False."""
        return self.stored_at is None or self.stored_at < time - CLOCKS_APART

    def is_locked_for(self, owner: str, now: datetime) -> bool:
        """A lock never stops its own owner, so that a redelivered message can go on at once."""
        return self.locked_until is not None and self.locked_until > now and self.locked_by != owner


SlotChange = Mapping[str, StoredValue | Nothing | None]
"""New values by the field of `SlotRecord`; a field that is left out stays as it is."""


@dataclass(frozen=True, slots=True)
class RecordUpdate:
    """What a plan that needs no write leaves on its person's record, unless the record changed since it was read."""

    object_id: str
    etag: str
    """As planning read it; "" = nothing was stored."""
    slots: Mapping[Slot, SlotChange]
    wanted_at: datetime
    run: str


def slot_changes(plan: Plan, *, shown: bool = True, accepted: bool = True) -> dict[Slot, SlotChange]:
    """What to remember once the plan is settled: written and adopted values become the base.

    A kept slot keeps its base; a removed one is forgotten. `shown` is whether what was written was read back,
    `accepted` whether Graph said at least that it was done.
    """
    return {planned.slot: _slot_change(planned, shown=shown, accepted=accepted) for planned in plan.slots}


def _slot_change(planned: SlotPlan, *, shown: bool, accepted: bool) -> SlotChange:
    match planned.verdict.action:
        case Action.CREATE | Action.UPDATE:
            unseen = planned.wanted if accepted and not shown else None
            before = None if shown else planned.old or (None if accepted else Nothing.NOTHING)
            return {"wanted": planned.wanted, "wrote": planned.wanted, "unseen": unseen, "before": before}
        case Action.UNCHANGED:
            return {"wanted": planned.wanted, "wrote": planned.wanted, "unseen": None, "before": None}
        case Action.REMOVE:
            return {"wanted": None, "wrote": None, "unseen": None, "before": None}
        case Action.KEPT:
            return {"wanted": planned.wanted}
        case _:
            assert_never(planned.verdict.action)


def remembered(
    record: OwnershipRecord, plan: Plan, run: Run, *, shown: bool = True, accepted: bool = True
) -> OwnershipRecord:
    """The record once `plan` is settled; `shown` and `accepted` as in `slot_changes`.

    A repair writes again what an export wanted, so it leaves open how old that wish is.
    """
    after = replace(record, slots=slots_after(record, plan, shown=shown, accepted=accepted))
    if run.source is Source.RECONCILE:
        return after
    return replace(after, wanted_at=max(run.export_time, record.wanted_at or run.export_time), run=run.id)


def confirmed(record: OwnershipRecord, current: Methods) -> OwnershipRecord:
    """The record without the doubts that `current` settles: what was written is there."""
    arrived = {
        slot: SlotRecord(held.wanted, held.wrote)
        for slot, held in record.slots.items()
        if held != SlotRecord(held.wanted, held.wrote) and current.was_read(slot) and current.value(slot) == held.wrote
    }
    return replace(record, slots={**record.slots, **arrived}) if arrived else record


def slots_after(
    record: OwnershipRecord, plan: Plan, *, shown: bool = True, accepted: bool = True
) -> dict[Slot, SlotRecord]:
    """The record's slots once the plan is settled; `shown` and `accepted` as in `slot_changes`."""
    changed = {
        slot: replace(record.slots.get(slot, SlotRecord()), **change)  # type: ignore[arg-type] # by name they fit
        for slot, change in slot_changes(plan, shown=shown, accepted=accepted).items()
    }
    return {slot: held for slot, held in {**record.slots, **changed}.items() if held != SlotRecord()}
