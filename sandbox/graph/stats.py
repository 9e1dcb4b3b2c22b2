"""The stand-in's counters: requests, their cost and their answers.

Updated by the stand-in; read over the control path by people and benchmarks, which do not rely on what callers say.
"""

from __future__ import annotations

from collections import Counter
from typing import Any


class Stats:
    """Counts since the last reset; `offered` includes refused requests, `served` does not."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.requests_by_process: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        """Of requests and of items of batches; 0 counts connections that were cut."""
        self.throttled: Counter[str] = Counter()
        self.throttled_by_process: Counter[str] = Counter()
        self.committed: Counter[str] = Counter()
        """Writes that took effect, whatever the answer was."""
        self.faults: Counter[str] = Counter()
        self.units_offered = 0
        self.units_by_kind: Counter[str] = Counter()
        """Those that were served."""
        self.writes_offered = self.writes_served = 0
        self.in_flight = self.peak_in_flight = 0

    @property
    def units_served(self) -> int:
        return self.units_by_kind.total()

    def asked(self, kind: str, process: str) -> None:
        self.requests[kind] += 1
        self.requests_by_process[process] += 1

    def refused(self, kind: str, process: str) -> None:
        """A 429 was sent."""
        self.throttled[kind] += 1
        self.throttled_by_process[process] += 1

    def entered(self) -> None:
        self.in_flight += 1
        self.peak_in_flight = max(self.peak_in_flight, self.in_flight)

    def left(self) -> None:
        self.in_flight -= 1

    def metered(self, kind: str, units: int, *, writes: bool, served: bool) -> None:
        self.units_offered += units
        self.writes_offered += writes
        if served:
            self.units_by_kind[kind] += units
            self.writes_served += writes

    def to_json(self) -> dict[str, Any]:
        return {
            "requests": dict(self.requests),
            "requestsByProcess": dict(self.requests_by_process),
            "statuses": {str(status): count for status, count in self.statuses.items()},
            "throttled": dict(self.throttled),
            "throttledByProcess": dict(self.throttled_by_process),
            "committed": dict(self.committed),
            "faults": dict(self.faults),
            "unitsOffered": self.units_offered,
            "unitsServed": self.units_served,
            "unitsServedByKind": dict(self.units_by_kind),
            "writesOffered": self.writes_offered,
            "writesServed": self.writes_served,
            "peakInFlight": self.peak_in_flight,
        }
