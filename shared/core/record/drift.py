"""Drift: current values that differ from the base, slot by slot, and accounts that were disabled or deleted.

Reconcile calls it for every person in `People`, and stores the findings of each step as JSON. Each kind of drift is an
outcome code too. The table in `ownership` has the verdicts for current values that are not the base.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from shared.core.person.account import Methods
from shared.core.record.ownership_record import Confirmation, OwnershipRecord, SlotRecord
from shared.core.run.documents import RowReport
from shared.core.values.former_codes import code_now
from shared.core.values.slot import MaskedValue, Slot, StoredValue, value_from_json, value_to_json


class DriftKind(StrEnum):
    CHANGED = "changedByPerson"
    REMOVED = "removedByPerson"
    NOT_SHOWN = "valueNotShown"
    """Graph accepted the written value but has never shown it."""
    WRITE_LOST = "writeLost"
    """The slot still holds its previous value, and no read has ever shown the written one."""
    ACCOUNT_GONE = "accountDeleted"
    ACCOUNT_DISABLED = "accountDisabled"
    LEFT_EXPORT = "missingFromExport"
    """The last full export does not name the person."""

    @classmethod
    def _missing_(cls, value: object) -> DriftKind | None:
        """The kind for a name that an older version of the app stored."""
        return next((kind for kind in cls if kind.value == code_now(str(value))), None)


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference; `slot` is None when it concerns the whole account."""

    kind: DriftKind
    slot: Slot | None = None
    expected: StoredValue | None = None
    found: StoredValue | None = None


@dataclass(frozen=True, slots=True, repr=False)
class DriftReport:
    """One difference of one person with the outcome of its row, for workbooks and answers."""

    object_id: str
    drift: Drift
    outcome: RowReport


def drift_of(record: OwnershipRecord, current: Methods) -> tuple[Drift, ...]:
    """Slots whose current value is not the base; masked values and values that were not read do not count."""
    drifts = []
    for slot, held in record.slots.items():
        if held.written is None or isinstance(held.written, MaskedValue) or not current.was_read(slot):
            continue
        found = current.value(slot)
        if found not in {held.written, held.desired} and not isinstance(found, MaskedValue):
            drifts.append(Drift(_kind(held, found), slot, held.written, found))
    return tuple(drifts)


def _kind(held: SlotRecord, found: StoredValue | None) -> DriftKind:
    if held.is_lost(found):
        return DriftKind.WRITE_LOST
    if found is not None:
        return DriftKind.CHANGED
    return DriftKind.REMOVED if held.confirmation is not Confirmation.ACCEPTED else DriftKind.NOT_SHOWN


def drift_to_json(drift: Drift) -> dict[str, str | None]:
    """The drift with values in clear; only for the results container."""
    return {
        "kind": drift.kind.value,
        "slot": drift.slot and drift.slot.value,
        "expected": value_to_json(drift.expected),
        "found": value_to_json(drift.found),
    }


def drift_from_json(data: Mapping[str, Any]) -> Drift:
    """The inverse of `drift_to_json`."""
    if data["slot"] is None:
        return Drift(DriftKind(data["kind"]))
    slot = Slot(data["slot"])
    expected, found = value_from_json(slot, data["expected"]), value_from_json(slot, data["found"])
    return Drift(DriftKind(data["kind"]), slot, expected, found)
