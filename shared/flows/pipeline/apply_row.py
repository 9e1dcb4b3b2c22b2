"""Apply: execute the operations that are left of one planned row, and record its outcome.

A step applies many rows at once, and a message on the apply queue one. `write_person` locks, reads and writes the
person. The message of a call for one person is passed to `single_call`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from shared.adapters.ledger.rows import RowStore
from shared.adapters.ledger.runs import RunStore
from shared.core.plan.slot_outcomes import partly_done
from shared.core.run.messages import RowMessage
from shared.core.run.row import Row, completed
from shared.core.run.run import Run
from shared.core.values.errors import ExplainedError, NoTokenError, PermanentError, RetryLaterError, ThrottledError
from shared.core.values.states import RowState, RunState
from shared.core.values.storage import QueuePort
from shared.flows.person.single_call import SingleCalls
from shared.flows.person.write_errors import (
    NotAppliedError,
    UnresolvedWriteError,
    as_unresolved,
    leaves_doubt,
    outcome_of,
)
from shared.flows.person.write_person import PersonWriter, may_retry
from shared.flows.pipeline.waits import TokenPauses, Waits
from shared.telemetry.events import EventName
from shared.telemetry.signals import event, measure, span
from shared.telemetry.table import Metric, SpanName

_BACK_OFF = 10.0


@dataclass(frozen=True, slots=True)
class ApplyRow:
    runs: RunStore
    rows: RowStore
    writer: PersonWriter
    pauses: TokenPauses
    waits: Waits
    queue: QueuePort
    max_failures: int
    calls: Callable[[], SingleCalls]
    """Built when the first message of a call comes."""

    async def __call__(self, message: RowMessage) -> None:
        run, row = await self.runs.get(message.run), await self.rows.get(message.run, message.row)
        if run is None or row is None:
            event(EventName.ROW_UNKNOWN, run=message.run, row=message.row)
            return
        try:
            await self.apply(run, row, message)
        except NoTokenError as error:
            await self.pauses.row_without_token(
                run.id,
                error,
                again=partial(self.queue.send, message.encode(), delay=error.delay),
                fail=partial(self._end, run, row, error),
            )

    async def apply(self, run: Run, row: Row, message: RowMessage) -> None:
        """Apply a row if it was released. If it has to wait, this message is sent again later. Raises NoTokenError."""
        with span(SpanName.APPLY, parent=message.traceparent, run=run.id, row=row.number):
            try:
                if run.is_single_call:
                    await self.calls().go_on(message.believed(run), run, row)
                elif _may_be_applied(run, row):
                    try:
                        done = await self.writer.write(run, row)
                    except (PermanentError, NotAppliedError, UnresolvedWriteError) as error:
                        await self._end_or_retry(run, row, error, message.believed(run).failures)
                    else:
                        await self.rows.save(completed(replace(done.row, plan=done.plan), done.outcome, keep_plan=True))
            except NoTokenError:
                raise
            except RetryLaterError as again:  # a ConcurrencyError too: the next delivery finds the row completed
                self.waits.note(run.id, again)
                if isinstance(again, ThrottledError):
                    await self.rows.note_throttled(run.id, row.number, again.delay)
                measure(Metric.ROWS_AGAIN, stage="apply", code=again.code)
                await self.queue.send(message.encode(), delay=again.delay)

    async def _end_or_retry(self, run: Run, row: Row, error: ExplainedError, failures: int) -> None:
        """`failures` counts those before this one."""
        if may_retry(error) and failures + 1 < self.max_failures:
            measure(Metric.ROWS_AGAIN, stage="apply", code=error.code)
            again = RowMessage.of(run, row.number, failures + 1)
            await self.queue.send(again.encode(), delay=_BACK_OFF * 2**failures)
        else:
            await self._end(run, row, error)

    async def _end(self, run: Run, row: Row, error: ExplainedError) -> None:
        """Complete the row with the outcome of an error. A row that this delivery marked as `writing` is read again.

        Any other row is saved with the ETag with which it was read, so the save fails if another delivery is writing.
        """
        current = await self.rows.get(row.run, row.number) if error.write_began else row
        if current is None or not current.is_open:
            return
        if leaves_doubt(error, current, may_be_done=True, continues=False):
            error = as_unresolved(error)
        outcome = outcome_of(error)
        in_doubt = outcome.code == "outcomeUnknown" or (isinstance(error, NoTokenError) and _has_begun(row, error))
        if current.plan is not None:
            if in_doubt:
                await self.writer.leave_in_doubt(run, current, current.plan)
            elif error.slots_done:
                await self.writer.leave_partly_done(run, current, current.plan, error.slots_done)
            outcome = replace(outcome, slots=partly_done(current.plan, error.slots_done.keys(), error.slots_done))
        await self.rows.save(completed(current, outcome, keep_plan=True))


def _may_be_applied(run: Run, row: Row) -> bool:
    """Whether release may have sent the row, so that a message from elsewhere cannot bypass the checks of release."""
    if row.plan is None or not row.is_open or not run.has_steps:
        return False
    is_verified = run.state is RunState.APPLYING and run.attempt.plan.is_verified
    return row.state is RowState.WRITING or (is_verified and not row.lacks_answer(run.source))


def _has_begun(row: Row, error: ExplainedError) -> bool:
    """Whether the row may have been written to, by this delivery or an earlier one."""
    return row.state is RowState.WRITING or error.write_began
