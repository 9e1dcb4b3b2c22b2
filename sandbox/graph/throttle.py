"""Graph's documented limits as token buckets, and the headers about them.

Charged by the stand-in for every request and every batch item, refused ones included.
Source: "Microsoft Graph service-specific throttling limits" (identity and access) and "Microsoft Graph throttling
guidance": resource units and writes per app and tenant, writes per tenant; their sizes are in the options. The hidden
limit plays what these pages say beside them: "429 can come earlier under load".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from email.utils import formatdate

from sandbox.graph.options import Options, RateLimit, RetryAfterForm, UselessRetryAfter

SMALL_TENANT, LARGE_TENANT = 50, 500
_WARNING_LEVEL = 0.8


def documented_units(people: int) -> RateLimit:
    """Resource units per app for a tenant of this many people."""
    if people < SMALL_TENANT:
        return RateLimit(3_500, 10)
    return RateLimit(5_000 if people <= LARGE_TENANT else 8_000, 10)


class TokenBucket:
    """`budget.amount` at once, refilled evenly over `budget.seconds`; starts full.

    Refused requests are charged too, so the level can fall below zero, but never by more than one whole budget.
    """

    def __init__(self, budget: RateLimit, time_scale: float, now: float) -> None:
        self.capacity = budget.amount
        self.rate = budget.amount / budget.seconds * time_scale
        self._level = budget.amount
        self._at = now

    def level(self, now: float) -> float:
        self._level = min(self.capacity, self._level + max(0.0, now - self._at) * self.rate)
        self._at = now
        return self._level

    def charge(self, cost: float, now: float) -> float:
        """Take `cost`; returns the seconds after which a retry would find enough, 0 when there was enough now."""
        level = self.level(now)
        self._level = max(-self.capacity, level - cost)
        return 0.0 if level >= cost else (cost - self._level) / self.rate


@dataclass(frozen=True, slots=True)
class Throttled:
    """Which limit was hit, in the words of Graph's headers, and for how many seconds."""

    seconds: float
    scope: str
    information: str


class Throttle:
    """All buckets of one tenant; each app that calls has its own, and all share that of the tenant's writes."""

    def __init__(self, options: Options, people: int, now: float) -> None:
        self._options = options
        self._units = options.units or documented_units(people)
        left = options.tenant_writes.amount * (1 - options.neighbour_writes)
        self._tenant_writes = TokenBucket(RateLimit(left, options.tenant_writes.seconds), options.time_scale, now)
        self._hidden = self._new_buckets(now, options.hidden_limit) if options.hidden_limit else None
        self._apps: dict[str, tuple[TokenBucket, TokenBucket]] = {}
        self._reports: dict[str, TokenBucket] = {}

    def charge(self, app_id: str, *, units: float, writes: bool, now: float, report: bool = False) -> Throttled | None:
        """Charge one request to every bucket it touches; returns the longest wait of those that refuse it."""
        app_units, app_writes = self._buckets(app_id, now)
        waits = [Throttled(app_units.charge(units, now), "Tenant_Application/ReadWrite", "ResourceUnitLimitExceeded")]
        if writes:
            waits.append(Throttled(app_writes.charge(1, now), "Tenant_Application/Write", "WriteLimitExceeded"))
            waits.append(Throttled(self._tenant_writes.charge(1, now), "Tenant/Write", "WriteLimitExceeded"))
        if report:
            bucket = self._reports.setdefault(app_id, TokenBucket(self._options.reports, self._options.time_scale, now))
            waits.append(Throttled(bucket.charge(1, now), "Tenant_Application/Read", "RequestLimitExceeded"))
        longest = max(waits, key=lambda refusal: refusal.seconds)
        return longest if longest.seconds > 0 and self._options.throttling else None

    def hidden_limit_hit(self, *, units: float, writes: bool, now: float) -> bool:
        """Charge one request to the backend's own limits, which no header shows; returns whether they refuse it."""
        if self._hidden is None or not self._options.throttling:
            return False
        hidden_units, hidden_writes = self._hidden
        waits = [hidden_units.charge(units, now), hidden_writes.charge(1, now) if writes else 0.0]
        return max(waits) > 0

    def percentage(self, app_id: str, *, writes: bool, now: float) -> float | None:
        """How much of the emptiest bucket is used, from 0.8 on (`x-ms-throttle-limit-percentage`)."""
        if not self._options.throttling:
            return None
        app_units, app_writes = self._buckets(app_id, now)
        used = [1 - bucket.level(now) / bucket.capacity for bucket in (app_units, app_writes)[: 1 + writes]]
        return max(used) if max(used) >= _WARNING_LEVEL else None

    def _buckets(self, app_id: str, now: float) -> tuple[TokenBucket, TokenBucket]:
        if app_id not in self._apps:
            self._apps[app_id] = self._new_buckets(now)
        return self._apps[app_id]

    def _new_buckets(self, now: float, share: float = 1.0) -> tuple[TokenBucket, TokenBucket]:
        """Full buckets of units and of writes, with this share of the documented size."""
        budgets = (RateLimit(budget.amount * share, budget.seconds) for budget in (self._units, self._options.writes))
        units, writes = (TokenBucket(budget, self._options.time_scale, now) for budget in budgets)
        return units, writes


def retry_after(form: RetryAfterForm | UselessRetryAfter, seconds: float, now: float) -> tuple[dict[str, str], float]:
    """The `Retry-After` header in one of the forms seen, and the moment it names (`now` when it names none ahead)."""
    whole = max(1, math.ceil(seconds))
    moment = math.ceil(now + whole)
    texts = {
        "integer": (str(whole), now + whole),
        "fraction": (f"{seconds:.3f}", now + seconds),
        "date": (formatdate(moment, usegmt=True), float(moment)),
        "past": (formatdate(now - whole, usegmt=True), now),
        "zero": ("0", now),
        "negative": (f"-{whole}", now),
        "garbage": ("soon", now),
    }
    if form == "none":
        return {}, now
    text, until = texts[form]
    return {"Retry-After": text}, until
