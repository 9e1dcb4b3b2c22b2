"""Write to one person. The order is always: check, lock, read, compare, mark, write, store the record, release.

Apply and calls for one person use it. Poison uses only `look`, which writes nothing to Graph. A row is marked `writing`
before its first write, so that a redelivered message can tell the app's own change from another one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace

from shared.core.export.desired import DesiredValueRules
from shared.core.person.account import Methods
from shared.core.plan.operations import Operation
from shared.core.plan.plan import Plan
from shared.core.plan.questions import questions_of
from shared.core.plan.slot_outcomes import done_by_another, part_of
from shared.core.record.ownership_record import (
    Confirmation,
    OwnershipRecord,
    Remaining,
    Stale,
    overtaken_by_record,
    remaining_needs_email,
    remaining_operations,
)
from shared.core.run.row import Outcome, Row
from shared.core.run.run import Run
from shared.core.values.clock import Clock
from shared.core.values.codes import CODES
from shared.core.values.errors import ExplainedError, PermanentError, RetryLaterError
from shared.core.values.slot import Slot
from shared.core.values.states import RowState, Source
from shared.flows.person.execute import Executed, Holders, execute_and_verify
from shared.flows.person.preconditions import PersonLock
from shared.flows.person.write_errors import NotAppliedError, UnresolvedWriteError
from shared.flows.ports import MethodsPort, RowStore

type AccountCheck = Callable[[str], Awaitable[None]]
"""Checks an object id. Raises PermanentError when the app must not write to the account."""
type ProtectionCheck = Callable[[str, Run], Awaitable[None]]
"""The same by an answer that is fresh enough for a write of this run."""


@dataclass(frozen=True, slots=True)
class FirstPlan:
    """How a row without a plan gets one: from the current values, while the person is locked.

    What a file would have been asked about is recorded in the plan, and does not wait for an answer.
    """

    decide: Callable[[Methods], Plan]
    """Raises PermanentError when the row is refused."""
    needs_email: bool
    admit: Callable[[Plan], Awaitable[None]]
    """Asks whether a plan with operations may be executed. Raises PermanentError when it may not."""


@dataclass(frozen=True, slots=True)
class Written:
    """The result of a plan that is done. `row` is the row as stored: in state `writing` if there was a write."""

    row: Row
    plan: Plan
    outcome: Outcome
    before: Methods
    after: Methods | None
    """None = not every written value was visible yet."""


@dataclass(frozen=True, slots=True)
class _Judged:
    """The operations of `plan` that are left, given the current values."""

    plan: Plan
    operations: tuple[Operation, ...]
    current: Methods


@dataclass(frozen=True, slots=True)
class PersonWriter:
    rows: RowStore
    lock: PersonLock
    graph: MethodsPort
    check_protection: ProtectionCheck
    """Called before the person is locked, and again before every operation, because either may have waited."""
    checks: tuple[AccountCheck, ...]
    """Further checks: for rows of exports that of the pilot group."""
    clock: Clock
    holders: Holders
    resolve_seconds: float
    is_redelivered: bool
    """Whether failed work is retried for the same row. If so, the row keeps its lock until then."""
    rules: DesiredValueRules

    async def write(self, run: Run, row: Row, first_plan: FirstPlan | None = None) -> Written:
        """Do the operations that are left of the row's plan, and store them in the ownership record.

        `first_plan` is for a row that has no plan yet. Raises PermanentError when nothing may be written, and
        RetryLaterError when nothing more was written and the same work may succeed later. Raises NotAppliedError and
        UnresolvedWriteError as `execute_and_verify` does.
        """
        await self.check_protection(row.object_id, run)
        for check in self.checks:
            await check(row.object_id)
        async with self._locked(run, row) as record:
            if run.source is Source.RECONCILE and row.plan is not None and not record.still_desires(row.plan):
                raise PermanentError("newerExport", "a newer export asks for other values since this was planned")
            judged = await self._judge(row, first_plan, record)
            executed = Executed("", "", judged.current)
            if judged.operations:
                _refuse_overtaken(run, judged, record)
                if row.plan is None and first_plan is not None:
                    await first_plan.admit(judged.plan)
                done_earlier = _done_earlier(row, judged)
                row = await self._mark_writing(row, judged.plan)
                executed = await self._execute(run, row, judged.operations, done_earlier)
        await self.lock.complete(record, judged.plan, run, executed.confirmation)
        return Written(row, judged.plan, _outcome(row, judged.plan, executed), judged.current, executed.current)

    async def _execute(
        self, run: Run, row: Row, operations: tuple[Operation, ...], done_earlier: frozenset[str]
    ) -> Executed:
        try:
            return await execute_and_verify(
                self.graph,
                self.clock,
                row.object_id,
                operations,
                holders=self.holders,
                resolve_seconds=self.resolve_seconds,
                before_each=lambda: self.check_protection(row.object_id, run),
            )
        except ExplainedError as error:
            error.write_began = True
            error.slots_done |= done_earlier
            raise

    async def look(self, run: Run, row: Row) -> Outcome | None:
        """The outcome of the row if no write is left, which is then stored in the record; None = a write is left.

        Raises the errors of `write`. It skips the checks, because it writes nothing to Graph.
        """
        async with self._locked(run, row) as record:
            judged = await self._judge(row, None, record)
        if judged.operations:
            await self.lock.release(record)
            return None
        await self.lock.complete(record, judged.plan, run, Confirmation.CONFIRMED)
        return _outcome(row, judged.plan, Executed("", "", judged.current))

    async def leave_in_doubt(self, run: Run, row: Row, plan: Plan) -> None:
        """Store in the record what may have been written, so that the next reconcile or export resolves it."""
        with suppress(PermanentError):  # a newer export has set this person's values, which ends the doubt
            record = await self.lock.take(row.object_id, run, row.number)
            await self.lock.complete(record, plan, run, Confirmation.IN_DOUBT)

    @asynccontextmanager
    async def _locked(self, run: Run, row: Row) -> AsyncIterator[OwnershipRecord]:
        """Hold the lock. On success it stays taken, because the caller releases it in the write of the record."""
        record = await self.lock.take(row.object_id, run, row.number)
        try:
            yield record
        except ExplainedError as error:
            if not (self.is_redelivered and may_retry(error)):
                await self.lock.release(record)
            raise

    async def _judge(self, row: Row, first_plan: FirstPlan | None, record: OwnershipRecord) -> _Judged:
        if row.plan is not None:
            return _judged_again(row.plan, await self._current(row, email=remaining_needs_email(row.plan)))
        if first_plan is None:
            raise LookupError(f"row {row.number} of run {row.run} has no plan")
        current = await self._current(row, email=first_plan.needs_email)
        plan = first_plan.decide(current)
        asks = questions_of(plan, record.base_given(current), current, untrusted=frozenset())
        return _Judged(replace(plan, asks=asks), plan.operations, current)

    async def _current(self, row: Row, *, email: bool) -> Methods:
        if email:  # the plan may be older than the setting
            self.rules.check_uses(Slot.EMAIL)
        return await self.graph.methods(row.object_id, email=email)

    async def _mark_writing(self, row: Row, plan: Plan) -> Row:
        """Store the row as `writing`, because from now on its plan may have been executed; returns the stored row."""
        if row.plan is not None:
            return await self.rows.mark_writing(row)
        return await self.rows.save(replace(row, state=RowState.WRITING, plan=plan))


def may_retry(error: ExplainedError) -> bool:
    """Whether the same work may succeed later."""
    return isinstance(error, RetryLaterError) or (
        isinstance(error, NotAppliedError | UnresolvedWriteError) and error.may_retry
    )


def _judged_again(plan: Plan, current: Methods) -> _Judged:
    """Compare a plan that was made earlier, and may be done in part, with the current values."""
    left = remaining_operations(plan, current)
    if isinstance(left, Stale):
        raise PermanentError(left.code, left.reason, remedy=CODES[left.code].remedy)
    return _Judged(plan, left.operations, current)


def _refuse_overtaken(run: Run, judged: _Judged, record: OwnershipRecord) -> None:
    """Raise PermanentError if the record changed so that the row's plan is no longer valid. Calls are never refused."""
    if run.is_single_call:
        return
    stale = overtaken_by_record(judged.plan, Remaining(judged.operations), record, run.options.on_existing)
    if stale is not None:
        raise PermanentError(stale.code, stale.reason)


def _done_earlier(row: Row, judged: _Judged) -> frozenset[str]:
    """What an earlier delivery has written; a row that was not marked before has written nothing."""
    if row.state is not RowState.WRITING:
        return frozenset()
    return frozenset(part_of(operation) for operation in judged.plan.operations if operation not in judged.operations)


def _outcome(row: Row, plan: Plan, executed: Executed) -> Outcome:
    """The outcome. If the plan has operations and `row` is not `writing`, another writer has already set its values."""
    if row.state is RowState.WRITING or not plan.operations:
        return executed.outcome_of(plan)
    state, code = (RowState.REFUSED, plan.code) if plan.refused else (RowState.UNCHANGED, "alreadySet")
    return Outcome(state, code, slots=done_by_another(plan))
