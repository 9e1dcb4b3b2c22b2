"""Exports that follow each other or overlap, while replicas of Graph are late: the newest that says something holds."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest

from sandbox.graph.options import Options
from shared.core.values.slot import PhoneType
from shared.core.values.states import RunState
from testing.in_memory import InMemory
from tests.flows.small_tenant import csv, number, outcomes, person, rows_of, tenant_of

PEOPLE = [person(index) for index in range(1, 4)]


def export(numbers: dict[int, str]) -> bytes:
    return csv("objectId,mobile", *((person(index).id, mobile) for index, mobile in numbers.items()))


def mobiles(world: InMemory) -> dict[int, str | None]:
    return {
        index: world.stand_in.tenant.people[person(index).id].methods.get(PhoneType.MOBILE)
        for index in range(1, len(PEOPLE) + 1)
    }


@pytest.mark.parametrize("late", [0.0, 6.0, 20.0])
@pytest.mark.parametrize("policy", ["merge", "overwrite", "owned"])
async def test_a_correction_right_after_the_first_run_holds(late: float, policy: str) -> None:
    """B was written and nobody shows it yet; the correction back to the old number is no `unchanged`."""
    people = [person(index, phones={}) for index in range(1, 4)]
    async with tenant_of(people, options=Options(late_seconds=late), ON_EXISTING=policy, SMALL_SET="100") as world:
        wrong = {1: number(11), 2: number(12), 3: number(13)}
        right = {1: number(21), 2: number(12), 3: number(23)}
        for name, numbers in (("first", wrong), ("second", right), ("third", wrong), ("fourth", right)):
            run = await world.run_to_end(f"{name}.csv", export(numbers))
            if run.state is RunState.HELD:
                await world.app.decisions.approve(run.id, run.digest, "a person")
                await world.pump()
            assert numbers == mobiles(world), (name, await outcomes(world, run))


@pytest.mark.parametrize("late", [0.0, 6.0])
async def test_of_two_overlapping_exports_the_newer_holds(late: float) -> None:
    """The older run writes after the newer one was planned: that is the app's own change, not somebody else's."""
    async with tenant_of(PEOPLE, options=Options(late_seconds=late), ON_EXISTING="merge", SMALL_SET="100") as world:
        older = {1: number(11), 2: number(12), 3: number(13)}
        newer = {1: number(21), 2: number(22), 3: number(3)}
        first = await world.drop("older.csv", export(older))
        world.clock.leap_to(world.clock.now() + timedelta(seconds=3))
        second = await world.drop("newer.csv", export(newer))
        await world.pump()

        assert newer == mobiles(world), await rows_of(world, await world.stored(second))
        states = {state for state, _ in await outcomes(world, await world.stored(second))}
        assert states <= {"updated", "unchanged", "created"}
        assert {state for state, _ in await outcomes(world, await world.stored(first))} <= {"updated", "superseded"}


async def test_a_blank_cell_overtakes_nothing() -> None:
    """A newer export names the person and says nothing of the mobile, so the older export still sets it."""
    async with tenant_of(PEOPLE, SMALL_SET="100") as world:
        first = await world.drop("older.csv", csv("objectId,mobile,office", (PEOPLE[0].id, number(11), number(31))))
        await world.run_to_end("newer.csv", csv("objectId,mobile,office", (PEOPLE[0].id, "", number(32))))
        await world.pump()

        user = world.stand_in.tenant.people[PEOPLE[0].id]
        assert {PhoneType.MOBILE: number(11), PhoneType.OFFICE: number(32)} == user.methods
        assert [("updated", "applied")] == await outcomes(world, await world.stored(first))


async def play(seed: int) -> list[str]:
    """Two to five exports with random cells and pauses; who has not what the newest that says something wants."""
    random = Random(seed)
    options = Options(late_seconds=random.choice((0.0, 1.0, 5.0, 20.0)), late_share=random.choice((1.0, 0.5)))
    policy = random.choice(("merge", "overwrite"))
    people = [person(index, phones=random.choice(({}, {"mobile": number(index)}))) for index in range(1, 4)]
    async with tenant_of(people, options=options, ON_EXISTING=policy, SMALL_SET="100") as world:
        wanted = mobiles(world)
        ids = []
        for upload in range(random.randint(2, 5)):
            named = random.sample(range(1, 4), random.randint(1, 3))
            cells = {index: random.choice(("", *(number(10 * index + one) for one in (1, 2, 3)))) for index in named}
            wanted |= {index: cell for index, cell in cells.items() if cell}
            ids.append(await world.drop(f"{upload}.csv", export(cells)))
            for _ in range(random.choice((0, 3, 10, 1000))):
                if not await world.deliver_visible():
                    world.clock.leap_to(world.clock.now() + timedelta(seconds=1))
                    if await _all_over(world, ids):
                        break
            world.clock.leap_to(world.clock.now() + timedelta(seconds=random.choice((0, 2, 30, 150))))
        await world.pump()
        for identity in ids:
            run = await world.stored(identity)
            if run.state is RunState.HELD:
                await world.app.decisions.approve(run.id, run.digest, "a person")
                await world.pump()
        found = mobiles(world)
        runs = [await outcomes(world, await world.stored(one)) for one in ids]
        return [
            f"{seed}: {index} has {found[index]} not {wanted[index]} {runs}"
            for index in found
            if found[index] != wanted[index]
        ]


async def _all_over(world: InMemory, ids: list[str]) -> bool:
    return all([(await world.stored(one)).is_over for one in ids])


@pytest.mark.parametrize("seed", range(4))
async def test_the_newest_export_that_says_something_holds(seed: int) -> None:
    assert [] == await play(seed)


@pytest.mark.long
@pytest.mark.parametrize("portion", range(40))
async def test_the_newest_of_2_000_histories_holds(portion: int) -> None:
    assert [] == [said for seed in range(portion * 50, portion * 50 + 50) for said in await play(seed)]
