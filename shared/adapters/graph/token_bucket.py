"""A token bucket whose rate adapts: a limit and congestion lower it, and waiting without a 429 raises it slowly.

The rate limiter has one for reads and one for writes.
"""

from __future__ import annotations

from collections import deque

RECOVERY_SECONDS = 300.0
"""How long a rate without congestion takes from nothing to its ceiling while requests wait."""
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
PROOF = 10
"""This many answers without a 429 after congestion show that it has passed; then each one puts two tokens back."""


def pause_after(times: int, retry_after: float | None) -> float:
    """Seconds to wait after so many 429s in a row: what the last one said, or a back-off that doubles each time."""
    back_off = min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2.0 ** min(max(0, times - 1), _MOST_DOUBLINGS))
    return min(LONGEST_PAUSE, back_off if retry_after is None else retry_after)


class Bucket:
    """A token bucket with an adaptive rate. It holds at most `window` seconds of its rate.

    It starts full with the rate `share` * `ceiling`; the rate never rises above `ceiling`. Times are in seconds by any
    one clock, which the caller reads; rates are in units per second.
    """

    def __init__(self, ceiling: float, window: float, share: float, now: float) -> None:
        self.rate = self._first_rate = ceiling * share
        self.paused_until = now
        self._ceiling = ceiling
        self._window = window
        self._tokens = self.rate * window
        self._at = self._grown_at = now
        self._cut_at = now
        self._cuts_in_a_row = 0
        self._cautious_until = now
        self._congestion = Congestion(now)
        self._aside = 0.0
        """How many answers may put two tokens back each, after congestion has emptied the bucket."""
        self._accepted_since = 0
        """The answers without a 429 since the last cut."""

    def wait_for(self, cost: float | None, now: float) -> float:
        """Seconds until `cost` may be spent (0 = now), or, if `cost` is None, until the pause is over.

        A cost that the bucket can never hold waits for a full bucket.
        """
        if cost is None:
            return max(0.0, self.paused_until - now)
        return self.seconds_until(min(cost, self.rate * self._window), now)

    def seconds_until(self, cost: float, now: float) -> float:
        """Seconds until the bucket has `cost` tokens; `cost` may be that of many requests, and more than it holds."""
        self._refill(now)
        missing = cost - self._tokens
        return max(0.0, self.paused_until - now) + (missing / self.rate if missing > NOTHING_MISSING else 0.0)

    def spend(self, cost: float) -> None:
        """Take `cost`; the bucket may fall below zero."""
        self._tokens -= cost

    def is_slowed(self, now: float) -> bool:
        """Whether 429s have made it slower than it began, or pause it."""
        return now < self.paused_until or self.rate < self._first_rate

    def raise_rate(self, now: float) -> None:
        """Raise the rate by a step, because a request waited for it and not for a pause."""
        seconds = max(0.0, min(now - self._grown_at, LONGEST_GROWTH_STEP))
        self._grown_at = max(now, self._grown_at)
        if now >= self._cautious_until:
            growth = self._congestion.growth(self.rate, self._ceiling / RECOVERY_SECONDS)
            self.rate = min(self._ceiling, self.rate + seconds * growth)

    def accepted(self, started: float, now: float, used: float | None) -> None:
        """A request that started at `started` got no 429; `used` is the used share of the limit, if known."""
        self._congestion.note(refused=False)
        if started >= self._cut_at:
            self._cuts_in_a_row = 0
            self._accepted_since += 1
            if self._accepted_since >= PROOF and self._aside >= 1:
                self._aside -= 1
                self._tokens += 2
        if used is not None and used >= NEARLY_USED:
            self._cautious_until = now + CAUTIOUS_SECONDS

    def throttled(self, started: float, now: float, retry_after: float | None) -> bool:
        """A request that started at `started` reached a limit: pause, and lower the rate once for all in flight.

        Returns whether the rate fell.
        """
        falls = started >= self._cut_at
        if falls:
            self._set_rate(self.rate * DECREASE)
        self._pause(started, now, retry_after)
        return falls

    def is_congested(self) -> bool:
        """Note a 429 that may be chance; returns whether it is congestion."""
        return self._congestion.note(refused=True)

    def congested(self, started: float, now: float) -> bool:
        """Congestion was met by a request that started at `started`: pause, and lower the rate once for all in flight.

        The rate does not fall again before an answer without a 429. The bucket is emptied; tokens come back once the
        congestion has passed. Returns whether the rate fell.
        """
        falls = started >= self._cut_at and not self._cuts_in_a_row
        if falls:
            self._set_rate(self._congestion.met(self.rate, now))
            self._aside = (self._aside + max(self._tokens, 0.0)) / 2
        self._pause(started, now, None)
        return falls

    def _set_rate(self, rate: float) -> None:
        self.rate = max(self._ceiling * SLOWEST, rate)

    def _pause(self, started: float, now: float, retry_after: float | None) -> None:
        if started >= self._cut_at:
            self._cut_at = now
            self._cuts_in_a_row += 1
            self._accepted_since = 0
        self.paused_until = max(self.paused_until, now + pause_after(self._cuts_in_a_row, retry_after))
        self._tokens = min(self._tokens, 0.0)
        self._at = self._grown_at = self.paused_until

    def _refill(self, now: float) -> None:
        if now > self._at:
            self._tokens = min(self.rate * self._window, self._tokens + (now - self._at) * self.rate)
            self._at = now


