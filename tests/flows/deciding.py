"""What a person decides about a held run, and the run once the app has gone on with it."""

from __future__ import annotations

from shared.core.run.run import Run
from shared.core.values.states import RunState
from testing.in_memory import InMemory


async def approved(world: InMemory, run: Run, by: str = "an approver") -> Run:
    await world.app.decisions.approve(run.id, run.digest, by)
    await world.pump()
    return await world.stored(run.id)


async def approved_if_held(world: InMemory, run: Run) -> Run:
    return await approved(world, run) if run.state is RunState.HELD else run


async def chosen(world: InMemory, run: Run, by: str = "an approver", **columns: str) -> Run:
    await world.app.decisions.choose_columns(run.id, run.digest, columns, by)
    await world.pump()
    return await world.stored(run.id)
