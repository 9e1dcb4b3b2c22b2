"""The write budget as a bucket."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from shared.core.run.write_budget import CAPACITY, full_budget, take

NOW = datetime(2026, 11, 21, 23, 0, tzinfo=UTC)


def test_the_burst_is_there_at_once_and_refills_at_twenty_a_second() -> None:
    """3,000 writes in 150 seconds, as Graph documents them for one app in one tenant."""
    empty, granted = take(full_budget(NOW), CAPACITY + 500, NOW)
    assert CAPACITY == granted

    later, granted = take(empty, 1_000, NOW + timedelta(seconds=10))
    assert 200 == granted

    _, granted = take(later, CAPACITY * 2, NOW + timedelta(hours=1))
    assert CAPACITY == granted


def test_a_clock_that_goes_back_gives_nothing() -> None:
    """Two processes whose clocks differ cannot mint budget."""
    empty, _ = take(full_budget(NOW), CAPACITY, NOW)

    _, granted = take(empty, 10, NOW - timedelta(minutes=5))

    assert 0 == granted
