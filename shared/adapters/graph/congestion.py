"""Tells congestion from chance, and says how the rate of requests follows it.

The token bucket uses it. A limit that is reached refuses one request after the other, and refuses later when less is
sent; a service that refuses by chance, or in bursts, does neither. So the rate falls when refusals come together, comes
back fast, but slowly where congestion was met, and is restored when a lower rate meets it as soon.
"""

from __future__ import annotations

from collections import deque

DECREASE = 0.7
LAST_ANSWERS, CONGESTED = 4, 2
"""So many 429s among the last answers mean congestion; chance of 3 % makes them once in 400 answers."""
RETURN_SECONDS = 90.0
"""How long a rate takes to come back to where congestion was met: fast at first, and ever slower close to it.
Source: the cubic growth of RFC 9438, "CUBIC for Fast and Long-Distance Networks"."""
CAREFUL = 0.25
"""The least part of an ordinary step by which the rate rises where congestion was met."""
LOWER, LATER = 0.9, 1.25
"""Congestion at less than this share of the rate is another one; after this factor of the time it is a later one."""
CONTRADICTIONS = 2
"""So often in a row a lower rate must meet congestion as soon, until the rate is not believed to be its cause."""


class Congestion:
    """Where requests of one kind met congestion. Times are in seconds, rates in units per second."""

    def __init__(self, now: float) -> None:
        self._last = deque[bool](maxlen=LAST_ANSWERS)
        self._rate: float | None = None
        """The rate at which it was met last."""
        self._at = now
        self._lasted = 0.0
        """The time from the congestion before it, or from the start."""
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
        """By how much the rate may rise in a second, if it is `usual` where congestion was never met."""
        if self._rate is None:
            return usual
        way: float = abs(1 - rate / self._rate) ** (2 / 3)
        return max(CAREFUL * usual, self._rate * 2 / RETURN_SECONDS * way)
