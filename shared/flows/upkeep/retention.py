"""Retention: delete data after its number of days. The sweep calls it; it runs once a day.

Only data of runs that are over is deleted. Exports are deleted before their runs, because an export without a run would
be read again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.core.export.export_folders import ExportFolders, Placement
from shared.core.run.kept_changes import CHANGES
from shared.core.run.quotas import WEEK
from shared.core.run.run import Run, run_id
from shared.core.values.clock import Clock
from shared.core.values.errors import ConcurrencyError
from shared.core.values.storage import ContainerPort
from shared.flows.pipeline.reports import PLAN_JSON, PLAN_WORKBOOK
from shared.flows.ports import QuotaStore, RowStore, RunStore

_WITH_OLD_VALUES = frozenset({CHANGES, PLAN_WORKBOOK, PLAN_JSON})
"""The files that KEEP_CHANGES_DAYS is about."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RetentionPeriods:
    """How long each kind of data is stored; runs at least as long as their exports and rows."""

    exports: timedelta
    quarantine: timedelta
    results: timedelta
    changes: timedelta
    """For the files of plans and changes, which hold the values of people before and after."""
    rows: timedelta
    runs: timedelta


@dataclass(frozen=True, slots=True)
class Retention:
    periods: RetentionPeriods
    runs: RunStore
    rows: RowStore
    exports: ContainerPort
    folders: ExportFolders
    container: str
    """The name of the exports container; run ids are computed from it."""
    results: ContainerPort
    quarantine: ContainerPort
    quotas: QuotaStore
    clock: Clock

    async def __call__(self) -> None:
        now = self.clock.now()
        if not await self.runs.take_purge(now):
            return
        await self._purge_exports(now)
        await self._purge_blobs(self.results, now, self._period_of_result)
        await self._purge_blobs(self.quarantine, now, lambda _: self.periods.quarantine)
        async for run in self.runs.all():
            if run.closed:
                await self._purge_run(run, now - run.updated_at)
        await self.runs.forget_before(now - self.periods.runs)
        await self.quotas.forget_before(now - WEEK)

    async def _purge_exports(self, now: datetime) -> None:
        """Delete exports that were read; a file that was refused by its folder was never copied, so it stays."""
        async for info in self.exports.list():
            is_export = self.folders.placement(info) is Placement.EXPORT
            if not is_export or now - info.last_modified < self.periods.exports:
                continue
            run = await self.runs.get(run_id(info.last_modified, self.container, info.name, info.etag))
            if run is not None and run.closed:
                await self.exports.delete(info.name)

    def _period_of_result(self, file: str) -> timedelta:
        return self.periods.changes if file.rpartition("/")[2] in _WITH_OLD_VALUES else self.periods.results

    async def _purge_blobs(
        self, container: ContainerPort, now: datetime, period_of: Callable[[str], timedelta]
    ) -> None:
        """Delete the files in the runs' folders, which are named by run id; files outside these folders stay."""
        is_over: dict[str, bool] = {}
        async for info in container.list():
            identity, folder, file = info.name.partition("/")
            if not folder or now - info.last_modified < period_of(file):
                continue
            if identity not in is_over:
                run = await self.runs.get(identity)
                is_over[identity] = run is None or run.closed
            if is_over[identity]:
                await container.delete(info.name)

    async def _purge_run(self, run: Run, age: timedelta) -> None:
        if age >= self.periods.rows and not run.rows_purged:
            await self.rows.purge(run)
            try:
                run = await self.runs.save(replace(run, rows_purged=True))
            except ConcurrencyError:  # a simultaneous redrive finds no rows
                log.warning("Run %s was changed while its rows were purged.", run.id)
        if age >= self.periods.runs:
            await self.runs.delete(run.id)
