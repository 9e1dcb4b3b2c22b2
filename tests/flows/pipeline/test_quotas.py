"""Quotas: what many small runs write without approval counts together, whatever the size of each file."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

import pytest

from sandbox.graph.person import Person
from shared.adapters.ledger.quotas import QuotaStore
from shared.core.run.quotas import Reservation, Reservations
from shared.core.run.run import Run
from shared.core.values.states import RunState
from testing.doubles.dying import Killed
from testing.in_memory import InMemory
from tests.flows.small_tenant import cancelled_run, csv, person, tenant_of

HEADER = "userPrincipalName,mobile"


def at(index: int) -> str:
    return f"person{index}@contoso.example"


def mixed(people: range) -> list[int]:
    """The people in an order in which no number counts up from row to row."""
    return sorted(people, key=lambda index: (index * 7 % 11, index))


def rows(people: Iterable[int], version: int = 0) -> list[tuple[str, str]]:
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
        await cancelled_run(world, "cancelled.csv", csv(HEADER, *rows(range(30, 50))), after=5)
        left = 20 - world.writes
        assert left > 1

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


OFFICE_TOO = "userPrincipalName,mobile,office"


async def test_shares_are_counted_slot_by_slot() -> None:
    """A file of changes alone passes, and people who are asked for in one slot do not enlarge the base of another."""
    async with tenant_of(nobodys(100)) as world:
        office = {index: number_of(index + 500) if index < 40 else "" for index in range(100)}
        everybody = [(at(index), number_of(index), office[index]) for index in range(100)]
        await approved(world, await world.run_to_end("all.csv", csv(OFFICE_TOO, *everybody)))
        world.clock.leap_to(world.clock.now() + timedelta(days=8))
        offices = {count: [(at(one), "", number_of(one + 500, 1)) for one in mixed(range(count))] for count in (13, 12)}

        changes = await world.run_to_end("changes.csv", csv(HEADER, *rows(mixed(range(40, 65)), 1)))
        others = [(at(one), number_of(one, 1), "") for one in range(40, 65)]
        held, passed = [
            await world.run_to_end(f"{count}.csv", csv(OFFICE_TOO, *new, *others)) for count, new in offices.items()
        ]

        assert RunState.FINISHED is changes.state, changes.message
        assert RunState.HELD is held.state
        reason = "13 of 40 people (32.5%) would get another number, e-mail address or SMS sign-in (office)"
        assert reason in held.message
        assert RunState.FINISHED is passed.state, passed.message


async def test_first_values_are_a_share_of_the_people_managed() -> None:
    """In 24 hours a fifth of them, however many files these come in; below fifty people no share is counted."""
    async with tenant_of(nobodys(150)) as world:
        await managed(world, 49)
        few = await world.run_to_end("few.csv", csv(HEADER, *rows(range(49, 100))))
        world.clock.leap_to(world.clock.now() + timedelta(days=1))

        too_many = await world.run_to_end("21.csv", csv(HEADER, *rows(range(100, 121))))
        fifth = await world.run_to_end("20.csv", csv(HEADER, *rows(range(100, 120))))
        rest = await world.run_to_end("5.csv", csv(HEADER, *rows(range(120, 125))))  # 25 of now 120
        world.clock.leap_to(world.clock.now() + timedelta(days=1))
        next_day = await world.run_to_end("later.csv", csv(HEADER, *rows(range(125, 145))))

        states = [run.state for run in (few, too_many, fifth, rest, next_day)]
        assert [RunState.FINISHED, RunState.HELD, RunState.FINISHED, RunState.HELD, RunState.FINISHED] == states
        assert "20 in 24 hours, a share of 100 people whom the app manages" in too_many.message


async def test_a_crash_between_reservation_and_save_takes_the_quota_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next delivery of the step reserves again in the same place; until then others find the quota used."""
    reserve, deaths = QuotaStore.reserve, iter([True])

    async def reserve_and_die(self: QuotaStore, wanted: Reservation, seen: Reservations) -> bool:
        is_reserved = await reserve(self, wanted, seen)
        if next(deaths, False):
            raise Killed
        return is_reserved

    monkeypatch.setattr(QuotaStore, "reserve", reserve_and_die)
    async with tenant_of(nobodys(60), MAX_WRITES_UNAPPROVED="20", MAX_CREATE_SHARE="1") as world:
        first = await world.drop("first.csv", csv(HEADER, *rows(range(20))))
        with pytest.raises(Killed):
            await world.pump()
        between = await world.run_to_end("between.csv", csv(HEADER, *rows(range(20, 21))))
        await world.pump()
        after = await world.run_to_end("after.csv", csv(HEADER, *rows(range(21, 22))))

        assert (RunState.FINISHED, 20) == ((await world.stored(first)).state, world.writes)
        assert [RunState.HELD] * 2 == [between.state, after.state]
        assert all(f"20 are used (run {first}: 20)" in run.message for run in (between, after))
