"""The write budget of the whole app, as a token bucket. Graph allows one app 3,000 writes per 150 s in a tenant.

Release stores it in one entity and changes it by ETag, because the rate limiter of one process does not see the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

CAPACITY = 3_000
REFILL_PER_SECOND = 20.0


@dataclass(frozen=True, slots=True)
class Budget:
    """`level` writes were left at `at` (UTC)."""

    level: float
    at: datetime


def full_budget(now: datetime) -> Budget:
    return Budget(CAPACITY, now)


def take(budget: Budget, wanted: int, now: datetime) -> tuple[Budget, int]:
    """Take up to `wanted` writes; returns the budget that is left and the number of writes granted."""
    seconds = max(0.0, (now - budget.at).total_seconds())
    level = min(float(CAPACITY), budget.level + seconds * REFILL_PER_SECOND)
    granted = min(wanted, int(level))
    return Budget(level - granted, max(now, budget.at)), granted
