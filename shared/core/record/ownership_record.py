"""The ownership record of a person, and which operations of a plan are left, given the record and the current values.

The `People` table stores the records: desired and written value per slot, the confirmation of the write, and the lock.
Plan reads a record. Its values change only when a row of an applying run, or a call, is complete.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, assert_never

from shared.core.export.desired import Desired
from shared.core.person.account import Methods
from shared.core.plan.operations import Operation, SmsOperation, is_done, is_masked, is_open, slot_of, touch_email
from shared.core.plan.ownership import Action, slot_verdict
from shared.core.plan.plan import Plan, SlotPlan
from shared.core.run.run import Run
from shared.core.values.slot import EmailAddress, PhoneNumber, Remove, Slot, StoredValue
from shared.core.values.states import Policy, Source

LOCK_TIME = timedelta(minutes=2)
CLOCK_SKEW = timedelta(seconds=3)
"""Longer than the largest difference between the synchronized clocks of two machines."""


class Confirmation(StrEnum):
    """How surely the app's last write to a slot is known."""

    CONFIRMED = "confirmed"
    """Graph has shown the written value."""
    ACCEPTED = "accepted"
    """Graph answered 2xx and has not shown the value yet."""
    IN_DOUBT = "inDoubt"
    """Graph gave no clear answer, and reading did not resolve it."""


@dataclass(frozen=True, slots=True)
class SlotRecord:
    desired: StoredValue | None = None
    written: StoredValue | None = None
    """The base: the value that the app last wrote or adopted."""
    confirmation: Confirmation = Confirmation.CONFIRMED
    previous: StoredValue | None = None
    """The value before a write that is not confirmed; None = the slot was empty."""
    left: StoredValue | None = None
    """The value that a person has decided to leave in place of `declined`; other values are asked about again."""
    declined: StoredValue | None = None

    def is_lost(self, current: StoredValue | None) -> bool:
        """Whether the last write was lost: the slot holds its previous value, and Graph has never shown the new one.

        If Graph accepted a write into an empty slot and shows nothing, the write does not count as lost, because Graph
        may not show this slot at all.
        """
        match self.confirmation:
            case Confirmation.CONFIRMED:
                return False
            case Confirmation.ACCEPTED:
                return self.previous is not None and current == self.previous
            case Confirmation.IN_DOUBT:
                return current == self.previous
            case _:
                assert_never(self.confirmation)

    def base_given(self, current: StoredValue | None) -> StoredValue | None:
        """The base, given the current value. After a lost write the base is the previous value."""
        return self.previous if self.is_lost(current) else self.written


@dataclass(frozen=True, slots=True)
class FormerValue:
    """A value that the app wrote and has replaced, as a keyed digest."""

    digest: str
    replaced_at: datetime


