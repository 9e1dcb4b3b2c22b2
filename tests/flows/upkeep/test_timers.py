"""A timer that stops is reported once, and what still runs does the sweep's work meanwhile."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from sandbox.graph.options import Options
from shared.app import App
from shared.core.values.ncrontab import Schedule
from shared.core.values.states import RunState
from shared.flows.upkeep.permissions import NotifyMissingPermissions
from testing.in_memory import InMemory
from tests.flows.small_tenant import csv, notified, number, person, tenant_of

EXPORT = csv("User principal name,Mobile", ("person1@contoso.example", number(51)))
PEOPLE = [person(1)]
EVERY_FIVE_MINUTES: dict[str, Any] = {"SWEEP_SCHEDULE": "0 */5 * * * *", "RECONCILE_SCHEDULE": "0 0 2 * * *"}


async def notified_of(world: InMemory, event: str) -> list[dict[str, Any]]:
    return [body for body in await notified(world) if body["event"] == event]


def later(world: InMemory, minutes: float) -> None:
    world.clock.leap_to(world.clock.now() + timedelta(minutes=minutes))


async def test_a_timer_that_runs_is_not_told_of() -> None:
    """Twelve sweeps, each as its schedule says."""
    async with tenant_of(PEOPLE, **EVERY_FIVE_MINUTES) as world:
        for _ in range(12):
            await world.app.timers.run("sweep")
            later(world, 5)
        assert [] == await notified_of(world, "missedSchedule")


async def test_looking_after_the_timers_opens_no_connection_to_graph() -> None:
    """A call over HTTP that needs no Graph does not load its SDK, as long as no timer is late."""
    async with tenant_of(PEOPLE, **EVERY_FIVE_MINUTES) as world:
        new_process = App(world.settings, clock=world.clock, storage=world.storage)
        await new_process.look_after_timers()
        assert vars(new_process.clients).keys().isdisjoint({"graph", "urgent_graph"})


@pytest.mark.parametrize(("minutes", "expected"), [(19, 0), (26, 1)])
async def test_a_late_sweep_is_told_after_fifteen_minutes(minutes: float, expected: int) -> None:
    """Counted from when it was due; until then it may only be slow."""
    async with tenant_of(PEOPLE, **EVERY_FIVE_MINUTES) as world:
        await world.app.timers.run("sweep")
        later(world, minutes)
        await world.app.timers.look_after()
        assert expected == len(await notified_of(world, "missedSchedule"))


async def test_a_stopped_sweep_is_told_once_and_its_work_is_done() -> None:
    """An export whose event was lost is read although no timer runs any more; another stop is reported again."""
    async with tenant_of(PEOPLE, **EVERY_FIVE_MINUTES) as world:
        await world.app.timers.run("sweep")
        await world.app.exports.write("lost.csv", EXPORT)
        for _ in range(12):
            later(world, 6)
            await world.app.timers.look_after()
        await world.pump()
        (run,) = [run async for run in world.app.runs.all()]
        assert RunState.FINISHED is run.state
        (missed,) = await notified_of(world, "missedSchedule")
        assert "sweep" in missed["message"]

        await world.app.timers.run("sweep")
        later(world, 60)
        await world.app.timers.look_after()
        assert 2 == len(await notified_of(world, "missedSchedule"))


async def test_the_sweep_tells_of_another_timer() -> None:
    """The reconcile is due at two o'clock; it is reported once, however often the sweep runs."""
    async with tenant_of(PEOPLE, **EVERY_FIVE_MINUTES) as world:
        await world.app.timers.run("sweep")
        for _ in range(30):
            later(world, 60)
            await world.app.timers.run("sweep")
        assert [True] == ["The timer reconcile" in one["message"] for one in await notified_of(world, "missedSchedule")]


TIMERS = ("sweep", "reconcile", "directory", "readiness")
EVERY_TIMER = {
    **EVERY_FIVE_MINUTES,
    "DIRECTORY_SCHEDULE": "0 0 */6 * * *",
    "DIRECTORY_SOURCE": "mobile=mobilePhone",
    "READINESS_SCHEDULE": "0 0 5 * * *",
}


async def _nothing() -> None:
    """Stands for work that is not looked at."""


