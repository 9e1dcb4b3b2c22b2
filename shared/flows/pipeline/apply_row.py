"""Apply: lock the person, read again, judge the plan, write what is still missing, settle, record.

Called for every message on the apply queue; only people who need a change come here, and those without one whose record
changed since planning. A row is marked `writing` before its first write, so that a redelivered message can tell its
own change from somebody else's.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass

from shared.core.plan.plan import Plan
from shared.core.record.ownership_record import OwnershipRecord
from shared.core.record.remaining import no_longer_ours
from shared.core.run.messages import RowMessage
from shared.core.run.row import Outcome, Row, settled
from shared.core.run.run import Run
from shared.core.values.clock import Clock
from shared.core.values.errors import AgainError, ExplainedError, NeverError, ThrottledError
from shared.core.values.states import SETTLED_WELL, RowState, RunState, Source
from shared.flows.person.execute import Holders, NotDoneError, StillUnknownError, carry_out
from shared.flows.person.left_to_do import judge
from shared.flows.person.lock import PersonLock
from shared.flows.person.protected_accounts import Pilot, Wall
from shared.flows.person.refused import outcome_of
from shared.flows.ports import MethodsWriter, Queue, Rows, Runs

_BACK_OFF = 10.0

log = logging.getLogger(__name__)


class WillRetryError(ExplainedError):
    """This attempt failed; the row's message is to come back, `outcome` is what it settles as when none are left."""

    def __init__(self, cause: ExplainedError, outcome: Outcome) -> None:
        super().__init__(cause.code, cause.message, request_id=cause.request_id)
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class _Written:
    """The row as it was marked, what it settles as, and whether Graph has shown what was written."""

    row: Row
    outcome: Outcome
    shown: bool = True


@dataclass(frozen=True, slots=True)
class ApplyRow:
    runs: Runs
    rows: Rows
    lock: PersonLock
    graph: MethodsWriter
    wall: Wall
    pilot: Pilot
    queue: Queue
    clock: Clock
    holders: Holders
    settle_seconds: float
    max_attempts: int

    async def __call__(self, message: RowMessage) -> None:
        run, row = await self.runs.get(message.run), await self.rows.get(message.run, message.row)
        if run is None or row is None:
            log.error("Run %s row %d: the ledger does not know it; the message is dropped.", message.run, message.row)
            return
        if row.plan is None or not row.is_open:
            return
        if run.state is not RunState.APPLYING and row.state is not RowState.WRITING:
            return
        try:
            await self._apply(run, row, row.plan)
        except WillRetryError as failure:
            await self._come_back(run, message, row, failure)
        except AgainError as again:  # also when another delivery was first: then the next look finds the row settled
            if isinstance(again, ThrottledError):
                await self.rows.note_given_back(run.id, row.number, again.delay)
            await self.queue.send(message.encode(), delay=again.delay)

    async def _apply(self, run: Run, row: Row, plan: Plan) -> None:
        try:
            await self.wall.check(row.object_id)
            await self.pilot.check(row.object_id)
            record = await self.lock.take(row.object_id, run, row.number)
        except NeverError as refusal:
            await self.rows.save(settled(row, outcome_of(refusal)))
            return
        if run.source is Source.RECONCILE and not record.still_wants(plan):
            await self.lock.release(record)
            await self.rows.save(settled(row, Outcome(RowState.SUPERSEDED, "newerExport")))
            return
        written = await self._write(run, row, plan, record)
        await self._remember(record, run, plan, written)
        await self.rows.save(settled(written.row, written.outcome))

    async def _write(self, run: Run, row: Row, plan: Plan, record: OwnershipRecord) -> _Written:
        judged = await judge(self.graph, row, plan)
        if isinstance(judged, Outcome):
            return _Written(row, judged)
        stale = no_longer_ours(plan, judged, record, run.options.on_existing)
        if stale is not None:
            return _Written(row, Outcome(RowState.STALE, stale.code, stale.reason))
        writing = await self.rows.mark_writing(row)
        try:
            done = await carry_out(
                self.graph,
                self.clock,
                row.object_id,
                judged.operations,
                holders=self.holders,
                settle_seconds=self.settle_seconds,
            )
        except NotDoneError as failure:
            outcome = failure.outcome(tried_before=row.state is RowState.WRITING)
            if failure.may_retry:
                raise WillRetryError(failure, outcome) from failure
            return _Written(writing, outcome)
        except StillUnknownError as failure:
            raise WillRetryError(failure, failure.outcome()) from failure
        except NeverError as refusal:
            return _Written(writing, outcome_of(refusal))
        return _Written(writing, done.outcome_of(plan), done.shown)

    async def _remember(self, record: OwnershipRecord, run: Run, plan: Plan, written: _Written) -> None:
        """Before the row settles: a crash in between repeats this, a crash after it loses nothing."""
        if written.outcome.state in SETTLED_WELL:
            await self.lock.settle(record, plan, run, shown=written.shown)
        else:
            await self.lock.release(record)

    async def _come_back(self, run: Run, message: RowMessage, row: Row, failure: WillRetryError) -> None:
        if message.attempt + 1 < self.max_attempts:
            delay = _BACK_OFF * 2**message.attempt
            await self.queue.send(message.after_failure().encode(), delay=delay)
            return
        current = await self.rows.get(row.run, row.number)
        if current is not None and current.is_open:
            if failure.outcome.code == "outcomeUnknown" and row.plan is not None:
                await self._leave_in_doubt(run, row, row.plan)
            await self.rows.save(settled(current, failure.outcome))

    async def _leave_in_doubt(self, run: Run, row: Row, plan: Plan) -> None:
        with suppress(NeverError):  # a newer export has settled this person, and with them the doubt
            await self.lock.leave_in_doubt(await self.lock.take(row.object_id, run, row.number), plan, run)
