"""A whole storage account in memory: the same name is always the same table, queue or container."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from shared.adapters.storage.requests import OnOperation, not_counted
from testing.doubles.container import MemoryContainer
from testing.doubles.queue import MemoryQueue
from testing.doubles.table import MemoryTable


class MemoryStorage:
    """`tables`, `queues` and `containers` have what was opened so far, by name."""

    def __init__(
        self, clock: Callable[[], datetime], on_operation: OnOperation = not_counted, gather_seconds: float = 0.0
    ) -> None:
        self.tables: dict[str, MemoryTable] = {}
        self.queues: dict[str, MemoryQueue] = {}
        self.containers: dict[str, MemoryContainer] = {}
        self._clock = clock
        self._on_operation = on_operation
        self._gather_seconds = gather_seconds

    def table(self, name: str) -> MemoryTable:
        if name not in self.tables:
            self.tables[name] = MemoryTable(name, self._on_operation, self._clock, gather_seconds=self._gather_seconds)
        return self.tables[name]

    def queue(self, name: str) -> MemoryQueue:
        return self.queues.setdefault(name, MemoryQueue(name, self._on_operation, self._clock))

    def container(self, name: str) -> MemoryContainer:
        return self.containers.setdefault(name, MemoryContainer(name, self._on_operation, self._clock))

    async def close(self) -> None:
        """There is no connection to close."""
