"""Reads runs and exports for the doctor. Every storage error becomes an ExplainedError with a remedy."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from shared.adapters.ledger.runs import RunStore
from shared.adapters.storage.requests import Explaining
from shared.core.export.export_folders import ExportFolders, Placement
from shared.core.run.run import Run
from shared.core.run.run_ids import run_id
from shared.core.values.states import EXPORTS, RunState, Source
from shared.core.values.storage import BlobInfo, ContainerPort


class RunsOverview:
    def __init__(
        self,
        runs: RunStore,
        sweeps: Callable[[], Awaitable[Sequence[datetime | None]]],
        exports: ContainerPort,
        container: str,
        folders: ExportFolders,
    ) -> None:
        """`sweeps` returns when the timer and another trigger last ran the sweep; None = never."""
        self._runs = runs
        self._sweeps = sweeps
        self._exports = exports
        self._container = container
        self._folders = folders

    async def last_reconcile(self, since: datetime) -> Run | None:
        """The newest reconcile that started at `since` or later."""
        with Explaining("Table", "The table of runs"):
            reconciles = [run async for run in self._runs.of_source(Source.RECONCILE, since)]
            return reconciles[-1] if reconciles else None

    async def last_sweep(self) -> datetime | None:
        with Explaining("Table", "The table of runs"):
            return max(filter(None, await self._sweeps()), default=None)

    async def open_runs(self) -> list[Run]:
        """The runs that are not closed."""
        with Explaining("Table", "The table of runs"):
            return [run async for run in self._runs.not_closed()]

    async def upkeep_failures(self) -> list[str]:
        """The failures of the last sweep and retention, and a sentence about each run that cannot be read."""
        with Explaining("Table", "The table of runs"):
            unreadable = [f"run {run}: its entity cannot be read" for run in await self._runs.unreadable()]
            return [*await self._runs.failures(), *unreadable]

    async def unread_files(self, until: datetime) -> tuple[Sequence[str], Sequence[str]]:
        """The names of the files that are never read, because they are older than the app; and what came by `until` and
        is not read yet, as ids of runs and as names of files without a run."""
        with Explaining("Table", "The table of runs"):
            installed_at = await self._runs.installed_at()
            waiting = [run.id async for run in self._runs.not_closed() if _is_unread(run, until)]
        with Explaining("Blob", f"Container {self._container}"):
            came = [info async for info in self._exports.list() if info.last_modified <= until]
        older = list[str]()
        with Explaining("Table", "The table of runs"):
            for info in came:
                if not await self._is_known(info):
                    is_older = installed_at is not None and info.last_modified < installed_at
                    (older if is_older else waiting).append(info.name)
        return older, waiting

    async def _is_known(self, info: BlobInfo) -> bool:
        """Whether the file has a run, or needs none."""
        if self._folders.placement(info) is Placement.LEFT_ALONE:
            return True
        identity = run_id(info.last_modified, self._container, info.name, info.etag)
        return await self._runs.has(identity)


def _is_unread(run: Run, until: datetime) -> bool:
    return run.source in EXPORTS and run.state is RunState.READING and run.created_at <= until