@dataclass(frozen=True, slots=True)
class OwnershipRecord:
    """The record of one person; times are UTC."""

    object_id: str
    slots: Mapping[Slot, SlotRecord] = field(default_factory=dict)
    export_time: datetime | None = None
    """The time of the newest export that set this person's desired values."""
    run: str = ""
    former: tuple[FormerValue, ...] = ()
    gone_since: datetime | None = None
    """When a reconcile first found the account deleted."""
    locked_until: datetime | None = None
    locked_by: str = ""
    etag: str = ""
    """"" = not stored yet."""
    stored_at: datetime | None = field(default=None, compare=False)
    """The time of the last change by the clock of the storage service; None = not stored yet."""

    def base(self) -> dict[Slot, StoredValue]:
        return {slot: record.written for slot, record in self.slots.items() if record.written is not None}

    def base_given(self, current: Methods) -> dict[Slot, StoredValue]:
        """The base of every slot, given the current values."""
        bases = {
            slot: record.base_given(current.value(slot)) if current.was_read(slot) else record.written
            for slot, record in self.slots.items()
        }
        return {slot: base for slot, base in bases.items() if base is not None}

    def desired_values(self, *, email: bool) -> Desired:
        """The values that the newest export asked for; the e-mail address only with `email`."""
        used = ((slot, record) for slot, record in self.slots.items() if email or slot is not Slot.EMAIL)
        desired = ((slot, record.desired) for slot, record in used)
        return Desired(tuple((slot, value) for slot, value in desired if isinstance(value, PhoneNumber | EmailAddress)))

    def still_desires(self, plan: Plan) -> bool:
        """Whether the plan's desired values are still those of the record."""
        return all(self.slots.get(planned.slot, SlotRecord()).desired == planned.desired for planned in plan.slots)

    def left(self) -> dict[Slot, tuple[StoredValue | None, StoredValue | None]]:
        """By slot the value that a person has decided to leave, and the one that was declined."""
        return {slot: (held.left, held.declined) for slot, held in self.slots.items() if held.declined is not None}

    def never_shown(self) -> frozenset[Slot]:
        """The slots whose written value Graph accepted but has never shown."""
        return frozenset(slot for slot, held in self.slots.items() if held.confirmation is Confirmation.ACCEPTED)

    def is_newer_than(self, export_time: datetime, run: str) -> bool:
        """Whether a later export has already set this person's values. For equal times the run ids are compared."""
        return self.export_time is not None and (self.export_time, self.run) > (export_time, run)

    def is_unchanged_since(self, time: datetime) -> bool:
        """Whether the record has not changed since `time` of the app's clock; False if the clocks leave a doubt."""
        return self.stored_at is None or self.stored_at < time - CLOCK_SKEW

    def is_locked_for(self, owner: str, now: datetime) -> bool:
        """Whether another owner has the lock. A redelivered message has the same owner, so it continues at once."""
        return self.locked_until is not None and self.locked_until > now and self.locked_by != owner


SlotChange = Mapping[str, StoredValue | Confirmation | None]
"""New values by field of `SlotRecord`; fields that are not in it do not change."""


@dataclass(frozen=True, slots=True)
class RecordUpdate:
    """The change that a plan without a write makes to its person's record, if the record is as planning read it."""

    object_id: str
    etag: str
    """The record's ETag when planning read it; "" = there was no record."""
    slots: Mapping[Slot, SlotChange]
    export_time: datetime
    run: str


def slot_changes(plan: Plan, confirmation: Confirmation = Confirmation.CONFIRMED) -> dict[Slot, SlotChange]:
    """The changes that a completed plan makes to its person's record: written and adopted values become the base.

    A kept slot keeps its base. A removed value leaves no base. `confirmation` is the confirmation of the writes.
    """
    return {planned.slot: _slot_change(planned, confirmation) for planned in plan.slots}


def _slot_change(planned: SlotPlan, confirmation: Confirmation) -> SlotChange:
    unconfirmed = (
        planned.verdict.action in {Action.CREATE, Action.UPDATE} and confirmation is not Confirmation.CONFIRMED
    )
    match planned.verdict.action:
        case Action.CREATE | Action.UPDATE | Action.UNCHANGED | Action.REMOVE:
            return {
                "desired": planned.desired,
                "written": planned.desired,
                "confirmation": confirmation if unconfirmed else Confirmation.CONFIRMED,
                "previous": planned.old if unconfirmed else None,
            }
        case Action.KEPT:
            return {"desired": planned.desired}
        case _:
            assert_never(planned.verdict.action)


def remembered(
    record: OwnershipRecord, plan: Plan, run: Run, confirmation: Confirmation = Confirmation.CONFIRMED
) -> OwnershipRecord:
    """The record once `plan` is complete.

    A repair writes the values of an earlier export again, so the export time stays.
    """
    after = replace(record, slots=slots_after(record, plan, confirmation))
    if run.source is Source.RECONCILE:
        return after
    return replace(after, export_time=max(run.export_time, record.export_time or run.export_time), run=run.id)


