"""After a day without the app every file that was dropped has exactly one run, whatever events come late."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from shared.core.values.states import RunState
from tests.flows.small_tenant import csv, number, person, tenant_of

PEOPLE = [person(n) for n in range(1, 5)]


def export(n: int) -> bytes:
    return csv("User principal name,Mobile", (f"person{n}@contoso.example", number(50 + n)))


async def test_a_days_outage_loses_no_file_and_runs_none_twice() -> None:
    """Files come every six hours while nothing runs; then sweeps, and a storm of late and doubled events at once."""
    names = [f"staff-{n}.csv" for n in range(1, 5)]
    async with tenant_of(PEOPLE) as world:
        await world.app.sweep()  # notes when the app was installed
        for n, name in enumerate(names, start=1):
            world.clock.leap_to(world.clock.now() + timedelta(hours=6))
            await world.app.exports.write(name, export(n))
        world.clock.leap_to(world.clock.now() + timedelta(minutes=30))

        for name in names[:2]:  # some events come before the sweep, some after it, all of them twice
            await world.app.split(name)
        await world.app.sweep()
        for name in names * 2:
            await world.app.split(name)
        await world.pump()
        await world.app.sweep()
        await world.pump()

        runs = [run async for run in world.app.runs.all()]
        assert Counter(names) == Counter(run.name for run in runs)
        assert {(RunState.FINISHED, True)} == {(run.state, run.closed) for run in runs}
        assert len(names) == world.writes
