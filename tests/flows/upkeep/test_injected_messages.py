"""Messages that somebody put into a queue who may not decide about a run: they change nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from shared.core.call import SetPhone, SingleCall
from shared.core.run.messages import RowMessage, StepMessage
from shared.core.run.run import Run
from shared.core.values.slot import PhoneType
from shared.core.values.states import RunState
from testing.in_memory import InMemory
from tests.flows.small_tenant import csv, number, outcomes, person, rows_of, tenant_of

PLAN, APPLY, STEPS = "plan-user", "apply-user", "run-steps"
FILE = csv("employeeId,mobile", ("E1", number(11)), ("E2", number(12)))


@asynccontextmanager
async def come_to(state: RunState, **settings: str) -> AsyncIterator[tuple[InMemory, Run]]:
    """A run of two people that has just come to this state; its own messages still wait."""
    async with tenant_of([person(1), person(2)], (), None, **settings) as world:
        identity = await world.drop("staff.csv", FILE)

        async def is_there() -> bool:
            run = await world.stored(identity)
            is_planned = state is not RunState.APPLYING or bool(world.storage.queue(APPLY).messages)
            return run.state is state and (run.is_over is run.closed) and is_planned

        await world.pump(until=is_there)
        yield world, await world.stored(identity)


def injected(run: Run) -> Iterable[str]:
    """Row messages of every version, of rows and attempts that there are and are not."""
    for row in (*range(run.first_row, run.last_row + 1), run.last_row + 1):
        yield json.dumps({"v": 1, "run": run.id, "row": row, "attempt": 9})
        yield json.dumps({"v": 2, "run": run.id, "row": row, "failures": 9})
        for attempt in (0, 1, 2):
            content = {"v": 3, "run": run.id, "row": row, "attempt": attempt, "failures": 9, "seal": "0" * 32}
            yield json.dumps(content)


async def stored(world: InMemory) -> dict[str, Any]:
    """Everything in the tables."""
    names = ("Runs", "Rows", "People")
    return {name: repr(sorted(world.storage.table(name).partitions.items())) for name in names}


async def swept(world: InMemory) -> None:
    world.clock.leap_to(world.clock.now() + timedelta(seconds=61))
    await world.app.sweep()


@pytest.mark.parametrize("queue", [f"{PLAN}-poison", f"{APPLY}-poison", PLAN, APPLY])
@pytest.mark.parametrize(
    ("state", "settings"),
    [
        (RunState.HELD, {"APPROVAL": "always"}),
        (RunState.FINISHED, {}),
        (RunState.REJECTED, {"APPROVAL": "never", "MIN_ROWS": "9"}),
    ],
)
async def test_where_no_message_is_expected_rows_stay_as_they_are(
    queue: str, state: RunState, settings: dict[str, str]
) -> None:
    """A planned row of a held run is neither completed as failed nor written."""
    async with come_to(state, **settings) as (world, run):
        await swept(world)
        before = await stored(world)
        for body in injected(run):
            await world.storage.queue(queue).send(body)
        await swept(world)
        await world.pump()

        assert before == await stored(world)


@pytest.mark.parametrize("queue", [f"{PLAN}-poison", f"{APPLY}-poison", PLAN, APPLY])
@pytest.mark.parametrize("state", [RunState.PLANNING, RunState.APPLYING])
async def test_where_messages_are_expected_rows_end_as_they_would_have(queue: str, state: RunState) -> None:
    """Failures that a made-up message claims are not counted."""
    async with come_to(state) as (world, run):
        for body in injected(run):
            await world.storage.queue(queue).send(body)
        await swept(world)
        for body in injected(run):
            await world.storage.queue(queue).send(body)
        await swept(world)
        await world.pump()

        assert [("updated", "applied")] * 2 == await outcomes(world, run)
        assert 2 == world.writes


async def test_a_message_of_an_earlier_attempt_counts_no_failure_of_this_one() -> None:
    """It was sealed for another attempt."""
    async with come_to(RunState.REJECTED, APPROVAL="never", MAX_UPDATE_SHARE="0", SMALL_SET="1") as (world, run):
        old = [RowMessage.of(run, row.number, 1).encode() for row in await rows_of(world, run)]
        await world.app.redrive(run.id, "somebody")
        for body in old:
            await world.storage.queue(f"{PLAN}-poison").send(body)
        await swept(world)
        await world.pump()

        assert {("unprocessed", "runRejected")} == set(await outcomes(world, run))


@pytest.mark.parametrize("redelivered", [False, True])
@pytest.mark.parametrize(
    ("state", "settings"),
    [
        (RunState.HELD, {"APPROVAL": "always"}),
        (RunState.FINISHED, {}),
        (RunState.REJECTED, {"APPROVAL": "never", "MIN_ROWS": "9"}),
    ],
)
async def test_a_step_of_a_run_that_waits_or_is_closed_changes_nothing(
    state: RunState, settings: dict[str, str], *, redelivered: bool
) -> None:
    """Any number of it, also its present one; and nothing fails."""
    async with come_to(state, **settings) as (world, run):
        before = await stored(world)
        for step in range(run.step + 3):
            await world.app.advance_run(StepMessage(run.id, step), redelivered=redelivered)
        await world.pump()

        assert before == await stored(world)


async def test_a_step_of_a_call_for_one_person_changes_nothing() -> None:
    """Such a run has no steps: its number 0 is that of none."""
    async with tenant_of([person(1)]) as world:
        call = SingleCall(person(1).id, SetPhone(PhoneType.MOBILE, number(11)), "somebody")
        opened = await world.app.single_calls.records.open(call, person(1).id)
        await swept(world)
        before = await stored(world)
        for step in range(3):
            await world.app.advance_run(StepMessage(opened.run.id, step))
        for body in injected(opened.run):
            for queue in (PLAN, APPLY):
                await world.storage.queue(f"{queue}-poison").send(body)
                await world.storage.queue(queue).send(body)
        await swept(world)
        await world.pump()

        assert before == await stored(world)
