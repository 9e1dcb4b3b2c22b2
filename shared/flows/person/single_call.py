"""Calls for one person: read, do and preview. A call is planned and applied at once, and recorded as a run of one row.

The HTTP API uses it. A call is explicit (core/call.py), so ON_EXISTING, ALLOW_REMOVALS, the pilot group and the gate do
not apply to it. Protected accounts, the legal order of operations, the lock and verification do apply. The recorded run
gives calls the same history, order and ownership as exports. A call with a repeatability id is recorded once. Its
repetition gets the first outcome, or continues where a call that failed or crashed has stopped.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial

from shared.core.call import (
    SingleCall,
    SingleCallResult,
    decide,
    decide_as_if_it_differed,
    desired_of,
    first_result,
    next_step,
    person_key,
    result_of,
    slot_of,
)
from shared.core.call_preview import CallPreview, preview_of, refused_preview
from shared.core.export.desired import Desired, DesiredValueRules
from shared.core.person.account import Account, Methods, masked
from shared.core.plan.plan import Plan
from shared.core.record.known_values import Known, LastWrite, last_writes
from shared.core.run.row import Outcome
from shared.core.values.errors import ExplainedError, OutcomeUnknownError, PermanentError, RetryLaterError
from shared.core.values.slot import MaskedValue, Slot
from shared.core.values.states import RowState
from shared.flows.person.call_admission import CallAdmission
from shared.flows.person.call_records import CallRecords, RecordedCall
from shared.flows.person.protected_accounts import UNREADABLE, ProtectedAccounts
from shared.flows.person.write_errors import NotAppliedError, UnresolvedWriteError, outcome_of
from shared.flows.person.write_person import FirstPlan, PersonWriter
from shared.flows.ports import DirectoryPort, MethodsPort

CALL_SECONDS = 60.0
"""The longest time that a caller waits for Graph. Graph ends a request after the same time."""
_RETRY_AFTER = 30.0


@dataclass(frozen=True, slots=True)
class PersonRead:
    """The values of a protected account are masked."""

    account: Account
    shown: Methods
    writes: tuple[LastWrite, ...]
    """What the app wrote last to the slots that were read."""


@dataclass(frozen=True, slots=True)
class SingleCalls:
    records: CallRecords
    directory: DirectoryPort
    graph: MethodsPort
    protected_accounts: ProtectedAccounts
    writer: PersonWriter
    rules: DesiredValueRules
    admission: CallAdmission
    call_seconds: float = CALL_SECONDS

    async def read(self, user: str, *, email: bool = False) -> PersonRead:
        """The person as Graph shows it, beside the record; the e-mail address is read only with `email`.

        Raises PermanentError `personNotFound`, `emailMethodsOff` or `notAvailableInCloud`, or RetryLaterError.
        """
        self.rules.check_uses(Slot.EMAIL if email else Slot.MOBILE)
        account = await self.directory.look_up(person_key(user))
        shown = await self.graph.methods(account.id, email=email)
        lock = self.writer.lock
        writes = last_writes(await lock.people.get(account.id), shown, lock.clock.now(), lock.read_lag)
        if await self.protected_accounts.may_hold(account.id):
            return PersonRead(
                account, masked(shown), tuple(replace(one, written=one.written and MaskedValue()) for one in writes)
            )
        return PersonRead(account, shown, writes)

    async def do(self, call: SingleCall) -> SingleCallResult:
        """Carry out the call. A repeated call gets the result of the first one.

        Raises PermanentError when the call is refused, RetryLaterError when nothing was done and the call may be
        repeated, and UnresolvedWriteError `outcomeUnknown` when the write could not be resolved in time. The row gets
        the same outcome.
        """
        self.rules.check_uses(slot_of(call.action))
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
        """Plan the call without a lock, a write or a record. A refused call gives a preview too, not an error.

        For a caller who does not see numbers the plan is made as if Graph did not show the values, so that it is the
        same whether a guessed number is right or wrong.
        Raises PermanentError `personNotFound`, `emailMethodsOff` or `protectedAccountsUnreadable`, or RetryLaterError.
        """
        self.rules.check_uses(slot_of(call.action))
        account = await self.directory.look_up(person_key(call.user))
        try:
            await self.protected_accounts.check(account.id)
            desired = desired_of(call.action, account, self.rules)
        except PermanentError as refusal:
            if refusal.code == UNREADABLE:
                raise
            return refused_preview(call.action, account.id, refusal, None)
        known = await self._known(account.id, email=desired.needs_email, clear=call.sees_numbers)
        current = known.current
        try:
            plan = decide(call.action, desired, known, self.rules.delivery.ended(self.writer.clock.now()))
            return preview_of(call.action, account.id, plan, current)
        except PermanentError as refusal:
            return refused_preview(call.action, account.id, refusal, current)

    async def _known(self, object_id: str, *, email: bool, clear: bool) -> Known:
        """What is known of the person without the lock; without `clear` as if Graph did not show the values."""
        shown = await self.graph.methods(object_id, email=email)
        if not clear:
            return Known(masked(shown), {})
        return self.writer.lock.known(await self.writer.lock.people.get(object_id), shown)

    async def _execute(self, call: SingleCall, recorded: RecordedCall, desired: Desired) -> SingleCallResult:
        """Execute the call. Every outcome is stored before the caller gets it."""
        counted = 0

        async def admit(plan: Plan, known: Known) -> None:
            nonlocal counted
            if plan.operations:
                counted = await self.admission.admit(recorded.run, recorded.object_id, plan)
            elif not call.sees_numbers:
                ended = self.rules.delivery.ended(self.writer.clock.now())
                plan = decide_as_if_it_differed(call.action, desired, known, ended)
                await self.admission.check(recorded.run, recorded.object_id, plan)

        first_plan = FirstPlan(partial(decide, call.action, desired), desired.needs_email, admit)
        try:
            try:
                async with asyncio.timeout(self.call_seconds):
                    written = await self.writer.write(recorded.run, recorded.row, first_plan)
            except TimeoutError as error:
                raise await self._out_of_time(recorded) from error
        except ExplainedError as error:
            outcome = _outcome_of(error, recorded)
            if outcome.code == "outcomeUnknown":
                await self._leave_in_doubt(recorded)
            await self.records.close(recorded, outcome)
            if not isinstance(error, UnresolvedWriteError):
                await self.admission.give_back(counted)
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

    async def _leave_in_doubt(self, recorded: RecordedCall) -> None:
        """The row is read again, because the plan was made and stored on the way."""
        row = await self.records.row(recorded.run, recorded.object_id)
        if row.plan is not None:
            await self.writer.leave_in_doubt(recorded.run, row, row.plan)

    async def _out_of_time(self, recorded: RecordedCall) -> ExplainedError:
        said = f"The write was not complete within {self.call_seconds:.0f} s"
        if await self.records.was_writing(recorded):
            return UnresolvedWriteError(OutcomeUnknownError("graphUnavailable", said, status=None))
        return RetryLaterError("graphUnavailable", f"{said}; nothing was written", delay=_RETRY_AFTER)


def _outcome_of(error: ExplainedError, recorded: RecordedCall) -> Outcome:
    """The outcome as for a row of an export, except that every PermanentError makes the call refused."""
    outcome = outcome_of(error, written_before=recorded.row.plan is not None)
    if isinstance(error, PermanentError):
        return replace(outcome, state=RowState.REFUSED, reason=error.message)
    return outcome


def _not_done(error: NotAppliedError, outcome: Outcome) -> ExplainedError:
    """The error that the caller gets when only the old value was seen."""
    if error.may_retry:
        return RetryLaterError("graphUnavailable", error.message, delay=_RETRY_AFTER, request_id=error.request_id)
    return PermanentError(outcome.code, error.message, remedy=error.remedy, request_id=error.request_id)
