"""What counts as drift, of which kind it is, and that it survives the results container."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.core.person.account import Methods, PhoneAuthenticationMethod
from shared.core.record.drift import Drift, DriftKind, drift_from_json, drift_of, drift_to_json
from shared.core.record.ownership_record import Confirmation, OwnershipRecord, SlotRecord
from shared.core.values.slot import EmailAddress, MaskedValue, PhoneNumber, PhoneType, Slot

NOW, LAG = datetime(2026, 11, 21, 23, 0, tzinfo=UTC), timedelta(minutes=2)
A, B, C = (PhoneNumber(1, f"202555010{last}") for last in "123")
MOBILE, OFFICE = Slot.MOBILE, Slot.OFFICE


def current(number: PhoneNumber | MaskedValue | None) -> Methods:
    return Methods((PhoneAuthenticationMethod(PhoneType.MOBILE, number),) if number else ())


def written(confirmation: Confirmation, previous: PhoneNumber | None, *, hours: float) -> SlotRecord:
    return SlotRecord(A, A, confirmation, previous, written_at=NOW - timedelta(hours=hours))


@pytest.mark.parametrize(
    ("held", "found", "expected"),
    [
        (SlotRecord(A, A), A, None),
        (SlotRecord(A, A), MaskedValue(), None),
        (SlotRecord(A, A), C, DriftKind.CHANGED),
        (SlotRecord(A, A), None, DriftKind.REMOVED),
        (SlotRecord(A, A, confirmation=Confirmation.IN_DOUBT, previous=B), A, None),
        (SlotRecord(A, A, confirmation=Confirmation.IN_DOUBT, previous=B), B, DriftKind.WRITE_LOST),
        (SlotRecord(A, A, confirmation=Confirmation.IN_DOUBT, previous=B), C, DriftKind.CHANGED),
        (SlotRecord(A, A, confirmation=Confirmation.IN_DOUBT, previous=B), None, DriftKind.REMOVED),
        (SlotRecord(A, A, confirmation=Confirmation.IN_DOUBT), None, DriftKind.WRITE_LOST),
        (written(Confirmation.ACCEPTED, None, hours=0), None, None),
        (written(Confirmation.ACCEPTED, None, hours=0.5), None, DriftKind.NOT_SHOWN),
        (written(Confirmation.ACCEPTED, None, hours=2), None, DriftKind.WRITE_LOST),
        (replace(written(Confirmation.ACCEPTED, None, hours=2), rewritten=True), None, DriftKind.NOT_SHOWN),
        (written(Confirmation.ACCEPTED, B, hours=0.5), B, None),
        (written(Confirmation.ACCEPTED, B, hours=2), B, DriftKind.WRITE_LOST),
        (written(Confirmation.CONFIRMED, B, hours=0), B, None),
        (written(Confirmation.CONFIRMED, B, hours=2), B, DriftKind.CHANGED),
        (SlotRecord(B, A), B, None),  # kept by policy once, and now as HR wants it
        (SlotRecord(A, None), C, None),  # nothing of ours was ever there
        (SlotRecord(A, MaskedValue()), C, None),
    ],
)
def test_every_kind_of_drift(
    held: SlotRecord, found: PhoneNumber | MaskedValue | None, expected: DriftKind | None
) -> None:
    """A write that was not seen is lost when what was there before is there; all else was done by somebody."""
    drifts = drift_of(OwnershipRecord("id", {MOBILE: held}), current(found), NOW, LAG)

    assert ([] if expected is None else [Drift(expected, MOBILE, A, found)]) == list(drifts)


def test_an_address_that_was_not_read_is_no_drift() -> None:
    """Nothing is said about what nobody looked at; what was read and differs is reported."""
    ours, theirs = EmailAddress("jan@example.com"), EmailAddress("jan@contoso.example")
    record = OwnershipRecord("id", {Slot.EMAIL: SlotRecord(ours, ours)})

    assert () == drift_of(record, Methods(), NOW, LAG)
    assert () == drift_of(record, Methods(email=EmailAddress("JAN@example.com")), NOW, LAG)
    assert (Drift(DriftKind.CHANGED, Slot.EMAIL, ours, theirs),) == drift_of(record, Methods(email=theirs), NOW, LAG)
    assert (Drift(DriftKind.REMOVED, Slot.EMAIL, ours, None),) == drift_of(record, Methods(email=None), NOW, LAG)


@pytest.mark.parametrize(
    "drift",
    [
        Drift(DriftKind.CHANGED, MOBILE, A, C),
        Drift(DriftKind.REMOVED, Slot.EMAIL, EmailAddress("jan@example.com"), None),
        Drift(DriftKind.ACCOUNT_GONE),
    ],
)
def test_drift_survives_json(drift: Drift) -> None:
    """What one step set aside is what the end of the run reads."""
    assert drift == drift_from_json(drift_to_json(drift))
