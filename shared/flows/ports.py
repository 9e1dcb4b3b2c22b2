"""What several flows need of the world, one protocol per thing; `shared.app` hands in the adapters.

A flow that needs something of its own declares it beside itself.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from shared.core.person.account import Account, AccountWithMethods, PersonKey
from shared.core.person.methods import Methods
from shared.core.plan.operations import Operation
from shared.core.record.ownership_record import OwnershipRecord, RecordUpdate
from shared.core.run.row import Outcome, Row
from shared.core.run.run import Counts, FullExport, Run
from shared.core.values.states import RowState


class Runs(Protocol):
    async def get(self, run_id: str) -> Run | None: ...

    async def insert(self, run: Run) -> Run | None: ...

    async def save(self, run: Run) -> Run: ...

    async def last_full_export(self) -> FullExport | None: ...


class Rows(Protocol):
    async def insert_missing(self, run: str, rows: Iterable[Row]) -> int: ...

    async def get(self, run: str, number: int) -> Row | None: ...

    async def save(self, row: Row) -> Row: ...

    async def mark_writing(self, row: Row) -> Row: ...

    async def note_throttled(self, run: str, number: int, seconds: float) -> None: ...

    async def complete_many(self, run: str, outcomes: Mapping[int, Outcome]) -> None: ...

    async def complete_unless_changed(self, rows: Sequence[Row], outcome: Outcome) -> None: ...

    def in_order(
        self, run: Run, *, after: int = 0, states: Collection[RowState] | None = None
    ) -> AsyncIterator[Row]: ...

    async def count(self, run: str, shard: int, *, last: int) -> Counts: ...


class People(Protocol):
    async def get(self, object_id: str) -> OwnershipRecord: ...

    async def save(self, record: OwnershipRecord) -> OwnershipRecord: ...

    async def update_unchanged(self, updates: Sequence[RecordUpdate]) -> frozenset[str]: ...


class Queue(Protocol):
    async def send(self, body: str, *, delay: float = 0.0) -> None: ...

    async def send_many(self, bodies: Sequence[str]) -> None: ...


class Blobs(Protocol):
    async def read(self, name: str, *, if_match: str | None = None) -> bytes: ...

    async def write(self, name: str, data: bytes) -> None: ...


class Directory(Protocol):
    async def look_up(self, key: PersonKey) -> Account: ...

    async def look_up_with_methods(self, key: PersonKey, *, email: bool) -> AccountWithMethods: ...


class MethodsReader(Protocol):
    async def methods(self, user_id: str, *, email: bool = False) -> Methods: ...


class Done(Protocol):
    @property
    def request_id(self) -> str: ...


class MethodsWriter(MethodsReader, Protocol):
    async def execute(self, user_id: str, operation: Operation) -> Done: ...


class Budget(Protocol):
    async def take(self, wanted: int, now: datetime) -> int: ...
