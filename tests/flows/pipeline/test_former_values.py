"""Values that were replaced: a file that brings them back to many people is held, whatever it says of itself."""

from __future__ import annotations

from datetime import timedelta

from shared.core.values.states import RunState
from testing.in_memory import InMemory
from tests.flows.one_person import stored
from tests.flows.small_tenant import csv, number, person, tenant_of

PEOPLE = range(1, 7)
LOOSE = {"SMALL_SET": "1000"}


def month(first: int, people: range, comment: str = "") -> bytes:
    """A file in which each person has a number that follows from `first`; `comment` makes other bytes."""
    numbers = ((f"person{one}@contoso.example", number(first + one * one % 7 + 8 * one), comment) for one in people)
    return csv("userPrincipalName,mobile,notes", *numbers)


async def state(world: InMemory, name: str, file: bytes) -> RunState:
    return (await world.run_to_end(name, file)).state


async def test_replaced_values_come_back_only_with_an_approval() -> None:
    """Two people may get their former number again; of three the run waits, with other bytes and a new name too."""
    async with tenant_of([person(one, phones={}) for one in PEOPLE], (), None, **LOOSE) as world:
        assert RunState.FINISHED is await state(world, "october.csv", month(0, PEOPLE))
        assert RunState.FINISHED is await state(world, "november.csv", month(40, PEOPLE))

        assert RunState.FINISHED is await state(world, "two.csv", month(0, range(1, 3), "corrected"))
        held = await world.run_to_end("three.csv", month(0, range(3, 6), "corrected"))

        assert RunState.HELD is held.state
        assert "3 people would get a value again that was replaced in the last 90 days (rows 2, 3, 4)" in held.message


async def test_after_ninety_days_a_value_is_a_value_like_any_other() -> None:
    """What was replaced is remembered as keyed digests, not as numbers, and no longer than that.

    The last file has other rows, because an old export that is dropped again is held however old it is.
    """
    async with tenant_of([person(one, phones={}) for one in PEOPLE], (), None, **LOOSE) as world:
        await state(world, "october.csv", month(0, PEOPLE))
        await state(world, "november.csv", month(40, PEOPLE))
        world.clock.leap_to(world.clock.now() + timedelta(minutes=3))  # past READ_LAG_SECONDS
        await world.app.reconcile()
        await world.pump()
        assert number(0 + 1 + 8) not in stored(world, "People")
        world.clock.leap_to(world.clock.now() + timedelta(days=91))

        assert RunState.FINISHED is await state(world, "again.csv", month(0, range(1, 6)))
