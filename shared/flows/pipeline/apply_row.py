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
from shared.core.record.ownership_record import Confirmation, OwnershipRecord
from shared.core.record.remaining import overtaken_by_record
from shared.core.run.messages import RowMessage
from shared.core.run.row import Outcome, Row, completed
from shared.core.run.run import Run
from shared.core.values.clock import Clock
from shared.core.values.errors import ExplainedError, PermanentError, RetryLaterError, ThrottledError
from shared.core.values.states import NEEDS_NO_WORK, RowState, RunState, Source
from shared.core.values.storage import QueuePort
from shared.flows.person.execute import Holders, NotAppliedError, UnresolvedWriteError, execute_and_verify
from shared.flows.person.left_to_do import what_is_left
from shared.flows.person.lock import PersonLock
from shared.flows.person.protected_accounts import PilotGroup, ProtectedAccounts
from shared.flows.person.refused import outcome_of
from shared.flows.ports import MethodsPort, RowStore, RunStore

_BACK_OFF = 10.0

log = logging.getLogger(__name__)


class RetryNeededError(ExplainedError):
    """This attempt failed; the row's message is to come back, `outcome` is what it settles as when none are left."""

    def __init__(self, cause: ExplainedError, outcome: Outcome) -> None:
        super().__init__(cause.code, cause.message, request_id=cause.request_id)
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class _Written:
    """The row as it was marked, what it settles as, and how surely what was written is known."""

    row: Row
    outcome: Outcome
    confirmation: Confirmation = Confirmation.CONFIRMED


@dataclass(frozen=True, slots=True)
class ApplyRow:
    runs: RunStore
    rows: RowStore
    lock: PersonLock
    graph: MethodsPort
    protected_accounts: ProtectedAccounts
    pilot_group: PilotGroup
    queue: QueuePort
    clock: Clock
    holders: Holders
    resolve_seconds: float
    max_failures: int

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
        except RetryNeededError as failure:
            await self._come_back(run, message, row, failure)
        except (
            RetryLaterError
        ) as again:  # also when another delivery was first: then the next look finds the row settled
            if isinstance(again, ThrottledError):
                await self.rows.note_throttled(run.id, row.number, again.delay)
            await self.queue.send(message.encode(), delay=again.delay)

    async def _apply(self, run: Run, row: Row, plan: Plan) -> None:
        try:
            await self.protected_accounts.check(row.object_id)
            await self.pilot_group.check(row.object_id)
            record = await self.lock.take(row.object_id, run, row.number)
        except PermanentError as refusal:
            await self.rows.save(completed(row, outcome_of(refusal)))
            return
        if run.source is Source.RECONCILE and not record.still_desires(plan):
            await self.lock.release(record)
            await self.rows.save(completed(row, Outcome(RowState.SUPERSEDED, "newerExport")))
            return
        written = await self._write(run, row, plan, record)
        await self._remember(record, run, plan, written)
        await self.rows.save(completed(written.row, written.outcome))

    async def _write(self, run: Run, row: Row, plan: Plan, record: OwnershipRecord) -> _Written:
        judged = await what_is_left(self.graph, row, plan)
        if isinstance(judged, Outcome):
            return _Written(row, judged)
        stale = overtaken_by_record(plan, judged, record, run.options.on_existing)
        if stale is not None:
            return _Written(row, Outcome(RowState.STALE, stale.code, stale.reason))
        writing = await self.rows.mark_writing(row)
        try:
            done = await execute_and_verify(
                self.graph,
                self.clock,
                row.object_id,
                judged.operations,
                holders=self.holders,
                resolve_seconds=self.resolve_seconds,
            )
        except NotAppliedError as failure:
            outcome = failure.outcome(tried_before=row.state is RowState.WRITING)
            if failure.may_retry:
                raise RetryNeededError(failure, outcome) from failure
            return _Written(writing, outcome)
        except UnresolvedWriteError as failure:
            raise RetryNeededError(failure, failure.outcome()) from failure
        except PermanentError as refusal:
            return _Written(writing, outcome_of(refusal))
        return _Written(writing, done.outcome_of(plan), done.confirmation)

    async def _remember(self, record: OwnershipRecord, run: Run, plan: Plan, written: _Written) -> None:
        """Before the row settles: a crash in between repeats this, a crash after it loses nothing."""
        if written.outcome.state in NEEDS_NO_WORK:
            await self.lock.complete(record, plan, run, written.confirmation)
        else:
            await self.lock.release(record)

    async def _come_back(self, run: Run, message: RowMessage, row: Row, failure: RetryNeededError) -> None:
        if message.failures + 1 < self.max_failures:
            delay = _BACK_OFF * 2**message.failures
            await self.queue.send(message.after_failure().encode(), delay=delay)
            return
        current = await self.rows.get(row.run, row.number)
        if current is not None and current.is_open:
            if failure.outcome.code == "outcomeUnknown" and row.plan is not None:
                await self._leave_in_doubt(run, row, row.plan)
            await self.rows.save(completed(current, failure.outcome))

    async def _leave_in_doubt(self, run: Run, row: Row, plan: Plan) -> None:
        with suppress(PermanentError):  # a newer export has settled this person, and with them the doubt
            locked = await self.lock.take(row.object_id, run, row.number)
            await self.lock.complete(locked, plan, run, Confirmation.IN_DOUBT)
