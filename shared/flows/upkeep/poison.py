"""Poison queues: decide what becomes of a row whose message failed at its last delivery, by reading the person in
Graph.

The sweep calls it for every message of the poison queues. While the person cannot be read, or is locked, the message
stays in the queue for the next sweep, LOOKS times at most. A message about no row only leads to a notification.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.adapters.ledger.rows import RowStore
from shared.adapters.ledger.runs import RunStore
from shared.core.run.messages import RowMessage, decode_row, decode_step
from shared.core.run.row import Outcome, Row, completed
from shared.core.run.run import Run
from shared.core.values.errors import PermanentError, RetryLaterError
from shared.core.values.states import RowState, RunState
from shared.core.values.storage import QueuePort, Received
from shared.flows.notifier import Notifier
from shared.flows.person.write_errors import outcome_of
from shared.flows.person.write_person import PersonWriter
from shared.telemetry.events import EventName
from shared.telemetry.signals import event

LOOKS = 12
"""How often the app tries to read the person before it gives up: for an hour, if a sweep runs every five minutes."""

BLOB_POISON = "webjobs-blobtrigger-poison"
"""The host's poison queue for exports whose event failed at every delivery. Its messages are only
reported; `lost_exports` finds these exports."""


def poison_of(queue: str) -> str:
    """The poison queue that belongs to `queue`."""
    return f"{queue}-poison"


@dataclass(frozen=True, slots=True)
class PoisonMessages:
    runs: RunStore
    rows: RowStore
    writer: PersonWriter
    plan_queue: QueuePort
    apply_queue: QueuePort
    notifier: Notifier

    async def __call__(self, received: Received) -> bool:
        """Handle a message; returns whether it may be deleted."""
        body = received.body or ""
        try:
            message = decode_row(body)
        except PermanentError as error:
            await self._handle_other(received, error)
            return True
        run, row = await self.runs.get(message.run), await self.rows.get(message.run, message.row)
        if run is None or row is None or not _is_expected(run, row):
            return True
        await self.notifier.notify_poison(run)
        try:
            await self._deal_with(message.believed(run), run, row, last_look=received.dequeue_count >= LOOKS)
        except RetryLaterError as again:
            event(EventName.POISON_ROW_WAITS, run=run.id, row=row.number, code=again.code)
            return False
        return True

    async def _handle_other(self, received: Received, error: PermanentError) -> None:
        """Notify only: the sweep sends the step of a stopped run again, and other messages are not the app's."""
        try:
            step = decode_step(received.body or "")
        except PermanentError:
            event(EventName.POISON_DROPPED, code=error.code, message=error.message)
            await self.notifier.notify_strange_message(received.id)
            return
        if (run := await self.runs.get(step.run)) is not None:
            await self.notifier.notify_poison(run)

    async def _deal_with(self, message: RowMessage, run: Run, row: Row, *, last_look: bool) -> None:
        """Complete a row whose outcome is known. Send any other row once more, or fail it if it has failed before."""
        outcome = None if row.plan is None else await self._seen(run, row, last_look=last_look)
        if outcome is not None:
            await self.rows.save(completed(row, outcome, keep_plan=True))
        elif message.failures == 0:
            queue = self.plan_queue if row.plan is None else self.apply_queue
            await queue.send(RowMessage.of(run, row.number, message.failures + 1).encode())
        else:
            await self.rows.save(completed(row, Outcome(RowState.FAILED, "retriesExhausted")))

    async def _seen(self, run: Run, row: Row, *, last_look: bool) -> Outcome | None:
        """The outcome that the person's current values show for the row; None = a write is left."""
        try:
            return await self.writer.look(run, row)
        except PermanentError as refusal:
            return outcome_of(refusal)
        except RetryLaterError:
            if not last_look:
                raise
            return Outcome(RowState.UNCONFIRMED, "outcomeUnknown") if row.state is RowState.WRITING else None


def _is_expected(run: Run, row: Row) -> bool:
    """Whether a message of this row can be on its way now. A write that has begun is completed in any state of the run.

    While a run is held, there are no messages. Those of a call for one person are sent again by the sweep.
    """
    match row.state:
        case RowState.QUEUED:
            return run.has_steps and run.state is RunState.PLANNING
        case RowState.PLANNED:
            return run.has_steps and run.state is RunState.APPLYING
        case RowState.WRITING:
            return run.has_steps
        case _:
            return False
