"""Runs in planning are read once for many messages; in any other state they are read as they are now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import pytest

from shared.adapters.ledger.runs import RunsLedger
from shared.core.export.options import RunOptions
from shared.core.run.run import Run
from shared.core.values.states import RunState, Source
from shared.flows.pipeline.run_cache import CACHED_FOR, RunCache
from shared.flows.scheduled.one_run_per_source import run_to_read
from testing.doubles import MemoryStorage
from testing.virtual_time import VirtualClock

MESSAGES = 50


@dataclass(frozen=True)
class Kept:
    """`run` as it was stored, `reads` = how often the ledger was read so far."""

    runs: RunCache
    ledger: RunsLedger
    clock: VirtualClock
    run: Run
    reads: Callable[[], int]

    async def moved_to(self, state: RunState) -> Kept:
        return replace(self, run=await self.ledger.save(replace(self.run, state=state)))

    async def state(self) -> RunState | None:
        run = await self.runs.get(self.run.id)
        return run.state if run else None


@pytest.fixture
async def kept() -> Kept:
    clock, reads = VirtualClock(), list[str]()
    table = MemoryStorage(clock.now, lambda name: reads.append(name) if name == "table.get" else None).table("Runs")
    ledger = RunsLedger(table)
    new = run_to_read(Source.BLOB, "export", RunOptions(), clock.now())
    run = await ledger.insert(replace(new, state=RunState.PLANNING))
    assert run is not None
    return Kept(RunCache(ledger, clock), ledger, clock, run, partial(len, reads))


async def test_messages_that_come_together_share_a_read(kept: Kept) -> None:
    states = await asyncio.gather(*(kept.state() for _ in range(MESSAGES)))
    assert ({RunState.PLANNING}, 1) == (set(states), kept.reads())


async def test_a_run_in_planning_is_believed_for_a_while(kept: Kept) -> None:
    await kept.state()
    kept = await kept.moved_to(RunState.CANCELLED)
    assert RunState.PLANNING == await kept.state()
    kept.clock.leap_to(kept.clock.now() + CACHED_FOR)
    assert RunState.CANCELLED == await kept.state()


async def test_a_run_in_another_state_is_never_believed(kept: Kept) -> None:
    """A run that is redriven is in planning again at once, and its messages must not be dropped."""
    kept = await kept.moved_to(RunState.FINISHED)
    assert RunState.FINISHED == await kept.state()
    kept = await kept.moved_to(RunState.PLANNING)
    assert RunState.PLANNING == await kept.state()


async def test_a_failed_read_fails_who_waits_for_it_and_nobody_after(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def out_of_reach(_run: str) -> Run | None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(kept.ledger, "get", out_of_reach)
        for result in await asyncio.gather(kept.state(), kept.state(), return_exceptions=True):
            assert isinstance(result, ConnectionError)
    assert RunState.PLANNING == await kept.state()


async def test_nobody_knows_an_unknown_run(kept: Kept) -> None:
    assert await kept.runs.get("20261121T080000Z-0000000000") is None
