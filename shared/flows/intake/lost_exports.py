"""Lost exports: read an export again when its event was lost or its reading never ended; give up after three restarts.

Without the limit, a file that ends every process that reads it would be read for ever. If the
settings say so, the same pass moves exports whose run is closed to the container of done exports.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.adapters.ledger.runs import RunStore
from shared.core.export.export_folders import ExportFolders, Placement
from shared.core.run.run import Run
from shared.core.run.run_ids import run_id
from shared.core.values.clock import Clock
from shared.core.values.codes import CODES
from shared.core.values.errors import BlobNotFoundError, FileRefusedError
from shared.core.values.said import Said
from shared.core.values.states import RunState
from shared.core.values.storage import BlobInfo, ContainerPort, QueuePort
from shared.flows.best_effort import BestEffort
from shared.flows.intake.done_exports import MoveDoneExport
from shared.flows.intake.read_export import ReadExport
from shared.flows.intake.split import Split
from shared.flows.notifier import Notifier
from shared.flows.pipeline.advance import send_step
from shared.telemetry.events import EventName
from shared.telemetry.signals import event

LOST_AFTER = timedelta(minutes=10)
MAX_READS = 3


@dataclass(frozen=True, slots=True)
class LostExports:
    exports: ContainerPort
    container: str
    results: ContainerPort
    split: Split
    move_done: MoveDoneExport | None
    """None = exports stay where they are."""
    folders: ExportFolders
    read_export: ReadExport
    runs: RunStore
    steps: QueuePort
    notifier: Notifier
    clock: Clock
    started_at: datetime
    """When this process started."""

    async def read_dropped(self, best_effort: BestEffort) -> None:
        """Move the exports whose run is closed, and read those that were lost.

        Lost is an export without a run, or whose run is still `reading`, after ten minutes. Files from before the app
        first ran are not read: people's values may have changed since, and the app would not know.
        """
        now = self.clock.now()
        installed_at, is_first = await self._installed_at()
        before_installation = 0
        async for info in self.exports.list():
            with best_effort.each("export", info.name):
                before_installation += await self._look_at(info, now, installed_at)
        if is_first and before_installation:
            event(EventName.OLDER_FILES, files=before_installation)

    async def _look_at(self, info: BlobInfo, now: datetime, installed_at: datetime) -> bool:
        """Move one export if its run is closed, or read it if it was lost.

        Returns whether it is left unread because it is older than the app.
        """
        placement, is_young = self.folders.placement(info), now - info.last_modified < LOST_AFTER
        may_move = self.move_done is not None and placement is Placement.EXPORT
        if placement is Placement.LEFT_ALONE or (is_young and not may_move):
            return False
        run = await self.runs.get(run_id(info.last_modified, self.container, info.name, info.etag))
        if run is not None and self.move_done is not None and may_move:
            await self.move_done(info, run)
        if is_young:
            return False
        if run is not None:
            await self._read_again(run, now)
        elif info.last_modified < installed_at:
            return True
        else:
            event(EventName.EXPORT_FOUND, at=f"{info.last_modified:%FT%TZ}")
            await self.split(info.name)
        return False

    async def _installed_at(self) -> tuple[datetime, bool]:
        """When the app first ran, in whole seconds as blobs have them, and whether this sweep has just stored it.

        Version 0.1.0 did not store it; then the time when its oldest run was created counts.
        """
        noted = await self.runs.installed_at()
        if noted is not None:
            return noted, False
        oldest = await anext(aiter(self.runs.all()), None)
        first = min(self.started_at, oldest.created_at if oldest else self.started_at).replace(microsecond=0)
        if await self.runs.note_installation(first):
            return first, True
        return await self.runs.installed_at() or first, False

    async def _read_again(self, run: Run, now: datetime) -> None:
        is_stuck = run.state is RunState.READING and not run.has_steps and now - run.updated_at > LOST_AFTER
        if is_stuck and await self._may_read_again(run, now):
            await self.split(run.name)

    async def read_uploaded(self, run: Run, now: datetime) -> None:
        """Read the export of a run again if its reading step never ended."""
        if now - run.updated_at >= LOST_AFTER and await self._may_read_again(run, now):
            await send_step(self.steps, run)

    async def _may_read_again(self, run: Run, now: datetime) -> bool:
        """Count one more restart before it begins; False = the limit is reached, and the run has failed."""
        if run.export_reads >= MAX_READS:
            await self._give_up(run)
            return False
        event(EventName.EXPORT_READ_AGAIN, run=run.id)
        await self.notifier.notify_stalled(run)
        await self.runs.save(replace(run, export_reads=run.export_reads + 1, updated_at=now))
        return True

    async def _give_up(self, run: Run) -> None:
        data: bytes | None = None
        with suppress(BlobNotFoundError):  # there is no copy, so the file only stays where it is
            data = await self.results.read(run.input_blob)
        refusal = FileRefusedError(
            "readingFailed",
            Said("Reading was restarted {times} times and never completed.", times=MAX_READS),
            remedy=CODES["readingFailed"].remedy,
        )
        failed = await self.read_export.refuse(run, data, refusal)
        await self.notifier.notify_state(failed)
        await self.runs.save(failed)
