"""The base of tables, queues and containers in memory: creation, a check, closing, and counted requests."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from shared.adapters.storage.requests import OnOperation
from shared.core.values.errors import PermanentError


class MemoryStore:
    """Only `reachable` checks whether the store was created."""

    service: ClassVar[str]
    """How requests are counted, for instance `table` in `table.get`."""
    kind: ClassVar[str]
    """Its name in messages."""

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
        """There is no connection to close."""

    async def _request(self, operation: str) -> None:
        """Report the request, and let other tasks run before it is done."""
        self._on_operation(f"{self.service}.{operation}")
        await asyncio.sleep(0)
