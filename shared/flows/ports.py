"""The interfaces of the flows to the outside. `shared.app` and `shared.wiring` pass in the adapters.

The interfaces of queues and containers are in `shared.core.values.storage`, that of time in `shared.core.values.clock`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from shared.core.export.directory_source import ChangedUsers
from shared.core.export.header import Header
from shared.core.export.heading import Role
from shared.core.export.layout import Layout
from shared.core.person.account import Account, AccountWithMethods, Methods, PersonKey
from shared.core.plan.operations import Operation
from shared.core.record.ownership_record import OwnershipRecord, RecordUpdate
from shared.core.record.taken_back import DatedExport
from shared.core.run.attempts import Counts
from shared.core.run.row import Outcome, Row
from shared.core.run.run import DeltaRound, FullExport, LatestRun, Run
from shared.core.values.cell import Cell
from shared.core.values.errors import ExplainedError, FileRefusedError
from shared.core.values.slot import EmailAddress, MaskedValue
from shared.core.values.states import RowState, RunState, Source


class RunStore(Protocol):
    """Runs, and data about several runs. A change by ETag raises ConcurrencyError when another change came first."""

    async def get(self, run_id: str) -> Run | None: ...

    async def insert(self, run: Run) -> Run | None: ...

    async def save(self, run: Run) -> Run: ...

    async def delete(self, run_id: str) -> None: ...

    def all(self) -> AsyncIterator[Run]: ...

    def not_closed(self) -> AsyncIterator[Run]: ...

    def newest_first(
        self,
        now: datetime,
        *,
        before: str = "",
        states: Collection[RunState] = (),
        sources: Collection[Source] = (),
    ) -> AsyncIterator[Run]: ...

    async def first_with_content(self, content_sha256: str, run_id: str) -> str: ...

    async def first_call(self, fingerprint: str, run_id: str) -> str: ...

    async def latest_run(self, source: Source) -> LatestRun | None: ...

    async def claim_latest_run(self, source: Source, run_id: str, before: LatestRun | None) -> bool: ...

    async def installed_at(self) -> datetime | None: ...

    async def note_installation(self, time: datetime) -> bool: ...

    async def last_full_export(self) -> FullExport | None: ...

    async def remember_full_export(self, export: FullExport) -> None: ...

    async def last_dated_export(self, folder: str) -> DatedExport | None: ...

    async def remember_dated_export(self, folder: str, export: DatedExport, before: DatedExport | None) -> None: ...

    async def delta_round(self) -> DeltaRound | None: ...

    async def remember_delta_round(self, done: DeltaRound) -> None: ...

    async def forget_delta_round(self) -> None: ...

    async def take_purge(self, now: datetime) -> bool: ...

    async def forget_before(self, time: datetime) -> None: ...


class RowStore(Protocol):
    """Rows of runs. A change of one row by ETag raises ConcurrencyError when another change came first."""

    async def get(self, run: str, number: int) -> Row | None: ...

    async def insert_missing(self, run: str, rows: Iterable[Row]) -> int: ...

    async def put(self, run: str, rows: Iterable[Row]) -> None: ...

    async def save(self, row: Row) -> Row: ...

    async def mark_writing(self, row: Row) -> Row: ...

    async def note_throttled(self, run: str, number: int, seconds: float) -> None: ...

    async def complete_many(self, run: str, outcomes: Mapping[int, Outcome]) -> None: ...

    async def complete_unless_changed(self, rows: Sequence[Row], outcome: Outcome) -> None: ...

    async def queue_unless_changed(self, rows: Sequence[Row]) -> None: ...

    def in_order(
        self,
        run: Run,
        *,
        after: int = 0,
        states: Collection[RowState] | None = None,
        codes: Collection[str] | None = None,
    ) -> AsyncIterator[Row]: ...

    async def count(self, run: str, shard: int, *, last: int) -> Counts: ...

    async def count_all(self, run: Run) -> Counts: ...

    async def purge(self, run: Run) -> None: ...


class LayoutStore(Protocol):
    """Approved layouts of exports."""

    async def get(self, fingerprint: str) -> Layout | None: ...

    async def latest_of_folder(self, folder: str) -> Layout | None: ...

    def all(self) -> AsyncIterator[Layout]: ...

    async def remember(self, layout: Layout) -> None: ...

    async def forget(self, fingerprint: str) -> bool: ...


class PeopleStore(Protocol):
    """Ownership records by object id."""

    async def get(self, object_id: str) -> OwnershipRecord: ...

    async def save(self, record: OwnershipRecord) -> OwnershipRecord: ...

    async def update_unchanged(self, updates: Sequence[RecordUpdate]) -> frozenset[str]: ...

    async def forget(self, object_id: str) -> None: ...

    def from_slice(self, first: str) -> AsyncIterator[OwnershipRecord]: ...


class WriteBudgetPort(Protocol):
    """The write budget of the whole app."""

    async def take(self, wanted: int, now: datetime) -> int: ...


class DirectoryPort(Protocol):
    """Accounts in Microsoft Graph, and what Graph returns for many accounts at once."""

    async def look_up(self, key: PersonKey) -> Account: ...

    async def look_up_with_methods(self, key: PersonKey, *, email: bool) -> AccountWithMethods: ...

    async def phone_methods_of(self, user_ids: Sequence[str]) -> Mapping[str, Methods | ExplainedError]: ...

    async def email_addresses_of(
        self, user_ids: Sequence[str]
    ) -> Mapping[str, EmailAddress | MaskedValue | ExplainedError | None]: ...

    async def changed_users(self, link: str, properties: Sequence[str]) -> ChangedUsers: ...


class MethodsPort(Protocol):
    """The authentication methods of one account in Microsoft Graph."""

    async def methods(self, user_id: str, *, email: bool = False) -> Methods: ...

    async def execute(self, user_id: str, operation: Operation) -> str:
        """Send one operation; returns Graph's request id."""
        ...


class OpenedExport(Protocol):
    """An export whose header is known. `notes` are about other sheets and hidden rows.

    Columns are counted from 0; `rows` yields `width` cells for each row with content.
    """

    @property
    def header(self) -> Header: ...

    @property
    def by_hand(self) -> Mapping[int, Role | None]: ...

    @property
    def sheet(self) -> str: ...

    @property
    def width(self) -> int: ...

    @property
    def hidden_columns(self) -> frozenset[int]: ...

    @property
    def formula_columns(self) -> frozenset[int]: ...

    @property
    def our_columns(self) -> frozenset[int]: ...

    @property
    def doubts(self) -> tuple[str, ...]: ...

    @property
    def raw_count(self) -> int: ...

    @property
    def notes(self) -> tuple[str, ...]: ...

    @property
    def modified(self) -> datetime | None: ...

    def rows(self) -> Iterator[tuple[int, tuple[Cell, ...]]]: ...

    def explain_missing(self) -> FileRefusedError: ...
