"""Split: a dropped export becomes a run with one ledger row per row of the file.

Repeating it changes nothing. It copies the file before it reads it, and every later step reads only that copy.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from shared.adapters.ledger.runs import RunStore
from shared.core.export.export_folders import ExportFolders, Placement, nearly_marker
from shared.core.export.options import RunOptions, file_options
from shared.core.run.approvers import BY_EXPORT
from shared.core.run.attempts import Attempt
from shared.core.run.run import Run
from shared.core.run.run_ids import run_id
from shared.core.run.transitions import RunEvent, first_state
from shared.core.values.clock import Clock
from shared.core.values.codes import CODES
from shared.core.values.errors import FileRefusedError
from shared.core.values.said import NOTHING, Said, joined
from shared.core.values.states import RunState, Source
from shared.core.values.storage import BlobInfo, ContainerPort, QueuePort
from shared.flows.intake.read_export import ReadExport
from shared.flows.notifier import Notifier
from shared.flows.pipeline.advance import send_step
from shared.telemetry.events import EventName
from shared.telemetry.signals import event, note, span
from shared.telemetry.table import SpanName


@dataclass(frozen=True, slots=True)
class Split:
    exports: ContainerPort
    container: str
    results: ContainerPort
    runs: RunStore
    steps: QueuePort
    notifier: Notifier
    read_export: ReadExport
    options: RunOptions
    folders: ExportFolders
    max_file_bytes: int
    clock: Clock

    async def __call__(self, name: str) -> str | None:
        """Start the run of the blob's present version; returns its id, or None when there is no run.

        There is none when the blob no longer exists, or is a lock file, a hidden file or the entry of a folder. A file
        that is too large, or in a folder that is not one for exports, gets a failed run and stays where it is.
        """
        with span(SpanName.EXPORT):
            run = await self._split(name)
            note(run=run)
            return run

    async def _split(self, name: str) -> str | None:
        info = await self.exports.info(name)
        if info is None:
            event(EventName.EXPORT_GONE)
            return None
        placement = self.folders.placement(info)
        if placement is Placement.LEFT_ALONE:
            return None
        run = await self._run_of(info)
        if run.state is not RunState.READING or run.has_steps:
            await self._send_first_step(run)
            return run.id
        if placement is Placement.MISPLACED:
            await self._start(await self.read_export.refuse(run, None, self._misplaced(info.name)))
            return run.id
        if info.size > self.max_file_bytes:
            await self._start(await self.read_export.refuse(run, None, self._too_large(info.size)))
            return run.id
        data = await self.exports.read(name, if_match=info.etag)
        await self.results.write(run.input_blob, data)
        await self._start(await self.read_export(run, data))
        return run.id

    async def _start(self, read: Run) -> None:
        if read.is_over:
            await self.notifier.notify_state(read)
            await self.runs.save(read)
            return
        planning = await self.runs.save(replace(read, step=1))
        await send_step(self.steps, planning)

    def _too_large(self, size: int) -> FileRefusedError:
        message = Said(
            "The file has {size} bytes; the limit is {limit}. It was not read and stays where it is.",
            size=size,
            limit=self.max_file_bytes,
        )
        return FileRefusedError("fileTooLarge", message, remedy=CODES["fileTooLarge"].remedy)

    def _misplaced(self, name: str) -> FileRefusedError:
        near = nearly_marker(name)
        resembles = (
            Said("It resembles {folder}, which must be the first folder of the name.", folder=f"{near}/")
            if near
            else NOTHING
        )
        return FileRefusedError(
            "folderNotForExports",
            joined(" ", (Said("The file's folder is not one for exports, so the file was not read."), resembles)),
            remedy=Said("Move the file to the top level or into one of {folders}.", folders=self.folders.allowed()),
        )

    async def _send_first_step(self, run: Run) -> None:
        """Send the first step, also for a repeated event, because the process may have died before it did.

        A duplicate message changes nothing.
        """
        if run.state is RunState.PLANNING and run.step == 1:
            await send_step(self.steps, run)

    async def _run_of(self, info: BlobInfo) -> Run:
        """The run of this version of the blob; the first event creates it."""
        now = self.clock.now()
        identity = run_id(info.last_modified, self.container, info.name, info.etag)
        chosen = file_options(self.options, info.name, info.metadata)
        new = Run(
            id=identity,
            state=first_state(RunEvent.EXPORT_DROPPED),
            source=Source.BLOB,
            name=info.name,
            export_time=info.last_modified,
            attempts=(Attempt(BY_EXPORT),),
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
            raise LookupError(f"run {identity} was deleted while it was read")
        return run
