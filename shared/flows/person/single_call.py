"""The verbs for one person: read, do, preview; plan and apply in one call, recorded as a run of one row.

Called by the HTTP API. Calls are explicit (core/single_call.py): policy, removals switch, pilot and gate do not apply;
wall, legal order, lock and settling do.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from shared.core.call.call import SingleCall, decide, desired_of, next_step, person_key
from shared.core.call.call_result import (
    CallPreview,
    SingleCallResult,
    first_result,
    preview_of,
    refused_preview,
    result_of,
)
from shared.core.export.desired import Desired, DesiredValueRules
from shared.core.person.account import Account
from shared.core.person.methods import Methods
from shared.core.plan.operations import Operation
from shared.core.plan.plan import Plan, PlanRefusal
from shared.core.record.remaining import Stale, remaining_operations
from shared.core.run.row import Outcome
from shared.core.values.clock import Clock
from shared.core.values.codes import CODES
from shared.core.values.errors import ExplainedError, OutcomeUnknownError, PermanentError, RetryLaterError
from shared.core.values.states import RowState
from shared.flows.person.call_record import ROW, CallRecords, RecordedCall
from shared.flows.person.execute import (
    Executed,
    Holders,
    NotAppliedError,
    UnresolvedWriteError,
    done_before,
    execute_and_verify,
)
from shared.flows.person.lock import PersonLock
from shared.flows.person.protected_accounts import ProtectedAccounts
from shared.flows.ports import DirectoryPort, MethodsPort

CALL_SECONDS = 60.0
"""How long a caller waits for Graph, which itself gives up on a request after as much."""
_TRY_AGAIN_AFTER = 30.0


@dataclass(frozen=True, slots=True)
class SingleCalls:
    records: CallRecords
    directory: DirectoryPort
    graph: MethodsPort
    lock: PersonLock
    protected_accounts: ProtectedAccounts
    clock: Clock
    holders: Holders
    resolve_seconds: float
    rules: DesiredValueRules
    call_seconds: float = CALL_SECONDS

    async def read(self, user: str, *, email: bool = False) -> tuple[Account, Methods]:
        """The e-mail address only if asked for.

        Raises PermanentError `personNotFound` or `notAvailableInCloud`, RetryLaterError.
        """
        if email and not self.rules.offers.email_methods:
            raise PermanentError("notAvailableInCloud", "This cloud's Graph has no e-mail methods.")
        account = await self.directory.look_up(person_key(user))
        return account, await self.graph.methods(account.id, email=email)

    async def do(self, call: SingleCall) -> SingleCallResult:
        """Carry the call out; a repeated one gets its first result.

        Raises PermanentError when it is refused, RetryLaterError when nothing was done and it may be repeated, and
        UnresolvedWriteError `outcomeUnknown` when Graph could not be settled in time. The row says the same.
        """
        account = await self.directory.look_up(person_key(call.user))
        try:
            desired = desired_of(call.action, account, self.rules)
            recorded = await self.records.open(call, account.id)
            if recorded.was_done:
                return first_result(call.action, recorded.run.id, account.id, recorded.outcome, desired)
            return await self._attempt(call, recorded, desired)
        except ExplainedError as error:
            step = next_step(call.action, error.code)
            error.remedy = error.remedy if step is None else step
            raise

    async def preview(self, call: SingleCall) -> CallPreview:
        """Decide only: nothing is locked, written or recorded. A refusal is a decision.

        Raises PermanentError `personNotFound` or `protectedAccountsUnreadable`, RetryLaterError.
        """
        account = await self.directory.look_up(person_key(call.user))
        try:
            await self.protected_accounts.check(account.id)
            desired = desired_of(call.action, account, self.rules)
        except PermanentError as refusal:
            if refusal.code == "protectedAccountsUnreadable":
                raise
            return refused_preview(call.action, account.id, refusal, None)
        current = await self.graph.methods(account.id, email=desired.needs_email)
        plan = decide(call.action, desired, current)
        if isinstance(plan, PlanRefusal):
            return refused_preview(call.action, account.id, PermanentError(plan.code, plan.reason), current)
        return preview_of(call.action, account.id, plan, current)

    async def _attempt(self, call: SingleCall, recorded: RecordedCall, desired: Desired) -> SingleCallResult:
        try:
            done = await self._in_time(call, recorded, desired)
        except NotAppliedError as error:
            outcome = error.outcome(tried_before=recorded.row.plan is not None)
            await self.records.close(recorded, outcome)
            raise _not_done(error, outcome) from error
        except ExplainedError as error:
            await self.records.close(recorded, _outcome_of(error))
            raise
        await self.records.close(recorded, done.outcome)
        return done

    async def _in_time(self, call: SingleCall, recorded: RecordedCall, desired: Desired) -> SingleCallResult:
        try:
            async with asyncio.timeout(self.call_seconds):
                return await self._act(call, recorded, desired)
        except TimeoutError as error:
            said = f"Graph could not be settled within {self.call_seconds:.0f} s"
            if await self.records.was_writing(recorded):
                raise UnresolvedWriteError(OutcomeUnknownError("graphUnavailable", said, status=None)) from error
            raise RetryLaterError("graphUnavailable", f"{said}; nothing was done", delay=_TRY_AGAIN_AFTER) from error

    async def _act(self, call: SingleCall, recorded: RecordedCall, desired: Desired) -> SingleCallResult:
        await self.protected_accounts.check(recorded.object_id)
        held = await self.lock.take(recorded.object_id, recorded.run, ROW)
        try:
            plan, done, before = await self._write(call, recorded, desired)
        except ExplainedError:
            await self.lock.release(held)
            raise
        await self.lock.complete(held, plan, recorded.run, done.confirmation)
        return result_of(
            call.action,
            recorded.run.id,
            recorded.object_id,
            outcome=done.outcome_of(plan),
            plan=plan,
            before=before,
            after=done.current,
        )

    async def _write(
        self, call: SingleCall, recorded: RecordedCall, desired: Desired
    ) -> tuple[Plan, Executed, Methods]:
        """The plan, what came of it, and what was there before."""
        object_id = recorded.object_id
        current = await self.graph.methods(object_id, email=desired.needs_email)
        plan, left = _what_is_left(call, recorded, desired, current)
        done = Executed("", "", current)
        if left:
            await self.records.writing(recorded, plan)
            done = await execute_and_verify(
                self.graph,
                self.clock,
                object_id,
                left,
                holders=self.holders,
                resolve_seconds=self.resolve_seconds,
            )
        return plan, done, current


def _what_is_left(
    call: SingleCall, recorded: RecordedCall, desired: Desired, current: Methods
) -> tuple[Plan, tuple[Operation, ...]]:
    """The plan of an earlier attempt is gone on with, so that what it did already is not taken for somebody else's."""
    if recorded.row.plan is None:
        plan = decide(call.action, desired, current)
        if isinstance(plan, PlanRefusal):
            raise PermanentError(plan.code, plan.reason)
        return plan, plan.operations
    judged = remaining_operations(recorded.row.plan, current)
    if isinstance(judged, Stale):
        raise PermanentError(judged.code, judged.reason, remedy=CODES[judged.code].remedy)
    return recorded.row.plan, judged.operations


def _not_done(error: NotAppliedError, outcome: Outcome) -> ExplainedError:
    """What a caller is told when only the old value was seen."""
    if error.may_retry:
        return RetryLaterError("graphUnavailable", error.message, delay=_TRY_AGAIN_AFTER, request_id=error.request_id)
    return PermanentError(outcome.code, error.message, remedy=error.remedy, request_id=error.request_id)


def _outcome_of(error: ExplainedError) -> Outcome:
    match error:
        case UnresolvedWriteError():
            return error.outcome()
        case PermanentError():
            state = RowState.REFUSED
        case _:
            state = RowState.FAILED
    return Outcome(state, error.code, error.message, done_before(error), error.request_id)
