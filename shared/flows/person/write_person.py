"""Write to one person. The order is always: check, lock, read, compare, mark, write, store the record, release.

`look` writes nothing to Graph. A row is marked `writing` before its first write, so that a redelivered message can
tell the app's own change from another one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Set
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from shared.adapters.ledger.rows import RowStore
from shared.core.export.desired import DesiredValueRules
from shared.core.person.account import Methods
from shared.core.plan.operations import Operation
from shared.core.plan.plan import Plan
from shared.core.plan.plan_refusal import refusal_of_ended
from shared.core.plan.plan_row import questions_of
from shared.core.plan.question import NOTHING_UNDONE
from shared.core.plan.slot_outcomes import done_by_another, part_of
from shared.core.record.known_values import Known
from shared.core.record.ownership_record import Confirmation, OwnershipRecord
from shared.core.record.remaining_work import (
    Remaining,
    Stale,
    changed_by_others,
    changed_verdict,
    decided_again,
    is_changed_by_app,
    must_be_decided_again,
    remaining_needs_email,
    remaining_operations,
    with_overtaken,
    without_sms_sign_in,
)
from shared.core.record.undone import record_before
from shared.core.run.row import Outcome, Row
from shared.core.run.run import Run
from shared.core.values.cell import SMS_SIGN_IN
from shared.core.values.clock import Clock
from shared.core.values.codes import CODES
from shared.core.values.errors import ExplainedError, PermanentError, RetryLaterError
from shared.core.values.phone_delivery import Ended
from shared.core.values.said import NOTHING, Said
from shared.core.values.slot import Slot
from shared.core.values.states import Policy, RowState, Source
from shared.flows.graph_ports import MethodsPort
from shared.flows.person.execute import Executed, HoldersOf, execute_and_verify
from shared.flows.person.preconditions import NEWER_EXPORT, PersonLock, refuse_unclear
from shared.flows.person.send_again import WritePatience
from shared.flows.person.write_errors import NotAppliedError, UnresolvedWriteError

type AccountCheck = Callable[[str], Awaitable[None]]
"""Checks an object id. Raises PermanentError when the app must not write to the account."""
type ProtectionCheck = Callable[[str, Run], Awaitable[None]]
"""As AccountCheck, by an answer that is fresh enough for a write of this run."""


@dataclass(frozen=True, slots=True)
class FirstPlan:
    """How a row without a plan gets one: from the current values, while the person is locked.

    Questions that would set a row of a file apart are recorded in the plan; they stop no call.
    """

    decide: Callable[[Known], Plan]
    """Raises PermanentError when the row is refused."""
    needs_email: bool
    admit: Callable[[Plan, Known], Awaitable[None]]
    """Called before the plan is executed, also with one that changes nothing. Raises PermanentError to refuse it."""
    withdraw: Callable[[], Awaitable[None]]
    """Called when the row has ended with an error, and nothing was written and nothing is in doubt."""


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
class _Work:
    """The operations of `plan` that are left, given what is known."""

    plan: Plan
    operations: tuple[Operation, ...]
    known: Known


@dataclass(frozen=True, slots=True)
class PersonWriter:
    rows: RowStore
    lock: PersonLock
    graph: MethodsPort
    check_protection: ProtectionCheck
    """Called before the person is locked, and again before every operation, because it may have waited."""
    check_pilot: AccountCheck
    checks_by_source: Mapping[Source, AccountCheck]
    """A further check for the rows of a source, made whenever protection is checked."""
    clock: Clock
    holders_of: HoldersOf
    resolve_seconds: float
    is_redelivered: bool
    """Whether failed work is retried for the same row. If so, the row keeps its lock until then."""
    rules: DesiredValueRules

    async def write(self, run: Run, row: Row, first_plan: FirstPlan | None = None) -> Written:
        """Do the operations that are left of the row's plan, and store them in the ownership record.

        `first_plan` is for a row that has no plan yet. Raises PermanentError when nothing more may be written, and
        RetryLaterError when the same work may succeed later; its `may_have_written` says whether this delivery may have
        written. Raises NotAppliedError and UnresolvedWriteError as `execute_and_verify` does.
        """
        await self._check(row.object_id, run)
        await self.check_pilot(row.object_id)
        async with self._locked(run, row) as record:
            if run.source is Source.RECONCILE and row.plan is not None and not record.still_desires(row.plan):
                raise PermanentError("newerExport", Said("a newer export asks for other values since this was planned"))
            ended = self.rules.delivery.ended(self.clock.now())
            work = await self._work_left(run, row, record, first_plan)
            executed = Executed(NOTHING, {}, work.known.current)
            if work.operations:
                _refuse_ended(work.operations, ended)
                _refuse_changed_verdict(run, work)
            if row.plan is None and first_plan is not None:
                await first_plan.admit(work.plan, work.known)
            row = replace(row, before=record_before(record, run, row, work.plan, work.known.current))
            if work.operations:
                planned, row = row, await self._mark_writing(row, work.plan)
                executed = await execute_and_verify(
                    self.graph,
                    self.clock,
                    row.object_id,
                    work.operations,
                    holders_of=self.holders_of,
                    patience=WritePatience(
                        self.resolve_seconds,
                        self.lock.read_lag,
                        is_redelivered=self.is_redelivered,
                        was_begun=planned.state is RowState.WRITING,
                    ),
                    before_each=lambda: self._check(row.object_id, run),
                    own_writes=record.slots,
                    done_earlier=_done_earlier(planned, work),
                )
        await self.lock.complete(record, row, work.plan, run, executed.confirmation if work.operations else None)
        outcome = _outcome(row, work.plan, executed)
        return Written(row, work.plan, outcome, work.known.current, executed.current)

    async def look(self, run: Run, row: Row) -> Outcome | None:
        """Store the plan in the record if no write is left, and return the row's outcome; None = a write is left.

        Raises the errors of `write`. It skips the checks, because it writes nothing to Graph.
        """
        async with self._locked(run, row) as record:
            work = await self._work_left(run, row, record, None)
        if work.operations:
            await self.lock.release(record)
            return None
        await self.lock.complete(record, row, work.plan, run, None)
        return _outcome(row, work.plan, Executed(NOTHING, {}, work.known.current))

    async def leave_in_doubt(self, run: Run, row: Row, plan: Plan) -> None:
        """Store in the record what may have been written, so that the next reconcile or export resolves it.

        What a newer export or call has set since is no longer in doubt.
        """
        await self._leave(run, row, plan, frozenset(), Confirmation.IN_DOUBT)

    async def leave_partly_done(self, run: Run, row: Row, plan: Plan, done: Collection[str]) -> None:
        """Store in the record the parts of `plan` that were written although the row ends with an error."""
        others = frozenset(one.slot for one in plan.slots if one.slot not in done)
        plan = plan if SMS_SIGN_IN in done else without_sms_sign_in(plan)
        await self._leave(run, row, plan, others, Confirmation.ACCEPTED)

    async def _leave(self, run: Run, row: Row, plan: Plan, others: Set[Slot], confirmation: Confirmation) -> None:
        record = await self.lock.take(row.object_id, run, row.number)
        left_alone = others | record.set_later_than(*run.age)
        await self.lock.complete(record, row, with_overtaken(plan, left_alone), run, confirmation)

    async def _check(self, object_id: str, run: Run) -> None:
        await self.check_protection(object_id, run)
        if check := self.checks_by_source.get(run.source):
            await check(object_id)

    @asynccontextmanager
    async def _locked(self, run: Run, row: Row) -> AsyncIterator[OwnershipRecord]:
        """Hold the lock. On success it stays taken, because the caller releases it in the write of the record."""
        planned_without_record = row.state is RowState.PLANNED and not row.record_etag
        record = await self.lock.take(row.object_id, run, row.number, may_be_first=planned_without_record)
        try:
            yield record
        except ExplainedError as error:
            if not (self.is_redelivered and may_retry(error)):
                await self.lock.release(record)
            raise

    async def _work_left(self, run: Run, row: Row, record: OwnershipRecord, first_plan: FirstPlan | None) -> _Work:
        if row.plan is not None:
            return await self._work_left_of(run, row, row.plan, record)
        if first_plan is None:
            raise LookupError(f"row {row.number} of run {row.run} has no plan")
        known = self.lock.known(record, await self._current(row, email=first_plan.needs_email))
        plan = first_plan.decide(known)
        asks = questions_of(plan, known.base, known.current, untrusted=frozenset(), undone=NOTHING_UNDONE)
        return _Work(replace(plan, asks=asks), plan.operations, known)

    async def _work_left_of(self, run: Run, row: Row, plan: Plan, record: OwnershipRecord) -> _Work:
        """Compare a plan that was made earlier, and may be done in part, with what is known now.

        What the app itself has written since the plan was made is no reason to stop: the plan is made again from it.
        Otherwise a repeated call keeps its plan.
        """
        overtaken = record.set_later_than(*run.age)
        is_switch_overtaken = Slot.MOBILE in overtaken or record.is_switch_set_later_than(*run.age)
        if is_switch_overtaken:
            plan = without_sms_sign_in(plan)
        is_nothing_left = all(one.is_overtaken or one.slot in overtaken for one in plan.slots) and not plan.sms_sign_in
        if is_nothing_left and (overtaken or is_switch_overtaken) and row.undoing is None:
            raise PermanentError("newerExport", NEWER_EXPORT)
        email = remaining_needs_email(plan) or Slot.EMAIL in overtaken
        known = self.lock.known_for(row, record, await self._current(row, email=email))
        if run.is_single_call:
            policy, again = Policy.OVERWRITE, is_changed_by_app(plan, known, record)
        else:
            policy = run.options.on_existing
            refuse_unclear(known, (one.slot for one in plan.slots), policy)
            again = bool(overtaken) or must_be_decided_again(plan, known, record)
        if again:
            _refuse(changed_by_others(plan, known, record))
            plan = decided_again(plan, known, policy, overtaken)
        left = remaining_operations(plan, known)
        if isinstance(left, Stale):
            raise _stale(left)
        return _Work(plan, left.operations, known)

    async def _current(self, row: Row, *, email: bool) -> Methods:
        if email:  # the plan may be older than the setting
            self.rules.check_uses(Slot.EMAIL)
        return await self.graph.methods(row.object_id, email=email, together=True)

    async def _mark_writing(self, row: Row, plan: Plan) -> Row:
        """Store the row as `writing`, because from now on its plan may have been executed; returns the stored row."""
        if row.plan is plan:
            return await self.rows.mark_writing(row)
        return await self.rows.save(replace(row, state=RowState.WRITING, plan=plan))


def may_retry(error: ExplainedError) -> bool:
    """Whether the same work may succeed later."""
    return isinstance(error, RetryLaterError) or (
        isinstance(error, NotAppliedError | UnresolvedWriteError) and error.may_retry
    )


def _stale(found: Stale) -> PermanentError:
    return PermanentError(found.code, found.reason, remedy=CODES[found.code].remedy)


def _refuse(found: Stale | None) -> None:
    if found is not None:
        raise _stale(found)


def _refuse_ended(operations: tuple[Operation, ...], ended: Ended) -> None:
    """The plan may be older than the end of Microsoft's delivery."""
    if refusal := refusal_of_ended(operations, ended):
        raise PermanentError(refusal.code, refusal.reason, remedy=CODES[refusal.code].remedy)


def _refuse_changed_verdict(run: Run, work: _Work) -> None:
    """Raises PermanentError if the record changed so that the plan of a row is no longer valid; a call goes on."""
    if not run.is_single_call:
        left = Remaining(work.operations)
        _refuse(changed_verdict(work.plan, left, work.known, run.options.on_existing))


def _done_earlier(row: Row, work: _Work) -> frozenset[str]:
    """The parts that an earlier delivery has written; a row that was not yet in `writing` has none."""
    if row.state is not RowState.WRITING:
        return frozenset()
    return frozenset(part_of(operation) for operation in work.plan.operations if operation not in work.operations)


def _outcome(row: Row, plan: Plan, executed: Executed) -> Outcome:
    """The outcome. If the plan has operations and `row` is not `writing`, another writer has already set its values."""
    if row.state is RowState.WRITING or not plan.operations:
        return executed.outcome_of(plan)
    state, code = (RowState.REFUSED, plan.code) if plan.refused else (RowState.UNCHANGED, "alreadySet")
    return Outcome(state, code, slots=done_by_another(plan))
