"""The ownership record of a person, and how it changes when a plan is done.

The `People` table stores one record for each person, together with the lock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from shared.core.export.desired import Desired
from shared.core.numbers.old_forms import same_value
from shared.core.plan.operations import EnableSmsSignIn, SmsOperation
from shared.core.plan.plan import Plan, SlotPlan
from shared.core.plan.question import Left, Undone
from shared.core.plan.verdict import Action
from shared.core.run.run import Run
from shared.core.values.slot import DesiredValue, EmailAddress, PhoneNumber, Remove, Slot, StoredValue
from shared.core.values.states import Source

LOCK_TIME = timedelta(minutes=2)
CLOCK_SKEW = timedelta(seconds=3)
"""Longer than the largest difference between the synchronized clocks of two machines."""


class Confirmation(StrEnum):
    """How surely the app's last write to a slot is known."""

    CONFIRMED = "confirmed"
    """Graph has shown the value, or none was written."""
    ACCEPTED = "accepted"
    """Graph answered 2xx and has not shown the value yet."""
    IN_DOUBT = "inDoubt"
    """Graph gave no clear answer, and no read has resolved it."""


@dataclass(frozen=True, slots=True)
class SlotRecord:
    """The entry of an ownership record about one slot."""

    desired: StoredValue | None = None
    written: StoredValue | None = None
    """The value that the app last wrote or adopted; None = none, or a removal. It is the base, unless `given_back`."""
    confirmation: Confirmation = Confirmation.CONFIRMED
    previous: StoredValue | None = None
    """The value before the last write, until a later read has shown that write; None = none, or not needed any more."""
    written_at: datetime | None = None
    """When the app last wrote to the slot; None = never, or not known."""
    wanted_at: datetime | None = None
    """The time of the newest export or call that specified the slot."""
    wanted_by: str = ""
    """The run of that export or call."""
    rewritten: bool = False
    """Whether the last write repeated one that was lost."""
    left: StoredValue | None = None
    """The value that a person has decided to leave; the app asks again about any other value."""
    declined: StoredValue | None = None
    """The desired value that was declined then; None = a removal if `left` has a value, else nothing."""
    given_back: bool = False
    """Whether `written` is a value that an undo restored and that the app did not own before."""
    owned: StoredValue | None = None
    """With `given_back`: the base, which stays recorded meanwhile."""
    undone: DesiredValue | None = None
    """The undone value, REMOVE = an undone removal; a row that asks for it again is set apart."""

    @property
    def base(self) -> StoredValue | None:
        """The value that the app last wrote or adopted, and owns."""
        return self.owned if self.given_back else self.written

    @property
    def awaits_removal(self) -> bool:
        """Whether the app removed the value, and no read has shown that yet."""
        is_removed = self.written is None and self.desired is None and self.previous is not None
        return is_removed and self.confirmation is not Confirmation.CONFIRMED


@dataclass(frozen=True, slots=True)
class FormerValue:
    """A base that the app has replaced or removed, as a keyed digest."""

    digest: str
    replaced_at: datetime


