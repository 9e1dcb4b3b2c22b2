"""The verbs for one person: read, do, preview; plan and apply in one call, recorded as a run of one row.

Called by the HTTP API. Calls are explicit (core/single_call.py): policy, removals switch, pilot and gate do not apply;
wall, legal order, lock and settling do.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from shared.core.call.call import SingleCall, decide, next_step, person_key, wish_of
from shared.core.call.call_result import (
    Decision,
    SingleResult,
    decision_of,
    first_result,
    refused_decision,
    result_of,
)
from shared.core.export.desired import Desired, WishRules
from shared.core.person.account import Account
from shared.core.person.methods import Methods
from shared.core.plan.operations import Operation
from shared.core.plan.plan import Plan, PlanRefusal
from shared.core.record.remaining import Stale, what_remains
from shared.core.run.row import Outcome
from shared.core.values.clock import Clock
from shared.core.values.codes import CODES
from shared.core.values.errors import AgainError, ExplainedError, NeverError, OutcomeUnknownError
from shared.core.values.states import RowState
from shared.flows.person.call_record import ROW, Recorded, SingleRuns
from shared.flows.person.execute import CarriedOut, Holders, NotDoneError, StillUnknownError, carry_out, done_before
from shared.flows.person.lock import PersonLock
from shared.flows.person.protected_accounts import Wall
from shared.flows.ports import Directory, MethodsWriter

CALL_SECONDS = 60.0
"""How long a caller waits for Graph, which itself gives up on a request after as much."""
_TRY_AGAIN_AFTER = 30.0


@dataclass(frozen=True, slots=True)
class SingleUser:
    records: SingleRuns
    directory: Directory
    graph: MethodsWriter
    lock: PersonLock
    wall: Wall
    clock: Clock
    holders: Holders
    settle_seconds: float
    rules: WishRules
    call_seconds: float = CALL_SECONDS

    async def read(self, user: str, *, email: bool = False) -> tuple[Account, Methods]:
        """The e-mail address only if asked for. Raises NeverError `personNotFound` or `notInThisCloud`, AgainError."""
        if email and not self.rules.offers.email_methods:
            raise NeverError("notInThisCloud", "This cloud's Graph has no e-mail methods.")
        account = await self.directory.look_up(person_key(user))
        return account, await self.graph.methods(account.id, email=email)

    async def do(self, call: SingleCall) -> SingleResult:
        """Carry the call out; a repeated one gets its first result.

        Raises NeverError when it is refused, AgainError when nothing was done and it may be repeated, and
        StillUnknownError `outcomeUnknown` when Graph could not be settled in time. The row says the same.
        """
        account = await self.directory.look_up(person_key(call.user))
        try:
            desired = wish_of(call.action, account, self.rules)
            recorded = await self.records.open(call, account.id)
            if recorded.was_done:
                return first_result(call.action, recorded.run.id, account.id, recorded.outcome, desired)
            return await self._attempt(call, recorded, desired)
        except ExplainedError as error:
            step = next_step(call.action, error.code)
            error.remedy = error.remedy if step is None else step
            raise

    async def preview(self, call: SingleCall) -> Decision:
        """Decide only: nothing is locked, written or recorded. A refusal is a decision.

        Raises NeverError `personNotFound` or `wallUnreadable`, AgainError.
        """
        account = await self.directory.look_up(person_key(call.user))
        try:
            await self.wall.check(account.id)
            desired = wish_of(call.action, account, self.rules)
        except NeverError as refusal:
            if refusal.code == "wallUnreadable":
                raise
            return refused_decision(call.action, account.id, refusal, None)
        there = await self.graph.methods(account.id, email=desired.needs_email)
        plan = decide(call.action, desired, there)
        if isinstance(plan, PlanRefusal):
            return refused_decision(call.action, account.id, NeverError(plan.code, plan.reason), there)
        return decision_of(call.action, account.id, plan, there)

    async def _attempt(self, call: SingleCall, recorded: Recorded, desired: Desired) -> SingleResult:
        try:
            done = await self._in_time(call, recorded, desired)
        except NotDoneError as error:
            outcome = error.outcome(tried_before=recorded.row.plan is not None)
            await self.records.close(recorded, outcome)
            raise _not_done(error, outcome) from error
        except ExplainedError as error:
            await self.records.close(recorded, _outcome_of(error))
            raise
        await self.records.close(recorded, done.outcome)
        return done

    async def _in_time(self, call: SingleCall, recorded: Recorded, desired: Desired) -> SingleResult:
        try:
            async with asyncio.timeout(self.call_seconds):
                return await self._act(call, recorded, desired)
        except TimeoutError as error:
            said = f"Graph could not be settled within {self.call_seconds:.0f} s"
            if await self.records.was_writing(recorded):
                raise StillUnknownError(OutcomeUnknownError("graphUnavailable", said, status=None)) from error
            raise AgainError("graphUnavailable", f"{said}; nothing was done", delay=_TRY_AGAIN_AFTER) from error

    async def _act(self, call: SingleCall, recorded: Recorded, desired: Desired) -> SingleResult:
        await self.wall.check(recorded.object_id)
        held = await self.lock.take(recorded.object_id, recorded.run, ROW)
        try:
            plan, done, before = await self._write(call, recorded, desired)
        except ExplainedError:
            await self.lock.release(held)
            raise
        await self.lock.settle(held, plan, recorded.run, shown=done.shown)
        return result_of(
            call.action,
            recorded.run.id,
            recorded.object_id,
            outcome=done.outcome_of(plan),
            plan=plan,
            before=before,
            after=done.there,
        )

    async def _write(self, call: SingleCall, recorded: Recorded, desired: Desired) -> tuple[Plan, CarriedOut, Methods]:
        """The plan, what came of it, and what was there before."""
        object_id = recorded.object_id
        there = await self.graph.methods(object_id, email=desired.needs_email)
        plan, left = _what_is_left(call, recorded, desired, there)
        done = CarriedOut("", "", there)
        if left:
            await self.records.writing(recorded, plan)
            done = await carry_out(
                self.graph,
                self.clock,
                object_id,
                left,
                holders=self.holders,
                settle_seconds=self.settle_seconds,
            )
        return plan, done, there


def _what_is_left(
    call: SingleCall, recorded: Recorded, desired: Desired, there: Methods
) -> tuple[Plan, tuple[Operation, ...]]:
    """The plan of an earlier attempt is gone on with, so that what it did already is not taken for somebody else's."""
    if recorded.row.plan is None:
        plan = decide(call.action, desired, there)
        if isinstance(plan, PlanRefusal):
            raise NeverError(plan.code, plan.reason)
        return plan, plan.operations
    judged = what_remains(recorded.row.plan, there)
    if isinstance(judged, Stale):
        raise NeverError(judged.code, judged.reason, remedy=CODES[judged.code].remedy)
    return recorded.row.plan, judged.operations


def _not_done(error: NotDoneError, outcome: Outcome) -> ExplainedError:
    """What a caller is told when only the old value was seen."""
    if error.may_retry:
        return AgainError("graphUnavailable", error.message, delay=_TRY_AGAIN_AFTER, request_id=error.request_id)
    return NeverError(outcome.code, error.message, remedy=error.remedy, request_id=error.request_id)


def _outcome_of(error: ExplainedError) -> Outcome:
    match error:
        case StillUnknownError():
            return error.outcome()
        case NeverError():
            state = RowState.REFUSED
        case _:
            state = RowState.FAILED
    return Outcome(state, error.code, error.message, done_before(error), error.request_id)
