"""After an hour, a day or a week without the app every dropped file has exactly one run, whatever comes late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from random import Random

import pytest

from shared.core.values.states import RunState
from tests.flows.small_tenant import csv, number, person, tenant_of

PEOPLE = [person(n) for n in range(1, 5)]


def export(n: int) -> bytes:
    return csv("User principal name,Mobile", (f"person{n}@contoso.example", number(50 + n)))


@pytest.mark.parametrize("hours", [1, 24, 7 * 24])
@pytest.mark.parametrize("seed", range(3))
async def test_no_outage_loses_a_file_or_runs_one_twice(hours: int, seed: int) -> None:
    """Files come while nothing runs; then sweeps, and a storm of late and doubled events, in any order."""
    names, chance = [f"staff-{n}.csv" for n in range(1, 5)], Random(seed)
    async with tenant_of(PEOPLE) as world:
        await world.app.sweep()  # notes when the app was installed
        for n, name in enumerate(names, start=1):
            world.clock.leap_to(world.clock.now() + timedelta(hours=hours / len(names)))
            await world.app.exports.write(name, export(n))
        world.clock.leap_to(world.clock.now() + timedelta(minutes=30))

        work: list[Callable[[], Awaitable[object]]] = [partial(world.app.split, name) for name in names * 3]
        work += [world.app.sweep, world.app.sweep, world.pump]
        chance.shuffle(work)
        for one in work:
            await one()
        await world.app.sweep()
        await world.pump()

        runs = [run async for run in world.app.runs.all()]
        assert Counter(names) == Counter(run.name for run in runs)
        assert {(RunState.FINISHED, True)} == {(run.state, run.closed) for run in runs}
        assert len(names) == world.writes


async def test_a_run_that_was_held_before_a_weeks_outage_expires_and_says_so() -> None:
    """Nothing is written on a decision that nobody made; the file that came meanwhile has its own run."""
    async with tenant_of(PEOPLE, APPROVAL="always", HELD_DAYS="3") as world:
        await world.app.sweep()
        held = await world.run_to_end("before.csv", export(1))
        world.clock.leap_to(world.clock.now() + timedelta(days=7))
        await world.app.exports.write("during.csv", export(2))
        world.clock.leap_to(world.clock.now() + timedelta(minutes=30))
        await world.app.sweep()
        await world.pump()

        states = {run.name: run.state async for run in world.app.runs.all()}
        assert {"before.csv": RunState.REJECTED, "during.csv": RunState.HELD} == states
        kept = world.storage.tables["Runs"].partitions["notification"]
        assert 1 == sum(key.startswith(f"{held.id}-expired-") for key in kept)
        assert 0 == world.writes
