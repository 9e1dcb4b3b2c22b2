"""A token bucket that learns its rate from what the service says: pure arithmetic, no clock of its own.

Used by the governor, which has one for reads and one for writes.
"""

from __future__ import annotations

DECREASE = 0.7
RECOVERY_SECONDS = 300.0
"""How long a rate takes from nothing to its ceiling, while it is what holds calls back."""
NEARLY_USED = 0.8
CAUTIOUS_SECONDS = 10.0
"""For how long a rate does not rise after the service has said that its limit is nearly used."""
SLOWEST = 0.01
FIRST_BACK_OFF, LONGEST_BACK_OFF = 1.0, 60.0
LONGEST_HALT = 3600.0
"""A Retry-After beyond this is taken for a mistake, or one wrong date would stop the process for ever."""
LONGEST_GROWTH_STEP = 1.0
NOTHING_MISSING = 1e-6


class Bucket:
    """Holds at most `window` seconds of its rate. Starts full, at `share` of `ceiling`, beyond which it never rises.

    Times are in seconds by any one clock, rates in units per second.
    """

    def __init__(self, ceiling: float, window: float, share: float, now: float) -> None:
        self.rate = ceiling * share
        self.halted_until = now
        self._ceiling = ceiling
        self._window = window
        self._tokens = self.rate * window
        self._at = self._grown_at = now
        self._cut_at = now
        self._cuts_in_a_row = 0
        self._cautious_until = now

    def wait(self, cost: float | None, now: float) -> float:
        """Seconds until `cost` may be spent, 0 = now; None = until a halt is over.

        A cost beyond what the bucket can hold waits for a full one.
        """
        if cost is None:
            return max(0.0, self.halted_until - now)
        return self.outlook(min(cost, self.rate * self._window), now)

    def outlook(self, cost: float, now: float) -> float:
        """Seconds until `cost`, which may be that of many calls, has flowed in."""
        self._refill(now)
        missing = cost - self._tokens
        return max(0.0, self.halted_until - now) + (missing / self.rate if missing > NOTHING_MISSING else 0.0)

    def spend(self, cost: float) -> None:
        """Take `cost`, if need be on credit."""
        self._tokens -= cost

    def held_back(self, now: float) -> None:
        """A call has waited for the rate and not for a halt, so the rate may be too low: raise it a step."""
        step = max(0.0, min(now - self._grown_at, LONGEST_GROWTH_STEP)) / RECOVERY_SECONDS
        self._grown_at = max(now, self._grown_at)
        if now >= self._cautious_until:
            self.rate = min(self._ceiling, self.rate + self._ceiling * step)

    def accepted(self, started: float, now: float, used: float | None) -> None:
        """A call that began at `started` was let through; `used` is the part of the limit that is used, if known."""
        if started >= self._cut_at:
            self._cuts_in_a_row = 0
        if used is not None and used >= NEARLY_USED:
            self._cautious_until = now + CAUTIOUS_SECONDS

    def throttled(self, started: float, now: float, retry_after: float | None) -> None:
        """A call that began at `started` got a 429: halt, and slow down once for all calls that were then in flight."""
        if started >= self._cut_at:
            self.rate = max(self._ceiling * SLOWEST, self.rate * DECREASE)
            self._cut_at = now
            self._cuts_in_a_row += 1
        back_off = min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2.0 ** max(0, self._cuts_in_a_row - 1))
        delay = min(LONGEST_HALT, back_off if retry_after is None else retry_after)
        self.halted_until = max(self.halted_until, now + delay)
        self._tokens = min(self._tokens, 0.0)
        self._at = self._grown_at = self.halted_until

    def _refill(self, now: float) -> None:
        if now > self._at:
            self._tokens = min(self.rate * self._window, self._tokens + (now - self._at) * self.rate)
            self._at = now
