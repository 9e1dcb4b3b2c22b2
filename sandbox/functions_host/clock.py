"""Time for the timers, and waits that end when the host stops.

Called by `queues`, `blobs` and `timers`; calls nothing. A `ManualClock` moves only when a test or a demo moves it.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Protocol

LONGEST_NAP = 60.0
"""Seconds between two looks at the clock during a long wait, because a suspended machine's timers fall behind."""


class HostClock(Protocol):
    def now(self) -> datetime:
        """The time in UTC, with its time zone."""

    async def wait_until(self, when: datetime, stop: asyncio.Event) -> None:
        """Return when the clock has reached `when`, or when `stop` is set."""


class SystemHostClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def wait_until(self, when: datetime, stop: asyncio.Event) -> None:
        while not stop.is_set() and (left := (when - self.now()).total_seconds()) > 0:
            await pause(min(left, LONGEST_NAP), stop)


class ManualClock:
    """A clock that stands still until it is advanced."""

    def __init__(self, start: datetime) -> None:
        self.awaited: set[datetime] = set()
        """The times that listeners wait for. A test advances the clock once this set has the expected time."""
        self._now = start
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        self._now += by
        self._moved.set()
        self._moved = asyncio.Event()

    async def wait_until(self, when: datetime, stop: asyncio.Event) -> None:
        self.awaited.add(when)
        stopped = asyncio.create_task(stop.wait())
        try:
            while self._now < when and not stopped.done():
                moved = asyncio.create_task(self._moved.wait())
                await asyncio.wait([moved, stopped], return_when=asyncio.FIRST_COMPLETED)
                moved.cancel()
        finally:
            stopped.cancel()
            self.awaited.discard(when)


async def pause(seconds: float, stop: asyncio.Event) -> None:
    """Sleep, or return at once when `stop` is set."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
