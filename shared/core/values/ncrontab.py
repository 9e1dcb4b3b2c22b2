"""NCRONTAB expressions, the schedules of timer triggers, as Azure reads them.

Azure Functions parses them with the NCrontab library, whose rules differ from those of other crontabs: Sunday is only
0, the day of the month and the day of the week must both match, a range may be written backwards, and a name may be
shortened to any prefix. Source: "Timer trigger for Azure Functions", NCRONTAB expressions; NCrontab 3.3 (Apache-2.0).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_DAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
_INTEGER = re.compile(r"[+-]?[0-9]+")
_LARGEST = 2**31 - 1
_FIRST_DAY = date(2000, 1, 1)
_DAYS_OF_A_CYCLE = 28 * 366
"""In 28 years every existing combination of day, month and weekday occurs, unless a leap year is skipped."""


@dataclass(frozen=True, slots=True)
class _FieldKind:
    name: str
    first: int
    last: int
    names: tuple[str, ...] = ()


_KINDS = (
    _FieldKind("second", 0, 59),
    _FieldKind("minute", 0, 59),
    _FieldKind("hour", 0, 23),
    _FieldKind("day of the month", 1, 31),
    _FieldKind("month", 1, 12, tuple(_MONTHS)),
    _FieldKind("day of the week", 0, 6, tuple(_DAYS)),
)
_WITHOUT_SECONDS = len(_KINDS) - 1


@dataclass(frozen=True, slots=True)
class Schedule:
    """The values that each field allows. Times are UTC: a Flex Consumption app has no other time zone."""

    seconds: frozenset[int]
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    """0 = Sunday."""

    @classmethod
    def parse(cls, expression: str) -> Schedule:
        """Reads six fields, seconds first; with five fields, the second is 0.

        Raises ValueError when Azure would refuse the expression, or when no day fits it.
        """
        texts = [text for text in expression.split(" ") if text]
        if len(texts) == _WITHOUT_SECONDS:
            texts = ["0", *texts]
        if len(texts) != len(_KINDS):
            raise ValueError("should have six fields: second, minute, hour, day, month, day of the week")
        schedule = cls(*(_values(kind, text) for kind, text in zip(_KINDS, texts, strict=True)))
        if not any(schedule._allows(_FIRST_DAY + timedelta(days=n)) for n in range(_DAYS_OF_A_CYCLE)):
            raise ValueError("should name a day that exists")
        return schedule

    def next(self, after: datetime) -> datetime:
        """The next time after `after`, as the library calculates it.

        In a later minute or hour of the same day the library does not start again at the first second: with the
        seconds 10 and 30 in minute 5, the next time after 12:00:20 is 12:05:30, not 12:05:10.
        """
        after = after.astimezone(UTC)
        day = after.date()
        moment = self._later_that_day(after.time()) if self._allows(day) else None
        while moment is None:
            day += timedelta(days=1)
            moment = self._first_time() if self._allows(day) else None
        return datetime.combine(day, moment, UTC)

    def _allows(self, day: date) -> bool:
        return day.month in self.months and day.day in self.days and day.isoweekday() % 7 in self.weekdays

    def _first_time(self) -> time:
        return time(min(self.hours), min(self.minutes), min(self.seconds))

    def _later_that_day(self, after: time) -> time | None:
        second = _from(self.seconds, after.second + 1)
        minute = _from(self.minutes, after.minute if second is not None else after.minute + 1)
        hour = _from(self.hours, after.hour if minute is not None else after.hour + 1)
        if hour is None:
            return None
        if minute is None or hour > after.hour:
            minute = min(self.minutes)
        return time(hour, minute, min(self.seconds) if second is None else second)


def _from(values: frozenset[int], start: int) -> int | None:
    """The lowest value that is not below `start`."""
    return min((value for value in values if value >= start), default=None)


def _values(kind: _FieldKind, text: str) -> frozenset[int]:
    """The values that a field allows. As in Azure, a comma at its start or end is refused."""
    return frozenset(value for part in text.split(",") for value in _values_of_part(kind, part))


def _values_of_part(kind: _FieldKind, part: str) -> range:
    values, slash, step_text = part.partition("/")
    step = max(_integer(kind, step_text), 1) if slash else 1
    first_text, dash, last_text = values.partition("-")
    if values == "*":
        first, last = kind.first, kind.last
    elif dash:
        first, last = sorted((_value(kind, first_text), _value(kind, last_text)))
    else:
        first = _value(kind, values)
        last = kind.last if slash else first
    return range(first, last + 1, step)


def _value(kind: _FieldKind, text: str) -> int:
    if text[:1].isdecimal():
        number = _integer(kind, text)
    else:
        named = (index for index, name in enumerate(kind.names, kind.first) if text and name.startswith(text.lower()))
        number = next(named, -1)
    if not kind.first <= number <= kind.last:
        raise _fault(kind)
    return number


def _integer(kind: _FieldKind, text: str) -> int:
    if not _INTEGER.fullmatch(text.strip("\t\n\v\f\r")) or abs(int(text)) > _LARGEST:
        raise _fault(kind)
    return int(text)


def _fault(kind: _FieldKind) -> ValueError:
    names = ", or a name" if kind.names else ""
    return ValueError(f"has an invalid {kind.name}: it should be {kind.first} to {kind.last}{names}")
