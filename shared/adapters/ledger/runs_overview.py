"""Reads runs and old exports for the doctor. Every storage error becomes an ExplainedError with a remedy."""

from __future__ import annotations

from datetime import datetime

from shared.adapters.ledger.runs import RunsLedger
from shared.adapters.storage.requests import Explaining
from shared.core.export.export_folders import ExportFolders, Placement
from shared.core.run.run import Run, run_id
from shared.core.values.states import Source
from shared.core.values.storage import BlobInfo, ContainerPort


class RunsOverview:
    def __init__(self, runs: RunsLedger, exports: ContainerPort, container: str, folders: ExportFolders) -> None:
        self._runs = runs
        self._exports = exports
        self._container = container
        self._folders = folders

    async def last_reconcile(self, since: datetime) -> Run | None:
        """The newest reconcile that started at `since` or later."""
        with Explaining("Table", "The table of runs"):
            reconciles = [run async for run in self._runs.of_source(Source.RECONCILE, since)]
            return reconciles[-1] if reconciles else None

    async def oldest_open(self) -> Run | None:
        """The oldest run that is not closed."""
        with Explaining("Table", "The table of runs"):
            return await anext(self._runs.not_closed(), None)

    async def upkeep_failures(self) -> list[str]:
        """What the sweep and retention could not do, and runs that cannot be read."""
        with Explaining("Table", "The table of runs"):
            unreadable = [f"run {run}: its entity cannot be read" for run in await self._runs.unreadable()]
            return [*await self._runs.failures(), *unreadable]

    async def files_before_installation(self) -> list[str]:
        """The names of files that are older than the app and have no run, so that the sweep does not start them."""
        with Explaining("Table", "The table of runs"):
            installed_at = await self._runs.installed_at()
        if installed_at is None:
            return []
        with Explaining("Blob", f"Container {self._container}"):
            older = [info async for info in self._exports.list() if info.last_modified < installed_at]
        with Explaining("Table", "The table of runs"):
            return [info.name for info in older if not await self._is_known(info)]

    async def _is_known(self, info: BlobInfo) -> bool:
        """Whether it has a run, or needs none."""
        if self._folders.placement(info) is Placement.LEFT_ALONE:
            return True
        identity = run_id(info.last_modified, self._container, info.name, info.etag)
        return await self._runs.get(identity) is not None
