"""A run in planning is read once for many messages; in any other state it is read each time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import pytest

from shared.adapters.ledger.runs import RunStore
from shared.core.export.options import RunOptions
from shared.core.run.run import Run
from shared.core.values.states import RunState, Source
from shared.flows.pipeline.run_cache import CACHED_FOR, RunCache
from shared.flows.scheduled.one_run_per_source import run_to_read
from testing.doubles import MemoryStorage
from testing.virtual_time import VirtualClock

MESSAGES = 50


@dataclass(frozen=True)
class Cached:
    """`run` as it was stored; `reads` = how often the ledger was read so far."""

    runs: RunCache
    ledger: RunStore
    clock: VirtualClock
    run: Run
    reads: Callable[[], int]

    async def moved_to(self, state: RunState) -> Cached:
        """Without a history, because no flow moves it."""
        return replace(self, run=await self.ledger.save(replace(self.run, state=state, state_history=())))

    async def state(self) -> RunState | None:
        run = await self.runs.get(self.run.id)
        return run.state if run else None


@pytest.fixture
async def cached() -> Cached:
    clock, reads = VirtualClock(), list[str]()
    table = MemoryStorage(clock.now, lambda name: reads.append(name) if name == "table.get" else None).table("Runs")
    ledger = RunStore(table)
    new = run_to_read(Source.BLOB, "export", RunOptions(), clock.now())
    run = await ledger.insert(new)
    assert run is not None
    run = await ledger.save(replace(run, state=RunState.PLANNING))
    reads.clear()
    return Cached(RunCache(ledger, clock), ledger, clock, run, partial(len, reads))


async def test_concurrent_messages_share_a_read(cached: Cached) -> None:
    """Fifty messages of one run cost one request to the ledger."""
    states = await asyncio.gather(*(cached.state() for _ in range(MESSAGES)))
    assert ({RunState.PLANNING}, 1) == (set(states), cached.reads())


async def test_a_run_in_planning_is_cached_for_a_while(cached: Cached) -> None:
    """A later state is seen after CACHED_FOR."""
    await cached.state()
    cached = await cached.moved_to(RunState.CANCELLED)
    assert RunState.PLANNING == await cached.state()
    cached.clock.leap_to(cached.clock.now() + CACHED_FOR)
    assert RunState.CANCELLED == await cached.state()


async def test_a_run_in_another_state_is_never_cached(cached: Cached) -> None:
    """A redriven run is in planning again at once, and its messages must not be dropped."""
    cached = await cached.moved_to(RunState.FINISHED)
    assert RunState.FINISHED == await cached.state()
    cached = await cached.moved_to(RunState.PLANNING)
    assert RunState.PLANNING == await cached.state()


async def test_a_failed_read_fails_only_the_callers_that_wait_for_it(
    cached: Cached, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next caller reads again."""

    async def out_of_reach(_run: str) -> Run | None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(cached.ledger, "get", out_of_reach)
        for result in await asyncio.gather(cached.state(), cached.state(), return_exceptions=True):
            assert isinstance(result, ConnectionError)
    assert RunState.PLANNING == await cached.state()


async def test_an_unknown_run_is_none(cached: Cached) -> None:
    """No error is raised; the message is dropped by its caller."""
    assert await cached.runs.get("20261121T080000Z-0000000000") is None
