"""Limits how fast this process sends requests to Graph, with one token bucket for reads and one for writes.

Used by the client around every request. Each bucket starts full, with this process's share of the documented limits.
Then its rate adapts. A 429 holds the request that it was said of until the given time; one that names a scope pauses
all requests of that kind. When many of the last answers are 429s, which chance does not do, the service is congested:
then all requests of the kind pause, and the rate falls once. Waiting for the bucket without a 429 raises it slowly.
Source: "Microsoft Graph service-specific throttling limits"
(identity and access: 8,000 resource units per 10 s and 3,000 writes per 150 s, for each app in a large tenant).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from enum import StrEnum

from shared.core.values.errors import ThrottledError

UNITS_PER_SECOND, UNITS_WINDOW = 800.0, 10.0
WRITES_PER_SECOND, WRITES_WINDOW = 20.0, 150.0
HEADROOM = 0.985
"""Requests may arrive at Graph closer together than they were sent, so these buckets are smaller than Graph's."""
SHORTEST_SLEEP = 0.001

DECREASE = 0.7
RECOVERY_SECONDS = 300.0
"""How long a rate takes to rise from nothing to its ceiling while requests wait for it."""
NEARLY_USED = 0.8
CAUTIOUS_SECONDS = 10.0
"""How long a rate does not rise after Graph reported that the limit is nearly reached."""
SLOWEST = 0.01
FIRST_BACK_OFF, LONGEST_BACK_OFF = 1.0, 60.0
_MOST_DOUBLINGS = 64
"""The pause has long reached its limit by then; further powers of 2 would overflow."""
LONGEST_PAUSE = 3600.0
"""The longest Retry-After that is used, so that one wrong date does not stop the process."""
LONGEST_GROWTH_STEP = 1.0
NOTHING_MISSING = 1e-6
LAST_ANSWERS, CONGESTED = 10, 4
"""So many 429s among the last answers of a kind mean congestion; chance of 3 % makes them once in 6,000 answers."""


class Kind(StrEnum):
    """The limit that applies to a request: resource units, or the number of writes. A write also costs a unit."""

    READ = "read"
    WRITE = "write"


class Priority(StrEnum):
    """Graph's x-ms-throttle-priority: low requests are throttled first. High ones also overtake this app's queue."""

    LOW = "Low"
    HIGH = "High"


@dataclass(frozen=True, slots=True)
class Pacing:
    """`max_wait` is in seconds; work that would wait longer is returned to its queue."""

    expected_workers: int = 4
    max_concurrency: int = 256
    max_wait: float = 30.0


class Bucket:
    """A token bucket with an adaptive rate. It holds at most `window` seconds of its rate.

    It starts full with the rate `share` * `ceiling`; the rate never rises above `ceiling`. Times are in seconds by any
    one clock, which the caller reads; rates are in units per second.
    """

    def __init__(self, ceiling: float, window: float, share: float, now: float) -> None:
        self.rate = ceiling * share
        self.paused_until = now
        self._ceiling = ceiling
        self._window = window
        self._tokens = self.rate * window
        self._at = self._grown_at = now
        self._cut_at = now
        self._cuts_in_a_row = 0
        self._cautious_until = now
        self._last = deque[bool](maxlen=LAST_ANSWERS)
        """Whether each of the last answers was a 429."""

    def wait_for(self, cost: float | None, now: float) -> float:
        """Seconds until `cost` may be spent, 0 = now; None = until a pause is over.

        A cost that the bucket can never hold waits for a full bucket.
        """
        if cost is None:
            return max(0.0, self.paused_until - now)
        return self.seconds_until(min(cost, self.rate * self._window), now)

    def seconds_until(self, cost: float, now: float) -> float:
        """Seconds until the bucket has gained `cost`, which may be that of many requests."""
        self._refill(now)
        missing = cost - self._tokens
        return max(0.0, self.paused_until - now) + (missing / self.rate if missing > NOTHING_MISSING else 0.0)

    def spend(self, cost: float) -> None:
        """Take `cost`; the bucket may fall below zero."""
        self._tokens -= cost

    def raise_rate(self, now: float) -> None:
        """Raise the rate by a step, because a request waited for it and not for a pause."""
        step = max(0.0, min(now - self._grown_at, LONGEST_GROWTH_STEP)) / RECOVERY_SECONDS
        self._grown_at = max(now, self._grown_at)
        if now >= self._cautious_until:
            self.rate = min(self._ceiling, self.rate + self._ceiling * step)

    def accepted(self, started: float, now: float, used: float | None) -> None:
        """A request that started at `started` was accepted; `used` is the used share of the limit, if known."""
        self._last.append(False)
        if started >= self._cut_at:
            self._cuts_in_a_row = 0
        if used is not None and used >= NEARLY_USED:
            self._cautious_until = now + CAUTIOUS_SECONDS

    def throttled(self, started: float, now: float, retry_after: float | None, *, is_limit: bool = True) -> None:
        """A request that started at `started` got a 429: pause, and lower the rate once for all requests in flight.

        Unless the 429 says that it `is_limit`, the rate does not fall again before something was accepted.
        """
        if started >= self._cut_at:
            if is_limit or not self._cuts_in_a_row:
                self.rate = max(self._ceiling * SLOWEST, self.rate * DECREASE)
            self._cut_at = now
            self._cuts_in_a_row = min(self._cuts_in_a_row + 1, _MOST_DOUBLINGS)
        back_off = min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2.0 ** max(0, self._cuts_in_a_row - 1))
        delay = min(LONGEST_PAUSE, back_off if retry_after is None else retry_after)
        self.paused_until = max(self.paused_until, now + delay)
        self._tokens = min(self._tokens, 0.0)
        self._at = self._grown_at = self.paused_until

    def is_congested(self) -> bool:
        """Note a 429; returns whether so many of the last answers were 429s that it is not chance."""
        self._last.append(True)
        return sum(self._last) >= CONGESTED

    def _refill(self, now: float) -> None:
        if now > self._at:
            self._tokens = min(self.rate * self._window, self._tokens + (now - self._at) * self.rate)
            self._at = now


