"""Sweep: whatever stands still is moved on or explained; called every five minutes by a timer.

It starts runs for exports whose event was lost, sends step messages again, expires held runs, and turns messages
that the host gave up on into outcomes.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from shared.core.clock import Clock
from shared.core.errors import ExplainedError, NeverError
from shared.core.messages import StepMessage, decode_row, decode_step
from shared.core.row import Outcome, settled
from shared.core.run import NO_RESULT, Run, run_id
from shared.core.states import OPEN_ROWS, RowState, RunState
from shared.core.storage import BlobInfo, Received
from shared.flows.approval import Approval
from shared.flows.notify import notify
from shared.flows.ports import Queue, Rows, Runs
from shared.flows.split import Split

LOST_AFTER = timedelta(minutes=10)
STALLED_AFTER = timedelta(minutes=2)
NO_PROGRESS_AFTER = timedelta(minutes=20)
"""Longer than any message waits for its next attempt, so what has not come back by then is lost."""
ABANDONED_AFTER = timedelta(minutes=30)
"""As long as a function may run."""
_POISON_LEASE = 60.0

log = logging.getLogger(__name__)


class ExportsList(Protocol):
    def list(self, prefix: str = "") -> AsyncIterator[BlobInfo]: ...


class AllRuns(Runs, Protocol):
    def unexplained(self) -> AsyncIterator[Run]: ...


class PoisonQueue(Protocol):
    async def receive(self, count: int = 32, *, lease: float) -> list[Received]: ...

    async def delete(self, received: Received) -> None: ...


@dataclass(frozen=True, slots=True)
class Sweep:
    exports: ExportsList
    container: str
    split: Split
    runs: AllRuns
    rows: Rows
    steps: Queue
    events: Queue
    poison: tuple[PoisonQueue, ...]
    approval: Approval
    clock: Clock

    async def __call__(self) -> None:
        now = self.clock.now()
        await self._start_lost_exports(now)
        for queue in self.poison:
            await self._explain_poison(queue)
        async for run in self.runs.unexplained():
            await self._move_on(run, now)

    async def _start_lost_exports(self, now: datetime) -> None:
        async for info in self.exports.list():
            if now - info.last_modified < LOST_AFTER:
                continue
            run = await self.runs.get(run_id(info.last_modified, self.container, info.name, info.etag))
            if run is None or (run.state is RunState.READING and now - run.updated_at > LOST_AFTER):
                log.warning(
                    "An export of %s had no run; it is started now.", f"{info.last_modified:%Y-%m-%dT%H:%M:%SZ}"
                )
                await self._try_split(info.name)

    async def _try_split(self, name: str) -> None:
        """One export that cannot be read must not keep the sweep from the rest; the next sweep tries again."""
        try:
            await self.split(name)
        except ExplainedError as error:
            log.warning("The export could not be read yet: %s", error.message)

    async def _move_on(self, run: Run, now: datetime) -> None:
        if run.state is RunState.HELD:
            if run.held_until is not None and now >= run.held_until:
                await self.approval.expire(run)
            return
        patience = LOST_AFTER if run.state is RunState.READING else STALLED_AFTER
        if run.has_steps and now - run.updated_at >= patience:
            await self._send_step_again(run)
        elif run.has_steps and run.progress_at is not None and now - run.progress_at >= NO_PROGRESS_AFTER:
            await self._hand_out_again(run, now)
        elif not run.has_steps and now - run.updated_at >= ABANDONED_AFTER:
            await self._close_abandoned(run)

    async def _send_step_again(self, run: Run) -> None:
        log.warning("Run %s stood still in state %s; its step is sent again.", run.id, run.state)
        await self.steps.send(StepMessage(run.id, run.step).encode())
        await notify(self.events, run, "stalled")

    async def _hand_out_again(self, run: Run, now: datetime) -> None:
        """Messages of rows were lost: those that are still open are handed out once more, which harms no other."""
        log.warning("Run %s made no progress in state %s; its open rows are handed out again.", run.id, run.state)
        again = await self.runs.save(replace(run, cursor=0, closed={}, progress_at=now))
        await notify(self.events, again, "stalled")

    async def _close_abandoned(self, run: Run) -> None:
        """A file replaced while it was read, or a call whose process died; what that wrote, reconcile will find."""
        open_rows = [row async for row in self.rows.in_order(run, states=OPEN_ROWS)]
        await self.rows.settle_unless_moved(open_rows, Outcome(RowState.UNCONFIRMED, "outcomeUnknown"))
        message = "It was not handled to its end: the file was replaced meanwhile, or the process ended."
        await self.runs.save(
            replace(run, state=RunState.FAILED, code="runFailed", message=message, result_blob=NO_RESULT)
        )

    async def _explain_poison(self, queue: PoisonQueue) -> None:
        while messages := await queue.receive(lease=_POISON_LEASE):
            for received in messages:
                await self._explain(received)
                await queue.delete(received)

    async def _explain(self, received: Received) -> None:
        """A message that the host gave up on: its row says so, unless it settled all the same; a step needs no word,
        because the steps of runs that stand still are sent again."""
        body = received.body or ""
        try:
            message = decode_row(body)
        except NeverError as error:
            if not _is_step(body):
                log.warning("A poison message was dropped: %s", error.message)
            return
        row = await self.rows.get(message.run, message.row)
        if row is not None and row.is_open:
            code = "outcomeUnknown" if row.state is RowState.WRITING else "attemptsExhausted"
            state = RowState.UNCONFIRMED if row.state is RowState.WRITING else RowState.FAILED
            await self.rows.save(settled(row, Outcome(state, code)))


def _is_step(body: str) -> bool:
    try:
        decode_step(body)
    except NeverError:
        return False
    return True
