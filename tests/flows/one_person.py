"""One made-up person in a world of their own, and what the world has recorded; for tests of calls for one person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from sandbox.graph.options import Options
from sandbox.graph.person import Person
from sandbox.people import Staff
from shared.core.call import CallAction, SingleCall, SingleCallResult
from shared.core.run.row import Row
from shared.core.run.run import Run
from testing.in_memory import InMemory, in_memory

PERSON = "00000000-0000-4000-8000-000000000001"
A, B, C = "+1 2025550101", "+1 2025550102", "+1 2025550103"
NOBODYS = Person(id=PERSON, userPrincipalName="p@contoso.example")
"""A person who has nothing yet."""
READY = replace(NOBODYS, phones={"mobile": A}, smsSignInState="ready")
"""A person who can sign in by SMS."""


@asynccontextmanager
async def world_with(person: Person, options: Options | None = None, **settings: str) -> AsyncIterator[InMemory]:
    """Settings under which an export could do next to nothing: a call for one person does not ask for them."""
    strict = {
        "ON_EXISTING": "keep",
        "ALLOW_REMOVALS": "false",
        "APPROVAL": "always",
        "SMS_SIGN_IN": "leave",
        "EMAIL_METHODS": "true",
    }
    async with in_memory(Staff(()), {**strict, **settings}, options or Options(email_role=True)) as world:
        world.stand_in.tenant.put(person)
        yield world


async def do(
    world: InMemory, action: CallAction, *, caller: str = "a test", repeatability_id: str = ""
) -> SingleCallResult:
    return await world.app.single_calls.do(SingleCall(PERSON, action, caller, repeatability_id))


async def recorded(world: InMemory) -> list[tuple[Run, Row]]:
    """All runs with their one row, oldest first."""
    found = []
    async for run in world.app.runs.all():
        (row,) = [row async for row in world.app.rows.in_order(run)]
        found.append((run, row))
    return found


def stored(world: InMemory, *tables: str) -> str:
    """All that these tables hold; none named = all tables."""
    return repr(
        [
            entity.values
            for name, table in world.storage.tables.items()
            if not tables or name in tables
            for partition in table.partitions.values()
            for entity in partition.values()
        ]
    )
