"""Over random histories an undo gives back exactly what the run took, and a crash at any request changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from random import Random

import pytest

from shared.core.record.ownership_record import SlotRecord
from shared.core.run.run import Run
from shared.core.values.slot import Slot, value_to_json
from shared.core.values.states import OPEN_ROWS, Policy, RowState, RunState, Source
from testing.doubles import MemoryStorage
from testing.doubles.dying import Dying, Killed
from testing.in_memory import InMemory
from tests.flows.random_histories import history
from tests.flows.scheduled.test_undo import (
    HOLDER,
    NEW,
    OLD,
    SETTLED,
    THIRD,
    WITHOUT,
    applied,
    export,
    numbers,
    undone,
    world_of,
)
from tests.flows.small_tenant import csv, number

SHORT, LONG, LATER = 8, 5_000, "c.csv"

type Values = dict[str, str | None]
"""The mobile by object id."""
BETWEEN = timedelta(minutes=30)
"""From one event of a history to the next, so that they have the same times in both worlds."""


@dataclass(frozen=True, slots=True)
class Ended:
    mobiles: Values
    records: dict[str, tuple[object, ...]]
    outcomes: dict[str, RowState]


def some(random: Random, people: list[str]) -> list[str]:
    return [one for one in people if random.random() < 0.6]


async def played(seed: int, *, with_run: bool) -> Ended:
    """Earlier export, the run, edits by people, a later export, the undo; the same seed gives the same without it.

    Nobody chooses by chance what the run has written: that cannot be distinguished from its write, and is undone.
    """
    settings = {"MAX_UNMANAGED_REPLACED": "1000", "VALUE_INDEX_KEY": "a secret of the tests, no vault's"}
    async with history(seed, Policy.OVERWRITE, **settings) as one:
        world, graph, random, begin = one.world, one.graph, Random(seed), one.world.clock.now()
        people = [person.id for person in one.people]
        own = {user: graph.mobile(user) for user in people}
        earlier = {user: random.choice([number(10), own[user]]) for user in some(random, people)}
        wanted = {user: random.choice([number(11), number(12), own[user]]) for user in some(random, people)}
        edits = {user: random.choice([number(51), None]) for user in some(random, people) if random.random() < 0.5}
        later = {user: number(random.choice([11, 13])) for user in some(random, people) if random.random() < 0.5}

        async def dropped(name: str, values: Mapping[str, str | None], event: int) -> str:
            world.clock.leap_to(begin + event * BETWEEN)
            rows = [(user, value) for user, value in values.items() if value is not None]
            if not rows:
                return ""
            run = await applied(world, name, csv("objectId,mobile", *rows))
            return run.id

        await dropped("a.csv", earlier, 1)
        run = await dropped("b.csv", wanted, 2) if with_run else ""
        for user, value in edits.items():
            graph.tenant.put(replace(one.people[int(user[-12:]) - 1], phones=_phones(value)))
        await dropped(LATER, later, 3)
        outcomes = dict[str, RowState]()
        if run and f"{run}/1/changes.json" in world.storage.container("results").blobs:
            undo = await undone(world, run)
            assert (RunState.FINISHED, True) == (undo.state, undo.closed)
            rows = [row async for row in world.app.rows.in_order(undo)]
            assert len({row.object_id for row in rows}) == len(rows) == undo.total
            outcomes = {row.object_id: row.state for row in rows}
        return Ended(
            {user: graph.mobile(user) for user in people},
            {user: await _record(world, user) for user in people},
            outcomes,
        )


def _phones(value: str | None) -> dict[str, str]:
    return {"mobile": value} if value else {}


async def _record(world: InMemory, user: str) -> tuple[object, ...]:
    """All that the record says but how and when the values were written, and what a later export has replaced."""
    record = await world.app.people.get(user)
    held = record.slots.get(Slot.MOBILE, SlotRecord())
    values = [value_to_json(value) for value in (held.base, held.desired, held.left, held.declined)]
    run, newest = await _name(world, held.wanted_by), await _name(world, record.run)
    former = {one.digest for one in record.former} if run != LATER else set[str]()
    return (*values, run, held.wanted_at, newest, record.export_time, former)


async def _name(world: InMemory, run: str) -> str:
    return (await world.stored(run)).name if run else ""


async def check(seeds: range) -> None:
    for seed in seeds:
        undone_world, without = await played(seed, with_run=True), await played(seed, with_run=False)
        assert undone_world.outcomes.keys() <= undone_world.mobiles.keys()
        assert OPEN_ROWS.isdisjoint(undone_world.outcomes.values()), seed
        assert without.mobiles == undone_world.mobiles, seed
        assert without.records == undone_world.records, seed


async def test_the_world_is_as_without_the_run() -> None:
    """Slots, people's own changes, and the ownership records."""
    await check(range(SHORT))


async def test_what_people_shared_before_is_given_back() -> None:
    """Three people have one number, which is more than a file may ask for."""
    await check(range(170, 171))


@pytest.mark.long
async def test_five_thousand_worlds() -> None:
    """The same, with other seeds."""
    await check(range(SHORT, SHORT + LONG))


async def undos(world: InMemory) -> list[Run]:
    return [run async for run in world.app.runs.newest_first(world.clock.now(), sources=(Source.UNDO,))]


async def go_on(world: InMemory, run: str) -> None:
    """What people do: ask for the undo unless there is one, and approve it once it is held."""
    if not await undos(world):
        await world.app.undo(run, "administrator")
    await world.pump()
    for held in await undos(world):
        if held.state is RunState.HELD:
            await world.app.decisions.approve(held.id, held.digest, "approver")
            await world.pump()


async def ended_undo(world: InMemory, dying: Dying, position: int) -> int:
    """Undo a run, killed at this request from the first on; returns how many requests there were."""
    run = await applied(world, "a.csv", export(f"{HOLDER},{NEW}", f"{WITHOUT},{THIRD}"))
    dying.left = position
    with suppress(Killed):
        await go_on(world, run.id)
    used, dying.left = position - dying.left, 0
    for _ in range(4):
        world.clock.leap_to(world.clock.now() + timedelta(minutes=6))
        await world.app.sweep()
        await go_on(world, run.id)
    (stored,) = await undos(world)
    assert (RunState.FINISHED, True) == (stored.state, stored.closed), position
    rows = [row async for row in world.app.rows.in_order(stored)]
    assert {"updated", "removed"} >= {row.state.value for row in rows}, position
    assert all(row.undoing is None and not row.before for row in rows), position
    assert {HOLDER: {"mobile": OLD}} == numbers(world), position
    world.clock.leap_to(world.clock.now() + SETTLED)
    for user in (HOLDER, WITHOUT):
        record = await world.app.people.get(user)
        assert ({}, None) == (record.base(), record.export_time), position
    return used


def positions(requests: int, most: int) -> Iterator[int]:
    return iter(range(1, requests, max(1, requests // most)))


@pytest.mark.parametrize("most", [4, pytest.param(10_000, marks=pytest.mark.long)], ids=["some", "all"])
async def test_a_crash_at_any_request_gives_the_same_end(most: int) -> None:
    """The process is killed at requests to storage while it reads, plans, waits, applies and closes, once each."""
    people = {HOLDER: {"mobile": OLD}, WITHOUT: {}}
    counted = Dying()
    async with world_of(people, storage=partial(MemoryStorage, on_operation=counted)) as world:
        requests = await ended_undo(world, counted, 1_000_000)
    for position in positions(requests, most):
        dying = Dying()
        async with world_of(people, storage=partial(MemoryStorage, on_operation=dying)) as world:
            await ended_undo(world, dying, position)
