"""Numbers that Graph has and does not show, wholly or in part: never "different", never "absent", through all flows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from sandbox.graph.options import Options
from sandbox.graph.person import Person
from sandbox.people import Staff
from shared.core.call import RemovePhone, SetPhone, SingleCall
from shared.core.record.ownership_record import Confirmation
from shared.core.run.row import Row
from shared.core.values.slot import PhoneType, Slot
from shared.core.values.states import RowState
from testing.in_memory import InMemory, in_memory

PERSON = "00000000-0000-4000-8000-000000000001"
OLD, NEW = "+1 2025550101", "+61 491570006"
NOBODY_S = Person(id=PERSON, userPrincipalName="p@contoso.example")
WITH_NUMBER = Person(id=PERSON, userPrincipalName="p@contoso.example", phones={"mobile": OLD})
MASKED, NONE = Options(shown_numbers="masked"), Options(shown_numbers="none")


@asynccontextmanager
async def world_with(person: Person, options: Options | None = None, **settings: str) -> AsyncIterator[InMemory]:
    async with in_memory(Staff(()), settings, options) as world:
        world.stand_in.tenant.put(person)
        yield world


async def drop(world: InMemory, name: str, number: str) -> Row:
    """The row that an export with this one mobile number comes to."""
    run = await world.run_to_end(name, f"objectId,mobile\n{PERSON},{number}".encode())
    return await anext(aiter(world.app.rows.in_order(run)))


async def drift(world: InMemory) -> list[str]:
    """The kinds of drift that a reconcile finds."""
    await world.app.reconcile()
    await world.pump()
    report = await world.app.newest_drift()
    assert report is not None
    return [found["kind"] for found in report["drifted"]]


def mobile(world: InMemory) -> str | None:
    return next(iter(world.stand_in.tenant.people[PERSON].methods.values()), None)


PAST_THE_LAG = timedelta(minutes=3)
"""Until then a read that does not show the app's last write proves nothing."""


async def test_a_lost_write_is_written_again_once() -> None:
    """Graph said yes and did nothing; after an hour a reconcile with `repair` writes it again, and says so."""
    async with world_with(NOBODY_S, RECONCILE_MODE="repair") as world:
        await drop(world, "a.csv", NEW)
        for _ in range(2):
            world.stand_in.tenant.put(NOBODY_S)  # nobody knows the write any more
            record = await world.app.people.get(PERSON)
            held = replace(record.slots[Slot.MOBILE], confirmation=Confirmation.ACCEPTED)
            await world.app.people.save(replace(record, slots={Slot.MOBILE: held}))
            world.clock.leap_to(world.clock.now() + timedelta(hours=1))
            before = world.writes
            run = await world.app.reconcile()
            await world.pump()
            rows = [row async for row in world.app.rows.in_order(await world.stored(run.id))]
            if not held.rewritten:
                assert [(RowState.CREATED, 1)] == [(row.state, world.writes - before) for row in rows]
                assert NEW == mobile(world)
        assert [(RowState.KEPT, "valueNotShown")] == [(row.state, row.code) for row in rows]
        assert before == world.writes


@pytest.mark.parametrize("confirmation", [Confirmation.ACCEPTED, Confirmation.IN_DOUBT])
@pytest.mark.parametrize("policy", ["merge", "owned", "overwrite"])
async def test_a_lost_removal_is_repeated_once(confirmation: Confirmation, policy: str) -> None:
    """As a lost write; where it is lost again, the reconcile says so and removes nothing more."""
    async with world_with(NOBODY_S, RECONCILE_MODE="repair", ON_EXISTING=policy, MAX_REMOVALS_UNAPPROVED="10") as world:
        await drop(world, "a.csv", NEW)
        await world.app.single_calls.do(SingleCall(PERSON, RemovePhone(PhoneType.MOBILE), "a test"))
        found = []
        for _ in range(3):
            world.stand_in.tenant.put(replace(NOBODY_S, phones={"mobile": NEW}))  # nobody knows the removal any more
            found.append(await reconciled(world, confirmation))
        assert [("removed", "applied", 1), ("kept", "writeLost", 0), ("kept", "writeLost", 0)] == found
        assert NEW == mobile(world)


