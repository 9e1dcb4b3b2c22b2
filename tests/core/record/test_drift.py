"""What counts as drift, of which kind it is, and that it survives the results container."""

from __future__ import annotations

import pytest

from shared.core.person.account import Methods, PhoneAuthenticationMethod
from shared.core.record.drift import Drift, DriftKind, drift_from_json, drift_of, drift_to_json
from shared.core.record.ownership_record import Confirmation, OwnershipRecord, SlotRecord
from shared.core.values.slot import EmailAddress, MaskedValue, PhoneNumber, PhoneType, Slot

A, B, C = (PhoneNumber(1, f"202555010{last}") for last in "123")
MOBILE, OFFICE = Slot.MOBILE, Slot.OFFICE


def current(number: PhoneNumber | MaskedValue | None) -> Methods:
    return Methods((PhoneAuthenticationMethod(PhoneType.MOBILE, number),) if number else ())


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
        (SlotRecord(A, A, confirmation=Confirmation.ACCEPTED), None, DriftKind.NOT_SHOWN),
        (SlotRecord(A, A, confirmation=Confirmation.ACCEPTED, previous=B), B, DriftKind.WRITE_LOST),
        (SlotRecord(B, A), B, None),  # kept by policy once, and now as HR wants it
        (SlotRecord(A, None), C, None),  # nothing of ours was ever there
        (SlotRecord(A, MaskedValue()), C, None),
    ],
)
def test_every_kind_of_drift(
    held: SlotRecord, found: PhoneNumber | MaskedValue | None, expected: DriftKind | None
) -> None:
    """A write that was not seen is lost when what was there before is there; all else was done by somebody."""
    drifts = drift_of(OwnershipRecord("id", {MOBILE: held}), current(found))

    assert ([] if expected is None else [Drift(expected, MOBILE, A, found)]) == list(drifts)


def test_an_address_that_was_not_read_is_no_drift() -> None:
    """Nothing is said about what nobody looked at; what was read and differs is told."""
    ours, theirs = EmailAddress("jan@example.com"), EmailAddress("jan@contoso.example")
    record = OwnershipRecord("id", {Slot.EMAIL: SlotRecord(ours, ours)})

    assert () == drift_of(record, Methods())
    assert () == drift_of(record, Methods(email=EmailAddress("JAN@example.com")))
    assert (Drift(DriftKind.CHANGED, Slot.EMAIL, ours, theirs),) == drift_of(record, Methods(email=theirs))
    assert (Drift(DriftKind.REMOVED, Slot.EMAIL, ours, None),) == drift_of(record, Methods(email=None))


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
