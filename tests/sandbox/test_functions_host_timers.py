"""Schedules are NCRONTAB, and a timer's status outlives its host."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.storage.blob.aio import BlobClient

from sandbox.functions_host.clock import ManualClock
from sandbox.functions_host.config import ConfigurationError
from sandbox.functions_host.runtime import FunctionFailedError
from sandbox.functions_host.storage import Storage
from sandbox.functions_host.timers import NEVER, TimerListener, read_schedule
from tests.payloads import payload
from tests.sandbox.sample_host import eventually

START = datetime(2026, 3, 2, 10, 2, 30, tzinfo=UTC)
EVERY_5_MINUTES = "0 */5 * * * *"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 */5 * * * *", ["2026-03-02T10:05:00", "2026-03-02T10:10:00"]),
        ("*/5 * * * *", ["2026-03-02T10:05:00", "2026-03-02T10:10:00"]),
        ("15,45 2 10 * * *", ["2026-03-02T10:02:45", "2026-03-03T10:02:15"]),
        ("0 30 9-17/4 * * Mon-Fri", ["2026-03-02T13:30:00", "2026-03-02T17:30:00"]),
        ("0 0 0 * * 0", ["2026-03-08T00:00:00", "2026-03-15T00:00:00"]),
        # Day of month and day of week must both match: Friday the 13th, not Fridays and every 13th.
        ("0 0 0 13 * 5", ["2026-03-13T00:00:00", "2026-11-13T00:00:00"]),
    ],
)
def test_schedules(expression: str, expected: list[str]) -> None:
    """Seconds come first when there are six fields; the next two occurrences are as NCRONTAB has them."""
    schedule = read_schedule(expression)
    first = schedule.next(START)
    assert [first, schedule.next(first)] == [at(text) for text in expected]


def test_the_next_occurrence_is_later_than_now() -> None:
    """At the very second of an occurrence, and just after it, the next one is due."""
    schedule = read_schedule(EVERY_5_MINUTES)
    assert schedule.next(at("2026-03-02T10:05:00")) == at("2026-03-02T10:10:00")
    assert schedule.next(at("2026-03-02T10:05:00.000001")) == at("2026-03-02T10:10:00")
    assert schedule.next(at("2026-03-02T10:04:59.999999")) == at("2026-03-02T10:05:00")


@pytest.mark.parametrize(
    "expression", ["", "* * *", "@daily", "0 0 25 * * *", "0 0 0 L * *", "0 0 0 ? * 1#2", "0 0 0 31 2 *", "00:05:00"]
)
def test_what_is_no_schedule_is_refused(expression: str) -> None:
    """NCRONTAB's letters and ranges only; Azure would find out after the deployment."""
    with pytest.raises(ConfigurationError, match=r"schedule|NCRONTAB"):
        read_schedule(expression)


class Timer:
    """One timer function in a host that can be started again; `runs` and `saw` are what the function was given."""

    def __init__(self, status: BlobClient, expression: str = EVERY_5_MINUTES) -> None:
        self.status = status
        self.clock = ManualClock(START)
        self.expression = expression
        self.runs: list[bool] = []
        self.saw: list[Mapping[str, str]] = []
        self.bodies: list[Mapping[str, Any]] = []
        self.fails = False

    async def _run(self, body: Mapping[str, Any]) -> None:
        self.bodies.append(body)
        self.runs.append(body["IsPastDue"])
        self.saw.append(body["ScheduleStatus"])
        if self.fails:
            raise FunctionFailedError("no")

    @asynccontextmanager
    async def listening(self, *, run_on_startup: bool = False) -> AsyncIterator[TimerListener]:
        listener = TimerListener(
            read_schedule(self.expression),
            self.status,
            self._run,
            self.clock,
            monitor=True,
            run_on_startup=run_on_startup,
        )
        stop = asyncio.Event()
        task = asyncio.create_task(listener.listen(stop))
        try:
            yield listener
        finally:
            stop.set()
            await task

    async def stored(self) -> Any:
        return json.loads(await (await self.status.download_blob()).readall())

    async def waits_for(self, expected: str) -> None:
        """Until the listener waits for that slot, moving the clock could pass it unseen."""
        await eventually(lambda: self.clock.awaited == {at(expected)})


@pytest.fixture
async def timer(storage: Storage) -> Timer:
    container = storage.blobs().get_container_client(f"timers-{uuid.uuid4().hex[:12]}")
    await container.create_container()
    return Timer(container.get_blob_client("status"))


