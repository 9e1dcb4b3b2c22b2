"""The sweep: restart every run that has stopped, or end it with a message.

It sends step messages again, expires held and checked runs, hands poison messages to `poison`, and does other work that
is due from time to time, such as that of `lost_exports`, `outbox` and `retention`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.adapters.ledger.rows import RowStore
from shared.adapters.ledger.runs import RunStore
from shared.core.run.messages import RowMessage
from shared.core.run.notifications import damaged_journal
from shared.core.run.row import Outcome
from shared.core.run.run import Run
from shared.core.run.transitions import RunEvent, transition
from shared.core.values.clock import Clock
from shared.core.values.errors import PermanentError
from shared.core.values.said import Said
from shared.core.values.states import EXPORTS, OPEN_ROWS, WAITS_FOR_A_PERSON, RowState, RunState
from shared.core.values.storage import QueuePort
from shared.flows.best_effort import BestEffort
from shared.flows.intake.lost_exports import LOST_AFTER, LostExports
from shared.flows.journal import RunJournal
from shared.flows.notifier import Notifier
from shared.flows.person.call_records import IN_PROGRESS, ROW, is_left
from shared.flows.person.changes import Changes
from shared.flows.pipeline.advance import send_step
from shared.flows.pipeline.decisions import RunDecisions
from shared.flows.upkeep.outbox import Outbox
from shared.flows.upkeep.poison import PoisonMessages
from shared.telemetry.events import EventName
from shared.telemetry.signals import event, measure
from shared.telemetry.table import Metric

STALLED_AFTER = timedelta(minutes=2)
NO_PROGRESS_AFTER = timedelta(minutes=20)
"""Longer than a message waits as a rule, so after this time messages count as lost. After a longer `Retry-After` the
rows are taken up early, which changes nothing in them."""
ABANDONED_AFTER = timedelta(minutes=30)
"""The longest time that a function may run."""
_POISON_LEASE = 60.0


@dataclass(frozen=True, slots=True)
class Sweep:
    lost_exports: LostExports
    runs: RunStore
    rows: RowStore
    changes: Changes
    journal: RunJournal
    steps: QueuePort
    apply_queue: QueuePort
    notifier: Notifier
    poison: PoisonMessages
    poison_queues: tuple[QueuePort, ...]
    decisions: RunDecisions
    notify_missing_permissions: Callable[[], Awaitable[None]]
    outbox: Outbox
    retention: Callable[[], Awaitable[None]]
    clock: Clock

    async def __call__(self) -> None:
        """Exports are handled after the runs, because reading an export may crash the process."""
        now, best_effort = self.clock.now(), BestEffort()
        oldest = now
        for queue in self.poison_queues:
            with best_effort.each("queue", queue.name):
                await self._handle_poison(queue, best_effort)
        with best_effort.each("list", "of open runs"):
            async for run in self.runs.not_closed():
                oldest = min(oldest, run.created_at)
                best_effort.done["runs"] += 1
                with best_effort.each("run", run.id):
                    await self._restart(run, now)
            measure(Metric.OLDEST_RUN, (now - oldest).total_seconds())
        with best_effort.each("job", "permissions"):
            await self.notify_missing_permissions()
        with best_effort.each("list", "of notifications"):
            await self.outbox(best_effort)
        with best_effort.each("list", "of exports"):
            await self.lost_exports.read_dropped(best_effort)
        with best_effort.each("job", "retention"):
            await self.retention()
        with best_effort.each("job", "journal"):
            if await self.runs.take_daily("journal", now):
                await self._check_journal()
        await self.runs.note_failures("sweep", best_effort.failures)
        seconds = (self.clock.now() - now).total_seconds()
        event(EventName.SWEEP_DONE, seconds=seconds, runs=best_effort.done["runs"], failures=len(best_effort.failures))

    async def _check_journal(self) -> None:
        try:
            await self.journal.check()
        except PermanentError as error:
            if error.code == "journalBroken":
                await self.notifier.notify(damaged_journal(error.message, self.clock.now()))
            raise

    async def _restart(self, run: Run, now: datetime) -> None:
        if run.state in WAITS_FOR_A_PERSON:
            if run.held_until is not None and now >= run.held_until:
                await self.decisions.expire(run)
            return
        if run.pause is not None and now < run.pause.until + STALLED_AFTER:
            return
        is_reading = run.state is RunState.READING
        if is_reading and run.has_steps and run.input_blob:
            await self.lost_exports.read_uploaded(run, now)
        elif run.has_steps and now - run.updated_at >= (LOST_AFTER if is_reading else STALLED_AFTER):
            await self._send_step_again(run)
        elif run.has_steps and run.progress_at is not None and now - run.progress_at >= NO_PROGRESS_AFTER:
            await self._take_up_again(run, now)
        elif not run.has_steps and now - run.updated_at >= ABANDONED_AFTER:
            await self._close_abandoned(run)
        elif run.is_single_call and now - run.updated_at >= IN_PROGRESS:
            await self._continue_call(run)

    async def _send_step_again(self, run: Run) -> None:
        event(EventName.STEP_SENT_AGAIN, run=run.id, state=run.state)
        await send_step(self.steps, run)
        await self.notifier.notify_stalled(run)

    async def _take_up_again(self, run: Run, now: datetime) -> None:
        """Have all open rows taken up again, because messages were lost. A row that is handled twice changes
        nothing."""
        event(EventName.ROWS_SENT_AGAIN, run=run.id, state=run.state)
        await self.notifier.notify_stalled(run)
        await self.runs.save(replace(run, cursor=0, closed_shards={}, progress_at=now))

    async def _continue_call(self, run: Run) -> None:
        """Send the message of a call whose process ended while it wrote, or before it ended the run.

        A call that was left to a message (`is_left`) has one; a queued call has written nothing.
        """
        row = await self.rows.get(run.id, ROW)
        if row is not None and row.state is not RowState.QUEUED and not is_left(row):
            event(EventName.CALL_CONTINUED, run=run.id)
            await self.apply_queue.send(RowMessage.of(run, ROW).encode())

    async def _close_abandoned(self, run: Run) -> None:
        """Fail a run whose file was replaced during reading, or whose process crashed. Reconcile finds its writes."""
        open_rows = [row async for row in self.rows.in_order(run, states=OPEN_ROWS)]
        await self.rows.complete_unless_changed(open_rows, Outcome(RowState.UNCONFIRMED, "outcomeUnknown"))
        await self.changes.store(run)
        message = Said("The run stopped before its end: its file was replaced while it was read, or the process ended.")
        failed = replace(transition(run, RunEvent.ABANDONED), code="runFailed", message=message, closed=True)
        if run.source in EXPORTS:
            failed = failed.in_attempt(result_blob=await self.lost_exports.read_export.returns.put_refusal(failed))
        await self.journal.ended(failed)
        await self.notifier.notify_state(failed)
        await self.runs.save(failed)

    async def _handle_poison(self, queue: QueuePort, best_effort: BestEffort) -> None:
        while messages := await queue.receive(lease=_POISON_LEASE):
            for received in messages:
                with best_effort.each("message", f"of {queue.name}"):
                    if await self.poison(received):
                        await queue.delete(received)
