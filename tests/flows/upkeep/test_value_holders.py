"""The index of values forgets people whom the app does not know any more, and nobody else."""

from __future__ import annotations

from datetime import timedelta

from sandbox.graph.control import change_person
from shared.core.run.value_index import Holder
from shared.core.values.slot import Slot
from shared.core.values.states import RunState
from testing.in_memory import InMemory
from tests.flows.small_tenant import csv, number, person, tenant_of

PEOPLE = [person(index, phones={}) for index in (1, 2)]
DAY = timedelta(days=1)


def export(*indices: int) -> bytes:
    rows = ((PEOPLE[index - 1].userPrincipalName, number(50 + index)) for index in indices)
    return csv("userPrincipalName,mobile", *rows)


async def holders(world: InMemory) -> set[str]:
    return {holder.object_id async for holder in world.app.clients.value_index.holders()}


async def retain(world: InMemory, after: timedelta = DAY) -> None:
    world.clock.leap_to(world.clock.now() + after)
    await world.app.sweep()
    await world.pump()


async def test_a_plan_that_was_never_written_leaves_nobody_in_the_index() -> None:
    """While the run is open its people count; of those that were written to, each stays."""
    async with tenant_of(PEOPLE, APPROVAL="always") as world:
        first = await world.run_to_end("a.csv", export(1))
        await world.app.decisions.approve(first.id, first.digest, "a test")
        await world.pump()
        held = await world.run_to_end("b.csv", export(2))
        assert RunState.HELD is held.state
        await retain(world)
        assert {one.id for one in PEOPLE} == await holders(world)

        await world.app.decisions.reject(held.id, "a test")
        await world.pump()
        await retain(world)

        assert {PEOPLE[0].id} == await holders(world)


async def test_a_deleted_account_leaves_the_index_with_its_record() -> None:
    """After FORGET_DAYS, and not as long as the account can be restored."""
    async with tenant_of(PEOPLE, FORGET_DAYS="30") as world:
        await world.run_to_end("a.csv", export(1, 2))
        change_person(world.stand_in.tenant, PEOPLE[1].id, {"deleted": True})
        for days, expected in ((1, {one.id for one in PEOPLE}), (31, {PEOPLE[0].id})):
            world.clock.leap_to(world.clock.now() + timedelta(days=days))
            await world.app.run_timer("reconcile")
            await world.pump()
            await retain(world)
            assert expected == await holders(world)


async def test_a_claim_of_the_same_moment_is_not_lost() -> None:
    """Only the holder that was looked at goes; what another run claims meanwhile has another run's id."""
    async with tenant_of(PEOPLE) as world:
        index, old, new = (
            world.app.clients.value_index,
            *(Holder(PEOPLE[0].id, Slot.MOBILE, run) for run in ("old", "new")),
        )
        await index.claim({"d" * 64: {old.object_id: old}})
        await index.claim({"d" * 64: {new.object_id: new}})

        await index.forget([old].__contains__)
        assert [new] == [one async for one in index.holders()]
        await index.forget([new].__contains__)
        assert {} == await index.look(["d" * 64])
