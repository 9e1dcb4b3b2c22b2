"""Retention: delete data after its number of days, once a day.

Nothing of an open run is deleted but snapshots and earlier versions of files. Exports are deleted before their runs,
because an export without a run would be read again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.adapters.ledger.call_quotas import CallQuotaStore
from shared.adapters.ledger.notifications import NotificationStore
from shared.adapters.ledger.quotas import QuotaStore
from shared.adapters.ledger.rows import RowStore
from shared.adapters.ledger.runs import RunStore
from shared.core.export.export_folders import ExportFolders, Placement
from shared.core.run.kept_changes import CHANGES
from shared.core.run.quotas import DAY, WEEK
from shared.core.run.returned import RUN
from shared.core.run.run import Run
from shared.core.run.run_ids import run_id
from shared.core.values.clock import Clock
from shared.core.values.states import EXPORTS
from shared.core.values.storage import BlobInfo, ContainerPort
from shared.flows.best_effort import BestEffort
from shared.flows.journal import RunJournal
from shared.flows.pipeline.reports import PLAN_JSON, PLAN_WORKBOOK
from shared.flows.upkeep.value_holders import ValueHolders
from shared.telemetry.events import EventName
from shared.telemetry.signals import event

_JOB = "last"
"""The name of the daily job, as version 0.1.0 stored it."""

_WITH_OLD_VALUES = frozenset({CHANGES, PLAN_WORKBOOK, PLAN_JSON})
"""The names of the files to which KEEP_CHANGES_DAYS applies."""

type RunOf = Callable[[BlobInfo], str]
"""The id of the run whose file a blob is; "" = of none."""


@dataclass(frozen=True, slots=True)
class RetentionPeriods:
    """How long each kind of data is stored; runs at least as long as their exports and rows."""

    exports: timedelta
    returns: timedelta
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
    done: ContainerPort
    returns: ContainerPort
    results: ContainerPort
    quarantine: ContainerPort
    quotas: QuotaStore
    call_quotas: CallQuotaStore
    notifications: NotificationStore
    holders: ValueHolders
    journal: RunJournal
    clock: Clock

    async def __call__(self) -> None:
        now, best_effort = self.clock.now(), BestEffort()
        if not await self.runs.take_daily(_JOB, now):
            return
        left: set[str] | None = None
        with best_effort.each("container", self.exports.name):
            left = await self._purge_exports(now, best_effort)
        of_runs: tuple[tuple[ContainerPort, RunOf, Callable[[str], timedelta]], ...] = (
            (self.done, _run_of_metadata, lambda _: self.periods.exports),
            (self.returns, _run_of_metadata, lambda _: self.periods.returns),
            (self.results, _run_of_folder, self._period_of_result),
            (self.quarantine, _run_of_folder, lambda _: self.periods.quarantine),
        )
        for container, run_of, period_of in of_runs:
            with best_effort.each("container", container.name):
                await self._purge_blobs(container, now, run_of, period_of, best_effort)
        newest: Run | None = None
        with best_effort.each("list", "of runs"):
            async for run in self.runs.all():
                newest = run if run.source in EXPORTS else newest
                if run.closed:
                    with best_effort.each("run", run.id):
                        await self._purge_rows(run, now)
                        if left is not None and run.id not in left and now - run.updated_at >= self.periods.runs:
                            await self.journal.forgotten(run)
                            await self.runs.delete(run.id)
                            best_effort.done["runs"] += 1
        with best_effort.each("list", "of contents and calls"):
            await self.runs.forget_before(now - self.periods.runs)
        with best_effort.each("list", "of holders of values"):
            await self.holders.forget_unknown()
        with best_effort.each("list", "of quotas"):
            await self.quotas.forget_before(now - WEEK)
            await self.call_quotas.forget_before(now - DAY)
        with best_effort.each("list", "of notifications"):
            await self.notifications.forget_before(now - self.periods.runs)
        await self.runs.note_failures("retention", best_effort.failures)
        event(
            EventName.RETENTION_DONE,
            files=best_effort.done["files"],
            runs=best_effort.done["runs"],
            failures=len(best_effort.failures),
            daysSinceExport=None if newest is None else (now - newest.created_at).days,
        )

    async def _purge_exports(self, now: datetime, best_effort: BestEffort) -> set[str]:
        """Delete exports of closed runs; returns the ids of the runs whose exports are still in the container.

        A file that was refused because of its folder or size was never copied, so it stays. Snapshots and earlier
        versions hold the same kind of data and go at the same age.
        """
        left: set[str] = set()
        async for info in self.exports.list(copies=True):
            identity = run_id(info.last_modified, self.container, info.name, info.etag)
            left.add(identity)
            is_export = self.folders.placement(info) is Placement.EXPORT
            if not is_export or now - info.last_modified < self.periods.exports:
                continue
            with best_effort.each("export", info.name):
                run = None if info.copy else await self.runs.get(identity)
                if info.copy or (run is not None and run.closed and not run.left_export):
                    await self.exports.delete(info.name, copy=info.copy)
                    best_effort.done["files"] += 1
                    left.discard(identity)
        return left

    def _period_of_result(self, file: str) -> timedelta:
        return self.periods.changes if file.rpartition("/")[2] in _WITH_OLD_VALUES else self.periods.results

    async def _purge_blobs(
        self,
        container: ContainerPort,
        now: datetime,
        run_of: RunOf,
        period_of: Callable[[str], timedelta],
        best_effort: BestEffort,
    ) -> None:
        """Delete the files of closed and deleted runs; a file that belongs to no run stays."""
        is_closed: dict[str, bool] = {}
        async for info in container.list(copies=True):
            identity = run_of(info)
            if not identity or now - info.last_modified < period_of(info.name):
                continue
            with best_effort.each("file", info.name):
                if identity not in is_closed:
                    run = await self.runs.get(identity)
                    is_closed[identity] = run is None or run.closed
                if info.copy or is_closed[identity]:
                    await container.delete(info.name, copy=info.copy)
                    best_effort.done["files"] += 1

    async def _purge_rows(self, run: Run, now: datetime) -> None:
        """Raises ConcurrencyError if the run is redriven meanwhile; that redrive then finds no rows."""
        if now - run.updated_at >= self.periods.rows and not run.rows_purged:
            await self.rows.purge(run)
            await self.runs.save(replace(run, rows_purged=True))


def _run_of_folder(info: BlobInfo) -> str:
    identity, folder, _ = info.name.partition("/")
    return identity if folder else ""


def _run_of_metadata(info: BlobInfo) -> str:
    return info.metadata.get(RUN, "")