@dataclass(frozen=True, slots=True)
class OwnershipRecord:
    """The record of one person; times are UTC."""

    object_id: str
    slots: Mapping[Slot, SlotRecord] = field(default_factory=dict)
    export_time: datetime | None = None
    """The time of the newest export that named this person or of the newest call; every slot has a time of its own."""
    run: str = ""
    former: tuple[FormerValue, ...] = ()
    sms_switched_on: bool = False
    sms_switched_at: datetime | None = None
    """When the app last switched SMS sign-in, to `sms_switched_on`."""
    sms_wanted_at: datetime | None = None
    """The time of the newest export or call that specified SMS sign-in."""
    sms_wanted_by: str = ""
    """The run of that export or call."""
    sms_undone: bool | None = None
    """The undone switch of SMS sign-in; a row that asks for it again is set apart."""
    sms_declined: bool | None = None
    """The undone switch that a person has decided not to make again."""
    gone_since: datetime | None = None
    """When a reconcile first found the account deleted."""
    locked_until: datetime | None = None
    locked_by: str = ""
    etag: str = ""
    """"" = not stored yet."""
    stored_at: datetime | None = field(default=None, compare=False)
    """The time of the last change by the clock of the storage service; None = not stored yet."""

    def base(self) -> dict[Slot, StoredValue]:
        return {slot: entry.base for slot, entry in self.slots.items() if entry.base is not None}

    @property
    def is_watched(self) -> bool:
        """Whether a reconcile reads the person: a slot has a written value, or a write that no later read has shown."""
        return any(map(self.is_watched_in, self.slots))

    def is_watched_in(self, slot: Slot) -> bool:
        entry = self.slots.get(slot, SlotRecord())
        return (
            entry.written is not None or entry.previous is not None or entry.confirmation is not Confirmation.CONFIRMED
        )

    def desired_values(self, *, email: bool) -> Desired:
        """What a reconcile repairs to: the last desired value of each slot, and removals that no read has shown.

        The e-mail address only with `email`.
        """
        used = ((slot, entry) for slot, entry in self.slots.items() if email or slot is not Slot.EMAIL)
        desired = ((slot, Remove.REMOVE if entry.awaits_removal else entry.desired) for slot, entry in used)
        wanted = PhoneNumber | EmailAddress | Remove
        return Desired(tuple((slot, value) for slot, value in desired if isinstance(value, wanted)))

    def still_desires(self, plan: Plan) -> bool:
        """Whether the plan's desired values are still those of the record."""
        return all(self.slots.get(planned.slot, SlotRecord()).desired == planned.desired for planned in plan.slots)

    def left(self) -> Left:
        values = {slot: (entry.left, entry.declined) for slot, entry in self.slots.items()}
        return Left({slot: value for slot, value in values.items() if value != (None, None)}, self.sms_declined)

    def undone(self) -> Undone:
        values = {slot: entry.undone for slot, entry in self.slots.items() if entry.undone is not None}
        return Undone(values, self.sms_undone)

    def is_newer_than(self, export_time: datetime, run: str) -> bool:
        """Whether a later export or call has set this person's values. For equal times the run ids are compared."""
        return self.export_time is not None and (self.export_time, self.run) > (export_time, run)

    def set_later_than(self, export_time: datetime, run: str) -> frozenset[Slot]:
        """The slots that a later export or call has specified. A blank cell specifies nothing."""
        return frozenset(
            slot
            for slot, entry in self.slots.items()
            if entry.wanted_at is not None and (entry.wanted_at, entry.wanted_by) > (export_time, run)
        )

    def is_switch_set_later_than(self, export_time: datetime, run: str) -> bool:
        """Whether a later export or call has specified SMS sign-in."""
        return self.sms_wanted_at is not None and (self.sms_wanted_at, self.sms_wanted_by) > (export_time, run)

    def is_unchanged_since(self, time: datetime) -> bool:
        """Whether the record has not changed since `time` by the app's clock; False if the clocks leave it in doubt."""
        return self.stored_at is None or self.stored_at < time - CLOCK_SKEW

    def is_locked_for(self, owner: str, now: datetime) -> bool:
        """Whether another owner has the lock. A redelivered message has the same owner, so it continues at once."""
        return self.locked_until is not None and self.locked_until > now and self.locked_by != owner


SlotValueOfRecord = StoredValue | Remove | Confirmation | datetime | str | bool | None
SlotChange = Mapping[str, SlotValueOfRecord]
"""New values by field of `SlotRecord`; other fields do not change."""


@dataclass(frozen=True, slots=True)
class RecordUpdate:
    """The change that a plan without a write makes to its person's record, if the record is as planning read it."""

    object_id: str
    etag: str
    """The record's ETag when planning read it; "" = there was no record."""
    slots: Mapping[Slot, SlotChange]
    specifies_sms: bool
    decides_sms: bool
    """Whether an undone switch of SMS sign-in is forgotten, because the switch is as the row wants it."""
    export_time: datetime
    run: str


@dataclass(frozen=True, slots=True)
class Writing:
    """How surely the writes of a plan are known, and when they were made."""

    confirmation: Confirmation
    at: datetime


def changes_without_write(plan: Plan, run: Run) -> dict[Slot, SlotChange]:
    """The changes that a plan without a write makes to its person's record: current values are adopted as the base."""
    return _slot_changes(plan, run, None)