@dataclass(frozen=True, slots=True)
class _Hold:
    """A request that must not be sent before `until`; `times` counts its 429s in a row."""

    until: float
    times: int


class AdaptiveRateLimiter:
    """Starts requests in order of arrival, as fast as the buckets allow, with at most `max_concurrency` in flight.

    `clock` returns seconds from any origin; `sleep` waits for a number of seconds.
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
        self._permits = asyncio.Semaphore(pacing.max_concurrency)
        self._queues = {kind: asyncio.Lock() for kind in Kind}
        self._queued = dict.fromkeys(Kind, 0.0)
        self._held: dict[str, _Hold] = {}

    def deadline(self) -> float:
        """The time until which a request that arrives now may wait, including all its retries."""
        return self._clock() + self._max_wait

    async def start(
        self, kind: Kind, cost: float, until: float, *, urgent: bool, addresses: Collection[str] = ()
    ) -> float:
        """Wait until one request may be sent, and return that time. The caller must `finish` it.

        `addresses` are what it asks for, such as the parts of a batch; it waits first until none of them is held.
        An urgent request overtakes the queue and waits only for a pause; its bucket may fall below zero.
        Raises ThrottledError when the wait would go beyond `until`.
        """
        while True:
            await self._wait_for_holds(kind, addresses, until)
            await self._wait_for_turn(kind, cost, until, urgent=urgent)
            if not self._seconds_held(addresses, self._clock()):
                break
            self.finish()  # a 429 came in the meantime
        self._buckets[kind].spend(cost)
        if kind is Kind.WRITE:
            self._buckets[Kind.READ].spend(cost)
        return self._clock()

    async def _wait_for_turn(self, kind: Kind, cost: float, until: float, *, urgent: bool) -> None:
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

    def finish(self) -> None:
        self._permits.release()

    def accepted(self, kind: Kind, started: float, used: float | None, addresses: Collection[str] = ()) -> None:
        """Graph accepted a request of this kind for these `addresses`.

        `used` is x-ms-throttle-limit-percentage; 1.0 is the limit.
        """
        for address in addresses:
            if address in self._held and self._held[address].until <= started:
                del self._held[address]
        self._buckets[kind].accepted(started, self._clock(), used)

    def throttled(
        self,
        kind: Kind,
        started: float,
        retry_after: float | None,
        scope: str = "",
        addresses: Collection[str] = (),
    ) -> None:
        """A request of this kind, or these parts of it, got a 429.

        `scope` is x-ms-throttle-scope, which may name both kinds. Without it, Retry-After is said of the request alone.
        """
        now = self._clock()
        is_congested = self._buckets[kind].is_congested()
        if not scope:
            self._hold(addresses, retry_after, now)
            if is_congested or not addresses:
                self._buckets[kind].throttled(started, now, None if addresses else retry_after, is_limit=not addresses)
            return
        both = "/readwrite/" in scope.casefold()
        for one, bucket in self._buckets.items():
            if one is kind or both:
                bucket.throttled(started, now, retry_after)

    def _hold(self, addresses: Collection[str], retry_after: float | None, now: float) -> None:
        """Hold these requests; without a time, for a back-off that doubles with each of their 429s in a row."""
        self._held = {one: held for one, held in self._held.items() if now < held.until + LONGEST_BACK_OFF}
        for address in addresses:
            times = self._held[address].times + 1 if address in self._held else 1
            back_off = min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2.0 ** min(times - 1, _MOST_DOUBLINGS))
            delay = min(LONGEST_PAUSE, back_off if retry_after is None else retry_after)
            self._held[address] = _Hold(now + delay + SHORTEST_SLEEP, times)

    def _seconds_held(self, addresses: Collection[str], now: float) -> float:
        until = max((self._held[one].until for one in addresses if one in self._held), default=now)
        return max(0.0, until - now)

    async def _wait_for_holds(self, kind: Kind, addresses: Collection[str], until: float) -> None:
        now = self._clock()
        while (wait := self._seconds_held(addresses, now)) > 0:
            self._refuse_beyond(until, wait, kind, now)
            await self._sleep(max(wait, SHORTEST_SLEEP))
            now = self._clock()

    async def _acquire(self, kind: Kind, cost: float | None, until: float) -> None:
        """Only urgent requests and the first of each queue wait here, so few of `max_concurrency` are in use."""
        await self._permits.acquire()
        try:
            await self._wait_for_bucket(kind, cost, until)
        except BaseException:
            self._permits.release()
            raise

    async def _wait_for_bucket(self, kind: Kind, cost: float | None, until: float) -> None:
        """Wait until the bucket holds `cost`; None = only until a pause is over."""
        bucket, now = self._buckets[kind], self._clock()
        while (wait := bucket.wait_for(cost, now)) > 0:
            self._refuse_beyond(until, wait, kind, now)
            was_paused = bucket.paused_until > now
            await self._sleep(max(wait, SHORTEST_SLEEP))
            now = self._clock()
            if not was_paused:
                bucket.raise_rate(now)

    def _refuse_beyond(self, until: float, wait: float, kind: Kind, now: float) -> None:
        if now + wait > until:
            raise ThrottledError(
                "throttled",
                f"Graph's limit for {kind}s is used up for another {wait:.0f} s.",
                delay=wait,
                remedy="Nothing to do: the app continues when the limit allows it.",
            )
