"""Retention: what has outlived its days is purged, once a day; called by the sweep.

Only what belongs to a run that is over goes. Exports go before the runs that stand for them, or they would be taken
for lost ones and started again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.core.run.run import Run, run_id
from shared.core.values.clock import Clock
from shared.core.values.storage import ConcurrencyError, ContainerPort
from shared.flows.ports import RowStore, RunStore

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RetentionPeriods:
    """For how long each thing is kept; runs at least as long as their exports and rows."""

    exports: timedelta
    quarantine: timedelta
    results: timedelta
    rows: timedelta
    runs: timedelta


@dataclass(frozen=True, slots=True)
class Retention:
    keep: RetentionPeriods
    runs: RunStore
    rows: RowStore
    exports: ContainerPort
    container: str
    """Of the exports, because a run's id is made of it."""
    results: ContainerPort
    quarantine: ContainerPort
    clock: Clock

    async def __call__(self) -> None:
        now = self.clock.now()
        if not await self.runs.take_purge(now):
            return
        await self._purge_exports(now)
        await self._purge_blobs(self.results, now - self.keep.results)
        await self._purge_blobs(self.quarantine, now - self.keep.quarantine)
        async for run in self.runs.all():
            if run.closed:
                await self._purge_run(run, now - run.updated_at)
        await self.runs.forget_before(now - self.keep.runs)

    async def _purge_exports(self, now: datetime) -> None:
        async for info in self.exports.list():
            if now - info.last_modified < self.keep.exports:
                continue
            run = await self.runs.get(run_id(info.last_modified, self.container, info.name, info.etag))
            if run is not None and run.closed:
                await self.exports.delete(info.name)

    async def _purge_blobs(self, container: ContainerPort, before: datetime) -> None:
        """Files of runs lie in folders named like them; what lies beside these folders stays."""
        is_over: dict[str, bool] = {}
        async for info in container.list():
            identity, folder, _ = info.name.partition("/")
            if not folder or info.last_modified > before:
                continue
            if identity not in is_over:
                run = await self.runs.get(identity)
                is_over[identity] = run is None or run.closed
            if is_over[identity]:
                await container.delete(info.name)

    async def _purge_run(self, run: Run, age: timedelta) -> None:
        if age >= self.keep.rows and not run.rows_purged:
            await self.rows.purge(run)
            try:
                run = await self.runs.save(replace(run, rows_purged=True))
            except ConcurrencyError:  # it is redriven at this moment, and finds that nothing is left of it
                log.warning("Run %s was changed while its rows were purged.", run.id)
        if age >= self.keep.runs:
            await self.runs.delete(run.id)
