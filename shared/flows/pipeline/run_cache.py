"""Runs in planning, read once for the many messages that come together.

Used by plan, which may see a run as it was a moment ago: what it needs of a run stays the same during planning, and a
row that has left planning meanwhile refuses to be saved as planned.
"""

from __future__ import annotations

from datetime import timedelta

from shared.caching import Cache
from shared.core.run.run import Run
from shared.core.values.clock import Clock
from shared.core.values.states import RunState
from shared.flows.ports import RunStore

CACHED_FOR = timedelta(seconds=5)


class RunCache:
    """One per process."""

    def __init__(self, runs: RunStore, clock: Clock) -> None:
        self._runs = runs
        self._cache = Cache(self._read, lambda: clock.now().timestamp(), CACHED_FOR.total_seconds())

    async def get(self, run_id: str) -> Run | None:
        """The run as it is now, or as it was at most CACHED_FOR ago if it was in planning then."""
        cached = await self._cache.get(run_id)
        return cached if cached is not None and cached.state is RunState.PLANNING else await self._read(run_id)

    async def _read(self, run_id: str) -> Run | None:
        return await self._runs.get(run_id)
