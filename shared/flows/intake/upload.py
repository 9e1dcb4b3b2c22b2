"""Upload: an export that arrives over HTTP becomes a run.

`Upload` stores the file; `ReadCopy` reads it in the run's first step. So a large file does not keep the caller waiting,
and a process that dies loses nothing.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from shared.adapters.ledger.runs import RunStore
from shared.core.export.options import RunOptions
from shared.core.run.attempts import Attempt
from shared.core.run.run import Run
from shared.core.run.run_ids import run_id
from shared.core.run.transitions import RunEvent, first_state
from shared.core.values.clock import Clock
from shared.core.values.codes import CODES
from shared.core.values.errors import PermanentError
from shared.core.values.said import Said
from shared.core.values.states import Source
from shared.core.values.storage import ContainerPort, QueuePort
from shared.flows.intake.read_export import ReadExport
from shared.flows.pipeline.advance import Advanced, send_step

_FIRST_STEP = 1


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """`concerns` are sentences about the file; each one holds the run."""

    data: bytes = field(repr=False)
    name: str
    options: RunOptions
    caller: str
    concerns: tuple[Said, ...] = ()
    repeatability_id: str = field(default="", repr=False)
    """The caller's `Repeatability-Request-ID`: uploads with the same one are one upload; "" = each upload is new."""


@dataclass(frozen=True, slots=True)
class Upload:
    results: ContainerPort
    runs: RunStore
    steps: QueuePort
    clock: Clock

    async def __call__(self, uploaded: UploadedFile) -> Run:
        """Returns the run, which is read in its first step. Raises PermanentError `repeatabilityIdReused`."""
        run = await self._run_of(uploaded)
        stored = await self.runs.get(run.id)
        if stored is None:
            await self.results.write(run.input_blob, uploaded.data)
            stored = await self.runs.insert(run) or run
        elif _what_was_sent(stored) != _what_was_sent(run):
            info = CODES["repeatabilityIdReused"]
            raise PermanentError("repeatabilityIdReused", info.meaning, remedy=info.remedy)
        if stored.step == _FIRST_STEP:  # a first request may have died before it sent this
            await send_step(self.steps, stored)
        return stored

    async def _run_of(self, uploaded: UploadedFile) -> Run:
        now, nonce = self.clock.now(), secrets.token_hex(16)
        identity = run_id(now, Source.UPLOAD, uploaded.name, nonce)
        if uploaded.repeatability_id:
            asked = json.dumps(["upload", uploaded.caller, uploaded.repeatability_id])
            identity = await self.runs.first_call(hashlib.sha256(asked.encode()).hexdigest(), identity)
        return Run(
            id=identity,
            state=first_state(RunEvent.EXPORT_UPLOADED),
            source=Source.UPLOAD,
            name=uploaded.name,
            export_time=now,
            attempts=(Attempt(uploaded.caller),),
            created_at=now,
            updated_at=now,
            input_blob=f"{identity}/input{PurePosixPath(uploaded.name).suffix.lower()}",
            options=uploaded.options,
            concerns=uploaded.concerns,
            step=_FIRST_STEP,
            nonce=nonce,
            content_sha256=hashlib.sha256(uploaded.data).hexdigest(),
        )


def _what_was_sent(run: Run) -> tuple[str, str, RunOptions]:
    return run.content_sha256, run.name, run.options


@dataclass(frozen=True, slots=True)
class ReadCopy:
    """The reading stage of uploads, and of files that are read again: it reads the app's copy."""

    results: ContainerPort
    read_export: ReadExport

    async def __call__(self, run: Run) -> Advanced:
        data = await self.results.read(run.input_blob)
        return Advanced(await self.read_export(run, data), at_once=True)