DECREASE = 0.7
LAST_ANSWERS, CONGESTED = 4, 2
"""This many 429s among the last answers mean congestion; at a chance of 3 % they occur once in 400 answers."""
RETURN_SECONDS = 90.0
"""How long a rate takes to come back to where congestion was met: fast at first, and ever slower close to it.
Source: the cubic growth of RFC 9438, "CUBIC for Fast and Long-Distance Networks"."""
CAREFUL = 0.25
"""Near the rate that met congestion, the rate rises by at least this part of an ordinary step."""
LOWER, LATER = 0.9, 1.25
"""A rate below this share of the one that last met congestion counts as lower. A time without congestion counts as
equally short if it is at most this factor times the one before."""
CONTRADICTIONS = 2
"""If a lower rate meets congestion after as short a time, this often in a row, the rate is not its cause."""


class Congestion:
    """Tells congestion from chance, and says how the rate of requests of one kind follows it.

    A limit, once reached, refuses every request, and is reached later at a lower rate; a service that refuses by
    chance, or in bursts, does neither. So the rate falls when refusals come together, and then rises: fast, but slowly
    near the rate that met congestion. The rate is restored when lower ones meet congestion after as short a time. Times
    are in seconds, rates in units per second.
    """

    def __init__(self, now: float) -> None:
        self._last = deque[bool](maxlen=LAST_ANSWERS)
        self._rate: float | None = None
        """The rate that last met congestion."""
        self._at = now
        self._lasted = 0.0
        """The time without congestion before it was last met."""
        self._first = 0.0
        """The rate before the contradictions."""
        self._contradictions = 0

    def note(self, *, refused: bool) -> bool:
        """Note an answer; returns whether so many of the last ones were 429s that it is not chance."""
        self._last.append(refused)
        return sum(self._last) >= CONGESTED

    def met(self, rate: float, now: float) -> float:
        """Congestion is met at this rate; returns the rate to go on with."""
        lasted = now - self._at
        is_lower = self._rate is not None and rate < LOWER * self._rate
        if is_lower and lasted <= LATER * self._lasted:
            self._contradictions += 1
        else:
            self._contradictions, self._first = 0, rate
        self._rate, self._at, self._lasted = rate, now, lasted
        if self._contradictions < CONTRADICTIONS:
            return rate * DECREASE
        self._contradictions, self._rate = 0, self._first
        return self._first

    def growth(self, rate: float, usual: float) -> float:
        """By how much the rate may rise in a second; before any congestion, by `usual`."""
        if self._rate is None:
            return usual
        way: float = abs(1 - rate / self._rate) ** (2 / 3)
        return max(CAREFUL * usual, self._rate * 2 / RETURN_SECONDS * way)
