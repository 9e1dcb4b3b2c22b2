"""A cache of runs in planning, so that a run is read once for many messages.

Rows may be planned under a run that was read some seconds ago, because the data that they need do not change during
planning. If a row has left planning in the meantime, its ETag has changed and saving it as planned fails.
"""

from __future__ import annotations

from datetime import timedelta

from shared.adapters.ledger.runs import RunStore
from shared.core.run.run import Run
from shared.core.values.clock import Clock
from shared.core.values.states import RunState
from shared.shared_reads import Cache

CACHED_FOR = timedelta(seconds=5)


class RunCache:
    """One per process."""

    def __init__(self, runs: RunStore, clock: Clock) -> None:
        self._runs = runs
        self._cache = Cache(self._read, lambda: clock.now().timestamp(), CACHED_FOR.total_seconds())

    async def get(self, run_id: str) -> Run | None:
        """The present run, or the cached one, at most CACHED_FOR old, if that one is in planning."""
        cached = await self._cache.get(run_id)
        return cached if cached is not None and cached.state is RunState.PLANNING else await self._read(run_id)

    async def _read(self, run_id: str) -> Run | None:
        return await self._runs.get(run_id)
