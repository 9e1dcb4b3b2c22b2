"""How fast this process may ask Graph: one governor for all calls, with a bucket for reads and one for writes.

Used by the client around every call. Each bucket starts with this process's share of the documented limits and spends
what it holds at once; then it learns: a 429 stops its kind until the time given and lowers the rate, being held back
by our own bucket without a 429 raises it slowly. Source: "Microsoft Graph service-specific throttling limits"
(identity and access: 8,000 resource units per 10 s and 3,000 writes per 150 s, for each app in a large tenant).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from shared.adapters.graph.bucket import Bucket
from shared.core.values.errors import ThrottledError

UNITS_PER_SECOND, UNITS_WINDOW = 800.0, 10.0
WRITES_PER_SECOND, WRITES_WINDOW = 20.0, 150.0
HEADROOM = 0.985
"""Requests arrive closer together than they were sent; a bucket exactly as large as Graph's would spill."""
SHORTEST_SLEEP = 0.001


class Kind(StrEnum):
    """What limits a call: resource units, or writes (which cost a unit besides)."""

    READ = "read"
    WRITE = "write"


class Priority(StrEnum):
    """Graph's x-ms-throttle-priority: low calls are throttled first. High ones overtake our own queue as well."""

    LOW = "Low"
    HIGH = "High"


@dataclass(frozen=True, slots=True)
class Pacing:
    """`max_wait` in seconds: work that would wait longer is given back to its queue."""

    expected_workers: int = 4
    max_concurrency: int = 256
    max_wait: float = 30.0


class AdaptiveRateLimiter:
    """Lets calls start in order of arrival, no faster than the buckets and no more at once than `max_concurrency`.

    `clock` counts seconds from anywhere, `sleep` waits for so many.
    """

    def __init__(self, pacing: Pacing, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]]) -> None:
        share, now = 1 / pacing.expected_workers, clock()
        self._buckets = {
            Kind.READ: Bucket(UNITS_PER_SECOND * HEADROOM, UNITS_WINDOW, share, now),
            Kind.WRITE: Bucket(WRITES_PER_SECOND * HEADROOM, WRITES_WINDOW, share, now),
        }
        self._max_wait = pacing.max_wait
        self._clock = clock
        self._sleep = sleep
        self._places = asyncio.Semaphore(pacing.max_concurrency)
        self._queues = {kind: asyncio.Lock() for kind in Kind}
        self._queued = dict.fromkeys(Kind, 0.0)

    def patience(self) -> float:
        """The time until which a call that arrives now is kept waiting, over all its attempts."""
        return self._clock() + self._max_wait

    async def start(self, kind: Kind, cost: float, until: float, *, urgent: bool) -> float:
        """Wait for leave to make one call; the caller must `finish` it. Returns the time at which it starts.

        An urgent call overtakes the queue and spends on credit: only a halt makes it wait.
        Raises ThrottledError when there will be no leave before `until`.
        """
        if urgent:
            await self._take_place(kind, None, until)
        else:
            now = self._clock()
            self._refuse_beyond(until, self._buckets[kind].outlook(self._queued[kind] + cost, now), kind, now)
            self._queued[kind] += cost
            try:
                async with self._queues[kind]:
                    # One start per turn of the loop, so that a 429 that has come in is heard before the next call.
                    await self._sleep(0)
                    await self._take_place(kind, cost, until)
            finally:
                self._queued[kind] -= cost
        self._buckets[kind].spend(cost)
        if kind is Kind.WRITE:
            self._buckets[Kind.READ].spend(cost)
        return self._clock()

    def finish(self) -> None:
        self._places.release()

    def accepted(self, kind: Kind, started: float, used: float | None) -> None:
        """A call of this kind was let through. `used` is x-ms-throttle-limit-percentage, 1.0 being the limit."""
        self._buckets[kind].accepted(started, self._clock(), used)

    def throttled(self, kind: Kind, started: float, retry_after: float | None, scope: str = "") -> None:
        """A call of this kind got a 429. `scope` is x-ms-throttle-scope, which may name both kinds."""
        both = "/readwrite/" in scope.casefold()
        for one, bucket in self._buckets.items():
            if one is kind or both:
                bucket.throttled(started, self._clock(), retry_after)

    async def _take_place(self, kind: Kind, cost: float | None, until: float) -> None:
        """Apart from urgent calls only the head of a queue gets here, so those who wait keep few places idle."""
        await self._places.acquire()
        try:
            await self._wait_for_leave(kind, cost, until)
        except BaseException:
            self._places.release()
            raise

    async def _wait_for_leave(self, kind: Kind, cost: float | None, until: float) -> None:
        """Until the bucket holds `cost`; None = only until a halt is over."""
        bucket, now = self._buckets[kind], self._clock()
        while (wait := bucket.wait(cost, now)) > 0:
            self._refuse_beyond(until, wait, kind, now)
            halted = bucket.halted_until > now
            await self._sleep(max(wait, SHORTEST_SLEEP))
            now = self._clock()
            if not halted:
                bucket.held_back(now)

    def _refuse_beyond(self, until: float, wait: float, kind: Kind, now: float) -> None:
        if now + wait > until:
            raise ThrottledError(
                "throttled",
                f"Graph's limit for {kind}s leaves no room for another {wait:.0f} s.",
                delay=wait,
                remedy="Nothing to do: the work goes on by itself when there is room.",
            )
