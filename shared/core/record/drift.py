"""Drift and leavers, which a reconcile finds when it compares a person's ownership record with the current values.

Drift is a current value that differs from the base, slot by slot. Beside it a reconcile reports accounts that were
disabled, were deleted, or are missing from the last full export. Each kind is an outcome code too. The table in
`ownership` has the verdicts for current values that are not the base. Leavers are people whom the last full export does
not name, or whose account is disabled and no export or call has named recently. A separate run, which always needs
approval, can remove their values that the app wrote or adopted.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self, assert_never

from shared.core.export.export_row import ExportRow
from shared.core.numbers.old_forms import same_value
from shared.core.person.account import KeyKind, Methods, PersonKey
from shared.core.record.known_values import Trust, knowledge_of
from shared.core.record.ownership_record import OwnershipRecord, SlotRecord
from shared.core.run.documents import RowReport
from shared.core.run.row import Row
from shared.core.values.cell import Cell, CellKind
from shared.core.values.former_codes import code_now
from shared.core.values.slot import MaskedValue, PhoneType, Slot, StoredValue, value_from_json, value_to_json
from shared.core.values.states import RowState

_REMOVE = "remove"
_WITHOUT_ACCOUNT = frozenset({"personNotFound"})
_ID_BYTES = 16


class DriftKind(StrEnum):
    CHANGED = "changedByPerson"
    REMOVED = "removedByPerson"
    NOT_SHOWN = "valueNotShown"
    """Graph has never shown the written value, although it accepted the write or the app repeated it."""
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
    """One difference; `slot` is None when it is about the account."""

    kind: DriftKind
    slot: Slot | None = None
    expected: StoredValue | None = None
    found: StoredValue | None = None


@dataclass(frozen=True, slots=True, repr=False)
class DriftReport:
    """One difference of one person with the outcome of its row, for workbooks and the API."""

    object_id: str
    drift: Drift
    outcome: RowReport


def drift_of(record: OwnershipRecord, current: Methods, now: datetime, lag: timedelta) -> tuple[Drift, ...]:
    """The slots whose current value is neither the base nor the desired value.

    A slot without a base counts only if the app's last write to it was lost or is not shown.

    Masked values and values that were not read do not count, nor does a read that contradicts a recent write of this
    app.
    """
    drifts = []
    for slot, entry in record.slots.items():
        if isinstance(entry.written, MaskedValue) or not current.was_read(slot):
            continue
        found = current.value(slot)
        kind = _kind(entry, found, now, lag)
        expected = same_value(found, entry.base) or same_value(found, entry.desired)
        if kind is not None and not expected and not isinstance(found, MaskedValue):
            drifts.append(Drift(kind, slot, entry.base, found))
    return tuple(drifts)


def _kind(entry: SlotRecord, found: StoredValue | None, now: datetime, lag: timedelta) -> DriftKind | None:
    """None = no drift, or not known yet."""
    known = knowledge_of(entry, found, now, lag)
    match known.trust:
        case Trust.WRITE_AGAIN:
            return DriftKind.WRITE_LOST
        case Trust.HOLD if entry.awaits_removal:
            return DriftKind.WRITE_LOST
        case Trust.HOLD:
            return DriftKind.NOT_SHOWN
        case Trust.SEND | Trust.VERIFY:
            return None
        case Trust.BELIEVE if entry.base is None:
            return None
        case Trust.BELIEVE:
            return DriftKind.CHANGED if found is not None else DriftKind.REMOVED
        case _:
            assert_never(known.trust)


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


class IdSet:
    """A set of very many object ids, 16 bytes each. It can say whether it holds an id, but it cannot list its ids.

    It consists of sorted hashes of the ids; letter case does not count. One such set holds the disabled accounts that a
    reconcile found, another the people whom the last full export names. Both are stored as blobs.
    """

    def __init__(self, data: bytes = b"") -> None:
        self._data = data

    @classmethod
    def of(cls, object_ids: Iterable[str]) -> Self:
        return cls(b"".join(sorted({_digest(object_id) for object_id in object_ids})))

    def to_bytes(self) -> bytes:
        return self._data

    def without(self, object_id: str) -> IdSet:
        left, digest = self._data, _digest(object_id)
        ids = (left[start : start + _ID_BYTES] for start in range(0, len(left), _ID_BYTES))
        return IdSet(b"".join(one for one in ids if one != digest))

    def __contains__(self, object_id: str) -> bool:
        wanted, count = _digest(object_id), len(self._data) // _ID_BYTES
        index = bisect_left(range(count), wanted, key=self._entry)
        return index < count and self._entry(index) == wanted

    def _entry(self, index: int) -> bytes:
        return self._data[index * _ID_BYTES : (index + 1) * _ID_BYTES]


def _digest(object_id: str) -> bytes:
    return hashlib.blake2b(object_id.lower().encode(), digest_size=_ID_BYTES).digest()


@dataclass(frozen=True, slots=True)
class ListedPeople:
    """All people whom the last applied full export names."""

    export_time: datetime
    people: IdSet
    is_complete: bool
    """Whether the account of every row is known, or known not to exist. If not, nobody is a leaver only because the
    export does not name them."""

    @classmethod
    def by(cls, export_time: datetime, rows: Iterable[Row]) -> Self:
        found, is_complete = list[str](), True
        for row in rows:
            if row.object_id:
                found.append(row.object_id)
            elif row.state is not RowState.MERGED and row.code not in _WITHOUT_ACCOUNT:
                is_complete = False
        return cls(export_time, IdSet.of(found), is_complete)

    def misses(self, record: OwnershipRecord) -> bool:
        """Whether the export does not name the person, and the newest export or call that did is older."""
        is_older = record.export_time is not None and record.export_time < self.export_time
        return is_older and record.object_id not in self.people

    def without(self, object_id: str) -> ListedPeople:
        return replace(self, people=self.people.without(object_id))

    def to_bytes(self) -> bytes:
        about = {"exportTime": self.export_time.isoformat(), "isComplete": self.is_complete}
        return json.dumps(about).encode() + b"\n" + self.people.to_bytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        head, _, people = data.partition(b"\n")
        about = json.loads(head)
        return cls(datetime.fromisoformat(about["exportTime"]), IdSet(people), about["isComplete"])


@dataclass(frozen=True, slots=True)
class LeaverRules:
    removals: bool
    """The setting ALLOW_REMOVALS."""
    disabled_for: timedelta
    """A disabled account that an export or call has named within this time may belong to a new employee, not to a
    leaver."""
    forgotten_after: timedelta
    """The time after which the record of a deleted account is deleted."""

    def have_left(
        self, record: OwnershipRecord, drifts: Iterable[Drift], listed: ListedPeople | None, now: datetime
    ) -> bool:
        """Whether the person is a leaver whose values are to be removed, after approval."""
        kinds = {drift.kind for drift in drifts}
        if not self.removals or not record.base() or DriftKind.ACCOUNT_GONE in kinds:
            return False
        missing = DriftKind.LEFT_EXPORT in kinds and listed is not None and listed.is_complete
        named_long_ago = record.export_time is None or now - record.export_time >= self.disabled_for
        return missing or (DriftKind.ACCOUNT_DISABLED in kinds and named_long_ago)


def row_of_values(number: int, object_id: str, values: Mapping[Slot, StoredValue | None]) -> ExportRow:
    """The row of a file that would ask for these values; None = a removal."""
    cells = {slot: Cell(slot.value, CellKind.TEXT, value_to_json(value) or _REMOVE) for slot, value in values.items()}
    phones = tuple((PhoneType(slot.value), cell) for slot, cell in cells.items() if slot is not Slot.EMAIL)
    return ExportRow(number, PersonKey(KeyKind.OBJECT_ID, object_id), phones, cells.get(Slot.EMAIL))


def removal_row(run: str, number: int, object_id: str, slots: Iterable[Slot]) -> Row:
    """A row like one of an export that says `remove` in these slots."""
    desired = row_of_values(number, object_id, dict.fromkeys(slots))
    return Row(run, number, RowState.QUEUED, object_id=object_id, export_row=desired)