def with_confirmed(record: OwnershipRecord, current: Methods) -> OwnershipRecord:
    """The record after reading the current values: a write whose value is current becomes confirmed."""
    arrived = {
        slot: replace(held, confirmation=Confirmation.CONFIRMED, previous=None)
        for slot, held in record.slots.items()
        if held.confirmation is not Confirmation.CONFIRMED
        and current.was_read(slot)
        and current.value(slot) == held.written
    }
    return replace(record, slots={**record.slots, **arrived}) if arrived else record


def slots_after(
    record: OwnershipRecord, plan: Plan, confirmation: Confirmation = Confirmation.CONFIRMED
) -> dict[Slot, SlotRecord]:
    """The record's slots once the plan is complete."""
    changed = {
        slot: replace(record.slots.get(slot, SlotRecord()), **change)  # type: ignore[arg-type] # by name they fit
        for slot, change in slot_changes(plan, confirmation).items()
    }
    return {slot: held for slot, held in {**record.slots, **changed}.items() if held != SlotRecord()}


@dataclass(frozen=True, slots=True)
class Remaining:
    """The operations that are still to be executed; none = every slot of the plan holds its new value."""

    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Stale:
    """A slot holds neither the plan's old nor its new value, or cannot be compared with them."""

    slot: Slot
    code: Literal["changedSincePlan", "valueMasked"] = "changedSincePlan"
    set_by_another: bool = False
    """Whether the slot holds the old value, but its ownership record changed after the plan was made."""

    @property
    def reason(self) -> str:
        if self.set_by_another:
            return f"another run or call has set {self.slot} since it was planned, so the plan is no longer valid"
        if self.code == "valueMasked":
            return f"Graph shows only a part of the value of {self.slot}, so it cannot be compared with the plan"
        return f"{self.slot} holds neither the old nor the new value of the plan"


def remaining_needs_email(plan: Plan) -> bool:
    """Whether `remaining_operations` needs the current e-mail address."""
    return touch_email(plan.operations) or (
        not plan.operations and any(planned.slot is Slot.EMAIL for planned in plan.slots)
    )


def remaining_operations(plan: Plan, current: Methods) -> Remaining | Stale:
    """Compare the plan's slots with the current values. Other slots do not matter.

    SMS sign-in depends on the mobile: while the mobile is still to be written, its operation remains too. A plan
    without operations is valid as long as its slots have the values with which it was planned.
    """
    if not plan.operations:
        changed = (planned.slot for planned in plan.slots if current.value(planned.slot) != planned.old)
        return next((Stale(slot) for slot in changed), Remaining(()))
    remaining: list[Operation] = []
    for operation in plan.operations:
        if any(slot_of(waiting) is slot_of(operation) for waiting in remaining):
            remaining.append(operation)
        elif is_done(operation, current):
            continue
        elif is_open(operation, current):
            remaining.append(operation)
        else:
            masked = is_masked(operation, current)
            return Stale(slot_of(operation), "valueMasked" if masked else "changedSincePlan")
    return Remaining(tuple(remaining))


def overtaken_by_record(plan: Plan, left: Remaining, record: OwnershipRecord, policy: Policy) -> Stale | None:
    """The first slot still to be written for which the present record leads to another verdict than the plan's.

    Example: after planning, another run wrote to the slot, and the person restored the old value. The old value is now
    the person's choice, although the app did not own the slot when the plan was made.
    """
    waiting = {slot_of(operation) for operation in left.operations if not isinstance(operation, SmsOperation)}
    changed = (
        planned.slot
        for planned in plan.slots
        if planned.slot in waiting and not _is_still_the_verdict(planned, record, policy)
    )
    return next((Stale(slot, set_by_another=True) for slot in changed), None)


def _is_still_the_verdict(planned: SlotPlan, record: OwnershipRecord, policy: Policy) -> bool:
    """Whether the verdict is the same with the present record. The slot still holds its old value."""
    remembered = record.slots.get(planned.slot, SlotRecord())
    desired_value = Remove.REMOVE if planned.desired is None else planned.desired
    base = remembered.base_given(planned.old)
    shown = remembered.confirmation is not Confirmation.ACCEPTED
    return slot_verdict(base, planned.old, desired_value, policy, shown=shown).action is planned.verdict.action
