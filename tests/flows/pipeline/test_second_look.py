"""People who are not found are looked up a second time, all together and only once every other row is planned."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.core.run.run import Run
from shared.core.values.states import RowState, RunState
from testing.in_memory import InMemory
from tests.flows.small_tenant import csv, number, outcomes, person, rows_of, tenant_of

KNOWN = tuple(person(index) for index in range(1, 4))
EXPORT = csv("employeeId,mobile", *((f"E{index}", number(index + 10)) for index in range(1, 7)))


async def dropped(world: InMemory) -> str:
    """The run with every row planned or waiting, before the time of the second look."""
    run_id = await world.drop("staff.csv", EXPORT)

    async def waits() -> bool:
        return "Waiting until" in (await world.stored(run_id)).message

    await world.pump(waits)
    return run_id


async def states(world: InMemory, run: Run) -> list[str]:
    return [row.state.value for row in await rows_of(world, run)]


async def test_the_run_says_what_it_waits_for_and_plans_the_others_meanwhile() -> None:
    """Three are planned, three wait; the message names the time and the number of people."""
    async with tenant_of(KNOWN) as world:
        began = world.clock.now()
        run_id = await dropped(world)
        run = await world.stored(run_id)

        assert {RowState.PLANNED: 3, RowState.WAITING: 3} == run.counts
        assert run.look_up_again_at is not None
        assert timedelta(seconds=60) <= run.look_up_again_at - began <= timedelta(seconds=75)
        assert f"Waiting until {run.look_up_again_at:%H:%M} UTC to look up 3 people again." == run.message


async def test_somebody_who_appears_meanwhile_is_found_and_the_others_are_refused_together() -> None:
    """One wait for all of them, and the message is gone."""
    async with tenant_of(KNOWN) as world:
        began = world.clock.now()
        run_id = await dropped(world)
        world.stand_in.tenant.put(person(5))
        await world.pump()
        run = await world.stored(run_id)

        assert ["updated"] * 3 + ["refused", "updated", "refused"] == [
            row.state.value for row in await rows_of(world, run)
        ]
        assert {("refused", "personNotFound")} == {
            (state, code) for state, code in await outcomes(world, run) if state != "updated"
        }
        assert (RunState.FINISHED, "") == (run.state, run.message)
        assert world.clock.now() - began < timedelta(seconds=120)


@pytest.mark.parametrize("window", [1, 2, 1000])
async def test_a_step_that_is_repeated_after_a_crash_changes_nothing(window: int) -> None:
    """The rows are queued and their messages lost with the process, before the run was saved."""
    async with tenant_of(KNOWN, PLAN_WINDOW=str(window)) as world:
        run_id = await dropped(world)
        run = await world.stored(run_id)
        waiting = [row for row in await rows_of(world, run) if row.state is RowState.WAITING]
        assert waiting
        await world.app.rows.queue_unless_changed(waiting[: min(window, 2)])
        await world.pump()
        run = await world.stored(run_id)

        assert RunState.FINISHED is run.state
        assert ["updated"] * 3 + ["refused"] * 3 == await states(world, run)


async def test_a_run_that_is_cancelled_while_it_waits_leaves_no_row_open() -> None:
    """Waiting rows end like queued ones, and a redrive looks for these people anew."""
    async with tenant_of(KNOWN) as world:
        run_id = await dropped(world)
        await world.app.decisions.cancel(run_id, "a test")
        await world.pump()
        run = await world.stored(run_id)
        assert {RowState.UNPROCESSED: 6} == run.counts

        await world.app.redrive(run_id, "a test")
        await world.pump()
        assert ["updated"] * 3 + ["refused"] * 3 == await states(world, run)
