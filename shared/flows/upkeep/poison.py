"""Poison: rows whose message the host gave up on become true outcomes, by reading back before anything is said of them.

Called by the sweep for every message of the poison queues. The sweep is chosen over a trigger of its own because it
has time: while Graph cannot be asked the message simply stays for the next sweep, and never fails again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from shared.core.plan.plan import Plan
from shared.core.record.ownership_record import Confirmation
from shared.core.run.messages import RowMessage, decode_row, decode_step
from shared.core.run.row import Outcome, Row, completed
from shared.core.run.run import Run
from shared.core.values.errors import PermanentError, RetryLaterError
from shared.core.values.states import NEEDS_NO_WORK, RowState
from shared.core.values.storage import QueuePort, Received
from shared.flows.person.left_to_do import what_is_left
from shared.flows.person.lock import PersonLock
from shared.flows.person.refused import outcome_of
from shared.flows.ports import MethodsPort, RowStore, RunStore

LOOKS = 12
"""How often a row is looked for: an hour at a sweep every five minutes. Then what is not known is said to be so."""

BLOB_POISON = "webjobs-blobtrigger-poison"
"""Where the host puts events of exports whose split failed; they are dropped, because `unread` finds the exports."""


log = logging.getLogger(__name__)


def poison_of(queue: str) -> str:
    """The queue in which the host puts what it gave up on."""
    return f"{queue}-poison"


@dataclass(frozen=True, slots=True)
class PoisonMessages:
    runs: RunStore
    rows: RowStore
    lock: PersonLock
    graph: MethodsPort
    plan_queue: QueuePort
    apply_queue: QueuePort

    async def __call__(self, received: Received) -> bool:
        """Whether the message is dealt with and may be deleted."""
        body = received.body or ""
        try:
            message = decode_row(body)
        except PermanentError as error:
            if not _is_step(body):
                log.warning("A poison message was dropped: %s", error.message)
            return True
        run, row = await self.runs.get(message.run), await self.rows.get(message.run, message.row)
        if run is None or row is None or not row.is_open:
            return True
        try:
            await self._settle(message, run, row, last_look=received.dequeue_count >= LOOKS)
        except RetryLaterError as again:
            log.warning("Run %s row %d cannot be read back yet: %s", run.id, row.number, again.message)
            return False
        return True

    async def _settle(self, message: RowMessage, run: Run, row: Row, *, last_look: bool) -> None:
        """Done: recorded. Not done: put back once, so long as no failure of ours was counted; then failed."""
        if row.plan is not None and await self._was_recorded(run, row, row.plan, last_look=last_look):
            return
        if message.failures == 0:
            queue = self.plan_queue if row.plan is None else self.apply_queue
            await queue.send(message.after_failure().encode())
            return
        await self.rows.save(completed(row, Outcome(RowState.FAILED, "retriesExhausted")))

    async def _was_recorded(self, run: Run, row: Row, plan: Plan, *, last_look: bool) -> bool:
        """Whether looking at the person was enough to settle the row."""
        try:
            record = await self.lock.take(row.object_id, run, row.number)
            judged = await what_is_left(self.graph, row, plan)
        except PermanentError as refusal:
            await self.rows.save(completed(row, outcome_of(refusal)))
            return True
        except RetryLaterError:
            if last_look and row.state is RowState.WRITING:
                await self.rows.save(completed(row, Outcome(RowState.UNCONFIRMED, "outcomeUnknown")))
            elif not last_look:
                raise
            return last_look and row.state is RowState.WRITING
        if isinstance(judged, Outcome) and judged.state in NEEDS_NO_WORK:
            await self.lock.complete(record, plan, run, Confirmation.CONFIRMED)
        else:
            await self.lock.release(record)
        if isinstance(judged, Outcome):
            await self.rows.save(completed(row, judged))
            return True
        return False


def _is_step(body: str) -> bool:
    """Steps need no word: those of runs that stand still are sent again."""
    try:
        decode_step(body)
    except PermanentError:
        return False
    return True
