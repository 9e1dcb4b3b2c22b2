"""The app accepts the schedules that Azure's timer trigger accepts, and reads the same times from them."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from shared.core.values.ncrontab import Schedule
from tests.conformance.checker import needs_checker, occurrences

START = datetime(2026, 11, 27, 12, 7, 41, tzinfo=UTC)
PROGRAMS = 4
"""At a time; each takes 0.13 s."""
NO_DAY = "should name a day that exists"
_RANGES = ((0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_NAMES = ((), (), (), (), ("jan", "Febr", "m", "DEC"), ("s", "Mon", "tue", "T", "friday"))
_ODD_VALUES = ("7", "60", "24", "32", "13", "x", "", "L", "?", "-1", "+3", "01", "1e1", "*", "0", "5W", "99999999999")


class Expressions:
    """Random expressions: most are schedules, some have one fault."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def make(self) -> str:
        first = 0 if self._random.random() < 0.8 else 1
        fields = [self._field(kind) if self._random.random() < 0.6 else "*" for kind in range(first, 6)]
        if self._random.random() < 0.03:
            fields.append("*")
        return " ".join(fields)

    def _field(self, kind: int) -> str:
        return ",".join(self._part(kind) for _ in range(self._random.choice((1, 1, 1, 2, 3))))

    def _part(self, kind: int) -> str:
        text = self._random.choice(("*", self._value(kind), f"{self._value(kind)}-{self._value(kind)}"))
        if self._random.random() < 0.3:
            text += "/" + self._random.choice(("2", "5", "7", "15", "0", "-2", "+3", "100", "", "x"))
        return text

    def _value(self, kind: int) -> str:
        draw = self._random.random()
        if draw < 0.05:
            return self._random.choice(_ODD_VALUES)
        if _NAMES[kind] and draw < 0.3:
            return self._random.choice(_NAMES[kind])
        return str(self._random.randint(*_RANGES[kind]))


def ours(expression: str, count: int) -> list[str] | None:
    """As `occurrences`: a schedule without any time is refused by the app, and has no occurrence in Azure."""
    try:
        schedule = Schedule.parse(expression)
    except ValueError as error:
        return [] if NO_DAY == str(error) else None
    times = [START]
    for _ in range(count):
        times.append(schedule.next(times[-1]))
    return [f"{time:%Y-%m-%dT%H:%M:%SZ}" for time in times[1:]]


def differences(seed: int, number: int) -> list[str]:
    expressions = Expressions(seed)
    drawn = [expressions.make() for _ in range(number)]
    with ThreadPoolExecutor(PROGRAMS) as pool:
        theirs = list(pool.map(lambda expression: occurrences(expression, START, 10), drawn))
    return [one for one, theirs_of_it in zip(drawn, theirs, strict=True) if ours(one, 10) != theirs_of_it]


@needs_checker
def test_random_schedules_are_read_as_azure_reads_them() -> None:
    """40 random expressions, valid and not, give the same ten times or the same refusal."""
    assert [] == differences(seed=1, number=40)


@needs_checker
@pytest.mark.long
def test_thousands_of_random_schedules_are_read_as_azure_reads_them() -> None:
    """As above, with 3,000 expressions."""
    assert [] == differences(seed=2, number=3_000)


@needs_checker
@pytest.mark.parametrize("expression", ["0 0 0 * * 7", "0 0 24 * * *", "00:05:00", "0 0 0 L * *", "0\t0 0 * * *"])
def test_azure_refuses_what_the_app_refuses(expression: str) -> None:
    """Expressions that other schedulers take are refused before they are deployed."""
    assert occurrences(expression, START, 1) is None
    assert ours(expression, 1) is None
