"""Upload: an export that came over HTTP becomes a run; its bytes are kept, its first step reads them.

`Upload` is called by the HTTP API, `ReadUpload` by the run's first step, so that a large file does not keep the caller
waiting and a process that dies meanwhile loses nothing.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from shared.core.clock import Clock
from shared.core.messages import StepMessage
from shared.core.run import Run, RunOptions, run_id
from shared.core.states import RunState, Source
from shared.flows.ports import Blobs, Queue, Runs
from shared.flows.reading import Reading
from shared.flows.steps import Moved


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What came: `concerns` are sentences, each of which holds the run."""

    data: bytes = field(repr=False)
    name: str
    options: RunOptions
    caller: str
    concerns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Upload:
    results: Blobs
    runs: Runs
    steps: Queue
    clock: Clock

    async def __call__(self, uploaded: Uploaded) -> Run:
        """The run, about to be read; its export time is now."""
        now, nonce = self.clock.now(), secrets.token_hex(16)
        identity = run_id(now, Source.HTTP, uploaded.name, nonce)
        run = Run(
            id=identity,
            state=RunState.READING,
            source=Source.HTTP,
            name=uploaded.name,
            export_time=now,
            started_by=uploaded.caller,
            created_at=now,
            updated_at=now,
            input_blob=f"{identity}/input{PurePosixPath(uploaded.name).suffix.lower()}",
            options=uploaded.options,
            concerns=uploaded.concerns,
            step=1,
            nonce=nonce,
        )
        await self.results.write(run.input_blob, uploaded.data)
        stored = await self.runs.insert(run)
        if stored is None:
            raise LookupError(f"run id {identity} was drawn twice")
        await self.steps.send(StepMessage(stored.id, stored.step).encode())
        return stored


@dataclass(frozen=True, slots=True)
class ReadUpload:
    """The step of a run that is `reading`."""

    results: Blobs
    reading: Reading

    async def __call__(self, run: Run) -> Moved:
        data = await self.results.read(run.input_blob)
        return Moved(await self.reading(run, data), at_once=True)
