"""A set of object ids that the directory knows, read once and kept for ten minutes; the wall and the pilot are such.

Called by `protected_accounts`. A set that cannot be read keeps everybody out: the error says that nothing is changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.core.values.clock import Clock
from shared.core.values.errors import ExplainedError, PermanentError, RetryLaterError

CACHED_FOR = timedelta(minutes=10)
WAITED_FOR = timedelta(minutes=10)
"""For so long a failing Graph is bad weather and whoever asks comes back; after that they are refused."""


@dataclass(slots=True)
class CachedMembers:
    """One per process and set. `unreadable` is the code for a failure to read it, `what` the set in words."""

    read: Callable[[], Awaitable[frozenset[str]]]
    clock: Clock
    unreadable: str
    what: str
    _ids: frozenset[str] = frozenset()
    _read_at: datetime | None = None
    _failing_since: datetime | None = None
    _reading: asyncio.Task[frozenset[str]] | None = field(default=None, repr=False)

    async def hold(self, object_id: str) -> bool:
        """Whether the id is in the set, in whatever case.

        Raises PermanentError `unreadable` when the set may not be read, or could not be for WAITED_FOR;
        RetryLaterError before.
        """
        return object_id.lower() in await self._current()

    async def _current(self) -> frozenset[str]:
        """However many ask at once, the directory is read once, and all of them get the same answer or error."""
        if self._read_at is None or self.clock.now() - self._read_at >= CACHED_FOR:
            if self._reading is None or self._reading.done():
                self._reading = asyncio.create_task(self._read_and_keep())
            return await asyncio.shield(self._reading)
        return self._ids

    async def _read_and_keep(self) -> frozenset[str]:
        asked_at = self.clock.now()
        try:
            ids = await self.read()
        except ExplainedError as error:
            self._failing_since = self._failing_since or asked_at
            if isinstance(error, RetryLaterError) and asked_at - self._failing_since < WAITED_FOR:
                raise
            raise PermanentError(
                self.unreadable,
                f"{self.what} cannot be read ({error.code}), so nothing is changed",
                remedy=error.remedy,
                request_id=error.request_id,
            ) from error
        self._ids = frozenset(object_id.lower() for object_id in ids)
        self._read_at, self._failing_since = asked_at, None
        return self._ids
