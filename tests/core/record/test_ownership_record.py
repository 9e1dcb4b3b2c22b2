"""What is remembered of a person, and what counts as drift."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from shared.core.export.desired import Desired
from shared.core.person.account import Methods, PhoneAuthenticationMethod
from shared.core.plan.plan import Plan, plan_person
from shared.core.record.drift import Drift, DriftKind, drift_of
from shared.core.record.ownership_record import (
    Confirmation,
    OwnershipRecord,
    SlotRecord,
    remembered,
    slots_after,
    with_confirmed,
)
from shared.core.run.attempts import Attempt
from shared.core.run.run import Run
from shared.core.values.slot import PhoneNumber, PhoneType, Slot
from shared.core.values.states import Policy, RunState, Source

NOW = datetime(2026, 11, 21, 23, 0, tzinfo=UTC)
A, B, C = (PhoneNumber(1, f"202555010{last}") for last in "123")
MOBILE, OFFICE = Slot.MOBILE, Slot.OFFICE


def settled_plan(record: OwnershipRecord, wanted: PhoneNumber, current: PhoneNumber | None) -> Plan:
    methods = Methods((PhoneAuthenticationMethod(PhoneType.MOBILE, current),) if current else ())
    plan = plan_person(Desired(((MOBILE, wanted),)), record.base(), methods, Policy.MERGE)
    assert isinstance(plan, Plan)
    return plan


def test_what_was_written_or_found_equal_becomes_the_base() -> None:
    """Adoption: a number that was already right is ours from then on."""
    record = OwnershipRecord("id")

    for current in (None, A, B):
        assert {MOBILE: SlotRecord(A, A)} == slots_after(record, settled_plan(record, A, current))


def test_a_kept_slot_keeps_its_base() -> None:
    """The person's own change stays visible as theirs in every later run."""
    record = OwnershipRecord("id", {MOBILE: SlotRecord(A, A)})

    assert {MOBILE: SlotRecord(C, A)} == slots_after(record, settled_plan(record, C, B))


def test_whether_graph_has_shown_the_base_is_remembered() -> None:
    """What was not read back is not called removed later, until Graph has shown it once."""
    record = OwnershipRecord("id")
    unseen = OwnershipRecord("id", slots_after(record, settled_plan(record, A, None), Confirmation.ACCEPTED))
    assert {MOBILE} == unseen.never_shown()
    assert (Drift(DriftKind.NOT_SHOWN, MOBILE, A, None),) == drift_of(unseen, Methods())
    assert {MOBILE} == OwnershipRecord("id", slots_after(unseen, settled_plan(unseen, B, None))).never_shown()

    seen = OwnershipRecord("id", slots_after(unseen, settled_plan(unseen, A, A)))
    assert frozenset() == seen.never_shown()
    assert (Drift(DriftKind.REMOVED, MOBILE, A, None),) == drift_of(seen, Methods())


def test_a_newer_export_wins_and_ties_break_by_run() -> None:
    """Late messages of older exports never undo newer ones."""
    record = OwnershipRecord("id", export_time=NOW, run="b")

    assert record.is_newer_than(NOW - timedelta(seconds=1), "z")
    assert record.is_newer_than(NOW, "a")
    assert not record.is_newer_than(NOW, "b")
    assert not record.is_newer_than(NOW, "c")
    assert not OwnershipRecord("id").is_newer_than(NOW, "a")


def test_a_lock_stops_others_until_it_expires() -> None:
    """Its owner goes on after a crash; everybody else waits."""
    record = OwnershipRecord("id", locked_until=NOW + timedelta(minutes=1), locked_by="run/1")

    assert record.is_locked_for("run/2", NOW)
    assert not record.is_locked_for("run/1", NOW)
    assert not record.is_locked_for("run/2", NOW + timedelta(minutes=1))


def there_is(number: PhoneNumber | None) -> Methods:
    return Methods((PhoneAuthenticationMethod(PhoneType.MOBILE, number),) if number else ())


def a_run(source: Source) -> Run:
    return Run("new", RunState.APPLYING, source, "x", NOW, (Attempt("somebody"),), NOW, NOW)


def test_a_write_that_was_not_seen_is_in_doubt_until_it_is() -> None:
    """Its base is what was there before while that is still there, and what was written once it has arrived."""
    record = OwnershipRecord("id", {MOBILE: SlotRecord(B, B)})
    doubted = remembered(record, settled_plan(record, A, B), a_run(Source.BLOB), Confirmation.IN_DOUBT)

    assert {MOBILE: B} == doubted.base_given(there_is(B))
    assert {MOBILE: A} == doubted.base_given(there_is(A))
    assert {MOBILE: A} == doubted.base_given(there_is(C))
    assert {MOBILE: SlotRecord(A, A)} == with_confirmed(doubted, there_is(A)).slots
    assert doubted is with_confirmed(doubted, there_is(B))


def test_a_repair_leaves_open_how_old_the_wish_is() -> None:
    """An export that is still on its way must not come too late because of a reconcile."""
    record = OwnershipRecord("id", {MOBILE: SlotRecord(A, A)}, export_time=NOW - timedelta(days=3), run="old")
    plan = settled_plan(record, A, A)

    after_repair = remembered(record, plan, a_run(Source.RECONCILE))
    after_export = remembered(record, plan, a_run(Source.BLOB))

    assert (NOW - timedelta(days=3), "old") == (after_repair.export_time, after_repair.run)
    assert (NOW, "new") == (after_export.export_time, after_export.run)


def test_what_is_wanted_can_be_planned_again() -> None:
    """A plan made of the record's wishes is outdated as soon as somebody wants another number."""
    record = OwnershipRecord("id", {MOBILE: SlotRecord(A, A), OFFICE: SlotRecord(None, B)})

    assert Desired(((MOBILE, A),)) == record.desired_values(email=True)
    assert record.still_desires(settled_plan(record, A, None))
    assert not record.still_desires(settled_plan(record, C, None))
