"""Messages that the host gave up on: nothing is said of a row before its person was looked at."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from sandbox.graph.faults import Fault
from shared.adapters.graph import client
from shared.core.run.messages import RowMessage
from shared.core.run.row import Row
from shared.core.run.run import Run
from shared.core.values.slot import PhoneType
from shared.core.values.states import RunState
from shared.flows.upkeep.poison import BLOB_POISON, LOOKS
from testing.in_memory import InMemory
from tests.flows.small_tenant import csv, number, outcomes, person, rows_of, tenant_of
from tests.payloads import payload

PLAN, APPLY = "plan-user", "apply-user"
OLD, NEW, THIRD = number(1), number(11), number(21)


@asynccontextmanager
async def stuck(queue: str, failures: int = 0) -> AsyncIterator[tuple[InMemory, Run]]:
    """A run of one person whose message on `queue` has just gone to poison."""
    async with tenant_of([person(1)]) as world:
        world.work_by_messages()
        identity = await world.drop("staff.csv", csv("employeeId,mobile", ("E1", NEW)))
        waiting = world.storage.queue(queue)

        async def sent() -> bool:
            return bool(waiting.messages)

        await world.pump(until=sent)
        run = await world.stored(identity)
        waiting.messages.clear()
        await gave_up(world, queue, RowMessage.of(run, run.first_row, failures))
        yield world, run


async def gave_up(world: InMemory, queue: str, message: RowMessage) -> None:
    await world.storage.queue(f"{queue}-poison").send(message.encode())


async def swept(world: InMemory) -> None:
    world.clock.leap_to(world.clock.now() + timedelta(minutes=5))
    await world.app.sweep()


def becomes(world: InMemory, mobile: str) -> None:
    """Somebody, perhaps we in an attempt that died, has put this number on the person."""
    world.stand_in.tenant.put(person(1, phones={"mobile": mobile}))


async def mark_writing(world: InMemory, run: Run) -> Row:
    return await world.app.rows.mark_writing((await rows_of(world, run))[0])


@pytest.mark.parametrize("queue", [PLAN, APPLY])
async def test_a_row_that_was_not_done_is_put_back_once(queue: str) -> None:
    """A process that died ten times is no failure of ours: the row gets another ten deliveries."""
    async with stuck(queue) as (world, run):
        await swept(world)
        await world.pump()

        assert RunState.FINISHED is (await world.stored(run.id)).state
        assert [("updated", "applied")] == await outcomes(world, run)
        assert {} == world.storage.queue(f"{queue}-poison").messages


@pytest.mark.parametrize("queue", [PLAN, APPLY])
async def test_a_row_that_was_put_back_before_or_failed_of_ours_is_failed(queue: str) -> None:
    """It is not done, was looked at to be sure, and will not be tried for ever; a redrive takes it up."""
    async with stuck(queue, failures=1) as (world, run):
        await swept(world)
        await world.pump()

        assert [("failed", "retriesExhausted")] == await outcomes(world, run)
        assert OLD == world.stand_in.tenant.people[person(1).id].methods[PhoneType.MOBILE]
        assert (await rows_of(world, run))[0].may_be_redriven


@pytest.mark.parametrize(
    ("current", "marked", "outcome"),
    [
        (NEW, True, ("updated", "applied")),
        (NEW, False, ("unchanged", "alreadySet")),
        (THIRD, True, ("stale", "changedSincePlan")),
    ],
    ids=["ours was done", "somebody else's is the same", "somebody else's is another"],
)
async def test_what_is_there_is_recorded(current: str, *, marked: bool, outcome: tuple[str, str]) -> None:
    """Even after failures of ours: an answer that was lost does not make a success a failure."""
    async with stuck(APPLY, failures=3) as (world, run):
        if marked:
            await mark_writing(world, run)
        becomes(world, current)
        await swept(world)

        assert [outcome] == await outcomes(world, run)
        record = await world.app.people.get(person(1).id)
        assert (outcome[0] != "stale") == (record.run == run.id)
        assert "" == record.locked_by


async def test_a_person_who_is_gone_is_not_found() -> None:
    """Looking is enough to know it."""
    async with stuck(APPLY, failures=1) as (world, run):
        world.stand_in.tenant.put(person(1, deleted=True))
        await swept(world)

        assert [("refused", "personNotFound")] == await outcomes(world, run)


async def test_a_graph_that_cannot_be_asked_is_waited_for_and_then_the_row_says_that_nobody_knows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The sweep never fails over it; the message stays until the weather clears, or until it has stayed long enough."""
    monkeypatch.setattr(client, "AGAIN_AFTER", ())  # in real time, once for each look
    async with stuck(APPLY, failures=1) as (world, run):
        await mark_writing(world, run)
        world.stand_in.faults.add(Fault(kind="status", on="phoneMethods.list", status=503))
        for _ in range(LOOKS - 1):
            await swept(world)
            assert [("writing", "changePlanned")] == await outcomes(world, run)

        await swept(world)

        assert [("unconfirmed", "outcomeUnknown")] == await outcomes(world, run)
        assert {} == world.storage.queue(f"{APPLY}-poison").messages


async def test_what_this_app_did_not_write_or_has_settled_is_dropped() -> None:
    """Step messages are sent again by the sweep, lost exports are found by it."""
    queues = (f"{APPLY}-poison", "run-steps-poison", BLOB_POISON)
    async with tenant_of([person(1)]) as world:
        run = await world.run_to_end("staff.csv", csv("employeeId,mobile", ("E1", NEW)))
        before = await rows_of(world, run)
        await gave_up(world, APPLY, RowMessage(run.id, run.first_row))
        await gave_up(world, APPLY, RowMessage(run.id, run.first_row + 7))
        for queue in queues:
            await world.storage.queue(queue).send(json.dumps(payload("blob-poison-notice")))
            world.storage.queue(queue).put("not base64!")
        await swept(world)

        assert before == await rows_of(world, run)
        assert [{}] * 3 == [world.storage.queue(name).messages for name in queues]


async def test_a_row_whose_run_was_cancelled_meanwhile_is_not_written() -> None:
    """It is put back, and apply leaves it alone; the run's end accounts for it."""
    async with stuck(APPLY) as (world, run):
        await world.app.decisions.cancel(run.id, "a test")
        await swept(world)
        await world.pump()

        assert [("unprocessed", "runCancelled")] == await outcomes(world, run)
        assert 0 == world.writes