def due(world: InMemory, since: datetime) -> list[str]:
    """The timers whose schedule has come since then."""
    schedules = {name: Schedule.parse(getattr(world.app.settings, f"{name}_schedule")) for name in TIMERS}
    return [name for name, schedule in schedules.items() if schedule.next(since) <= world.clock.now()]


@pytest.mark.parametrize("dead", [(name,) for name in TIMERS] + [("sweep", "reconcile"), TIMERS], ids="-".join)
async def test_whichever_timers_die_people_hear_of_each_once_and_the_sweeps_work_is_done(
    dead: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two days on their schedules. Where the sweep is dead, the other timers, or the calls of a help desk, stand in."""
    async with tenant_of(PEOPLE, **EVERY_TIMER) as world:
        monkeypatch.setitem(world.app.timers._work, "readiness", _nothing)  # noqa: SLF001 # waits
        for name in TIMERS:
            await world.app.timers.run(name)
        await world.app.exports.write("lost.csv", EXPORT)
        since = world.clock.now()
        for _ in range(48):
            later(world, 60)
            for name in due(world, since):
                if name not in dead:
                    await world.app.timers.run(name)
            since = world.clock.now()
            if set(dead) == set(TIMERS):
                world.app.look_after_timers_meanwhile()
                await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})
            await world.pump()
        told = [one["message"].split()[2] for one in await notified_of(world, "missedSchedule")]
        assert sorted(dead) == sorted(told)
        assert RunState.FINISHED in [run.state async for run in world.app.runs.all() if run.name == "lost.csv"]


async def test_a_timer_whose_work_fails_looks_after_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be the only trigger that runs."""

    async def fails() -> None:
        raise OSError

    async with tenant_of(PEOPLE, **EVERY_FIVE_MINUTES) as world:
        await world.app.timers.run("sweep")
        monkeypatch.setitem(world.app.timers._work, "reconcile", fails)  # noqa: SLF001
        later(world, 60)
        with pytest.raises(OSError, match=r"^$"):
            await world.app.timers.run("reconcile")
        assert 1 == len(await notified_of(world, "missedSchedule"))


async def test_failures_of_looking_do_not_fail_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step whose message was handled must not be delivered again."""

    async def fails(_: str) -> None:
        raise OSError

    async with tenant_of(PEOPLE, **EVERY_FIVE_MINUTES) as world:
        monkeypatch.setattr(world.app.clients.times, "at", fails)
        await world.app.timers.look_after()


async def test_a_missing_permission_is_told_once_until_it_is_granted() -> None:
    """And again when it is taken away once more."""
    missing: tuple[str, ...] = ("UserAuthMethod-Phone.ReadWrite.All",)

    async def names() -> tuple[str, ...]:
        return missing

    async with tenant_of(PEOPLE) as world:
        clients = world.app.clients
        check = NotifyMissingPermissions(names, clients.times, world.app.run_parts.notifier, clients.clock)
        for lacking, expected in ((missing, 1), (missing, 1), ((), 1), (missing, 2)):
            missing = lacking
            await check()
            later(world, 5)
            assert expected == len(await notified_of(world, "missingPermission"))


async def test_the_token_is_compared_with_what_the_settings_need() -> None:
    """An identity that has what it needs causes no notification."""
    async with tenant_of(PEOPLE) as world:
        await world.app.sweep()
        assert [] == await notified_of(world, "missingPermission")
    async with tenant_of(PEOPLE, (), Options(roles=("User.ReadBasic.All",))) as world:
        await world.app.sweep()
        (missing,) = await notified_of(world, "missingPermission")
        assert "UserAuthMethod-Phone.ReadWrite.All" in missing["message"]


async def test_poison_is_told_once_for_a_run() -> None:
    """However many of its messages failed; and a message of somebody else once for itself."""
    async with tenant_of(PEOPLE, APPROVAL="always") as world:
        await world.run_to_end("staff.csv", EXPORT)
        poison = world.storage.queue("plan-user-poison")
        await poison.send("not of this app")
        later(world, 1)
        await world.app.sweep()
        await world.app.sweep()
        assert 1 == len(await notified_of(world, "poison"))