async def test_a_removal_is_not_repeated_where_somebody_wrote_another_number() -> None:
    """What a person chose since is theirs, also under `overwrite`, and beside another lost write."""
    async with world_with(NOBODY_S, RECONCILE_MODE="repair", ON_EXISTING="overwrite") as world:
        await drop(world, "a.csv", NEW)
        await world.app.single_calls.do(SingleCall(PERSON, SetPhone(PhoneType.OFFICE, NEW), "a test"))
        await world.app.single_calls.do(SingleCall(PERSON, RemovePhone(PhoneType.MOBILE), "a test"))
        world.stand_in.tenant.put(replace(NOBODY_S, phones={"mobile": OLD}))

        assert ("created", "applied", 1) == await reconciled(world, Confirmation.ACCEPTED)
        assert {PhoneType.MOBILE: OLD, PhoneType.OFFICE: NEW} == world.stand_in.tenant.people[PERSON].methods


async def reconciled(world: InMemory, confirmation: Confirmation) -> tuple[str, str, int]:
    """State and code of the only row of a reconcile an hour after writes that were confirmed like this; its writes."""
    record = await world.app.people.get(PERSON)
    slots = {slot: replace(held, confirmation=confirmation) for slot, held in record.slots.items()}
    await world.app.people.save(replace(record, slots=slots))
    world.clock.leap_to(world.clock.now() + timedelta(hours=1))
    before = world.writes
    run = await world.app.reconcile()
    await world.pump()
    (row,) = [row async for row in world.app.rows.in_order(await world.stored(run.id))]
    return row.state, row.code, world.writes - before


async def test_a_hidden_number_is_told_as_such() -> None:
    """Graph refuses a second number and shows none: nothing was changed, and a person must look."""
    async with world_with(WITH_NUMBER, NONE) as world:
        row = await drop(world, "a.csv", NEW)

        assert (RowState.REFUSED, "valueNotShown") == (row.state, row.code)
        assert OLD == mobile(world)
        assert {} == (await world.app.people.get(PERSON)).base()


async def test_a_number_written_and_never_shown_is_not_called_removed() -> None:
    """The write is believed and said to be invisible; later runs leave it alone, and reconcile tells it apart."""
    async with world_with(NOBODY_S, NONE) as world:
        row = await drop(world, "a.csv", NEW)
        assert (RowState.CREATED, "notYetVisible") == (row.state, row.code)
        assert NEW == mobile(world)

        world.clock.leap_to(world.clock.now() + PAST_THE_LAG)
        row = await drop(world, "b.csv", OLD)
        assert (RowState.KEPT, "valueNotShown") == (row.state, row.code)
        assert NEW == mobile(world)
        assert ["valueNotShown"] == await drift(world)


async def test_a_number_shown_late_is_adopted_and_then_missed() -> None:
    """Once Graph has shown it, its absence means that somebody removed it."""
    async with world_with(NOBODY_S, NONE) as world:
        await drop(world, "a.csv", NEW)
        world.clock.leap_to(world.clock.now() + PAST_THE_LAG)
        world.stand_in.tenant.options = Options()
        assert [] == await drift(world)
        assert RowState.UNCHANGED is (await drop(world, "b.csv", NEW)).state

        world.stand_in.tenant.put(NOBODY_S)
        assert ["removedByPerson"] == await drift(world)
        assert "removedByPerson" == (await drop(world, "c.csv", NEW)).code


async def test_a_masked_number_is_kept_and_no_drift() -> None:
    """Before the plan, between plan and apply, and in a reconcile."""
    async with world_with(WITH_NUMBER, APPROVAL="always") as world:
        held = await world.run_to_end("a.csv", f"objectId,mobile\n{PERSON},{NEW}".encode())
        world.stand_in.tenant.options = MASKED
        await world.app.decisions.approve(held.id, held.digest, "a test")
        await world.pump()
        row = await anext(aiter(world.app.rows.in_order(await world.stored(held.id))))
        assert (RowState.REFUSED, "valueMasked") == (row.state, row.code)
        assert OLD == mobile(world)

    async with world_with(WITH_NUMBER) as world:
        assert RowState.UNCHANGED is (await drop(world, "a.csv", OLD)).state
        world.stand_in.tenant.options = MASKED
        assert [] == await drift(world)
        row = await drop(world, "b.csv", NEW)
        assert (RowState.KEPT, "valueMasked") == (row.state, row.code)
        assert OLD == mobile(world)


async def test_a_masked_number_that_was_written_is_done() -> None:
    """Graph accepted it; that it cannot be compared makes it neither failed nor drifted."""
    async with world_with(NOBODY_S, MASKED) as world:
        row = await drop(world, "a.csv", NEW)
        assert (RowState.CREATED, "notYetVisible") == (row.state, row.code)
        assert [] == await drift(world)
