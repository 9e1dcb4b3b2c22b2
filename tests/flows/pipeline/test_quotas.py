"""Quotas: what many small runs write without approval counts together, whatever the size of each file."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from sandbox.graph.person import Person
from shared.core.run.run import Run
from shared.core.values.states import RunState
from testing.in_memory import InMemory
from tests.flows.small_tenant import csv, person, tenant_of

HEADER = "userPrincipalName,mobile"


def at(index: int) -> str:
    return f"person{index}@contoso.example"


def rows(people: range, version: int = 0) -> list[tuple[str, str]]:
    return [(at(index), number_of(index, version)) for index in people]


def number_of(index: int, version: int = 0) -> str:
    """Another number for each version; numbers do not count up from row to row."""
    return f"+1 {202 + 10 * version}55{(index * 7919 + 13 * version) % 100_000:05}"


def nobodys(count: int) -> list[Person]:
    return [person(index, phones={}) for index in range(count)]


async def managed(world: InMemory, count: int) -> None:
    """Have the app write a number for everybody, with an approval."""
    run = await world.run_to_end("all.csv", csv(HEADER, *rows(range(count))))
    await approved(world, run)
    world.clock.leap_to(world.clock.now() + timedelta(days=8))


async def approved(world: InMemory, run: Run) -> Run:
    if run.state is RunState.HELD:
        await world.app.decisions.approve(run.id, run.digest, "a test")
        await world.pump()
    after = await world.stored(run.id)
    assert RunState.FINISHED is after.state
    return after


async def written_by_files(world: InMemory, files: list[range], version: int = 1) -> tuple[int, Counter[RunState]]:
    """The writes, and the states of the runs, of one file for each of these ranges of people."""
    writes, states = world.writes, Counter[RunState]()
    for number, people in enumerate(files):
        states[(await world.run_to_end(f"part{number}.csv", csv(HEADER, *rows(people, version)))).state] += 1
    return world.writes - writes, states


async def test_many_small_files_of_updates_write_no_more_than_one_large_file_may() -> None:
    """Files of 9 rows are exempt from shares one by one; together they may change 30 % of the people managed."""
    async with tenant_of(nobodys(120)) as world:
        await managed(world, 120)

        written, states = await written_by_files(world, [range(9 * n, 9 * n + 9) for n in range(13)])

        assert written == 4 * 9 == 0.3 * 120
        assert {RunState.FINISHED: 4, RunState.HELD: 9} == states


async def test_the_update_quota_holds_for_seven_days_and_then_frees() -> None:
    """A week's changes, a few every day, may change no more people than one file."""
    async with tenant_of(nobodys(100)) as world:
        await managed(world, 100)
        states = []
        for day in range(5):
            file = csv(HEADER, *rows(range(9 * day, 9 * day + 9), 1))
            states.append((await world.run_to_end(f"day{day}.csv", file)).state)
            world.clock.leap_to(world.clock.now() + timedelta(days=1))
        assert [RunState.FINISHED] * 3 + [RunState.HELD] * 2 == states

        world.clock.leap_to(world.clock.now() + timedelta(days=5))

        again = await world.run_to_end("later.csv", csv(HEADER, *rows(range(45, 54), 1)))
        assert RunState.FINISHED is again.state


async def test_files_of_creates_share_the_quota_of_a_day() -> None:
    """Four files dropped at once: one is written, three wait, and name what has used the quota."""
    async with tenant_of(nobodys(200), MAX_WRITES_UNAPPROVED="50") as world:
        names = [await world.drop(f"{n}.csv", csv(HEADER, *rows(range(50 * n, 50 * n + 50)))) for n in range(4)]
        await world.pump()

        runs = [await world.stored(name) for name in names]
        assert 50 == world.writes
        assert Counter({RunState.HELD: 3, RunState.FINISHED: 1}) == Counter(run.state for run in runs)
        writer = next(run for run in runs if run.state is RunState.FINISHED)
        assert all(f"50 are used (run {writer.id}: 50)" in run.message for run in runs if run is not writer)


async def test_what_a_person_approved_does_not_count() -> None:
    """The quota is of writes that nobody looked at; an approved file leaves it as it was."""
    async with tenant_of(nobodys(60), MAX_WRITES_UNAPPROVED="20", MAX_CREATE_SHARE="1") as world:
        large = await world.run_to_end("large.csv", csv(HEADER, *rows(range(30))))
        assert RunState.HELD is large.state
        await approved(world, large)

        _, states = await written_by_files(world, [range(30, 50), range(50, 51)], version=0)

        assert {RunState.FINISHED: 1, RunState.HELD: 1} == states


async def test_a_held_run_reserves_nothing_and_unwritten_rows_are_given_back() -> None:
    """A run that waits, or was cancelled before it wrote, takes no part of the quota from others."""
    async with tenant_of(nobodys(60), MAX_WRITES_UNAPPROVED="20", APPLY_WINDOW="5", MAX_CREATE_SHARE="1") as world:
        held = await world.run_to_end("held.csv", csv(HEADER, *rows(range(30))))
        cancelled = await world.drop("cancelled.csv", csv(HEADER, *rows(range(30, 50))))

        async def some_are_written() -> bool:
            return world.writes >= 5

        await world.pump(until=some_are_written)
        await world.app.decisions.cancel(cancelled, "a test")
        await world.pump()
        left = 20 - world.writes

        _, states = await written_by_files(world, [range(left), range(left, left + 1)], version=0)

        assert RunState.HELD is held.state
        assert {RunState.FINISHED: 1, RunState.HELD: 1} == states


@pytest.mark.parametrize("seed", range(3))
async def test_runs_that_are_planned_at_the_same_moment_never_exceed_the_quota_together(seed: int) -> None:
    """Messages in any order, each delivered twice: the reservation is one conditional write."""
    async with tenant_of(nobodys(100), MAX_WRITES_UNAPPROVED="25", MAX_CREATE_SHARE="1") as world:
        world.host.order.seed(seed)
        world.host.twice = True
        files = [csv(HEADER, *rows(range(10 * n, 10 * n + 10))) for n in range(10)]
        await asyncio.gather(*(world.drop(f"{n}.csv", file) for n, file in enumerate(files)))
        await world.pump()

        assert 20 == world.writes
