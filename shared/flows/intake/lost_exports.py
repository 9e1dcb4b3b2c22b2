"""Unread: exports whose event was lost or whose reading died are read again, three times at most, then given up.

Called by the sweep. A file that ends the process which reads it would otherwise be read for ever.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.core.run.run import Run, run_id
from shared.core.values.clock import Clock
from shared.core.values.errors import ExplainedError, FileRefusedError
from shared.core.values.states import RunState
from shared.core.values.storage import BlobNotFoundError, ContainerPort, QueuePort
from shared.flows.intake.read_export import ReadExport
from shared.flows.intake.split import Split
from shared.flows.pipeline.advance import notify, send_step
from shared.flows.ports import RunStore

LOST_AFTER = timedelta(minutes=10)
MOST_READS = 3

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LostExports:
    exports: ContainerPort
    container: str
    results: ContainerPort
    split: Split
    read_export: ReadExport
    runs: RunStore
    steps: QueuePort
    events: QueuePort
    clock: Clock

    async def dropped(self) -> None:
        """Every export that lies there without having become a run: its event was lost, or its split died."""
        now = self.clock.now()
        async for info in self.exports.list():
            if now - info.last_modified < LOST_AFTER:
                continue
            run = await self.runs.get(run_id(info.last_modified, self.container, info.name, info.etag))
            if run is None:
                log.warning("An export of %s had no run; it is started now.", f"{info.last_modified:%FT%TZ}")
                await self._split(info.name)
            elif run.state is RunState.READING and now - run.updated_at > LOST_AFTER and await self._counted(run, now):
                await self._split(info.name)

    async def uploaded(self, run: Run, now: datetime) -> None:
        """An upload whose first step did not come to its end."""
        if now - run.updated_at >= LOST_AFTER and await self._counted(run, now):
            await send_step(self.steps, run)

    async def _split(self, name: str) -> None:
        """One export that cannot be read must not keep the sweep from the rest; a later sweep tries again."""
        try:
            await self.split(name)
        except ExplainedError as error:
            log.warning("The export could not be read yet: %s", error.message)

    async def _counted(self, run: Run, now: datetime) -> bool:
        """Count one more attempt before it is made; False when there were enough and the run was given up."""
        if run.export_reads >= MOST_READS:
            await self._give_up(run)
            return False
        log.warning("Run %s: its export was not read to the end; it is read again.", run.id)
        counted = await self.runs.save(replace(run, export_reads=run.export_reads + 1, updated_at=now))
        await notify(self.events, counted, "stalled")
        return True

    async def _give_up(self, run: Run) -> None:
        try:
            data = await self.results.read(run.input_blob)
        except BlobNotFoundError:
            data = await self.exports.read(run.name)
        refusal = FileRefusedError(
            "readingFailed",
            f"The export was begun to be read {MOST_READS} times over and never to its end.",
            remedy="Split it into smaller files, or open it in Excel, save it as .xlsx and drop that.",
        )
        failed = await self.runs.save(await self.read_export.refuse(run, data, refusal))
        await notify(self.events, failed, "failed")
