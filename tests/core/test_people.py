"""What is remembered of a person, and what counts as drift."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from shared.core.desired import Desired
from shared.core.email_address import EmailAddress
from shared.core.methods import Methods, PhoneMethod
from shared.core.people import Drift, DriftKind, OwnershipRecord, SlotRecord, drift_of, slots_after
from shared.core.phone import MaskedValue, PhoneNumber, PhoneType
from shared.core.plan import Plan, plan_person
from shared.core.slot import Slot
from shared.core.states import Policy

NOW = datetime(2026, 11, 21, 23, 0, tzinfo=UTC)
A, B, C = (PhoneNumber(1, f"202555010{last}") for last in "123")
MOBILE, OFFICE = Slot.MOBILE, Slot.OFFICE


def settled_plan(record: OwnershipRecord, wanted: PhoneNumber, there: PhoneNumber | None) -> Plan:
    methods = Methods((PhoneMethod(PhoneType.MOBILE, there),) if there else ())
    plan = plan_person(Desired(((MOBILE, wanted),)), record.base(), methods, Policy.MERGE)
    assert isinstance(plan, Plan)
    return plan


def test_what_was_written_or_found_equal_becomes_the_base() -> None:
    """Adoption: a number that was already right is ours from then on."""
    record = OwnershipRecord("id")

    for there in (None, A, B):
        assert {MOBILE: SlotRecord(A, A)} == slots_after(record, settled_plan(record, A, there))


def test_a_kept_slot_keeps_its_base() -> None:
    """The person's own change stays visible as theirs in every later run."""
    record = OwnershipRecord("id", {MOBILE: SlotRecord(A, A)})

    assert {MOBILE: SlotRecord(C, A)} == slots_after(record, settled_plan(record, C, B))


def test_whether_graph_has_shown_the_base_is_remembered() -> None:
    """What was not read back is not called removed later, until Graph has shown it once."""
    record = OwnershipRecord("id")
    unseen = OwnershipRecord("id", slots_after(record, settled_plan(record, A, None), shown=False))
    assert {MOBILE} == unseen.never_shown()
    assert (Drift(MOBILE, DriftKind.NOT_SHOWN, A, None),) == drift_of(unseen, Methods())
    assert {MOBILE} == OwnershipRecord("id", slots_after(unseen, settled_plan(unseen, B, None))).never_shown()

    seen = OwnershipRecord("id", slots_after(unseen, settled_plan(unseen, A, A)))
    assert frozenset() == seen.never_shown()
    assert (Drift(MOBILE, DriftKind.REMOVED, A, None),) == drift_of(seen, Methods())


def test_a_newer_export_wins_and_ties_break_by_run() -> None:
    """Late messages of older exports never undo newer ones."""
    record = OwnershipRecord("id", wanted_at=NOW, run="b")

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


def test_an_address_that_was_not_read_is_no_drift() -> None:
    """Nothing is said about what nobody looked at; what was read and differs is told."""
    ours, theirs = EmailAddress("jan@example.com"), EmailAddress("jan@contoso.example")
    record = OwnershipRecord("id", {Slot.EMAIL: SlotRecord(ours, ours)})

    assert () == drift_of(record, Methods())
    assert () == drift_of(record, Methods(email=EmailAddress("JAN@example.com")))
    assert (Drift(Slot.EMAIL, DriftKind.CHANGED, ours, theirs),) == drift_of(record, Methods(email=theirs))
    assert (Drift(Slot.EMAIL, DriftKind.REMOVED, ours, None),) == drift_of(record, Methods(email=None))


def test_drift_is_a_readable_number_that_is_no_longer_ours() -> None:
    """Equal, masked and never-written slots are no drift."""
    record = OwnershipRecord("id", {MOBILE: SlotRecord(A, A), OFFICE: SlotRecord(B, None)})

    def there(number: PhoneNumber | MaskedValue | None) -> Methods:
        return Methods((PhoneMethod(PhoneType.MOBILE, number),) if number else ())

    assert () == drift_of(record, there(A))
    assert () == drift_of(record, there(MaskedValue()))
    assert (Drift(MOBILE, DriftKind.CHANGED, A, C),) == drift_of(record, there(C))
    assert (Drift(MOBILE, DriftKind.REMOVED, A, None),) == drift_of(record, there(None))
