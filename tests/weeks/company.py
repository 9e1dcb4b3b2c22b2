"""A made-up company over a year of workdays: who joins and leaves, whose numbers change, and what HR writes down of it.

It knows no rule of the app. Numbers are integers: ten digits after +1, and an office number may have an extension.
What differs from week to week is random but ordinary; `Event` marks the few days of a year that are not.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

START = date(2026, 1, 5)
"""A Monday."""
WORKDAYS = 5
WEEKS = 52
_WORKDAYS_A_YEAR, _WORKDAYS_A_MONTH = WEEKS * WORKDAYS, WEEKS * WORKDAYS / 12

TURNOVER = 0.15
CHANGED_A_MONTH = 0.02
REGISTERED_BEFORE, WITH_ANOTHER_NUMBER = 0.4, 0.25
GIVEN_ON = 0.3
_ON_THE_FIRST = 0.5
"""Of the joiners, those who begin with the month."""
_NO_MOBILE, _NO_OFFICE = 0.2, 0.1
_COUPLES = 0.01
_UNREADABLE, _NO_ACCOUNT, _ACCOUNT_LATE = 0.005, 0.02, 0.2
_CHANGE_UNDONE = 0.02
"""Changes of a number that HR takes back within weeks: a phone lent out while another one is repaired."""
_OWN_CHANGES_A_MONTH = 0.005
"""People who change their registered number themselves."""
_FROM_BLOCK = 0.7
"""New numbers that are the next ones of the company's contract; the others are anybody's."""
_SWITCHBOARD, _TEAM = 0.4, 0.3
_TEAM_SIZE = 10


class Event(StrEnum):
    """What is marked in the calendar: everybody knows that it comes."""

    ROLL_OUT = "roll-out"
    REORGANISATION = "re-organisation"
    OFFICE_MOVE = "office move"
    CONTRACT = "contract change"
    LAYOUT = "new layout"


CALENDAR = {0: Event.ROLL_OUT, 10: Event.REORGANISATION, 20: Event.OFFICE_MOVE, 30: Event.CONTRACT, 40: Event.LAYOUT}
"""By week; an event happens on its Monday."""


@dataclass(frozen=True, slots=True)
class Number:
    digits: int
    extension: str = ""


@dataclass(slots=True)
class Employee:
    """One person, as HR and the directory know them."""

    key: int
    """HR's number; the object id ends with it."""
    site: int
    team: int
    mobile: Number | None = None
    office: Number | None = None
    registered: Number | None = None
    """The mobile that the person registered before HR's file named them."""
    is_readable: bool = True
    """Whether the cell of the mobile can be read."""
    has_account: bool = True
    account_from: date = START

    @property
    def object_id(self) -> str:
        return object_id(self.key)

    def is_found(self, day: date) -> bool:
        return self.has_account and self.account_from <= day


def object_id(key: int) -> str:
    return f"00000000-0000-4000-8000-{key:012}"


