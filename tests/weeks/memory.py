"""The ledger of a year as plain dictionaries: what the gate reads and writes, without storage.

Only what the gate calls is here. `forked` gives a copy in which an attack leaves no trace in the year.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shared.core.record.ownership_record import OwnershipRecord
from shared.core.record.taken_back import DatedExport
from shared.core.run.full_exports import FullExport
from shared.core.run.quotas import Reservation, Reservations
from shared.core.run.row import Outcome, Row, completed
from shared.core.run.run import Run
from shared.core.run.safety_limits import Managed
from shared.core.run.value_index import Holder, IndexedValue
from shared.core.values.slot import Slot
from shared.core.values.states import RowState


@dataclass
class People:
    """Ownership records, and how many people are managed in which slot."""

    records: dict[str, OwnershipRecord] = field(default_factory=dict)
    _by_slot: Counter[Slot] = field(default_factory=Counter)
    _people: int = 0

    async def get(self, object_id: str) -> OwnershipRecord:
        return self.records.get(object_id) or OwnershipRecord(object_id)

    async def managed(self) -> Managed:
        return Managed(self._people, dict(self._by_slot))

    def put(self, record: OwnershipRecord) -> None:
        self.forget(record.object_id)
        self.records[record.object_id] = record
        self._count(record, 1)

    def forget(self, object_id: str) -> None:
        if (before := self.records.pop(object_id, None)) is not None:
            self._count(before, -1)

    def forked(self) -> People:
        return People(dict(self.records), Counter(self._by_slot), self._people)

    def _count(self, record: OwnershipRecord, step: int) -> None:
        base = record.base()
        self._people += step * bool(base)
        for slot in base:
            self._by_slot[slot] += step


@dataclass
class Rows:
    """The rows of the runs of one moment."""

    of_run: dict[str, dict[int, Row]] = field(default_factory=dict)

    def put(self, run: str, rows: Iterable[Row]) -> None:
        self.of_run[run] = {row.number: row for row in rows}

    async def in_order(
        self,
        run: Run,
        *,
        after: int = 0,
        states: Collection[RowState] | None = None,
        codes: Collection[str] | None = None,
    ) -> AsyncIterator[Row]:
        for number in sorted(self.of_run.get(run.id, {})):
            row = self.of_run[run.id][number]
            wanted = (states is None or row.state in states) and (codes is None or row.code in codes)
            if number > after and wanted:
                yield row

    async def complete_many(self, run: str, outcomes: Mapping[int, Outcome]) -> None:
        for number, outcome in outcomes.items():
            self.of_run[run][number] = completed(self.of_run[run][number], outcome, keep_plan=True)


@dataclass
class Runs:
    """Runs that are open, and the last full export."""

    runs: dict[str, Run] = field(default_factory=dict)
    full_export: FullExport | None = None

    async def get(self, run_id: str) -> Run | None:
        return self.runs.get(run_id)

    async def last_full_export(self) -> FullExport | None:
        return self.full_export

    async def last_dated_export(self, _folder: str) -> DatedExport | None:
        return None

    def forked(self) -> Runs:
        return Runs(dict(self.runs), self.full_export)


@dataclass
class Quotas:
    made: dict[tuple[str, int], Reservation] = field(default_factory=dict)

    async def all(self) -> Reservations:
        return Reservations(tuple(self.made.values()), str(len(self.made)))

    async def get(self, run: str, attempt: int) -> Reservation | None:
        return self.made.get((run, attempt))

    async def reserve(self, wanted: Reservation, _seen: Reservations) -> bool:
        self.made[wanted.run, wanted.attempt] = wanted
        return True

    async def correct(self, corrected: Reservation) -> None:
        self.made[corrected.run, corrected.attempt] = corrected

    async def drop(self, run: str, attempt: int) -> None:
        self.made.pop((run, attempt), None)

    def forget_closed(self, before: datetime) -> None:
        self.made = {key: one for key, one in self.made.items() if one.is_open or one.at > before}

    def forked(self) -> Quotas:
        return Quotas(dict(self.made))


@dataclass
class Index:
    """Who may have a value."""

    holders: defaultdict[str, dict[str, Holder]] = field(default_factory=lambda: defaultdict(dict))
    shared: set[str] = field(default_factory=set)
    key_id: str = ""

    async def built_with(self) -> str:
        return self.key_id

    async def look(self, digests: Collection[str]) -> dict[str, IndexedValue]:
        return {
            digest: IndexedValue(dict(self.holders.get(digest, {})), digest in self.shared)
            for digest in digests
            if digest in self.holders or digest in self.shared
        }

    async def claim(self, claims: Mapping[str, Mapping[str, Holder]]) -> dict[str, IndexedValue]:
        for digest, holders in claims.items():
            self.holders[digest].update(holders)
        return await self.look(claims)

    async def approve(self, digests: Collection[str]) -> None:
        self.shared |= set(digests)

    def forked(self) -> Index:
        copied = defaultdict(dict, {digest: dict(holders) for digest, holders in self.holders.items()})
        return Index(copied, set(self.shared), self.key_id)
