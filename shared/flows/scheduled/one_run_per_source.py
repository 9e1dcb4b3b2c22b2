"""At most one open run for each source whose rows the app finds itself.

Parts of a source count as sources of their own: the questions of each folder, or the undo of each run. A start while a
run of the source is open changes nothing, unless that run is held and may be superseded.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from shared.adapters.ledger.runs import RunStore
from shared.core.export.options import RunOptions
from shared.core.run.approvers import BY_TIMER
from shared.core.run.attempts import Attempt, DecisionKind
from shared.core.run.run import Run
from shared.core.run.run_ids import run_id
from shared.core.run.transitions import RunEvent, first_state, transition
from shared.core.values.clock import Clock
from shared.core.values.errors import RetryLaterError
from shared.core.values.said import Said
from shared.core.values.states import RunState, Source
from shared.core.values.storage import QueuePort
from shared.flows.pipeline.advance import save_next_step, send_step
from shared.telemetry.events import EventName
from shared.telemetry.signals import event

_SUPERSEDABLE = frozenset({Source.RECONCILE, Source.LEAVERS, Source.QUESTIONS})

_SUPERSEDED = Said("Superseded: the next run of the same kind started before this one was approved, and replaces it.")


@dataclass(frozen=True, slots=True)
class OneRunPerSource:
    runs: RunStore
    steps: QueuePort
    clock: Clock

    def new(self, source: Source, started_by: str, options: RunOptions) -> Run:
        """A new run of this source, in state `reading`."""
        return run_to_read(source, started_by, options, self.clock.now())

    async def start(self, new: Run, of: str = "") -> Run:
        """Start `new` and send its first step, or return the run of this source that is still open or has this id.

        `of` is the part of the source that may have an open run of its own, such as a folder. Raises RetryLaterError
        when another process starts one at this moment.
        """
        before = await self.runs.latest_run(new.source, of)
        last = await self.runs.get(before.run) if before else None
        if last is not None and (last.id == new.id or await self._stays_open(last)):
            event(EventName.RUN_STILL_OPEN, run=last.id, source=last.source)
            return last
        if not await self.runs.make_latest_run(new.source, new.id, before, of):
            raise RetryLaterError("concurrentStart", f"Another run of {new.source} is being started.", delay=1.0)
        run = await self.runs.insert(new)
        if run is None:
            raise LookupError(f"run id {new.id} exists already")
        await send_step(self.steps, run)
        return run

    async def _stays_open(self, run: Run) -> bool:
        """Whether the run stays open; a held reconcile, run of leavers or of questions is superseded by the next."""
        if run.source not in _SUPERSEDABLE or run.state is not RunState.HELD:
            return not run.is_over
        superseded = replace(transition(run, RunEvent.SUPERSEDED), message=_SUPERSEDED)
        decided = superseded.decided(DecisionKind.SUPERSEDED, BY_TIMER, self.clock.now())
        await save_next_step(self.runs, self.steps, decided, self.clock)
        return False


@dataclass(frozen=True, slots=True)
class ScheduledStart:
    """Starts the runs of a source; all have the same `options`."""

    source: Source
    one_run_per_source: OneRunPerSource
    options: RunOptions

    async def __call__(self, started_by: str = BY_TIMER) -> Run:
        """Returns the run that was started, or the one that is still open."""
        return await self.one_run_per_source.start(self.one_run_per_source.new(self.source, started_by, self.options))


def run_to_read(source: Source, started_by: str, options: RunOptions, now: datetime) -> Run:
    """A new run that reads its rows in steps."""
    nonce = secrets.token_hex(16)
    return Run(
        id=run_id(now, source, started_by, nonce),
        state=first_state(RunEvent.RUN_STARTED),
        source=source,
        name=source.value,
        export_time=now,
        attempts=(Attempt(started_by),),
        created_at=now,
        updated_at=now,
        options=options,
        step=1,
        nonce=nonce,
    )
