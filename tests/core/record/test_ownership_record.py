"""What is remembered of a person, and what counts as drift."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.core.export.desired import Desired
from shared.core.person.account import Methods, PhoneAuthenticationMethod
from shared.core.plan.operations import UpdatePhone
from shared.core.plan.plan import Plan, plan_person
from shared.core.record.known_values import known_values, with_confirmed
from shared.core.record.ownership_record import Confirmation, OwnershipRecord, SlotRecord, Writing, remembered
from shared.core.record.remaining_work import planned_from
from shared.core.run.attempts import Attempt
from shared.core.run.run import Run
from shared.core.values.slot import PhoneNumber, PhoneType, Slot
from shared.core.values.states import Policy, RunState, Source

NOW = datetime(2026, 11, 21, 23, 0, tzinfo=UTC)
LAG = timedelta(minutes=2)
A, B, C = (PhoneNumber(1, f"202555010{last}") for last in "123")
MOBILE, OFFICE = Slot.MOBILE, Slot.OFFICE


def settled_plan(record: OwnershipRecord, wanted: PhoneNumber, current: PhoneNumber | None) -> Plan:
    plan = plan_person(Desired(((MOBILE, wanted),)), record.base(), there_is(current), Policy.MERGE)
    assert isinstance(plan, Plan)
    return plan


def there_is(number: PhoneNumber | None) -> Methods:
    return Methods((PhoneAuthenticationMethod(PhoneType.MOBILE, number),) if number else ())


def a_run(source: Source = Source.BLOB, at: datetime = NOW) -> Run:
    return Run("new", RunState.APPLYING, source, "x", at, (Attempt("somebody"),), at, at)


def after(
    record: OwnershipRecord, plan: Plan, confirmation: Confirmation | None = Confirmation.CONFIRMED
) -> OwnershipRecord:
    return remembered(record, plan, a_run(), Writing(confirmation, NOW) if confirmation else None)


def wanted(value: PhoneNumber, written: PhoneNumber | None, **more: Any) -> SlotRecord:
    return SlotRecord(value, written, wanted_at=NOW, wanted_by="new", **more)


def test_what_was_written_or_found_equal_becomes_the_base() -> None:
    """Adoption: a number that was already right is ours from then on, but nothing was written."""
    record = OwnershipRecord("id")

    for current in (None, B):
        made = after(record, settled_plan(record, A, current)).slots
        assert {MOBILE: wanted(A, A, previous=current, written_at=NOW)} == made
    assert {MOBILE: wanted(A, A)} == after(record, settled_plan(record, A, A), None).slots


def test_a_kept_slot_keeps_its_base() -> None:
    """The person's own change stays visible as theirs in every later run."""
    record = OwnershipRecord("id", {MOBILE: SlotRecord(A, A)})

    assert {MOBILE: wanted(C, A)} == after(record, settled_plan(record, C, B), None).slots


def test_a_slot_that_is_sent_again_remembers_what_was_there_before() -> None:
    """Otherwise a late replica that shows that value would look like somebody's change."""
    record = OwnershipRecord("id", {MOBILE: SlotRecord(A, A, Confirmation.ACCEPTED, B, written_at=NOW)})
    again = known_values(record, there_is(B), NOW, LAG)
    plan = planned_from(again, Desired(((MOBILE, A),)), Policy.MERGE)

    assert (UpdatePhone(PhoneType.MOBILE, A, A),) == plan.operations
    assert B == after(record, plan).slots[MOBILE].previous


def test_a_newer_export_wins_slot_by_slot_and_ties_break_by_run() -> None:
    """Late messages of older exports never undo newer ones, and a blank cell overtakes nothing."""
    earlier = NOW - timedelta(seconds=1)
    record = OwnershipRecord("id", {MOBILE: SlotRecord(wanted_at=NOW, wanted_by="b"), OFFICE: SlotRecord(A, A)})

    assert {MOBILE} == record.set_later_than(earlier, "z")
    assert {MOBILE} == record.set_later_than(NOW, "a")
    assert frozenset() == record.set_later_than(NOW, "b")
    assert frozenset() == record.set_later_than(NOW, "c")
    assert frozenset() == OwnershipRecord("id").set_later_than(NOW, "a")


def test_a_lock_stops_others_until_it_expires() -> None:
    """Its owner goes on after a crash; everybody else waits."""
    record = OwnershipRecord("id", locked_until=NOW + timedelta(minutes=1), locked_by="run/1")

    assert record.is_locked_for("run/2", NOW)
    assert not record.is_locked_for("run/1", NOW)
    assert not record.is_locked_for("run/2", NOW + timedelta(minutes=1))


def test_a_write_that_was_not_seen_is_in_doubt_until_it_is() -> None:
    """Its base is what was there before while that is still there, and what was written once it has arrived."""
    record = OwnershipRecord("id", {MOBILE: SlotRecord(B, B)})
    doubted = after(record, settled_plan(record, A, B), Confirmation.IN_DOUBT)
    later = NOW + LAG

    assert {MOBILE: B} == known_values(doubted, there_is(B), later, LAG).base
    assert {MOBILE: A} == known_values(doubted, there_is(A), later, LAG).base
    assert {MOBILE: A} == known_values(doubted, there_is(C), later, LAG).base
    assert {MOBILE: wanted(A, A, written_at=NOW)} == with_confirmed(doubted, there_is(A), later, LAG).slots
    assert doubted is with_confirmed(doubted, there_is(B), later, LAG)
    assert doubted is with_confirmed(doubted, there_is(A), NOW, LAG)


def test_a_repair_leaves_open_how_old_the_wish_is() -> None:
    """An export that is still on its way must not come too late because of a reconcile."""
    before = NOW - timedelta(days=3)
    held = SlotRecord(A, A, wanted_at=before, wanted_by="old")
    record = OwnershipRecord("id", {MOBILE: held}, export_time=before, run="old")
    plan = settled_plan(record, A, B)

    after_repair = remembered(record, plan, a_run(Source.RECONCILE), Writing(Confirmation.ACCEPTED, NOW))
    after_export = remembered(record, plan, a_run(), Writing(Confirmation.ACCEPTED, NOW))

    assert (before, "old") == (after_repair.export_time, after_repair.run)
    assert (before, "old") == (after_repair.slots[MOBILE].wanted_at, after_repair.slots[MOBILE].wanted_by)
    assert (NOW, "new") == (after_export.export_time, after_export.run)
    assert (NOW, "new") == (after_export.slots[MOBILE].wanted_at, after_export.slots[MOBILE].wanted_by)


def test_what_is_wanted_can_be_planned_again() -> None:
    """A plan made of the record's wishes is outdated as soon as somebody wants another number."""
    record = OwnershipRecord("id", {MOBILE: SlotRecord(A, A), OFFICE: SlotRecord(None, B)})

    assert Desired(((MOBILE, A),)) == record.desired_values(email=True)
    assert record.still_desires(settled_plan(record, A, None))
    assert not record.still_desires(settled_plan(record, C, None))
