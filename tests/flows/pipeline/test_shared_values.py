"""One value for too many people: in one file or cut into many, in every slot, by what was written and by open runs."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from sandbox.graph.control import change_person
from sandbox.graph.options import Options
from shared.clients import Clients
from shared.core.run.run import Run
from shared.core.values.states import RunState
from testing.in_memory import InMemory
from tests.flows.one_person import stored
from tests.flows.small_tenant import csv, number, person, tenant_of

ONE = "+1 2025550142"
PEOPLE = range(1, 61)
WITH_EMAIL = Options(email_role=True)


def at(index: int) -> str:
    return f"person{index}@contoso.example"


def everybody(slot: str, value: str, people: range) -> bytes:
    """A second column is blank, because a file without a phone column is refused."""
    other = "mobile" if slot == "email" else "email"
    return csv(f"userPrincipalName,{slot},{other}", *((at(index), value, "") for index in people))


async def holders(world: InMemory, slot: str = "mobile") -> int:
    return sum(methods.get(slot, "").replace(" ", "") == ONE.replace(" ", "") for methods in world.directory().values())


async def approve(world: InMemory, run: Run) -> None:
    await world.app.decisions.approve(run.id, run.digest, "a test")
    await world.pump()


async def test_one_number_for_many_people_in_many_files_stops_at_the_limit() -> None:
    """Each file is within the limit by itself; what was written counts."""
    async with tenant_of([person(index, phones={}) for index in PEOPLE]) as world:
        states = Counter[RunState]()
        for first in range(1, 13, 2):
            file = everybody("mobile", ONE, range(first, first + 2))
            states[(await world.run_to_end(f"{first}.csv", file)).state] += 1

        assert 2 == await holders(world)
        assert {RunState.FINISHED: 1, RunState.HELD: 5} == states


@pytest.mark.parametrize("twice", [False, True])
async def test_files_that_come_at_the_same_moment_count_each_other(*, twice: bool) -> None:
    """The index is asked and changed in one conditional write."""
    async with tenant_of([person(index, phones={}) for index in PEOPLE]) as world:
        world.host.twice = twice
        files = [everybody("mobile", ONE, range(first, first + 1)) for first in range(1, 9)]
        await asyncio.gather(*(world.drop(f"{n}.csv", file) for n, file in enumerate(files)))
        await world.pump()

        assert 2 == await holders(world)


@pytest.mark.parametrize(("slot", "limit"), [("alternateMobile", 2), ("office", 20), ("email", 2)])
async def test_every_slot_has_its_limit_in_one_file(slot: str, limit: int) -> None:
    """At the limit the file passes; one person more, and it waits, with the rows named and no value."""
    people = [person(index, phones={"mobile": number(index)}) for index in PEOPLE]
    value = "ward@example.com" if slot == "email" else ONE
    for count, state in ((limit, RunState.FINISHED), (limit + 1, RunState.HELD)):
        async with tenant_of(
            people, options=WITH_EMAIL, MAX_WRITES_UNAPPROVED="100", COLUMN_MAP="email=email"
        ) as world:
            run = await world.run_to_end("staff.csv", everybody(slot, value, range(1, count + 1)))

            assert (state, run.message == "") == (run.state, state is RunState.FINISHED)
            assert value not in run.message
            assert state is RunState.FINISHED or f"the limit is {limit} people" in run.message


async def test_mobile_and_alternate_mobile_count_together() -> None:
    """A number that rings for three people is shared by three, in whatever slot."""
    people = [person(index, phones={"mobile": number(index)}) for index in PEOPLE]
    async with tenant_of(people) as world:
        first = await world.run_to_end("a.csv", everybody("alternateMobile", ONE, range(1, 3)))
        second = await world.run_to_end("b.csv", csv("userPrincipalName,mobile", (at(3), ONE)))

        assert (RunState.FINISHED, RunState.HELD) == (first.state, second.state)
        assert "row 2, and 2 people outside the file, would share one value of mobile" in second.message


async def test_a_value_that_was_approved_as_shared_is_remembered() -> None:
    """A switchboard is approved once; afterwards nobody waits for it, in any number of files."""
    async with tenant_of([person(index, phones={}) for index in PEOPLE]) as world:
        held = await world.run_to_end("all.csv", everybody("office", ONE, range(1, 31)))
        assert RunState.HELD is held.state
        await approve(world, held)

        next_file = await world.run_to_end("more.csv", everybody("office", ONE, range(31, 36)))

        assert RunState.FINISHED is next_file.state
        assert 35 == await holders(world, "office")


async def test_a_mobile_that_was_approved_as_shared_is_no_longer_refused() -> None:
    """Two people by one file, the third by another one that a person approves; then all three in each full export."""
    async with tenant_of([person(index, phones={}) for index in PEOPLE]) as world:
        await world.run_to_end("a.csv", everybody("mobile", ONE, range(1, 3)))
        held = await world.run_to_end("b.csv", everybody("mobile", ONE, range(3, 4)))
        await approve(world, held)

        run = await world.run_to_end("full/all.csv", everybody("mobile", ONE, range(1, 4)))

        assert RunState.FINISHED is run.state
        assert {"unchanged": 3} == {state.value: count for state, count in run.counts.items() if count}


async def test_a_rejected_run_and_a_number_given_on_take_no_place() -> None:
    """A claim holds while its run is open, or while the record has the value."""
    async with tenant_of([person(index, phones={}) for index in PEOPLE]) as world:
        await world.run_to_end("a.csv", everybody("mobile", ONE, range(1, 3)))
        held = await world.run_to_end("b.csv", everybody("mobile", ONE, range(3, 4)))
        await world.app.decisions.reject(held.id, "a test")
        await world.pump()
        changed = csv("userPrincipalName,mobile", (at(1), number(51)), (at(2), number(67)))
        await world.run_to_end("c.csv", changed)

        run = await world.run_to_end("d.csv", everybody("mobile", ONE, range(4, 6)))

        assert RunState.FINISHED is run.state


@pytest.mark.parametrize(("restored", "state"), [(False, RunState.FINISHED), (True, RunState.HELD)])
async def test_a_sim_card_of_people_whose_account_is_deleted_is_given_on(*, restored: bool, state: RunState) -> None:
    """Once a reconcile has found an account deleted, its number does not count; if it is restored, it counts again."""
    people = [person(index, phones={}) for index in PEOPLE]
    async with tenant_of(people) as world:
        await world.run_to_end("a.csv", everybody("mobile", ONE, range(1, 3)))
        for is_deleted in (True, False) if restored else (True,):
            for member in people[:2]:
                change_person(world.stand_in.tenant, member.id, {"deleted": is_deleted})
            world.clock.leap_to(world.clock.now() + timedelta(days=1))
            await world.app.reconcile()
            await world.pump()

        run = await world.run_to_end("b.csv", everybody("mobile", ONE, range(3, 5)))

        assert state is run.state


async def test_people_who_give_a_value_up_in_the_same_file_do_not_count() -> None:
    """An exchange with a couple that shares a phone is no third person."""
    async with tenant_of([person(index, phones={}) for index in PEOPLE]) as world:
        rows = ((at(1), ONE), (at(2), ONE), (at(3), number(33)))
        await world.run_to_end("a.csv", csv("userPrincipalName,mobile", *rows))
        exchanged = ((at(1), number(33)), (at(2), ONE), (at(3), ONE))

        run = await world.run_to_end("b.csv", csv("userPrincipalName,mobile", *exchanged))

        assert RunState.FINISHED is run.state


async def test_a_changed_secret_builds_the_index_from_the_records() -> None:
    """What was written before counts also by the new secret; the keys of the index say nothing of a number."""
    async with tenant_of([person(index, phones={}) for index in PEOPLE], VALUE_INDEX_KEY="a" * 32) as world:
        await world.run_to_end("a.csv", everybody("mobile", ONE, range(1, 3)))
        before = set(world.storage.table("Runs").partitions["value"])
        world.app.clients.__dict__["settings"] = world.app.settings.model_copy(update={"value_index_key": "b" * 32})
        world.app.clients._value_keys.drop(None)  # noqa: SLF001 - a new process would have none

        run = await world.run_to_end("b.csv", everybody("mobile", ONE, range(3, 4)))

        assert RunState.HELD is run.state
        assert before.isdisjoint(world.storage.table("Runs").partitions["value"])
        assert "5550142" not in stored(world, "Runs")


async def test_on_one_machine_the_secret_is_made_once() -> None:
    """It is in the account of the Functions host, and the next process finds it."""
    async with tenant_of([person(1)], VALUE_INDEX_KEY="") as world:
        first = await world.app.clients.value_key()
        again = await Clients(world.settings, storage=world.storage).value_key()

        assert first is not None
        assert first == again


async def test_without_a_secret_runs_that_write_are_held() -> None:
    """In Azure nothing is invented in place of the vault's secret."""
    async with tenant_of(
        [person(index, phones={}) for index in PEOPLE], VALUE_INDEX_KEY="", WEBSITE_SITE_NAME="app"
    ) as world:
        held = await world.run_to_end("a.csv", everybody("mobile", ONE, range(1, 2)))
        await approve(world, held)
        again = await world.run_to_end("again.csv", everybody("mobile", ONE, range(1, 2)))

        assert RunState.HELD is held.state
        assert "the app has no secret for its index of values" in held.message
        assert RunState.FINISHED is again.state
