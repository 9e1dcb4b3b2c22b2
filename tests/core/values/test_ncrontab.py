"""NCRONTAB expressions are read as Azure's timer trigger reads them; other schedules are refused with their field."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from shared.core.values.ncrontab import Schedule

START = datetime(2026, 11, 27, 12, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 */5 * * * *", "2026-11-27T12:10:00"),
        ("*/5 * * * *", "2026-11-27T12:10:00"),
        ("0 0 2 * * Mon-Fri", "2026-11-30T02:00:00"),
        ("0 0 0 * * S", "2026-11-29T00:00:00"),
        ("0 0 0 29 2 *", "2028-02-29T00:00:00"),
        ("5-1 0 0 * * *", "2026-11-28T00:00:01"),
        ("*/0 0 0 * * *", "2026-11-28T00:00:00"),
        ("0 0 0 13 * 5", "2027-08-13T00:00:00"),
        # The library keeps the second that follows when the minute moves on within a day.
        ("* 5 14 * * *", "2026-11-27T14:05:31"),
        ("* 5 * 28 * *", "2026-11-28T00:05:00"),
    ],
)
def test_the_next_time(expression: str, expected: str) -> None:
    """Each was compared with the library that Azure uses."""
    assert datetime.fromisoformat(expected).replace(tzinfo=UTC) == Schedule.parse(expression).next(START)


def test_times_are_utc() -> None:
    """A time of another zone counts as its moment."""
    east = START.astimezone(timezone(timedelta(hours=5)))
    assert Schedule.parse("0 0 13 * * *").next(START) == Schedule.parse("0 0 13 * * *").next(east)


@pytest.mark.parametrize(
    ("expression", "fault"),
    [
        ("0 0 0 * * 7", "invalid day of the week: it should be 0 to 6"),
        ("0 0 24 * * *", "invalid hour"),
        ("60 0 0 * * *", "invalid second"),
        ("0 0 0 0 * *", "invalid day of the month"),
        ("0 0 0 * 13 *", "invalid month: it should be 1 to 12, or a name"),
        ("0 0 0 1, * *", "invalid day of the month"),
        ("0 1/x 0 * * *", "invalid minute"),
        ("* * *", "should have six fields"),
        ("00:05:00", "should have six fields"),
        ("0 0 0 30 2 *", "should name a day that exists"),
        ("0 0 0 31 Feb,Apr,Jun *", "should name a day that exists"),
    ],
)
def test_what_azure_refuses_is_refused_with_its_field(expression: str, fault: str) -> None:
    """The administrator learns which field is wrong before the app is deployed."""
    with pytest.raises(ValueError, match=fault):
        Schedule.parse(expression)
