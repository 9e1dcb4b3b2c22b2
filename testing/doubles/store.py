"""What tables, queues and containers in memory have in common: they are made, looked at, closed, and count requests."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from shared.adapters.storage.requests import OnOperation
from shared.core.values.errors import PermanentError


class MemoryStore:
    """Only `reachable` minds whether the store was created."""

    service: ClassVar[str]
    """How requests are counted, for instance `table` in `table.get`."""
    kind: ClassVar[str]
    """What people call it."""

    def __init__(self, name: str, on_operation: OnOperation) -> None:
        self.name = name
        self.exists = False
        self._on_operation = on_operation

    async def ensure(self) -> None:
        await self._request("ensure")
        self.exists = True

    async def reachable(self) -> None:
        await self._request("reachable")
        if not self.exists:
            raise PermanentError("storageMissing", f"{self.kind} {self.name} does not exist.")

    async def close(self) -> None:
        """Nothing is open."""

    async def _request(self, operation: str) -> None:
        """Tell that a request is made, and let other tasks run before it happens."""
        self._on_operation(f"{self.service}.{operation}")
        await asyncio.sleep(0)
