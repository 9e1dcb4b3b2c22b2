"""Whom old content would take back: one row for each kind of change, and the limits of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shared.core.export.desired import Desired
from shared.core.person.account import Methods, PhoneAuthenticationMethod
from shared.core.plan.plan import Plan, plan_person
from shared.core.record.ownership_record import OwnershipRecord, SlotRecord
from shared.core.record.taken_back import EarlierUpload, replaces_desired, was_set_after, was_set_after_upload
from shared.core.values.slot import DesiredValue, PhoneNumber, PhoneType, Remove, Slot
from shared.core.values.states import Policy

A, B, C = (PhoneNumber(1, f"202555010{last}") for last in "123")
OCTOBER = datetime(2026, 10, 31, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
FIRST = EarlierUpload("run-1", OCTOBER, frozenset({"old bytes", "old rows"}))


def planned(wanted: DesiredValue, current: PhoneNumber | None, policy: Policy, *, sms: bool | None = None) -> Plan:
    methods = Methods((PhoneAuthenticationMethod(PhoneType.MOBILE, current, "ready"),) if current else ())
    plan = plan_person(Desired(((Slot.MOBILE, wanted),), sms), {Slot.MOBILE: C}, methods, policy)
    assert isinstance(plan, Plan)
    return plan


@pytest.mark.parametrize(
    ("last_asked_for", "current", "wanted", "policy", "expected"),
    [
        (B, B, A, Policy.OVERWRITE, True),
        (B, None, A, Policy.OVERWRITE, True),
        (B, B, Remove.REMOVE, Policy.OVERWRITE, True),
        (None, None, A, Policy.OVERWRITE, True),
        (A, B, A, Policy.OVERWRITE, False),
        (A, A, A, Policy.OVERWRITE, False),
        (B, A, A, Policy.OVERWRITE, False),
        (B, B, A, Policy.KEEP, False),
        (None, B, Remove.REMOVE, Policy.OVERWRITE, False),
    ],
)
def test_a_plan_replaces_what_was_asked_for(
    last_asked_for: PhoneNumber | None,
    current: PhoneNumber | None,
    wanted: DesiredValue,
    policy: Policy,
    *,
    expected: bool,
) -> None:
    """Only a change counts, and only to something else than what was asked for last."""
    slots = {Slot.MOBILE: SlotRecord(last_asked_for, last_asked_for)} if last_asked_for else {}

    assert expected == replaces_desired(planned(wanted, current, policy), OwnershipRecord("id", slots))


def test_sms_sign_in_counts_because_it_is_not_remembered() -> None:
    """The number stays, and sign-in by it changes."""
    record = OwnershipRecord("id", {Slot.MOBILE: SlotRecord(A, A)})

    assert [False, True] == [replaces_desired(planned(A, A, Policy.MERGE, sms=sms), record) for sms in (True, False)]


@pytest.mark.parametrize(
    ("export_time", "run", "setter", "expected"),
    [
        (None, "", "", False),
        (OCTOBER - SECOND, "run-0", "other bytes", False),
        (OCTOBER, "run-1", "old bytes", False),
        (OCTOBER + SECOND, "run-2", "other bytes", True),
        (OCTOBER + SECOND, "call", "", True),
        (OCTOBER + SECOND, "run-3", "old bytes", False),
        (OCTOBER + SECOND, "run-3", "old rows", False),
    ],
)
def test_who_was_set_since_the_first_upload(
    export_time: datetime | None, run: str, setter: str, *, expected: bool
) -> None:
    """By other content or by a call; the same bytes again take nobody back."""
    record = OwnershipRecord("id", export_time=export_time, run=run)

    assert expected == was_set_after_upload(record, FIRST, frozenset({setter} - {""}))


@pytest.mark.parametrize(
    ("export_time", "expected"), [(None, False), (OCTOBER - SECOND, False), (OCTOBER, False), (OCTOBER + SECOND, True)]
)
def test_who_was_set_after_a_date(export_time: datetime | None, *, expected: bool) -> None:
    """Content of a date cannot be older than what was uploaded until then."""
    assert expected == was_set_after(OwnershipRecord("id", export_time=export_time), OCTOBER)
