"""Split: a dropped export becomes a run with one row per line of the file, each row accounted for.

Called by the blob trigger and by the sweep, with the same result however often. The first act takes a copy of the
exact upload; every later step reads only that copy.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from shared.core.export.options import RunOptions, file_options
from shared.core.run.run import Attempt, Run, run_id
from shared.core.run.transitions import RunEvent, first_state
from shared.core.values.clock import Clock
from shared.core.values.states import RunState, Source
from shared.core.values.storage import BlobInfo, ContainerPort, QueuePort
from shared.flows.intake.read_export import ReadExport
from shared.flows.pipeline.advance import notify, send_step
from shared.flows.ports import RunStore

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Split:
    exports: ContainerPort
    container: str
    results: ContainerPort
    runs: RunStore
    steps: QueuePort
    events: QueuePort
    read_export: ReadExport
    options: RunOptions
    clock: Clock

    async def __call__(self, name: str) -> str | None:
        """Start the run of the blob as it is now; returns its id, None when the blob is gone."""
        info = await self.exports.info(name)
        if info is None:
            log.warning("An export was gone before it could be read.")
            return None
        run = await self._run_of(info)
        if run.state is not RunState.READING:
            await self._begin_again(run)
            return run.id
        data = await self.exports.read(name, if_match=info.etag)
        await self.results.write(run.input_blob, data)
        await self._begin(await self.read_export(run, data))
        return run.id

    async def _begin(self, read: Run) -> None:
        if read.is_over:
            await notify(self.events, await self.runs.save(read), read.state.value)
            return
        planning = await self.runs.save(replace(read, step=1))
        await send_step(self.steps, planning)

    async def _begin_again(self, run: Run) -> None:
        """The event came again: perhaps the process died before it had sent the first step; twice does no harm."""
        if run.state is RunState.PLANNING and run.step == 1:
            await send_step(self.steps, run)

    async def _run_of(self, info: BlobInfo) -> Run:
        """The run of exactly this upload, made on its first event."""
        now = self.clock.now()
        identity = run_id(info.last_modified, self.container, info.name, info.etag)
        chosen = file_options(self.options, info.name, info.metadata)
        new = Run(
            id=identity,
            state=first_state(RunEvent.EXPORT_DROPPED),
            source=Source.BLOB,
            name=info.name,
            export_time=info.last_modified,
            attempts=(Attempt("export"),),
            created_at=now,
            updated_at=now,
            input_blob=f"{identity}/input{PurePosixPath(info.name).suffix.lower()}",
            options=chosen.options,
            concerns=chosen.concerns,
            nonce=secrets.token_hex(16),
        )
        return await self.runs.insert(new) or await self._stored(identity)

    async def _stored(self, identity: str) -> Run:
        run = await self.runs.get(identity)
        if run is None:
            raise LookupError(f"run {identity} was there a moment ago")
        return run
