"""Runs in planning, read once for the many messages that come together.

Called by plan, for whom a run may be as it was a moment ago: what it needs of a run stays the same while it is planned,
and a row that has left the planning stage meanwhile refuses to be saved as planned.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.core.run.run import Run
from shared.core.values.clock import Clock
from shared.core.values.states import RunState
from shared.flows.ports import RunStore

CACHED_FOR = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class _Reading:
    begun: datetime
    run: asyncio.Task[Run | None] = field(repr=False)

    @property
    def has_failed(self) -> bool:
        return self.run.done() and (self.run.cancelled() or self.run.exception() is not None)


@dataclass(slots=True)
class RunCache:
    """One per process."""

    runs: RunStore
    clock: Clock
    _readings: dict[str, _Reading] = field(default_factory=dict, repr=False)

    async def get(self, run_id: str) -> Run | None:
        """The run as it is now, or as it was at most KEPT_FOR ago if it was in planning then."""
        kept = await asyncio.shield(self._reading(run_id).run)
        return kept if kept is not None and kept.state is RunState.PLANNING else await self.runs.get(run_id)

    def _reading(self, run_id: str) -> _Reading:
        now = self.clock.now()
        reading = self._readings.get(run_id)
        if reading is None or reading.has_failed or now - reading.begun >= CACHED_FOR:
            reading = _Reading(now, asyncio.create_task(self.runs.get(run_id)))
            recent = {known: one for known, one in self._readings.items() if now - one.begun < CACHED_FOR}
            self._readings = recent | {run_id: reading}
        return reading
