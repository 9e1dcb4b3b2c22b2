"""The quotas: how many people runs may write to without a person's approval in 24 rolling hours, all runs together.

A run reserves what it plans when it passes the gate; when it is over, its reservation is corrected to what it has
written. A run that is held or was approved by a person reserves nothing. Updates are limited over seven days too. The
gate checks the quotas before it lets a run pass, and its write of the reservation fails if another one was made since
the check. `adapters.ledger.quotas` stores the reservations.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import floor

from shared.core.plan.operations import Effect, effect_of, slot_of
from shared.core.plan.plan import Plan
from shared.core.plan.slot_outcomes import SlotOutcome
from shared.core.run.safety_limits import Managed, ReasonToHold, SafetyLimits
from shared.core.values.cell import SMS_SIGN_IN
from shared.core.values.said import Said, counted, joined, people_in_words
from shared.core.values.slot import Slot
from shared.core.values.states import RowState, SlotState

DAY, WEEK = timedelta(days=1), timedelta(days=7)
FEWEST_MANAGED = 50
"""From this number of managed people on, MAX_CREATE_SHARE of them limits how many people get a
value in an empty slot."""
_LISTED_RUNS = 3
_ROUNDING = 1e-9
"""Added to a share before it is rounded down: 0.29 of 100 is a little less than 29 as a floating-point number."""

type PeopleByEffect = Mapping[str, int]
"""Numbers of people, by the name of an `Effect`, and of updates also by slot, as in `update mobile`."""
type PersonChanges = Collection[tuple[Effect, Slot]]
"""The changes of one person."""

_WRITTEN = {SlotState.CREATED: Effect.CREATE, SlotState.UPDATED: Effect.UPDATE, SlotState.REMOVED: Effect.REMOVE}
_IN_DOUBT = {SlotState.CREATE: Effect.CREATE, SlotState.UPDATE: Effect.UPDATE, SlotState.REMOVE: Effect.REMOVE}


@dataclass(frozen=True, slots=True)
class Reservation:
    """The part of the quotas that one attempt of a run takes."""

    run: str
    attempt: int
    at: datetime
    """When the reservation was made; after its correction, when the attempt was over."""
    people: PeopleByEffect
    before: PeopleByEffect = field(default_factory=dict)
    """The people to whom earlier attempts of the run had written."""
    is_open: bool = True
    """Whether the attempt may still write; then the reservation counts, however old it is."""


@dataclass(frozen=True, slots=True)
class Reservations:
    """All reservations, as they were at one moment."""

    made: tuple[Reservation, ...]
    version: str
    """Changes with every reservation; "" = there has been none."""

    def of(self, run: str, attempt: int) -> Reservation | None:
        return next((one for one in self.made if (one.run, one.attempt) == (run, attempt)), None)


def planned_changes(plan: Plan) -> PersonChanges:
    return {(effect_of(operation), slot_of(operation)) for operation in plan.operations}


def written_changes(state: RowState, slots: Sequence[SlotOutcome]) -> PersonChanges:
    """The changes written for a complete row; a write in doubt counts as written."""
    effects = _WRITTEN | (_IN_DOUBT if state is RowState.UNCONFIRMED else {})
    return {
        (effects[one.state], Slot.MOBILE if one.slot == SMS_SIGN_IN else Slot(one.slot))
        for one in slots
        if one.state in effects
    }


def count_people(changes_by_person: Iterable[PersonChanges]) -> Counter[str]:
    found: Counter[str] = Counter()
    for changes in changes_by_person:
        found.update({effect.value for effect, _ in changes})
        found.update(_update_of(slot) for effect, slot in changes if effect is Effect.UPDATE)
    return found


def less(people: Counter[str], before: PeopleByEffect) -> PeopleByEffect:
    """The numbers of people without those of earlier attempts."""
    return people - Counter(before)


def exceeded_quotas(
    wanted: PeopleByEffect, others: Iterable[Reservation], managed: Managed, limits: SafetyLimits, now: datetime
) -> tuple[ReasonToHold, ...]:
    """The quotas that a run exceeds together with the reservations of other attempts; exactly at a quota it passes."""
    of_week = [one for one in others if one.is_open or one.at > now - WEEK]
    of_day = [one for one in of_week if one.is_open or one.at > now - DAY]
    checked = (
        _exceeded(quota, wanted, of_week if quota.period == WEEK else of_day) for quota in _quotas(managed, limits)
    )
    return tuple(exceeded for exceeded in checked if exceeded is not None)


@dataclass(frozen=True, slots=True)
class _Quota:
    setting: str
    names: tuple[str, ...]
    """The numbers of people that count, by name as in `PeopleByEffect`."""
    allowed: int
    what: Said
    share_of: int | None = None
    """The number of managed people of which `allowed` is a share; None = `allowed` is no share."""
    period: timedelta = DAY

    @property
    def in_words(self) -> Said:
        allowed = Said("{allowed} in 7 days" if self.period == WEEK else "{allowed} in 24 hours", allowed=self.allowed)
        if not self.share_of:  # a share of 0 people explains nothing
            return allowed
        people = people_in_words(self.share_of)
        return Said("{allowed}, a share of {people} whom the app manages", allowed=allowed, people=people)


def _quotas(managed: Managed, limits: SafetyLimits) -> Iterator[_Quota]:
    create, update, remove = (effect.value for effect in (Effect.CREATE, Effect.UPDATE, Effect.REMOVE))
    yield _Quota(
        "MAX_WRITES_UNAPPROVED", (create, update, remove), limits.max_writes_unapproved, Said("would be written to")
    )
    yield _Quota("MAX_REMOVALS_UNAPPROVED", (remove,), limits.max_removals_unapproved, Said("would lose a value"))
    if managed.people >= FEWEST_MANAGED:
        allowed = _share(limits.max_create_share, managed.people, limits)
        yield _Quota(
            "MAX_CREATE_SHARE", (create,), allowed, Said("would get a value where they had none"), managed.people
        )
    for slot in Slot:
        people = managed.by_slot.get(slot, 0)
        allowed = _share(limits.max_update_share, people, limits)
        for period in (DAY, WEEK):
            what = Said("would get another value for {slot}", slot=slot.said)
            yield _Quota("MAX_UPDATE_SHARE", (_update_of(slot),), allowed, what, people, period)


def _share(share: float, people: int, limits: SafetyLimits) -> int:
    return max(limits.small_set, floor(share * people + _ROUNDING))


def _exceeded(quota: _Quota, wanted: PeopleByEffect, used: Sequence[Reservation]) -> ReasonToHold | None:
    own, reserved = _people(wanted, quota), Counter[str]()
    for one in used:  # a run that was redriven has a reservation for each attempt
        reserved[one.run] += _people(one.people, quota)
    by_run = +reserved
    total = own + sum(by_run.values())
    if not own or total <= quota.allowed or not (by_run or quota.share_of is not None):
        return None  # a count that one run exceeds alone is checked by `safety_limits`
    values = {"people": people_in_words(own), "what": quota.what, "quota": quota.in_words}
    message = (
        Said("{people} {what}; {used}, and the quota without approval is {quota}", used=_used(by_run), **values)
        if by_run
        else Said("{people} {what}; the quota without approval is {quota}", **values)
    )
    return ReasonToHold(quota.setting, message)


def _used(by_run: Mapping[str, int]) -> Said:
    """What other runs have reserved, the largest part first."""
    largest = sorted(by_run, key=lambda run: (-by_run[run], run))
    listed = [Said("run {run}: {people}", run=run, people=by_run[run]) for run in largest[:_LISTED_RUNS]]
    rest, used = len(largest) - len(listed), sum(by_run.values())
    names = joined(", ", [*listed, counted(rest, "more run", "more runs")] if rest else listed)
    return Said("{used} is used ({runs})" if used == 1 else "{used} are used ({runs})", used=used, runs=names)


def _people(people: PeopleByEffect, quota: _Quota) -> int:
    return sum(people.get(name, 0) for name in quota.names)


def _update_of(slot: Slot) -> str:
    return f"{Effect.UPDATE.value} {slot.value}"