def _slot_changes(plan: Plan, run: Run, writing: Writing | None) -> dict[Slot, SlotChange]:
    changes = {
        planned.slot: _slot_change(planned, writing, rewrites=run.source is Source.RECONCILE)
        for planned in plan.slots
        if not planned.is_overtaken
    }
    if run.source is Source.RECONCILE:  # a reconcile specifies nothing new
        return changes
    wanted: SlotChange = {"wanted_at": run.export_time, "wanted_by": run.id}
    decided: SlotChange = {**wanted, "undone": None}
    return {slot: {**change, **(decided if "written" in change else wanted)} for slot, change in changes.items()}


def _slot_change(planned: SlotPlan, writing: Writing | None, *, rewrites: bool) -> SlotChange:
    """The change of one slot. A kept slot keeps its base; after a removal there is none."""
    match planned.verdict.action:
        case Action.KEPT:
            return {"desired": planned.desired}
        case Action.CREATE | Action.UPDATE | Action.REMOVE if writing is not None:
            change: dict[str, SlotValueOfRecord] = {
                "desired": planned.desired,
                "written": planned.desired,
                "confirmation": writing.confirmation,
                "written_at": writing.at,
                "rewritten": rewrites,
                "given_back": False,
                "owned": None,
            }
            is_repeated = same_value(planned.old, planned.desired)
            return change if is_repeated else {**change, "previous": planned.old}
        case Action.CREATE | Action.UPDATE | Action.REMOVE | Action.UNCHANGED:
            return {
                "desired": planned.desired,
                "written": planned.desired,
                "confirmation": Confirmation.CONFIRMED,
                "previous": None,
                "given_back": False,
                "owned": None,
            }
        case _:
            assert_never(planned.verdict.action)


def remembered(record: OwnershipRecord, plan: Plan, run: Run, writing: Writing | None) -> OwnershipRecord:
    """The record once `plan` is done; `writing` is None when nothing was written.

    A reconcile writes the values of an earlier export or call again, so `wanted_at` stays.
    """
    after = _with_switch(replace(record, slots=_slots_after(record, plan, run, writing)), plan, run, writing)
    if run.source is Source.RECONCILE:
        return after
    newest = max((run.export_time, run.id), (record.export_time or run.export_time, record.run))
    return replace(after, export_time=newest[0], run=newest[1])


def _slots_after(record: OwnershipRecord, plan: Plan, run: Run, writing: Writing | None) -> dict[Slot, SlotRecord]:
    changed = {
        slot: replace(entry, **_unless_written_before(entry, change))  # type: ignore[arg-type] # the keys are its fields
        for slot, change in _slot_changes(plan, run, writing).items()
        for entry in [record.slots.get(slot, SlotRecord())]
    }
    return {slot: entry for slot, entry in {**record.slots, **changed}.items() if entry != SlotRecord()}


def _unless_written_before(entry: SlotRecord, change: SlotChange) -> SlotChange:
    """The change, except that an adoption does not confirm a value that the app has written: only a later read can."""
    if "written_at" in change or entry.written_at is None or entry.written != change.get("written"):
        return change
    return {name: value for name, value in change.items() if name not in {"confirmation", "previous"}}


def _with_switch(record: OwnershipRecord, plan: Plan, run: Run, writing: Writing | None) -> OwnershipRecord:
    if plan.sms_sign_in is None or record.is_switch_set_later_than(*run.age):
        return record
    wanted = replace(record, sms_wanted_at=run.export_time, sms_wanted_by=run.id)
    if plan.decided_switch is not None:
        wanted = replace(wanted, sms_undone=None, sms_declined=None)
    return with_switched(wanted, plan, writing)


def with_switched(record: OwnershipRecord, plan: Plan, writing: Writing | None) -> OwnershipRecord:
    """The record once the plan's change of SMS sign-in is made; `writing` is None when nothing was written."""
    switched = next((one for one in plan.operations if isinstance(one, SmsOperation)), None)
    if switched is None or writing is None:
        return record
    return replace(record, sms_switched_on=isinstance(switched, EnableSmsSignIn), sms_switched_at=writing.at)
