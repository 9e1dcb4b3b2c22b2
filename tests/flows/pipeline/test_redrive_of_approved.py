"""A redrive relies on an approval only for the writes that a person approved, while nobody took the approval back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from sandbox.graph.faults import Fault
from sandbox.graph.person import Person
from sandbox.people import Staff
from shared.core.run.run import Run
from shared.core.values.states import RowState, RunState
from testing.in_memory import InMemory, in_memory

PEOPLE, FAILED = 12, 4
LIMITS = {"MAX_WRITES_UNAPPROVED": "2", "MAX_UNMANAGED_REPLACED": "0"}
APPROVER, OTHER = "5f0c0c8e-6f0e-4a59-9d3e-0c6a52f1b001", "5f0c0c8e-6f0e-4a59-9d3e-0c6a52f1b002"


def user(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000000000"


def file(people: int = PEOPLE) -> bytes:
    lines = [f"{user(number)},+1 202555{1000 + 7 * number * number:04d}" for number in range(people)]
    return "\n".join(["objectId,mobile", *lines]).encode()


def put(world: InMemory, number: int, **phones: str) -> None:
    name = f"p{number}@contoso.example"
    world.stand_in.tenant.put(Person(id=user(number), userPrincipalName=name, phones=phones))


@asynccontextmanager
async def rolled_out(*, approve: bool = True) -> AsyncIterator[tuple[InMemory, Run]]:
    """A roll-out beyond the limits that a person approved, of which some writes failed."""
    settings = LIMITS if approve else {**LIMITS, "MAX_WRITES_UNAPPROVED": str(PEOPLE)}
    async with in_memory(Staff(()), settings) as world:
        for number in range(PEOPLE):
            put(world, number)
        world.stand_in.faults.add(Fault(kind="status", on="phoneMethods.create", status=400, count=FAILED))
        run = await world.run_to_end("staff.csv", file())
        if approve:
            assert RunState.HELD is run.state
            await world.app.decisions.approve(run.id, run.digest, APPROVER)
            await world.pump()
            run = await world.stored(run.id)
        assert (RunState.FINISHED, FAILED) == (run.state, run.counts[RowState.FAILED])
        yield world, run


async def redriven(world: InMemory, run: Run, by: str = APPROVER) -> Run:
    await world.app.redrive(run.id, by)
    await world.pump()
    return await world.stored(run.id)


@pytest.mark.parametrize("by", [APPROVER, OTHER])
async def test_what_was_approved_needs_no_other_approval(by: str) -> None:
    """Whoever redrives it: the writes are those that were approved. They take nothing of the quotas."""
    async with rolled_out() as (world, run):
        again = await redriven(world, run, by)
        assert (RunState.FINISHED, PEOPLE) == (again.state, again.counts[RowState.CREATED]), again.message
        for number in (50, 51):
            put(world, number)
        lines = b"objectId,mobile\n" + b"".join(f"{user(number)},+1 20255590{number}\n".encode() for number in (50, 51))
        small = await world.run_to_end("small.csv", lines)
        assert RunState.FINISHED is small.state, small.message


async def test_a_second_redrive_relies_on_it_too() -> None:
    """The rows of the second attempt were written under the approval of the first."""
    async with rolled_out() as (world, run):
        world.stand_in.faults.add(Fault(kind="status", on="phoneMethods.create", status=400, count=FAILED))
        second = await redriven(world, run)
        assert (RunState.FINISHED, FAILED) == (second.state, second.counts[RowState.FAILED])
        third = await redriven(world, second)
        assert (RunState.FINISHED, PEOPLE) == (third.state, third.counts[RowState.CREATED]), third.message


async def test_first_contact_that_was_approved_is_not_asked_about_again() -> None:
    """The approval of a roll-out covered those who had a number of their own."""
    async with in_memory(Staff(()), LIMITS) as world:
        for number in range(30):
            put(world, number, mobile="+1 2025559999")
        world.stand_in.faults.add(Fault(kind="status", on="phoneMethods.update", status=400, count=FAILED))
        held = await world.run_to_end("staff.csv", file(30))
        await world.app.decisions.approve(held.id, held.digest, APPROVER)
        await world.pump()
        run = await world.stored(held.id)
        assert FAILED == run.counts[RowState.FAILED], run.message
        again = await redriven(world, run)
        assert {RowState.UPDATED: 30} == {state: count for state, count in again.counts.items() if count}


def later(world: InMemory) -> None:
    world.clock.leap_to(world.clock.now() + timedelta(days=8))


def other_values(world: InMemory) -> None:
    for user_state in list(world.stand_in.tenant.people.values()):
        if not user_state.methods:
            number = int(user_state.person.id[:8], 16)
            put(world, number, mobile=f"+1 20255590{number:02d}")


@pytest.mark.parametrize("change", [later, other_values])
async def test_an_old_approval_or_another_plan_is_none(change: Callable[[InMemory], None]) -> None:
    """After a week, or where the account has another value than was approved to be there."""
    async with rolled_out() as (world, run):
        change(world)
        writes = world.writes
        again = await redriven(world, run)
        assert RunState.FINISHED is not again.state or {RowState.KEPT} <= set(again.counts)
        assert writes == world.writes


async def test_a_run_that_was_cancelled_after_its_approval_is_held_again() -> None:
    """A cancellation takes the approval back, whoever redrives the run then."""
    async with in_memory(Staff(()), LIMITS) as world:
        for number in range(PEOPLE):
            put(world, number)
        run = await world.run_to_end("staff.csv", file())
        await world.app.decisions.approve(run.id, run.digest, APPROVER)
        await world.app.decisions.cancel(run.id, OTHER)
        await world.pump()
        assert RunState.CANCELLED is (await world.stored(run.id)).state
        again = await redriven(world, run)
        assert (RunState.HELD, 0) == (again.state, world.writes), again.message


async def test_a_redrive_that_was_cancelled_ends_the_approval() -> None:
    """Also where the redrive itself needed none."""
    async with rolled_out() as (world, run):
        await world.app.redrive(run.id, APPROVER)
        await world.app.decisions.cancel(run.id, OTHER)
        await world.pump()
        writes = world.writes
        again = await redriven(world, await world.stored(run.id))
        assert (RunState.HELD, writes) == (again.state, world.writes), again.message


async def test_what_no_person_approved_counts_in_a_redrive() -> None:
    """A run within the limits was released by itself, so its redrive takes of the quotas as before."""
    async with rolled_out(approve=False) as (world, run):
        again = await redriven(world, run)
        assert RunState.FINISHED is again.state, again.message
        made = (await world.app.clients.quotas.all()).made
        assert PEOPLE == sum(one.people.get("create", 0) for one in made if one.run == run.id)


async def test_people_who_were_not_in_the_approved_plan_count() -> None:
    """Accounts that exist only now: more of them than the limit hold the redrive."""
    async with in_memory(Staff(()), {**LIMITS, "MAX_UNMATCHED_SHARE": "1"}) as world:
        for number in range(PEOPLE - 4):
            put(world, number)
        held = await world.run_to_end("staff.csv", file())
        await world.app.decisions.approve(held.id, held.digest, APPROVER)
        await world.pump()
        for number in range(PEOPLE - 4, PEOPLE):
            put(world, number)
        again = await redriven(world, await world.stored(held.id))
        assert (RunState.HELD, True) == (again.state, "4 people would be written to" in again.message)
