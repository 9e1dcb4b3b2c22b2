"""A year of a company's files, one after the other: which were held and by which limits, and who was asked about.

A person approves a held file on the same day, and answers the questions of a file before the next one comes.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from shared.core.values.slot import Slot
from shared.core.values.states import Source
from testing.virtual_time import VirtualClock
from tests.weeks.attacks import Attack, Target
from tests.weeks.company import START, WEEKS, WORKDAYS, Company, Employee, Event, Number, object_id
from tests.weeks.decided import DecidedYear, Decision, Limits, Line, Wanted

_FOUND_GONE_AFTER = timedelta(days=30 + 7)
"""An account is deleted after 30 days, and a weekly reconcile finds that."""
_FORGOTTEN_AFTER = _FOUND_GONE_AFTER + timedelta(days=30)
"""The record is deleted FORGET_DAYS later."""


class Shape(StrEnum):
    FULL = "weekly full export"
    CHANGES = "weekly file of changes"
    DIRECTORY = "nightly directory"


@dataclass
class Tally:
    """What happened in one year."""

    held: Counter[tuple[str, int]] = field(default_factory=Counter)
    """Limits that held a file outside the events, by setting and month."""
    messages: list[str] = field(default_factory=list)
    held_runs: int = 0
    held_in_events: Counter[Event] = field(default_factory=Counter)
    asked_by_week: Counter[int] = field(default_factory=Counter)
    """People who were set apart outside the events."""
    attacks: int = 0
    missed: list[str] = field(default_factory=list)
    """Attacks that were not caught, with week and name."""

    @property
    def asked(self) -> int:
        return self.asked_by_week.total()


@dataclass
class Year:
    shape: Shape
    company: Company
    app: DecidedYear
    tally: Tally = field(default_factory=Tally)
    replaced: float = 0.7
    """Share of the questions that are answered by *replace*."""
    also: Callable[[Sequence[Line], date, Decision], Awaitable[None]] | None = None
    """Called with every file and what was decided, before the questions are answered."""
    own_changes: dict[str, Number] = field(default_factory=dict)
    """The last number that people have registered beside the app, by object id."""
    _answers: random.Random = field(default_factory=lambda: random.Random(1))
    _expected: set[int] = field(default_factory=set)
    """Keys of those whose account the directory does not have yet."""

    @classmethod
    def of(cls, shape: Shape, size: int, seed: int, limits: Limits | None = None) -> Year:
        clock = VirtualClock(_morning(START))
        return cls(shape, Company.of(size, seed), DecidedYear(limits or Limits(), clock))

    async def pass_weeks(self, weeks: int = WEEKS, attacks: Mapping[int, Attack] | None = None) -> Tally:
        """`attacks` happen on the Fridays of these weeks, and leave no trace."""
        known: set[int] = set()
        for day, event in self.company.days(weeks):
            self.app.clock.leap_to(_morning(day))
            known |= self._registered_before(known)
            self._of_people(day)
            if day.weekday() == 0 or self.shape is Shape.DIRECTORY:
                await self._file(day, event)
            week = (day - START).days // 7
            if attacks and week in attacks and day.weekday() == WORKDAYS - 1:
                await self._attack(week, attacks[week])
        return self.tally

    def lines(self, day: date) -> tuple[list[Line], int]:
        """The rows of the file of a day, and how many people need none."""
        people = self.company.people
        match self.shape:
            case Shape.FULL:
                return [line_of(one, day) for one in people.values()], 0
            case Shape.CHANGES:
                changed = sorted(self.company.take_changes())
                gone = sum(key not in people for key in changed)
                return [line_of(people[key], day) for key in changed if key in people], gone
            case Shape.DIRECTORY:
                self._expected |= self.company.take_changes() & people.keys()
                found = {key for key in self._expected & people.keys() if people[key].is_found(day)}
                self._expected -= found
                return [line_of(people[key], day) for key in sorted(found)], len(people) - len(found)

    async def _attack(self, week: int, attack: Attack) -> None:
        self.tally.attacks += 1
        if not await attack(Target(self.app.forked(), random.Random(week))):
            self.tally.missed.append(f"{self.shape}, week {week}: {attack.__name__}")

    def _registered_before(self, known: Iterable[int]) -> set[int]:
        new = self.company.people.keys() - set(known)
        for key in new:
            registered = self.company.people[key].registered
            if registered is not None:
                self.app.register(object_id(key), registered)
        return set(new)

    def _of_people(self, day: date) -> None:
        for key, number in self.company.take_own_changes().items():
            if key in self.company.people and object_id(key) in self.app.methods:
                self.app.register(object_id(key), number)
                self.own_changes[object_id(key)] = number
        for key, left in list(self.company.left.items()):
            if left + _FOUND_GONE_AFTER <= day:
                self.app.note_gone(object_id(key))
            if left + _FORGOTTEN_AFTER <= day:
                self.app.delete(object_id(key))
                del self.company.left[key]

    async def _file(self, day: date, event: Event | None) -> None:
        lines, others = self.lines(day)
        if not lines:
            return
        is_directory = self.shape is Shape.DIRECTORY
        source = Source.DIRECTORY if is_directory else Source.BLOB
        decided = await self.app.file(lines, source=source, full=self.shape is Shape.FULL, others=others)
        if event is None:
            self.tally.asked_by_week[(day - START).days // 7] += len(decided.asked)
        if decided.is_held and event is not None:
            self.tally.held_in_events[event] += 1
        elif decided.is_held:
            self.tally.held_runs += 1
            self.tally.held.update((rule, day.month) for rule in decided.rules)
            self.tally.messages.append(f"{day}: {decided.message}")
        if self.also is not None:
            await self.also(lines, day, decided)
        wanted = {line.person: line.wanted for line in lines}
        for person in decided.asked:
            self.app.answer(person, wanted[person], replaces=self._answers.random() < self.replaced)


def line_of(employee: Employee, day: date) -> Line:
    values = ((Slot.MOBILE, employee.mobile), (Slot.OFFICE, employee.office))
    wanted: Wanted = {slot: number for slot, number in values if number is not None}
    return Line(employee.object_id, wanted, employee.is_found(day), employee.is_readable)


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(6), UTC)
