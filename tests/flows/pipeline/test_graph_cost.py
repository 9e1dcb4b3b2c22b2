"""What a person costs at Graph, by the stand-in's own books: the wall and the token, which are shared, left out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from sandbox.graph.faults import Fault
from sandbox.graph.options import Options
from sandbox.graph.person import Person
from sandbox.people import Staff
from shared.core.values.states import RowState
from testing.in_memory import InMemory, in_memory

COLUMNS = ("mobile", "alternateMobile", "office", "privateEmail")
HAVE = ("+1 2025550101", "+1 2025550102", "+1 2025550103", "jan@example.com")
WANT = ("+61 491570006", "+61 491570156", "+61 491570157", "kim@example.com")
LOOK_UP = {"users.get": 1, "batch": 1}
FRESH = {"roleAssignments.list": 1, "roleEligibility.schedules": 1, "memberOf.list": 1, "ownedObjects.list": 1}
"""What is asked about the privilege of one person before a write, in one call."""
WRITTEN = {"users.get": 1, "batch": 4, "groups.list": 1, **FRESH}
"""The look-up of a person who is written to, these questions, and once a minute the groups that can hold roles.

The lists before and after the writes come in calls that many people share; a person alone has them alone."""


def person_id(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000000000"


def person(number: int) -> Person:
    """With everything that `HAVE` says."""
    phones = dict(zip(COLUMNS, HAVE[:3], strict=False))
    name = f"p{number}@contoso.example"
    return Person(id=person_id(number), userPrincipalName=name, phones=phones, email=HAVE[3])


async def drop(world: InMemory, values: Sequence[str], people: Iterable[int] = (1,)) -> dict[str, int]:
    """What an export with these values cost, by kind of request; everything is settled well."""
    world.clock.leap_to(world.clock.now() + timedelta(minutes=1))
    before = world.stand_in.stats.requests.copy()
    rows = "\n".join(",".join((person_id(number), *values)) for number in people)
    content = f"objectId,{','.join(COLUMNS[: len(values)])}\n{rows}"
    run = await world.run_to_end(f"{sum(before.values())}.csv", content.encode())
    assert {RowState.UNCHANGED, RowState.UPDATED} >= {state for state, count in run.counts.items() if count}
    return dict(world.stand_in.stats.requests - before)


@asynccontextmanager
async def world_of(people: int = 1) -> AsyncIterator[InMemory]:
    async with in_memory(
        Staff(()), {"MAX_SAME_MOBILE": "100", "EMAIL_METHODS": "true"}, Options(email_role=True)
    ) as world:
        for number in range(1, people + 1):
            world.stand_in.tenant.put(person(number))
        await world.app.person_parts.protected_accounts.check(person_id(1))
        yield world


async def test_an_unchanged_person_costs_two_reads() -> None:
    """The look-up and the list in one call; an opinion on the e-mail address is one list more."""
    async with world_of() as world:
        assert LOOK_UP | {"phoneMethods.list": 1} == await drop(world, HAVE[:3])
        assert LOOK_UP | {"phoneMethods.list": 1, "emailMethods.list": 1} == await drop(world, HAVE)
        assert 0 == world.writes


@pytest.mark.parametrize("slots", [1, 2, 3])
async def test_a_changed_person_costs_four_reads_and_a_write_for_each_slot(slots: int) -> None:
    """Look-up, the list that the plan is made from, the list before the writes and the one after all of them."""
    async with world_of() as world:
        cost = await drop(world, (*WANT[:slots], *HAVE[slots:3]))
        assert WRITTEN | {"phoneMethods.list": 3, "phoneMethods.update": slots} == cost
        assert slots == world.writes


async def test_an_e_mail_address_costs_a_list_beside_each_list() -> None:
    """And its one write."""
    async with world_of() as world:
        lists = {"phoneMethods.list": 3, "emailMethods.list": 3}
        assert WRITTEN | lists | {"emailMethods.update": 1} == await drop(world, (*HAVE[:3], WANT[3]))


async def test_read_backs_and_retries_come_on_top() -> None:
    """A doubtful answer costs the reads until it is settled, and a write again only where nothing was done."""
    usual = WRITTEN | {"phoneMethods.list": 3, "phoneMethods.update": 1}
    resolved = {"batch": WRITTEN["batch"] + 1, "phoneMethods.list": 3 + 1}
    async with world_of() as world:
        world.stand_in.faults.add(Fault(kind="commit-then-status", on="phoneMethods.update", status=504, count=1))
        assert usual | resolved == await drop(world, WANT[:1])

    async with world_of() as world:
        world.stand_in.faults.add(Fault(kind="throttle", on="phoneMethods.update", seconds=1, count=1))
        assert usual | {"phoneMethods.update": 1 + 1} == await drop(world, WANT[:1])

    async with world_of() as world:
        world.stand_in.faults.add(Fault(kind="status", on="phoneMethods.update", status=504, count=1))
        cost = await drop(world, WANT[:1])  # after a second the old value was there, so the update is sent again
        assert usual | resolved | {"phoneMethods.update": 1 + 1} == cost


async def test_many_people_are_read_twenty_to_a_call() -> None:
    """A reconcile of 45 people: three calls with a list for each person, and none by itself."""
    async with world_of(45) as world:
        await drop(world, HAVE[:3], range(1, 46))
        before = world.stand_in.stats.requests.copy()
        await world.app.reconcile()
        await world.pump()
        spent = world.stand_in.stats.requests - before
        assert (3, 45) == (spent["batch"], spent["phoneMethods.list"])
        assert 0 == spent["users.get"]
