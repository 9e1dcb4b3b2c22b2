"""A number that another account signs in with: the row says what is done, and names the other account if known."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

import pytest

from sandbox.graph.control import change_person
from sandbox.graph.options import Options
from sandbox.graph.person import Person
from sandbox.people import Staff
from shared.core.run.row import Row
from shared.core.values.states import RowState
from shared.flows.person.execute import SMS_NOT_REGISTERED
from testing.in_memory import InMemory, in_memory

HOLDER, TAKER = "00000000-0000-4000-8000-000000000001", "ff000000-0000-4000-8000-000000000002"
NUMBER = "+61 491570006"
NAMED = f"this app wrote or adopted it for {HOLDER}"
Taken = Literal["409-stored", "409-not-stored", "201-stored"]


@asynccontextmanager
async def world_with(taken_number: Taken, *, ours: bool, **settings: str) -> AsyncIterator[InMemory]:
    """Somebody signs in with the number, which this app wrote or not; somebody else is in the policy's scope."""
    people = (
        Person(id=HOLDER, userPrincipalName="h@contoso.example", phones={"mobile": NUMBER}, smsSignInState="ready"),
        Person(id=TAKER, userPrincipalName="t@contoso.example", smsSignInState="notConfigured"),
    )
    async with in_memory(Staff(()), settings, Options(taken_number=taken_number)) as world:
        for person in people:
            world.stand_in.tenant.put(person)
        if ours:
            await drop(world, "holder.csv", HOLDER)
        yield world


async def drop(world: InMemory, name: str, *people: str) -> list[Row]:
    content = "\n".join(["objectId,mobile", *(f"{person},{NUMBER}" for person in people)])
    run = await world.run_to_end(name, content.encode())
    return [row async for row in world.app.rows.in_order(run)]


def told(row: Row) -> str:
    return f"{row.reason}; {row.note}"


@pytest.mark.parametrize("taken", ["409-stored", "201-stored"])
@pytest.mark.parametrize("ours", [True, False])
async def test_a_number_stored_without_sms_sign_in(taken: Taken, *, ours: bool) -> None:
    """Done, with the note; the holder is named only when this app has written the number for them."""
    async with world_with(taken, ours=ours) as world:
        (row,) = await drop(world, "taker.csv", TAKER)

        assert RowState.CREATED is row.state
        assert SMS_NOT_REGISTERED in row.note
        assert ours == (NAMED in row.note)
        assert NUMBER == world.stand_in.tenant.people[TAKER].methods["mobile"]  # type: ignore[index] # a StrEnum


@pytest.mark.parametrize("ours", [True, False])
async def test_a_number_that_was_not_stored(*, ours: bool) -> None:
    """Refused, with the same name in the reason, where the list shows something; where it is empty, that stays open."""
    async with world_with("409-not-stored", ours=ours) as world:
        (row,) = await drop(world, "taker.csv", TAKER)
        assert (RowState.UNCONFIRMED, "phoneNumberNotUnique") == (row.state, row.code)
        assert ours == (NAMED in row.reason)

        change_person(world.stand_in.tenant, TAKER, {"phones": {"office": "+1 2025550101"}})
        (row,) = await drop(world, "again.csv", TAKER)
        assert (RowState.REFUSED, "phoneNumberNotUnique") == (row.state, row.code)
        assert ours == (NAMED in row.reason)
        assert {"office"} == set(world.stand_in.tenant.people[TAKER].methods)


async def test_enabling_sms_sign_in_with_a_taken_number() -> None:
    """The number is there, so that only the sign-in is refused; the number for the look-up is the one that is there."""
    async with world_with("409-stored", ours=True, SMS_SIGN_IN="enable") as world:
        await drop(world, "taker.csv", TAKER)
        (row,) = await drop(world, "again.csv", TAKER)

        assert (RowState.REFUSED, "phoneNumberNotUnique") == (row.state, row.code)
        assert NAMED in row.reason


async def test_two_rows_of_one_file() -> None:
    """The row of the second of two people with one number names the first."""
    async with world_with("409-stored", ours=False, APPLY_WINDOW="1") as world:
        world.stand_in.tenant.put(Person(id=HOLDER, userPrincipalName="h@contoso.example", smsSignInState="notEnabled"))
        first, second = await drop(world, "both.csv", HOLDER, TAKER)

        assert (RowState.CREATED, RowState.CREATED) == (first.state, second.state)
        assert SMS_NOT_REGISTERED not in first.note
        assert NAMED in second.note


async def test_the_number_is_in_no_log_and_not_looked_for_in_graph(caplog: pytest.LogCaptureFixture) -> None:
    """Accounts are named, numbers never."""
    caplog.set_level(logging.DEBUG)
    async with world_with("409-stored", ours=True) as world:
        rows = await drop(world, "taker.csv", TAKER)
        digits = NUMBER.replace(" ", "").removeprefix("+61")

        assert digits not in caplog.text
        assert digits not in "".join(map(told, rows))
        assert 0 == world.stand_in.stats.requests["users.list"]  # Graph is not asked whose number it is
