"""Limits how fast this process sends requests to Graph, with one token bucket for reads and one for writes.

Each bucket starts full, with this process's share of the documented limits. Then its rate adapts. A 429 delays the
request that it answers until the given time, or for a back-off. A 429 with `x-ms-throttle-scope` means that a limit is
reached: all requests of the kinds that it names pause, and their rates fall. When several of the last answers are 429s,
the service is congested: then all requests of the kind pause, and the rate falls once. While requests wait for the
bucket and no 429 comes, the rate rises slowly.

Source: "Microsoft Graph service-specific throttling limits" (identity and access: 8,000 resource units per 10 s and
3,000 writes per 150 s, for each app in a large tenant).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from enum import StrEnum

from shared.adapters.graph.token_bucket import LONGEST_BACK_OFF, Bucket, pause_after
from shared.core.values.errors import ThrottledError
from shared.core.values.said import Said
from shared.telemetry.events import EventName
from shared.telemetry.signals import event, measure
from shared.telemetry.table import Metric

UNITS_PER_SECOND, UNITS_WINDOW = 800.0, 10.0
WRITES_PER_SECOND, WRITES_WINDOW = 20.0, 150.0
HEADROOM = 0.985
"""The share of Graph's limits that is used, because requests may arrive closer together than they were sent."""
_REPORTED_EVERY = 60.0
"""Seconds between two lines of the log about requests of one kind, however often Graph refuses them."""
SHORTEST_SLEEP = 0.001


class RequestKind(StrEnum):
    """The limit that applies to a request: resource units, or the number of writes. A write also costs a unit."""

    READ = "read"
    WRITE = "write"


_REQUESTS = {RequestKind.READ: Said("reading"), RequestKind.WRITE: Said("writing")}


class Priority(StrEnum):
    """Graph's x-ms-throttle-priority: low requests are throttled first. High ones also overtake this app's queue."""

    LOW = "Low"
    HIGH = "High"


@dataclass(frozen=True, slots=True)
class Pacing:
    """`max_wait` is in seconds; a request that would wait longer is not sent."""

    expected_workers: int = 4
    max_concurrency: int = 256
    max_wait: float = 30.0


@dataclass(frozen=True, slots=True)
class _Delay:
    """A request that must not be sent before `until`; `times` counts its 429s in a row."""

    until: float
    times: int


