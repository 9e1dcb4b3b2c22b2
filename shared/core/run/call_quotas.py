"""The quotas of calls for one person: how many people calls may write to in 24 rolling hours.

A person counts once however often they are written to, and a call that writes nothing does not count. Filling empty
slots has a wide quota, because flows of Power Automate do it row by row; any other change has a narrow one, also for
each caller. `flows.person.call_admission` asks before a call writes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.core.plan.operations import Effect
from shared.core.plan.plan import Plan
from shared.core.values.said import people_in_words

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CallLimits:
    """How many people calls may write to in 24 hours."""

    replaced: int = 200
    replaced_by_caller: int = 50
    created: int = 2_000


@dataclass(frozen=True, slots=True)
class CountedCall:
    """A call that writes to a person: `replaces` = it changes a value or SMS sign-in, else it fills an empty slot."""

    object_id: str
    caller: str
    replaces: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class UsedUp:
    """A quota that has no room for one more person until `frees_at`."""

    setting: str
    message: str
    frees_at: datetime


def counted_call(plan: Plan, object_id: str, caller: str, now: datetime) -> CountedCall:
    return CountedCall(object_id, caller, bool(plan.effects - {Effect.CREATE}), now)


def is_counted(call: CountedCall, counted: Iterable[CountedCall]) -> bool:
    """Whether such a call by the same caller for the same person was counted in the 24 hours before this one."""
    same = (call.object_id, call.caller, call.replaces)
    return any((one.object_id, one.caller, one.replaces) == same for one in _of_day(counted, call.at))


def used_up(call: CountedCall, counted: Collection[CountedCall], limits: CallLimits) -> UsedUp | None:
    """The first quota that has no room for the person of this call."""
    of_kind = [one for one in _of_day(counted, call.at) if one.replaces == call.replaces]
    if not call.replaces:
        return _used_up(call, of_kind, "MAX_CREATES_BY_CALL_PER_DAY", limits.created, "")
    by_caller = [one for one in of_kind if one.caller == call.caller]
    return _used_up(call, of_kind, "MAX_CALLS_PER_DAY", limits.replaced, "") or _used_up(
        call, by_caller, "MAX_CALLS_PER_CALLER", limits.replaced_by_caller, " by this caller"
    )


def _used_up(call: CountedCall, counted: Iterable[CountedCall], setting: str, limit: int, by: str) -> UsedUp | None:
    last = {one.object_id: one.at for one in sorted(counted, key=lambda one: one.at)}
    if call.object_id in last or len(last) < limit:
        return None
    # There is room again once so many people have left the 24 hours that fewer than `limit` remain.
    leaving = sorted(last.values())
    frees_at = leaving[len(last) - limit] + DAY if limit else call.at + DAY
    changed = "had a value replaced or removed, or SMS sign-in switched"
    what = changed if call.replaces else "got a value where they had none"
    message = (
        f"{people_in_words(len(last))} {what} by calls{by} in the last 24 hours, and the quota {setting} is {limit}; "
        f"it has room again at {frees_at:%Y-%m-%d %H:%M} UTC"
    )
    return UsedUp(setting, message, frees_at)


def _of_day(counted: Iterable[CountedCall], now: datetime) -> Iterator[CountedCall]:
    return (one for one in counted if one.at > now - DAY)