async def test_it_fires_when_its_time_has_come(timer: Timer) -> None:
    """Nothing before the slot, one run per slot, and the status says when the next is."""
    async with timer.listening():
        await timer.waits_for("2026-03-02T10:05:00")
        timer.clock.advance(timedelta(minutes=2, seconds=29))
        assert [] == timer.runs
        timer.clock.advance(timedelta(seconds=1))
        await timer.waits_for("2026-03-02T10:10:00")
        timer.clock.advance(timedelta(minutes=5))
        await timer.waits_for("2026-03-02T10:15:00")
    assert [False, False] == timer.runs
    assert [seen["Last"] for seen in timer.saw] == [NEVER, at("2026-03-02T10:05:00").isoformat()]
    assert (await timer.stored())["Last"] == at("2026-03-02T10:10:00").isoformat()


async def test_a_missed_slot_runs_once_as_past_due(timer: Timer) -> None:
    """A host that comes back after six slots runs one, marked past due, and goes on with the next slot."""
    async with timer.listening():
        await timer.waits_for("2026-03-02T10:05:00")
    timer.clock.advance(timedelta(minutes=30))
    async with timer.listening():
        await timer.waits_for("2026-03-02T10:35:00")
        timer.clock.advance(timedelta(minutes=3))
        await timer.waits_for("2026-03-02T10:40:00")
    assert [True, False] == timer.runs


async def test_a_restart_within_a_slot_runs_nothing(timer: Timer) -> None:
    """A host that was away between two slots missed nothing."""
    async with timer.listening():
        await timer.waits_for("2026-03-02T10:05:00")
    timer.clock.advance(timedelta(minutes=2))
    async with timer.listening():
        await timer.waits_for("2026-03-02T10:05:00")
        timer.clock.advance(timedelta(seconds=30))
        await timer.waits_for("2026-03-02T10:10:00")
    assert [False] == timer.runs


async def test_a_changed_schedule_counts_from_its_own_slots(timer: Timer) -> None:
    """Made daily, a timer that missed five-minute slots is not past due."""
    async with timer.listening():
        await timer.waits_for("2026-03-02T10:05:00")
    timer.clock.advance(timedelta(minutes=30))
    timer.expression = "0 0 3 * * *"
    async with timer.listening():
        await timer.waits_for("2026-03-03T03:00:00")
        timer.clock.advance(timedelta(hours=17))
        await timer.waits_for("2026-03-04T03:00:00")
    assert [False] == timer.runs


async def test_a_failed_run_waits_for_its_next_slot(timer: Timer) -> None:
    """Failure is neither repeated nor the end of the timer."""
    timer.fails = True
    async with timer.listening():
        await timer.waits_for("2026-03-02T10:05:00")
        timer.clock.advance(timedelta(minutes=3))
        await timer.waits_for("2026-03-02T10:10:00")
        timer.clock.advance(timedelta(minutes=5))
        await timer.waits_for("2026-03-02T10:15:00")
    assert [False, False] == timer.runs


async def test_it_can_be_fired_by_hand(timer: Timer) -> None:
    """By hand it runs at once, past due when asked, and its failure is the caller's to see."""
    async with timer.listening() as listener:
        await timer.waits_for("2026-03-02T10:05:00")
        await listener.run_by_hand(past_due=False)
        await listener.run_by_hand(past_due=True)
        timer.fails = True
        with pytest.raises(FunctionFailedError):
            await listener.run_by_hand(past_due=False)
    assert [False, True, False] == timer.runs


async def test_a_function_gets_the_documented_object(timer: Timer) -> None:
    """The same names at both levels as from Microsoft's listeners."""
    documented = payload("timer")
    async with timer.listening() as listener:
        await timer.waits_for("2026-03-02T10:05:00")
        await listener.run_by_hand(past_due=False)
    (body,) = timer.bodies
    assert documented.keys() == body.keys()
    assert documented["Schedule"] == body["Schedule"]
    assert documented["ScheduleStatus"].keys() == body["ScheduleStatus"].keys()


async def test_run_on_startup(timer: Timer) -> None:
    """With `run_on_startup` every start of the host is a run."""
    async with timer.listening(run_on_startup=True):
        await eventually(lambda: timer.runs)
    assert [False] == timer.runs


async def test_a_timer_that_fires_every_few_seconds_keeps_no_status(timer: Timer) -> None:
    """More often than once a minute there is no status blob, so nothing is ever past due."""
    timer.expression = "*/10 * * * * *"
    async with timer.listening():
        await timer.waits_for("2026-03-02T10:02:40")
        timer.clock.advance(timedelta(seconds=10))
        await timer.waits_for("2026-03-02T10:02:50")
    timer.clock.advance(timedelta(hours=1))
    async with timer.listening():
        await timer.waits_for("2026-03-02T11:02:50")
    assert [False] == timer.runs
    assert not await timer.status.exists()
