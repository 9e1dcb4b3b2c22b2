"""However the run of an export ends, a workbook comes back that says why and what to do, in HR's language."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.core.report.row_words import capital
from shared.core.report.texts import Language, texts_in
from shared.core.run.run import Run
from shared.core.values.states import RunState
from testing.in_memory import InMemory
from tests.flows.intake.test_layouts import five_people
from tests.flows.pipeline.test_returns import returns, texts
from tests.flows.small_tenant import csv, number, rows_of

EXPORT = csv("employeeId,mobile", ("E1", number(11)), ("E2", number(12)))
GERMAN = texts_in(Language.GERMAN)


async def rejected(world: InMemory, run: Run) -> None:
    await world.app.decisions.reject(run.id, "an approver")


async def cancelled(world: InMemory, run: Run) -> None:
    await world.app.decisions.cancel(run.id, "an approver")


async def expired(world: InMemory, _: Run) -> None:
    world.clock.leap_to(world.clock.now() + timedelta(days=30))
    await world.app.sweep()


@pytest.mark.parametrize(
    ("end", "code"), [(rejected, "runRejected"), (cancelled, "runCancelled"), (expired, "runExpired")]
)
async def test_a_held_run_that_is_not_carried_out_comes_back(
    end: Callable[[InMemory, Run], Awaitable[None]], code: str
) -> None:
    async with five_people(REPORT_LANGUAGE="de", APPROVAL="always") as world:
        held = await world.run_to_end("staff.csv", EXPORT)
        assert RunState.HELD is held.state
        await end(world, held)
        await world.pump()
        said = texts(returns(world).blobs[(await world.stored(held.id)).result_blob].data)
        assert GERMAN.say("headline.stopped", state=GERMAN.short(code)) in said
        assert GERMAN.todo(code) in said
        assert 0 == world.writes


async def test_a_run_that_is_cancelled_while_it_is_planned_comes_back() -> None:
    async with five_people(REPORT_LANGUAGE="de") as world:
        await world.app.exports.write("staff.csv", EXPORT)
        identity = await world.app.split("staff.csv")
        assert identity is not None
        await world.app.decisions.cancel(identity, "an approver")
        await world.pump()
        run = await world.stored(identity)
        assert (RunState.CANCELLED, True) == (run.state, run.closed)
        assert GERMAN.short("runCancelled") in texts(await world.app.returns.read(run))


async def test_a_run_whose_stored_plan_was_changed_comes_back() -> None:
    """One person's number was put into another person's row after the plan was seen."""
    async with five_people(REPORT_LANGUAGE="de", APPROVAL="always") as world:
        held = await world.run_to_end("staff.csv", EXPORT)
        first, second = await rows_of(world, held)
        await world.app.rows.save(replace(first, plan=second.plan))
        await world.app.decisions.approve(held.id, held.digest, "an approver")
        await world.pump()
        run = await world.stored(held.id)
        assert (RunState.FAILED, "planAltered", 0) == (run.state, run.code, world.writes)
        said = texts(await world.app.returns.read(run))
        assert GERMAN.say("headline.stopped", state="der gespeicherte Plan wurde nach seiner Prüfung geändert") in said
        assert GERMAN.todo("planAltered") in said


async def test_a_run_that_was_left_while_it_was_read_comes_back() -> None:
    """Its file was replaced, so nothing reads it any more."""
    async with five_people(REPORT_LANGUAGE="de") as world:
        run = await world.run_to_end("staff.csv", EXPORT)
        now = world.clock.now()
        identity = f"{run.id[:-10]}0123456789"
        reading = replace(run, id=identity, state=RunState.READING, step=0, closed=False, updated_at=now)
        await world.app.runs.insert(replace(reading, etag=""))
        world.clock.leap_to(now + timedelta(hours=1))
        await world.app.sweep()
        left = await world.stored(reading.id)
        assert (RunState.FAILED, "runFailed") == (left.state, left.code)
        assert capital(GERMAN.short("runFailed")) in texts(returns(world).blobs[left.result_blob].data)