@dataclass(slots=True)
class Company:
    size: int
    rng: random.Random
    today: date = START - timedelta(days=1)
    people: dict[int, Employee] = field(default_factory=dict)
    """Everybody whom HR employs today, by key, in the order of their keys."""
    changed: set[int] = field(default_factory=set)
    """Keys of those whom HR has added or changed since `take_changes`."""
    left: dict[int, date] = field(default_factory=dict)
    """When they left, by key."""
    own_changes: dict[int, Number] = field(default_factory=dict)
    """Keys of those who registered another number themselves since `take_own_changes`."""
    _spare_sims: list[Number] = field(default_factory=list)
    _undo: dict[date, list[tuple[int, Number]]] = field(default_factory=dict)
    _next_key: int = 1
    _next_of_block: int = 2_025_550_000
    _used: set[int] = field(default_factory=set)
    _switchboards: dict[int, int] = field(default_factory=dict)
    _teams: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, size: int, seed: int) -> Company:
        company = cls(size, random.Random(seed))
        for _ in range(size):
            company._join(is_new=False)
        company.changed = set(company.people)
        return company

    def days(self, weeks: int) -> Iterator[tuple[date, Event | None]]:
        """Every workday, once what happens on it has happened; and its event."""
        for week in range(weeks):
            for weekday in range(WORKDAYS):
                self.today = START + timedelta(weeks=week, days=weekday)
                event = CALENDAR.get(week) if weekday == 0 else None
                self._workday(event)
                yield self.today, event

    def take_changes(self) -> set[int]:
        taken, self.changed = self.changed, set()
        return taken

    def take_own_changes(self) -> dict[int, Number]:
        taken, self.own_changes = self.own_changes, {}
        return taken

    def _workday(self, event: Event | None) -> None:
        self._leave(self._chance(TURNOVER / _WORKDAYS_A_YEAR, len(self.people)))
        self._joiners()
        changing = CHANGED_A_MONTH / _WORKDAYS_A_MONTH
        for employee in self._some(self._chance(changing, len(self.people))):
            if employee.mobile is not None:
                self._change_mobile(employee)
        for employee in self._some(self._chance(changing, len(self.people))):
            if employee.office is not None:
                employee.team = self._any_team(employee.site)
                self._set_office(employee)
        for employee in self._some(self._chance(_OWN_CHANGES_A_MONTH / _WORKDAYS_A_MONTH, len(self.people))):
            self.own_changes[employee.key] = self._anybodys()
        for key, number in self._undo.pop(self.today, ()):
            if key in self.people:
                self.people[key].mobile = number
                self.changed.add(key)
        if event is not None:
            self._happen(event)

    def _chance(self, rate: float, people: int) -> int:
        """How many of these people something happens to: a binomial number, by the normal approximation if large."""
        expected = rate * people
        if expected > 20:
            return max(0, round(self.rng.gauss(expected, expected**0.5)))
        count, left = 0, self.rng.expovariate(1)
        while left < expected:
            count, left = count + 1, left + self.rng.expovariate(1)
        return count

    def _some(self, count: int) -> list[Employee]:
        keys = list(self.people)
        return [self.people[key] for key in self.rng.sample(keys, min(count, len(keys)))]

    def _leave(self, count: int) -> None:
        for employee in self._some(count):
            del self.people[employee.key]
            self.left[employee.key] = self.today
            self.changed.add(employee.key)
            if employee.mobile is not None and self.rng.random() < GIVEN_ON and not self._is_used(employee.mobile):
                self._spare_sims.append(employee.mobile)

    def _is_used(self, mobile: Number) -> bool:
        """Whether somebody still has it, because a couple shares a phone."""
        return any(one.mobile == mobile for one in self.people.values())

    def _joiners(self) -> None:
        missing = self.size - len(self.people)
        is_first = self.today.day <= 7 and self.today.weekday() == 0
        share = 1.0 if is_first else (1 - _ON_THE_FIRST) * 0.2
        for _ in range(sum(self.rng.random() < share for _ in range(missing))):
            self._join(is_new=True)

    def _join(self, *, is_new: bool) -> None:
        site = self.rng.randrange(max(1, self.size // 400))
        employee = Employee(self._next_key, site, self._any_team(site))
        self._next_key += 1
        draw = self.rng.random
        if draw() >= _NO_MOBILE:
            spare = self._spare_sims.pop(0) if self._spare_sims else None
            employee.mobile = spare or (self._partners() if draw() < _COUPLES else self._new_mobile())
        if draw() >= _NO_OFFICE:
            self._set_office(employee)
        if draw() < REGISTERED_BEFORE:
            employee.registered = self._anybodys() if draw() < WITH_ANOTHER_NUMBER else employee.mobile
        employee.is_readable = draw() >= _UNREADABLE
        employee.has_account = draw() >= _NO_ACCOUNT
        if is_new and draw() < _ACCOUNT_LATE:
            employee.account_from = self.today + timedelta(days=7)
        self.people[employee.key] = employee
        self.changed.add(employee.key)

    def _change_mobile(self, employee: Employee) -> None:
        before = employee.mobile
        employee.mobile = self._spare_sims.pop(0) if self._spare_sims else self._new_mobile()
        self.changed.add(employee.key)
        if before is not None and self.rng.random() < _CHANGE_UNDONE:
            again = self.today + timedelta(days=7 * self.rng.randint(1, 3))
            self._undo.setdefault(again, []).append((employee.key, before))

    def _set_office(self, employee: Employee) -> None:
        kind = self.rng.random()
        extension = str(self.rng.randint(100, 9999))
        if kind < _SWITCHBOARD:
            employee.office = Number(self._switchboards.setdefault(employee.site, self._anybodys().digits), extension)
        elif kind < _SWITCHBOARD + _TEAM:
            employee.office = Number(self._teams.setdefault(employee.team, self._anybodys().digits))
        else:
            employee.office = self._anybodys()
        self.changed.add(employee.key)

    def _any_team(self, site: int) -> int:
        teams = max(1, round(400 * _TEAM / _TEAM_SIZE))
        return site * 1000 + self.rng.randrange(teams)

    def _new_mobile(self) -> Number:
        if self.rng.random() >= _FROM_BLOCK:
            return self._anybodys()
        self._next_of_block += 1
        return Number(self._next_of_block)

    def _anybodys(self) -> Number:
        while (digits := self.rng.randrange(7_032_000_000, 7_040_000_000)) in self._used:
            pass
        self._used.add(digits)
        return Number(digits)

    def _partners(self) -> Number:
        """The number of somebody else; a couple shares one phone."""
        others = [one.mobile for one in self._some(min(5, len(self.people))) if one.mobile is not None]
        return others[0] if others else self._new_mobile()

    def _happen(self, event: Event) -> None:
        match event:
            case Event.REORGANISATION:
                for employee in self._of_these(0.4):
                    if employee.office is not None:
                        employee.team = self._any_team(employee.site)
                        self._set_office(employee)
            case Event.OFFICE_MOVE:
                self._move_office()
            case Event.CONTRACT:
                for employee in self._of_these(0.2):
                    if employee.mobile is not None:
                        employee.mobile = self._new_mobile()
                        self.changed.add(employee.key)
            case Event.ROLL_OUT | Event.LAYOUT:
                pass

    def _of_these(self, share: float) -> list[Employee]:
        return [employee for employee in self.people.values() if self.rng.random() < share]

    def _move_office(self) -> None:
        """The first site moves, and has other numbers."""
        self._switchboards.pop(0, None)
        self._teams = {team: number for team, number in self._teams.items() if team // 1000 != 0}
        for employee in self.people.values():
            if employee.site == 0 and employee.office is not None:
                self._set_office(employee)
