"""Directory rounds: every change takes effect exactly once, whatever happens to the rounds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook

from sandbox.graph.control import change_person
from sandbox.graph.faults import Fault
from sandbox.graph.options import Options
from sandbox.people import PersonKind, Staff, make_staff
from shared.core.run.run import Run
from shared.core.values.slot import PhoneType
from shared.core.values.states import RowState, RunState
from shared.flows.scheduled import directory as flow
from testing.in_memory import InMemory, in_memory

SOURCE = {"DIRECTORY_SOURCE": "mobile=mobilePhone;office=businessPhones"}
UNRULY = Options(page_size=7, empty_pages=True, repeated_changes=True)
NUMBERS = [f"+1 20255501{n:02}" for n in range(40, 60)]


@pytest.fixture(scope="module")
def staff() -> Staff:
    return make_staff(40)


@asynccontextmanager
async def world_of(
    staff: Staff, settings: Mapping[str, str] | None = None, options: Options | None = None
) -> AsyncIterator[InMemory]:
    async with in_memory(staff, {**SOURCE, **(settings or {})}, options or UNRULY) as world:
        yield world


async def take(world: InMemory) -> Run:
    """A round, an hour after the last one."""
    world.clock.leap_to(world.clock.now() + timedelta(hours=1))
    run = await world.app.directory()
    assert run is not None
    await world.pump()
    return await world.stored(run.id)


def mobile_of(world: InMemory, person: str) -> str | None:
    return world.stand_in.tenant.people[person].methods.get(PhoneType.MOBILE)


def move(world: InMemory, person: str, number: str) -> None:
    change_person(world.stand_in.tenant, person, {"mobilePhone": number})


def people_of(staff: Staff, count: int) -> list[str]:
    members = [member for member in staff.members if member.kind is PersonKind.GREENFIELD and member.person]
    found = [member.person.id for member in members if member.person and set(member.wanted) == {PhoneType.MOBILE}]
    assert len(found) >= count
    return found[:count]


@pytest.mark.parametrize("pages", [1, 20])
async def test_every_change_takes_effect_once(staff: Staff, pages: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """First round and delta rounds, with repeated users, empty pages, an expired link and a rejected run in between."""
    monkeypatch.setattr(flow, "PAGES_PER_STEP", pages)
    async with world_of(staff, {"MAX_UPDATE_SHARE": "1"}) as world:
        a, b, c, d = people_of(staff, 4)
        first = await take(world)
        assert RunState.FINISHED is first.state
        with_numbers = [person for person in staff.people if person.mobilePhone or person.businessPhones]
        assert len(with_numbers) == first.total
        everybody = world.writes
        assert len(staff.people) == first.total + first.people_without_row

        quiet = await take(world)
        assert (RunState.FINISHED, 0, everybody) == (quiet.state, quiet.total, world.writes)

        move(world, a, NUMBERS[0])
        move(world, b, NUMBERS[1])
        change_person(world.stand_in.tenant, c, {"displayName": "Somebody Else"})
        changed = await take(world)
        assert (2, len(staff.people) - 2, everybody + 2) == (changed.total, changed.people_without_row, world.writes)
        assert (NUMBERS[0], NUMBERS[1]) == (mobile_of(world, a), mobile_of(world, b))

        move(world, c, NUMBERS[2])
        world.stand_in.tenant.changes.forget()
        expired = await take(world)
        assert (first.total, everybody + 3) == (expired.total, world.writes)
        assert NUMBERS[2] == mobile_of(world, c)

        move(world, d, NUMBERS[3])
        last = await take(world)
        assert (1, everybody + 4, NUMBERS[3]) == (last.total, world.writes, mobile_of(world, d))


async def test_the_round_after_a_rejected_run_reads_every_user(staff: Staff) -> None:
    """The next run plans the changes of the rejected one again, and writes them once."""
    async with world_of(staff, {"APPROVAL": "always"}) as world:
        a, b = people_of(staff, 2)
        first = await take(world)
        await world.app.decisions.approve(first.id, first.digest, "a test")
        await world.pump()
        writes = world.writes

        move(world, a, NUMBERS[0])
        held = await take(world)
        assert (RunState.HELD, 1) == (held.state, held.total)
        still = await take(world)
        assert held.id == still.id
        await world.app.decisions.reject(held.id, "a test")
        await world.pump()

        move(world, b, NUMBERS[1])
        again = await take(world)
        assert (RunState.HELD, first.total) == (again.state, again.total)
        await world.app.decisions.approve(again.id, again.digest, "a test")
        await world.pump()
        assert (writes + 2, NUMBERS[0], NUMBERS[1]) == (world.writes, mobile_of(world, a), mobile_of(world, b))
        assert 0 == (await take(world)).total


async def test_a_cancelled_round_is_followed_by_a_full_one(staff: Staff) -> None:
    """A round waits while Graph is out of reach; after a cancelled round the next one reads every user."""
    async with world_of(staff) as world:
        first = await take(world)
        (a,) = people_of(staff, 1)
        move(world, a, NUMBERS[0])
        world.stand_in.faults.add(Fault(kind="status", on="users.delta", status=503, count=3))

        run = await take(world)

        assert (RunState.FINISHED, 1, NUMBERS[0]) == (run.state, run.total, mobile_of(world, a))
        cancelled = await world.app.directory()
        assert cancelled is not None
        await world.app.decisions.cancel(cancelled.id, "a test")
        await world.pump()
        assert first.total == (await take(world)).total


async def test_numbers_are_read_by_the_rules_of_a_workbook(staff: Staff) -> None:
    """An unreadable value is refused with its cell, and the result workbook shows the reason beside it."""
    async with world_of(staff) as world:
        a, b = people_of(staff, 2)
        move(world, a, "202 555 01AB")
        change_person(world.stand_in.tenant, b, {"businessPhones": ["+1 2025550143", "+1 2025550144"]})

        run = await take(world)

        rows = {row.object_id or "refused": row async for row in world.app.rows.in_order(run)}
        assert ("refused", "numberHasLetters") == (rows[a].state, rows[a].code)
        assert ("partial", "severalNumbers") == (rows[b].state, rows[b].code)
        book = load_workbook(BytesIO(await world.app.results.read(run.result_blob)))
        texts = {str(cell) for sheet in book for line in sheet.iter_rows(values_only=True) for cell in line}
        assert {a, "202 555 01AB"} <= texts


async def test_deleted_accounts_are_noted(staff: Staff) -> None:
    """A deleted account becomes no row; a note of the run counts them."""
    async with world_of(staff) as world:
        await take(world)
        (a,) = people_of(staff, 1)
        change_person(world.stand_in.tenant, a, {"deleted": True})

        run = await take(world)

        assert (RunState.FINISHED, 0, ("1 account was deleted",)) == (run.state, run.total, run.notes)


async def test_without_a_directory_source_no_round_starts(staff: Staff) -> None:
    """The timer calls it anyway."""
    async with in_memory(staff) as world:
        assert await world.app.directory() is None
        assert [] == [run async for run in world.app.runs.all()]


async def test_other_properties_start_a_full_round(staff: Staff) -> None:
    """The link of the last round does not report properties that it did not ask for."""
    async with world_of(staff, {"DIRECTORY_SOURCE": "mobile=mobilePhone"}) as world:
        first = await take(world)
        last = await world.app.runs.delta_round()
        assert last is not None
        await world.app.runs.remember_delta_round(type(last)(last.link, "office=businessPhones", last.people))
        assert first.total == (await take(world)).total
        assert {RowState.UNCHANGED} >= {row.state async for row in world.app.rows.in_order(await take(world))}
