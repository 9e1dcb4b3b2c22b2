"""The verbs for one person: read, do, preview; plan and apply in one call, recorded as a run of one row.

Called by the HTTP API. Calls are explicit (core/call.py): policy, removals switch, pilot group and gate do not
apply to them; protected accounts, legal order, lock and verification do.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial

from shared.core.call import (
    CallPreview,
    SingleCall,
    SingleCallResult,
    decide,
    desired_of,
    first_result,
    next_step,
    person_key,
    preview_of,
    refused_preview,
    result_of,
)
from shared.core.export.desired import Desired, DesiredValueRules
from shared.core.person.account import Account, Methods
from shared.core.run.row import Outcome
from shared.core.values.errors import ExplainedError, OutcomeUnknownError, PermanentError, RetryLaterError
from shared.core.values.states import RowState
from shared.flows.person.call_record import CallRecords, RecordedCall
from shared.flows.person.protected_accounts import ProtectedAccounts
from shared.flows.person.write_errors import NotAppliedError, UnresolvedWriteError, outcome_of
from shared.flows.person.write_person import FirstPlan, PersonWriter
from shared.flows.ports import DirectoryPort, MethodsPort

CALL_SECONDS = 60.0
"""How long a caller waits for Graph, which itself gives up on a request after the same time."""
_RETRY_AFTER = 30.0


@dataclass(frozen=True, slots=True)
class SingleCalls:
    records: CallRecords
    directory: DirectoryPort
    graph: MethodsPort
    protected_accounts: ProtectedAccounts
    writer: PersonWriter
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
        """Do what the call asks for; a repeated call gets its first result.

        Raises PermanentError when it is refused, RetryLaterError when nothing was done and it may be repeated, and
        UnresolvedWriteError `outcomeUnknown` when the write could not be resolved in time. The row says the same.
        """
        account = await self.directory.look_up(person_key(call.user))
        try:
            desired = desired_of(call.action, account, self.rules)
            recorded = await self.records.open(call, account.id)
            if recorded.was_done:
                return first_result(call.action, recorded.run.id, account.id, recorded.outcome, desired)
            return await self._execute(call, recorded, desired)
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
        try:
            return preview_of(call.action, account.id, decide(call.action, desired, current), current)
        except PermanentError as refusal:
            return refused_preview(call.action, account.id, refusal, current)

    async def _execute(self, call: SingleCall, recorded: RecordedCall, desired: Desired) -> SingleCallResult:
        """The row is closed with the outcome, whatever it is, before the caller hears of it."""
        first_plan = FirstPlan(partial(decide, call.action, desired), desired.needs_email)
        try:
            try:
                async with asyncio.timeout(self.call_seconds):
                    written = await self.writer.write(recorded.run, recorded.row, first_plan)
            except TimeoutError as error:
                raise await self._out_of_time(recorded) from error
        except ExplainedError as error:
            outcome = _outcome_of(error, recorded)
            await self.records.close(recorded, outcome)
            if isinstance(error, NotAppliedError):
                raise _not_done(error, outcome) from error
            raise
        await self.records.close(recorded, written.outcome)
        return result_of(
            call.action,
            recorded.run.id,
            recorded.object_id,
            outcome=written.outcome,
            plan=written.plan,
            before=written.before,
            after=written.after,
        )

    async def _out_of_time(self, recorded: RecordedCall) -> ExplainedError:
        said = f"Graph could not be settled within {self.call_seconds:.0f} s"
        if await self.records.was_writing(recorded):
            return UnresolvedWriteError(OutcomeUnknownError("graphUnavailable", said, status=None))
        return RetryLaterError("graphUnavailable", f"{said}; nothing was done", delay=_RETRY_AFTER)


def _outcome_of(error: ExplainedError, recorded: RecordedCall) -> Outcome:
    """As for a row of an export, except that a call is refused whatever keeps it from being done."""
    outcome = outcome_of(error, written_before=recorded.row.plan is not None)
    if isinstance(error, PermanentError):
        return replace(outcome, state=RowState.REFUSED, reason=error.message)
    return outcome


def _not_done(error: NotAppliedError, outcome: Outcome) -> ExplainedError:
    """What a caller is told when only the old value was seen."""
    if error.may_retry:
        return RetryLaterError("graphUnavailable", error.message, delay=_RETRY_AFTER, request_id=error.request_id)
    return PermanentError(outcome.code, error.message, remedy=error.remedy, request_id=error.request_id)
