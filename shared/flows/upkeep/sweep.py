"""Sweep: whatever stands still is moved on or explained; called every five minutes by a timer.

It sends step messages again, expires held runs, and calls `poison` for messages that the host gave up on and
`lost_exports`
for exports that no run has read, and `retention` for what has outlived its days.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.core.run.row import Outcome
from shared.core.run.run import Run
from shared.core.run.transitions import RunEvent, transition
from shared.core.values.clock import Clock
from shared.core.values.states import OPEN_ROWS, RowState, RunState
from shared.core.values.storage import QueuePort
from shared.flows.intake.lost_exports import LOST_AFTER, LostExports
from shared.flows.pipeline.advance import notify, send_step
from shared.flows.pipeline.decisions import RunDecisions
from shared.flows.ports import RowStore, RunStore
from shared.flows.upkeep.poison import PoisonMessages

STALLED_AFTER = timedelta(minutes=2)
NO_PROGRESS_AFTER = timedelta(minutes=20)
"""Longer than any message waits for its next attempt, so what has not come back by then is lost."""
ABANDONED_AFTER = timedelta(minutes=30)
"""As long as a function may run."""
_POISON_LEASE = 60.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sweep:
    lost_exports: LostExports
    runs: RunStore
    rows: RowStore
    steps: QueuePort
    events: QueuePort
    poison: PoisonMessages
    poison_queues: tuple[QueuePort, ...]
    decisions: RunDecisions
    retention: Callable[[], Awaitable[None]]
    clock: Clock

    async def __call__(self) -> None:
        """Exports come last: what may go wrong with one has then kept nothing else waiting."""
        now = self.clock.now()
        for queue in self.poison_queues:
            await self._drain(queue)
        async for run in self.runs.unexplained():
            await self._advance(run, now)
        await self.lost_exports.dropped()
        await self.retention()

    async def _advance(self, run: Run, now: datetime) -> None:
        if run.state is RunState.HELD:
            if run.held_until is not None and now >= run.held_until:
                await self.decisions.expire(run)
            return
        reads = run.state is RunState.READING
        if reads and run.has_steps and run.input_blob:
            await self.lost_exports.uploaded(run, now)
        elif run.has_steps and now - run.updated_at >= (LOST_AFTER if reads else STALLED_AFTER):
            await self._send_step_again(run)
        elif run.has_steps and run.progress_at is not None and now - run.progress_at >= NO_PROGRESS_AFTER:
            await self._hand_out_again(run, now)
        elif not run.has_steps and now - run.updated_at >= ABANDONED_AFTER:
            await self._close_abandoned(run)

    async def _send_step_again(self, run: Run) -> None:
        log.warning("Run %s stood still in state %s; its step is sent again.", run.id, run.state)
        await send_step(self.steps, run)
        await notify(self.events, run, "stalled")

    async def _hand_out_again(self, run: Run, now: datetime) -> None:
        """Messages of rows were lost: those that are still open are handed out once more, which harms no other."""
        log.warning("Run %s made no progress in state %s; its open rows are handed out again.", run.id, run.state)
        again = await self.runs.save(replace(run, cursor=0, closed_shards={}, progress_at=now))
        await notify(self.events, again, "stalled")

    async def _close_abandoned(self, run: Run) -> None:
        """A file replaced while it was read, or a call whose process died; what that wrote, reconcile will find."""
        open_rows = [row async for row in self.rows.in_order(run, states=OPEN_ROWS)]
        await self.rows.complete_unless_changed(open_rows, Outcome(RowState.UNCONFIRMED, "outcomeUnknown"))
        message = "The run stopped before its end: its file was replaced while it was read, or the process ended."
        failed = transition(run, RunEvent.ABANDONED)
        await self.runs.save(replace(failed, code="runFailed", message=message, closed=True))

    async def _drain(self, queue: QueuePort) -> None:
        while messages := await queue.receive(lease=_POISON_LEASE):
            for received in messages:
                if await self.poison(received):
                    await queue.delete(received)
