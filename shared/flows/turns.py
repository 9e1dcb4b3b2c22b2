"""Turns: of each source that reads on a schedule at most one run is open, however many ticks and people start one.

Called by reconcile and by the directory source. A tick while a run is open changes nothing; a missed tick is made good
by the next.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from dataclasses import dataclass, replace
from typing import Protocol

from shared.core.clock import Clock
from shared.core.errors import AgainError
from shared.core.messages import StepMessage
from shared.core.run import Run, RunOptions, Turn
from shared.core.states import RunState, Source
from shared.flows.ports import Queue, Runs

log = logging.getLogger(__name__)


class RunsInTurn(Runs, Protocol):
    async def turn_of(self, source: Source) -> Turn | None: ...

    async def take_turn(self, source: Source, run_id: str, before: Turn | None) -> bool: ...


@dataclass(frozen=True, slots=True)
class Turns:
    runs: RunsInTurn
    steps: Queue
    clock: Clock

    async def begin(
        self, source: Source, started_by: str, options: RunOptions, *, place: str = "", without_row: int = 0
    ) -> Run:
        """A new run at `place` in its reading stage, or the one of this source that is still open.

        Raises AgainError when somebody else begins one at this moment.
        """
        before = await self.runs.turn_of(source)
        last = await self.runs.get(before.run) if before else None
        if last is not None and await self._stays_open(last):
            log.info("Run %s of %s is still open; no other is begun.", last.id, source)
            return last
        new = replace(self._new(source, started_by, options), place=place, without_row=without_row)
        if not await self.runs.take_turn(source, new.id, before):
            raise AgainError("startedMeanwhile", f"Another run of {source} is being started.", delay=1.0)
        run = await self.runs.insert(new)
        if run is None:
            raise LookupError(f"run id {new.id} was drawn twice")
        await self.steps.send(StepMessage(run.id, run.step).encode())
        return run

    async def _stays_open(self, run: Run) -> bool:
        """A reconcile that waits for approval gives way: what it found is older than what the next one will find."""
        if run.source is not Source.RECONCILE or run.state is not RunState.HELD:
            return not run.is_over
        message = "Nobody approved it before the next reconcile began, which takes its place."
        moved = await self.runs.save(
            replace(run, state=RunState.REJECTED, message=message, step=run.step + 1, updated_at=self.clock.now())
        )
        await self.steps.send(StepMessage(moved.id, moved.step).encode())
        return False

    def _new(self, source: Source, started_by: str, options: RunOptions) -> Run:
        now, nonce = self.clock.now(), secrets.token_hex(16)
        return Run(
            id=f"{now:%Y%m%dT%H%M%SZ}-{hashlib.sha256(nonce.encode()).hexdigest()[:10]}",
            state=RunState.READING,
            source=source,
            name=source.value,
            export_time=now,
            started_by=started_by,
            created_at=now,
            updated_at=now,
            options=options,
            step=1,
            nonce=nonce,
        )
