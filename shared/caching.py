"""A cache with a time limit: a result is used again for some time, and simultaneous callers share one read.

Flows and adapters use it. They choose what is read and how long a result may be used.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Read[Value]:
    begun: float
    task: asyncio.Task[Value]

    def is_usable(self, now: float, seconds: float) -> bool:
        """Whether callers may use this read: it is unfinished, or it succeeded less than `seconds` ago."""
        if not self.task.done():
            return True
        return not self.task.cancelled() and self.task.exception() is None and now - self.begun < seconds


class Cache[Key, Value]:
    """The result of `read` by key, used again for `seconds`, counted from the moment when its read began.

    Callers of one key share an unfinished read, its result and its error. A caller that is cancelled does not cancel
    the read. Old results are dropped with every new read, so no more are held than were read within `seconds`.
    """

    def __init__(self, read: Callable[[Key], Awaitable[Value]], now: Callable[[], float], seconds: float) -> None:
        """`now` returns seconds from any starting point."""
        self._read = read
        self._now = now
        self._seconds = seconds
        self._reads: dict[Key, _Read[Value]] = {}

    async def get(self, key: Key) -> Value:
        """The result for `key`. Raises the errors of `read`."""
        now = self._now()
        known = self._reads.get(key)
        if known is None or not known.is_usable(now, self._seconds):
            self._reads = {other: one for other, one in self._reads.items() if one.is_usable(now, self._seconds)}
            known = self._reads[key] = _Read(now, asyncio.create_task(self._run(key)))
            known.task.add_done_callback(_mark_as_seen)
        return await asyncio.shield(known.task)

    def drop(self, key: Key) -> None:
        """Drop the result for `key`, so that the next caller reads again."""
        self._reads.pop(key, None)

    async def _run(self, key: Key) -> Value:
        return await self._read(key)


def _mark_as_seen(task: asyncio.Task[object]) -> None:
    """Mark the error of a read as handled. Otherwise asyncio logs it when all callers of the read were cancelled."""
    if not task.cancelled():
        task.exception()
