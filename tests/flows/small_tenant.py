"""A tenant of a few people for tests of flows, with exports typed as text: one row, one person, no made-up staff."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from sandbox.graph.options import Options
from sandbox.graph.person import Group, Person
from sandbox.people import Staff
from shared.core.run.messages import RowMessage
from shared.core.run.row import Row
from shared.core.run.run import Run
from shared.core.values.errors import ConcurrencyError
from shared.core.values.states import RunState
from shared.flows.pipeline.apply_row import ApplyRow
from testing.in_memory import InMemory, in_memory


def number(last: int) -> str:
    """A number reserved for fiction, by its last two digits."""
    return f"+1 20255501{last:02}"


def person(index: int, **changes: object) -> Person:
    """The person whose object id ends with `index`, with a number of their own."""
    given = {
        "id": f"00000000-0000-4000-8000-{index:012}",
        "userPrincipalName": f"person{index}@contoso.example",
        "mail": f"p{index}@example.com",
        "employeeId": f"E{index}",
        "phones": {"mobile": number(index)},
    }
    return Person(**{**given, **changes})  # type: ignore[arg-type] # the keywords are those of Person


@asynccontextmanager
async def tenant_of(
    people: Sequence[Person], groups: Sequence[Group] = (), options: Options | None = None, **settings: str
) -> AsyncIterator[InMemory]:
    """A world with just these people and groups."""
    async with in_memory(Staff(()), settings, options) as world:
        for group in groups:
            world.stand_in.tenant.groups[group.id.lower()] = group
        for one in people:
            world.stand_in.tenant.put(one)
        yield world


def csv(header: str, *rows: Sequence[str]) -> bytes:
    """An export as text; `header` names the columns, separated by commas."""
    return "\n".join([header, *(",".join(row) for row in rows)]).encode()


async def notified(world: InMemory) -> list[dict[str, Any]]:
    """Everything that came onto the events queue since the last look."""
    received = await world.storage.queue("run-events").receive(lease=1)
    return [json.loads(message.body or "") for message in received]


async def outcomes(world: InMemory, run: Run) -> list[tuple[str, str]]:
    """State and code of every row, in order."""
    return [(row.state.value, row.code) for row in await rows_of(world, run)]


@dataclass(frozen=True)
class CancelsRun:
    """Stands before apply; cancels the run of a row that is done once Graph has served so many writes."""

    inner: ApplyRow
    world: InMemory
    writes: int

    async def __call__(self, message: RowMessage) -> None:
        await self.inner(message)

    async def apply(self, run: Run, row: Row, message: RowMessage) -> None:
        await self.inner.apply(run, row, message)
        stored = await self.world.stored(run.id)
        if self.world.writes >= self.writes and stored.state is RunState.APPLYING:
            with suppress(ConcurrencyError):  # another row has just cancelled it
                await self.world.app.decisions.cancel(run.id, "a test")


async def cancelled_run(world: InMemory, name: str, data: bytes, *, after: int) -> Run:
    """The run of an export that is cancelled after so many writes."""
    apply_row = world.app.apply_row
    vars(world.app)["apply_row"] = CancelsRun(apply_row, world, after)
    run = await world.run_to_end(name, data)
    vars(world.app)["apply_row"] = apply_row
    return run


async def rows_of(world: InMemory, run: Run) -> list[Row]:
    return [row async for row in world.app.rows.in_order(run)]
