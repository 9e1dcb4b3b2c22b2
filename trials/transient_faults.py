"""Storage in memory with faults: queues that duplicate, delay, reorder and lose messages, tables that lose answers.

Scenarios give it to `hosted(storage=...)`. Except for lost messages, this is documented behaviour:
queues deliver at least once and in any order, and a client that retries after a lost answer finds its own write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from azure.core.exceptions import ServiceRequestError

from shared.adapters.storage.requests import OnOperation
from shared.core.values.errors import AlreadyExistsError, ConcurrencyError
from shared.core.values.storage import Merge, Received, TableWrite, Values
from testing.doubles import MemoryQueue, MemoryStorage, MemoryTable
from testing.virtual_time import Now


@dataclass(slots=True)
class Disorder:
    """What queues do to messages, in shares of all.

    `late` is the longest delay in seconds; that of a copy is twice as long.
    """

    random: Random
    twice: float = 0.0
    lost: float = 0.0
    late: float = 0.0
    queues: frozenset[str] = frozenset()
    """The queues that do this; empty = all."""
    copies: int = field(default=0, init=False)
    losses: int = field(default=0, init=False)


@dataclass(slots=True)
class Outage:
    """While `on`, this share of requests to `service` (`table`, `queue`, `blob`) is not answered."""

    random: Random
    service: str
    share: float = 1.0
    on: bool = False
    refused: int = field(default=0, init=False)

    def __call__(self, operation: str, /) -> None:
        if self.on and operation.startswith(f"{self.service}.") and self.random.random() < self.share:
            self.refused += 1
            raise ServiceRequestError(f"The {self.service} service does not answer.")


@dataclass(slots=True)
class Forgetting:
    """For this share of table writes, the answer is lost."""

    random: Random
    share: float
    lost: int = field(default=0, init=False)

    def strikes(self) -> bool:
        struck = self.random.random() < self.share
        self.lost += struck
        return struck


class DisorderlyQueue(MemoryQueue):
    """A queue that applies `disorder` to its messages."""

    def __init__(self, name: str, on_operation: OnOperation, now: Now, disorder: Disorder) -> None:
        super().__init__(name, on_operation, now)
        self._disorder = disorder

    def put(self, text: str, *, delay: float = 0.0, lifetime: timedelta | None = None) -> None:
        disorder, chance = self._disorder, self._disorder.random.random
        if chance() < disorder.lost:
            disorder.losses += 1
            return
        super().put(text, delay=delay + chance() * disorder.late, lifetime=lifetime)
        if chance() < disorder.twice:
            disorder.copies += 1
            super().put(text, delay=delay + 2 * chance() * disorder.late, lifetime=lifetime)

    async def receive(self, count: int = 32, *, lease: float) -> list[Received]:
        shuffled = list(self.messages.items())
        self._disorder.random.shuffle(shuffled)
        self.messages = dict(shuffled)
        return await super().receive(count, lease=lease)


class ForgetfulTable(MemoryTable):
    """A table that loses the answers to some writes, so that the retry meets the first write."""

    def __init__(self, name: str, on_operation: OnOperation, now: Now, forgetting: Forgetting) -> None:
        super().__init__(name, on_operation, now)
        self._forgetting = forgetting

    async def insert(self, partition: str, key: str, values: Values) -> str:
        etag = await super().insert(partition, key, values)
        if self._forgetting.strikes():
            raise AlreadyExistsError(f"{self.name}: {partition}/{key} already exists.")
        return etag

    async def replace(self, partition: str, key: str, values: Values, *, etag: str) -> str:
        new = await super().replace(partition, key, values, etag=etag)
        self._lose_answer(partition, key)
        return new

    async def merge(self, partition: str, key: str, values: Values, *, etag: str | None = None) -> str:
        new = await super().merge(partition, key, values, etag=etag)
        if etag is not None:
            self._lose_answer(partition, key)
        return new

    def _lose_answer(self, partition: str, key: str) -> None:
        """The repeated write finds another ETag."""
        if self._forgetting.strikes():
            raise ConcurrencyError(f"{self.name}: {partition}/{key} was changed or deleted in the meantime.")

    async def transact(self, partition: str, writes: Sequence[TableWrite]) -> list[str] | None:
        etags = await super().transact(partition, writes)
        is_lost = etags is not None and not _repeatable(writes) and self._forgetting.strikes()
        return None if is_lost else etags


class BadStorage(MemoryStorage):
    """An account whose queues disorder messages and whose tables lose answers."""

    def __init__(
        self,
        now: Now,
        *,
        disorder: Disorder,
        forgetting: Forgetting | None = None,
        on_operation: OnOperation,
    ) -> None:
        super().__init__(now, on_operation)
        self._now = now
        self._disorder = disorder
        self._forgetting = forgetting
        self._tell = on_operation

    def table(self, name: str) -> MemoryTable:
        if self._forgetting and name not in self.tables:
            self.tables[name] = ForgetfulTable(name, self._tell, self._now, self._forgetting)
        return super().table(name)

    def queue(self, name: str) -> MemoryQueue:
        if name not in self.queues and (not self._disorder.queues or name in self._disorder.queues):
            self.queues[name] = DisorderlyQueue(name, self._tell, self._now, self._disorder)
        return super().queue(name)


def _repeatable(writes: Sequence[TableWrite]) -> bool:
    """Whether the transaction has only unconditional merges, which succeed again when they are repeated."""
    return all(isinstance(write, Merge) and write.etag is None for write in writes)
