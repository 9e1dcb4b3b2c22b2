"""What a row wrote before it failed is in the person's ownership record, as if it had been written alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from sandbox.graph.faults import Fault
from sandbox.graph.person import Person
from sandbox.people import Staff
from shared.core.record.ownership_record import Confirmation
from shared.core.run.run import Run
from shared.core.values.slot import PhoneNumber, Slot
from shared.core.values.states import RowState
from testing.doubles import MemoryStorage
from testing.doubles.dying import Dying, Killed
from testing.in_memory import InMemory, in_memory

PERSON = "00000000-0000-4000-8000-000000000001"
FIRST, SECOND, OFFICE, DESK = "+1 2025550101", "+1 2025550102", "+1 2025550103", "+1 2025550104"


@asynccontextmanager
async def world_of(storage: Any = MemoryStorage) -> AsyncIterator[InMemory]:
    """One person with an office number that the app does not own, of which Graph refuses every change."""
    async with in_memory(Staff(()), {"MAX_UNMANAGED_REPLACED": "0"}, storage=storage) as world:
        world.stand_in.tenant.put(Person(id=PERSON, userPrincipalName="p1@contoso.example", phones={}))
        world.stand_in.faults.add(Fault(kind="status", on="phoneMethods.create", status=400, skip=1))
        yield world


def export(mobile: str, office: str = "") -> bytes:
    return f"objectId,mobile,office\n{PERSON},{mobile},{office}\n".encode()


async def outcome(world: InMemory, run: Run) -> tuple[RowState, str]:
    ((state, code),) = [(row.state, row.code) async for row in world.app.rows.in_order(run)]
    return state, code


async def base(world: InMemory) -> dict[Slot, tuple[str, Confirmation]]:
    record = await world.app.people.get(PERSON)
    return {slot: (str(held.written), held.confirmation) for slot, held in record.slots.items() if held.written}


WRITTEN = {Slot.MOBILE: (str(PhoneNumber(1, "2025550101")), Confirmation.ACCEPTED)}


async def test_the_part_that_was_written_belongs_to_the_app() -> None:
    """So the next export replaces it without asking a person, as it replaces every value of the app."""
    async with world_of() as world:
        failed = await world.run_to_end("a.csv", export(FIRST, OFFICE))
        world.stand_in.faults.withdraw()
        assert (RowState.FAILED, WRITTEN) == ((await outcome(world, failed))[0], await base(world))

        world.clock.leap_to(world.clock.now() + timedelta(minutes=10))
        next_run = await world.run_to_end("b.csv", export(SECOND))

        assert (RowState.UPDATED, "applied") == await outcome(world, next_run)
        assert {"mobile": SECOND} == world.directory()[PERSON]


@pytest.mark.parametrize(
    "chosen", [slice(-47, -33), pytest.param(slice(14, None), marks=pytest.mark.long)], ids=["while applying", "always"]
)
async def test_no_crash_changes_what_is_recorded(chosen: slice) -> None:
    """The process is killed at each of these requests to storage, the drop aside; a later delivery records the same."""
    counted = Dying()
    async with world_of(partial(MemoryStorage, on_operation=counted)) as world:
        counted.left = 1_000_000
        await world.run_to_end("a.csv", export(FIRST, OFFICE))
        requests = 1_000_000 - counted.left
    for position in range(1, requests)[chosen]:
        dying = Dying()
        async with world_of(partial(MemoryStorage, on_operation=dying)) as world:
            dying.left = position
            with suppress(Killed):
                await world.run_to_end("a.csv", export(FIRST, OFFICE))
            for _ in range(4):
                world.clock.leap_to(world.clock.now() + timedelta(minutes=6))
                await world.app.sweep()
                await world.pump()

            assert Slot.MOBILE in await base(world), position
            assert {"mobile": FIRST} == world.directory()[PERSON], position
            assert not (await world.app.people.get(PERSON)).locked_by, position
