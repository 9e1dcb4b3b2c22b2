"""Leavers: people whom the last full export does not name, or whose account is disabled and not exported recently.

Reconcile finds them. A separate run, which always needs approval, can remove the values that the app wrote for them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from shared.core.export.export_row import ExportRow
from shared.core.person.account import KeyKind, PersonKey
from shared.core.record.drift import Drift, DriftKind
from shared.core.record.ownership_record import OwnershipRecord
from shared.core.run.row import Row
from shared.core.values.cell import Cell, CellKind
from shared.core.values.id_set import IdSet
from shared.core.values.slot import PhoneType, Slot
from shared.core.values.states import RowState

_REMOVE = "remove"
_WITHOUT_ACCOUNT = frozenset({"personNotFound"})


@dataclass(frozen=True, slots=True)
class ListedPeople:
    """All people whom the last applied full export names."""

    export_time: datetime
    people: IdSet
    is_complete: bool
    """Whether every row identified its person; if not, no person counts as missing."""

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
        """Whether the export does not name the person, and no later export or call has set their values."""
        is_older = record.export_time is not None and record.export_time < self.export_time
        return is_older and record.object_id not in self.people

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
    """A disabled account that an export has named within this time may belong to a new employee, not to a leaver."""
    forgotten_after: timedelta
    """The time after which the record of a deleted account is deleted."""

    def have_left(
        self, record: OwnershipRecord, drifts: Iterable[Drift], listed: ListedPeople | None, now: datetime
    ) -> bool:
        """Whether the person is a leaver whose written values are to be removed, after approval."""
        kinds = {drift.kind for drift in drifts}
        if not self.removals or not record.base() or DriftKind.ACCOUNT_GONE in kinds:
            return False
        missing = DriftKind.LEFT_EXPORT in kinds and listed is not None and listed.is_complete
        named_long_ago = record.export_time is None or now - record.export_time >= self.disabled_for
        return missing or (DriftKind.ACCOUNT_DISABLED in kinds and named_long_ago)


def removal_row(run: str, number: int, record: OwnershipRecord) -> Row:
    """A row like one of an export that says `remove` in every slot that the app has written."""

    def remove(slot: Slot) -> Cell:
        return Cell(slot.value, CellKind.TEXT, _REMOVE)

    written = record.base()
    phones = tuple((PhoneType(slot.value), remove(slot)) for slot in written if slot is not Slot.EMAIL)
    email = remove(Slot.EMAIL) if Slot.EMAIL in written else None
    desired = ExportRow(number, PersonKey(KeyKind.OBJECT_ID, record.object_id), phones, email)
    return Row(run, number, RowState.QUEUED, object_id=record.object_id, export_row=desired)
