"""What happens between plan and record: people change their numbers, processes die; every row tells what is true."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from shared.adapters.ledger.rows import RowStore
from shared.core.person.account import Methods
from shared.core.plan.operations import Operation
from shared.core.run.messages import RowMessage
from shared.core.run.row import Row
from shared.core.run.run import Run
from shared.core.values.errors import PermanentError
from shared.core.values.states import RowState, RunState
from shared.flows.graph_ports import MethodsPort
from testing.in_memory import InMemory
from tests.flows.small_tenant import csv, number, outcomes, person, rows_of, tenant_of

PEOPLE, THIRD, WANTED = 9, 3, 2
EXPORT = csv("employeeId,mobile", *((f"E{index}", number(index + 10)) for index in range(1, PEOPLE + 1)))


async def test_people_who_changed_their_number_after_the_plan_are_left_alone() -> None:
    """Exactly those with a third value are stale, naming the slot; who has the wanted one is unchanged; others go."""
    async with tenant_of([person(index) for index in range(1, PEOPLE + 1)], APPROVAL="always") as world:
        held = await world.run_to_end("staff.csv", EXPORT)
        for index in range(1, THIRD + 1):
            world.stand_in.tenant.put(person(index, phones={"mobile": number(index + 50)}))
        for index in range(THIRD + 1, THIRD + WANTED + 1):
            world.stand_in.tenant.put(person(index, phones={"mobile": number(index + 10)}))
        await world.app.decisions.approve(held.id, held.digest, "a test")
        await world.pump()

        rows = PEOPLE - THIRD - WANTED
        assert (
            [("stale", "changedSincePlan")] * THIRD
            + [("unchanged", "alreadySet")] * WANTED
            + [("updated", "applied")] * rows
        ) == await outcomes(world, held)
        assert {True} == {row.reason.startswith("mobile ") for row in (await rows_of(world, held))[:THIRD]}
        assert rows == world.writes


class DiedError(Exception):
    """The process ends here."""


class DiesAfterWriting:
    """A Graph that does what it is asked, and a process that never hears of it."""

    def __init__(self, graph: MethodsPort) -> None:
        self._graph = graph

    async def methods(self, user_id: str, *, email: bool = False, together: bool = False) -> Methods:
        return await self._graph.methods(user_id, email=email, together=together)

    async def execute(self, user_id: str, operation: Operation) -> str:
        await self._graph.execute(user_id, operation)
        raise DiedError


class DiesBeforeRecording(RowStore):
    """The person's record is written, the row's is not."""

    async def save(self, row: Row) -> Row:  # noqa: ARG002 - as the ledger has it
        raise DiedError


async def handed_out(world: InMemory) -> Run:
    """A run whose rows wait to be applied."""
    world.work_by_messages()
    identity = await world.drop("staff.csv", EXPORT)
    waiting = world.storage.queue("apply-user")

    async def sent() -> bool:
        return PEOPLE == len(waiting.messages)

    await world.pump(until=sent)
    return await world.stored(identity)


@pytest.mark.parametrize("moment", ["after the write", "after the person's record"])
async def test_a_process_that_died_between_write_and_record_makes_no_row_stale(moment: str) -> None:
    """The message comes back, finds its own work done, and records what was planned."""
    async with tenant_of([person(index) for index in range(1, PEOPLE + 1)]) as world:
        run = await handed_out(world)
        apply_row = world.app.apply_row
        dying = replace(apply_row, writer=replace(apply_row.writer, graph=DiesAfterWriting(world.app.clients.graph)))
        if moment != "after the write":
            dying = replace(apply_row, rows=DiesBeforeRecording(world.storage.table("Rows")))
        for row in await rows_of(world, run):
            with pytest.raises(DiedError):
                await dying(RowMessage(run.id, row.number))
        assert Counter({"writing": PEOPLE}) == Counter(state for state, _ in await outcomes(world, run))
        await world.pump()

        assert RunState.FINISHED is (await world.stored(run.id)).state
        assert [("updated", "applied")] * PEOPLE == await outcomes(world, run)
        assert PEOPLE == world.writes


async def test_a_delivery_that_may_not_write_never_ends_a_row_that_another_one_is_writing() -> None:
    """It loaded the row before the other marked it; its refusal is saved by ETag, so its message comes back instead."""
    async with tenant_of([person(1)], APPROVAL="always") as world:
        held = await world.run_to_end("staff.csv", csv("employeeId,mobile", ("E1", number(11))))
        await world.app.decisions.approve(held.id, held.digest, "a test")
        (planned,) = await rows_of(world, held)
        stored = await world.stored(held.id)
        verified = stored.in_attempt(plan=replace(stored.attempt.plan, is_verified=True))
        run = replace(verified, state=RunState.APPLYING)
        await world.app.rows.mark_writing(planned)

        async def refuse(object_id: str, _: Run) -> None:
            raise PermanentError("protectedAccount", f"{object_id} is protected")

        apply = world.app.apply_row
        writer = replace(apply.writer, check_protection=refuse)
        message = RowMessage(run.id, planned.number)
        await replace(apply, writer=writer).apply(run, planned, message)
        assert 1 == await world.storage.queue(world.app.settings.apply_queue).depth()
        assert [RowState.WRITING] == [row.state for row in await rows_of(world, held)]