class AdaptiveRateLimiter:
    """Starts requests as fast as the buckets allow, with at most `max_concurrency` in flight.

    `clock` returns seconds from any origin; `sleep` waits for a number of seconds.
    """

    def __init__(self, pacing: Pacing, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]]) -> None:
        share, now = 1 / pacing.expected_workers, clock()
        self._buckets = {
            RequestKind.READ: Bucket(UNITS_PER_SECOND * HEADROOM, UNITS_WINDOW, share, now),
            RequestKind.WRITE: Bucket(WRITES_PER_SECOND * HEADROOM, WRITES_WINDOW, share, now),
        }
        self._max_wait = pacing.max_wait
        self._clock = clock
        self._sleep = sleep
        self._permits = asyncio.Semaphore(pacing.max_concurrency)
        self._queues = {kind: asyncio.Lock() for kind in RequestKind}
        self._queued = dict.fromkeys(RequestKind, 0.0)
        self._delayed: dict[str, _Delay] = {}
        self._reported_until = dict.fromkeys(RequestKind, float("-inf"))

    def deadline(self) -> float:
        """The time until which a request that arrives now may wait, including all its retries."""
        return self._clock() + self._max_wait

    async def start(
        self, kind: RequestKind, cost: float, until: float, *, urgent: bool, targets: Collection[str] = ()
    ) -> float:
        """Wait until one request may be sent, and return that time. The caller must `finish` it.

        `targets` name what it asks for, such as the parts of a batch; it waits first until none of them is delayed.
        Then an urgent request overtakes the queue, and waits for a pause but not for tokens.
        Raises ThrottledError when the wait would go beyond `until`.
        """
        while True:
            await self._wait_for_delays(kind, targets, until)
            await self._wait_for_turn(kind, cost, until, urgent=urgent)
            if not self._seconds_delayed(targets, self._clock()):
                break
            self.finish()  # a 429 came in the meantime
        self._buckets[kind].spend(cost)
        measure(Metric.GRAPH_REQUESTS, cost, kind=kind)
        measure(Metric.GRAPH_LIMIT, self._buckets[kind].rate, kind=kind)
        if kind is RequestKind.WRITE:
            self._buckets[RequestKind.READ].spend(cost)
        return self._clock()

    async def _wait_for_turn(self, kind: RequestKind, cost: float, until: float, *, urgent: bool) -> None:
        if urgent:
            await self._acquire(kind, None, until)
        else:
            now = self._clock()
            self._refuse_beyond(until, self._buckets[kind].seconds_until(self._queued[kind] + cost, now), kind, now)
            self._queued[kind] += cost
            try:
                async with self._queues[kind]:
                    # One start per turn of the loop, so that a 429 that has arrived is handled before the next request.
                    await self._sleep(0)
                    await self._acquire(kind, cost, until)
            finally:
                self._queued[kind] -= cost

    async def pause(self, seconds: float, until: float) -> bool:
        """Wait before an unanswered request is sent again; False, without a wait, if it would end after `until`."""
        if self._clock() + seconds > until:
            return False
        await self._sleep(seconds)
        return True

    def finish(self) -> None:
        self._permits.release()

    def accepted(self, kind: RequestKind, started: float, used: float | None, targets: Collection[str] = ()) -> None:
        """A request of this kind for these `targets` did not get a 429.

        `used` is x-ms-throttle-limit-percentage; 1.0 is the limit.
        """
        for target in targets:
            if target in self._delayed and self._delayed[target].until <= started:
                del self._delayed[target]
        self._buckets[kind].accepted(started, self._clock(), used)

    def throttled(
        self,
        kind: RequestKind,
        started: float,
        retry_after: float | None,
        scope: str = "",
        targets: Collection[str] = (),
    ) -> None:
        """A request of this kind, or these parts of it, got a 429.

        `scope` is x-ms-throttle-scope, which may name both kinds. Without it, Retry-After concerns this request alone:
        the 429 may be chance, or the backend of the authentication methods has reached a limit that it does not show.
        """
        now = self._clock()
        measure(Metric.GRAPH_THROTTLED, len(targets) or 1, kind=kind)
        if targets and not scope:
            self._delay(targets, retry_after, now)
            if self._buckets[kind].is_congested() and self._buckets[kind].congested(started, now):
                self._tell(kind, now)
            return
        both = "/readwrite/" in scope.casefold()
        for one, bucket in self._buckets.items():
            if (one is kind or both) and bucket.throttled(started, now, retry_after):
                self._tell(one, now)

    def _tell(self, kind: RequestKind, now: float) -> None:
        if now < self._reported_until[kind]:
            return
        self._reported_until[kind] = now + _REPORTED_EVERY
        bucket = self._buckets[kind]
        seconds = round(bucket.paused_until - now, 1)
        event(EventName.THROTTLED, kind=kind, seconds=seconds, rate=round(bucket.rate, 2))

    def in_words(self) -> str:
        """How Graph throttles this process at this moment; "" = it does not."""
        now = self._clock()
        slowed = [
            f"at most {bucket.rate:.1f} {kind}s a second"
            + (f" after a pause of {bucket.paused_until - now:.0f} s" if now < bucket.paused_until else "")
            for kind, bucket in self._buckets.items()
            if bucket.is_slowed(now)
        ]
        return f"Microsoft Graph throttles the app, which sends {' and '.join(slowed)}." if slowed else ""

    def _delay(self, targets: Collection[str], retry_after: float | None, now: float) -> None:
        """Delay these requests; without a time, for a back-off that doubles with each of their 429s in a row."""
        self._delayed = {one: delay for one, delay in self._delayed.items() if now < delay.until + LONGEST_BACK_OFF}
        for target in targets:
            before = self._delayed.get(target, _Delay(now, 0))
            until = now + pause_after(before.times + 1, retry_after) + SHORTEST_SLEEP
            self._delayed[target] = _Delay(max(before.until, until), before.times + 1)

    def _seconds_delayed(self, targets: Collection[str], now: float) -> float:
        until = max((self._delayed[one].until for one in targets if one in self._delayed), default=now)
        return max(0.0, until - now)

    async def _wait_for_delays(self, kind: RequestKind, targets: Collection[str], until: float) -> None:
        now = self._clock()
        while (wait := self._seconds_delayed(targets, now)) > 0:
            self._refuse_beyond(until, wait, kind, now)
            await self._sleep(max(wait, SHORTEST_SLEEP))
            now = self._clock()

    async def _acquire(self, kind: RequestKind, cost: float | None, until: float) -> None:
        """Only urgent requests and the first of each queue wait here, so few of the permits are used by waiting."""
        await self._permits.acquire()
        try:
            await self._wait_for_bucket(kind, cost, until)
        except BaseException:
            self._permits.release()
            raise

    async def _wait_for_bucket(self, kind: RequestKind, cost: float | None, until: float) -> None:
        """Wait until the bucket holds `cost`; None = only until a pause is over."""
        bucket, now = self._buckets[kind], self._clock()
        while (wait := bucket.wait_for(cost, now)) > 0:
            self._refuse_beyond(until, wait, kind, now)
            was_paused = bucket.paused_until > now
            await self._sleep(max(wait, SHORTEST_SLEEP))
            now = self._clock()
            if not was_paused:
                bucket.raise_rate(now)

    def _refuse_beyond(self, until: float, wait: float, kind: RequestKind, now: float) -> None:
        if now + wait > until:
            raise ThrottledError(
                "throttled",
                Said(
                    "Graph's limit for {requests} is used up for another {seconds} s.",
                    requests=_REQUESTS[kind],
                    seconds=f"{wait:.0f}",
                ),
                delay=wait,
                remedy="Wait until the limit allows it; the app retries the work of runs.",
            )
