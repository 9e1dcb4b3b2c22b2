"""Calls for one person: read, do and preview. A call is planned and applied at once, and recorded as a run of one row.

A call is explicit (core/call.py), so ON_EXISTING, ALLOW_REMOVALS and the gate do not apply to it.
Protected accounts, the pilot group, the legal order of operations, the lock and verification do apply. The recorded run
gives calls the same history, order and ownership as exports. A call with a repeatability id is recorded once. Its
repetition gets the first outcome, or continues where a call that failed or crashed has stopped. A caller is answered
within seconds; a call that is not done by then goes on in this process, and after that by a message on the apply queue.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from functools import partial

from shared.core.call import (
    SetEmail,
    SetPhone,
    SingleCall,
    SingleCallResult,
    decide,
    decide_as_if_it_differed,
    desired_of,
    first_result,
    person_key,
    result_of,
    slot_of,
)
from shared.core.call_advice import advised
from shared.core.call_preview import CallPreview, preview_of, refused_preview
from shared.core.export.desired import Desired, DesiredValueRules
from shared.core.person.account import Account, Methods, SeenPerson, masked
from shared.core.plan.plan import Plan
from shared.core.record.known_values import Known, LastWrite, last_writes
from shared.core.run.messages import RowMessage
from shared.core.run.row import Outcome, Row
from shared.core.run.run import Run
from shared.core.values.errors import (
    ExplainedError,
    GraphUnavailableError,
    OutcomeUnknownError,
    PermanentError,
    RetryLaterError,
)
from shared.core.values.slot import Slot
from shared.core.values.states import RowState
from shared.core.values.storage import QueuePort
from shared.flows.graph_ports import DirectoryPort, MethodsPort
from shared.flows.person.answers import ANSWER_SECONDS, OngoingCalls, answered_in
from shared.flows.person.call_admission import CallAdmission
from shared.flows.person.call_records import ROW, CallRecords, RecordedCall
from shared.flows.person.find_person import DefaultMethods, FindPerson
from shared.flows.person.preconditions import PILOT_UNREADABLE, PilotGroup
from shared.flows.person.protected_accounts import UNREADABLE, ProtectedAccounts
from shared.flows.person.write_errors import (
    NotAppliedError,
    UnresolvedWriteError,
    as_unresolved,
    has_written_nothing,
    leaves_doubt,
    outcome_of,
)
from shared.flows.person.write_person import FirstPlan, PersonWriter, Written, may_retry

CALL_SECONDS = 60.0
"""The longest time that this process works on a call. Graph ends a request after the same time."""
_LISTS_UNREADABLE = (UNREADABLE, PILOT_UNREADABLE)
_RETRY_AFTER = 30.0
_BACK_OFF = 10.0
"""Seconds until the app goes on with a call whose outcome is unknown, doubled after each failure."""


@dataclass(frozen=True, slots=True)
class PersonRead:
    """The values of a protected account are masked."""

    account: Account
    shown: Methods
    writes: tuple[LastWrite, ...]
    """The app's last writes to the slots that were read."""
    is_protected: bool
    """Whether the account may be a protected one."""
    default_method: str
    """As in SeenPerson."""

    @property
    def person(self) -> SeenPerson:
        return SeenPerson(self.account, self.is_protected, self.default_method)


@dataclass(frozen=True, slots=True)
class SingleCalls:
    records: CallRecords
    directory: DirectoryPort
    graph: MethodsPort
    protected_accounts: ProtectedAccounts
    pilot_group: PilotGroup
    writer: PersonWriter
    rules: DesiredValueRules
    admission: CallAdmission
    default_methods: DefaultMethods
    find: FindPerson
    queue: QueuePort
    """The queue of the messages that `go_on` handles."""
    max_failures: int
    call_seconds: float = CALL_SECONDS
    answer_seconds: float = ANSWER_SECONDS
    ongoing: OngoingCalls = field(default_factory=OngoingCalls)

    async def read(self, user: str, *, email: bool = False) -> PersonRead:
        """The person as Graph shows it, beside the record; the e-mail address is read only with `email`.

        Raises PermanentError or RetryLaterError, within seconds.
        """
        with advised(None):
            self.rules.check_uses(Slot.EMAIL if email else Slot.MOBILE)
            async with answered_in(self.answer_seconds):
                return await self._read(user, email=email)

    async def _read(self, user: str, *, email: bool) -> PersonRead:
        account = await self.directory.look_up(person_key(user))
        shown, default_method = await asyncio.gather(
            self.graph.methods(account.id, email=email), self.default_methods.of(account.id)
        )
        lock = self.writer.lock
        writes = last_writes(await lock.people.get(account.id), shown, lock.clock.now(), lock.read_lag)
        is_protected = await self.protected_accounts.may_be_protected(account.id)
        if is_protected:
            shown = masked(shown)
            writes = tuple(one.masked() for one in writes)
        return PersonRead(account, shown, writes, is_protected, default_method)

    async def do(self, call: SingleCall) -> SingleCallResult:
        """Carry out the call. A repeated call gets the result of the first one.

        Raises PermanentError when the call is refused, RetryLaterError when it may be repeated (a new call has then
        done nothing), and UnresolvedWriteError `outcomeUnknown` when the write could not be resolved within seconds.
        The row gets the same outcome; in the last case only after the app has gone on with it.
        """
        with advised(call.action):
            self.rules.check_uses(slot_of(call.action))
            async with answered_in(self.answer_seconds):
                account = await self.directory.look_up(person_key(call.user))
            desired = desired_of(call.action, account, self.rules)
            recorded = await self.records.open(call, account.id)
            if recorded.was_done:
                return first_result(call.action, recorded.run.id, account.id, recorded.outcome, desired)
            work = self._carry_out(recorded, self._first_plan(call, recorded, desired), 0)
            written = await self.ongoing.result_of(recorded.run, work, self.answer_seconds)
            if not isinstance(written, Written):
                raise _for_caller(written, recorded)
        return result_of(
            call.action,
            recorded.run.id,
            recorded.object_id,
            outcome=written.outcome,
            plan=written.plan,
            before=written.before,
            after=written.after,
        )

    async def preview(self, call: SingleCall) -> CallPreview:
        """Plan the call without a lock, a write or a record. A refused call gives a preview too, not an error.

        If the caller does not see numbers, a call that sets a value is planned as if the person had
        another one: a right and a wrong guess get the same plan. Raises PermanentError when the app
        does not use the slot or cannot find or read what it needs, and RetryLaterError, in seconds.
        """
        with advised(call.action):
            self.rules.check_uses(slot_of(call.action))
            async with answered_in(self.answer_seconds):
                return await self._preview(call)

    async def _preview(self, call: SingleCall) -> CallPreview:
        account = await self.directory.look_up(person_key(call.user))
        person = SeenPerson(account, is_protected=True, default_method=await self.default_methods.of(account.id))
        try:
            await self.protected_accounts.check(account.id)
            person = replace(person, is_protected=False)
            await self.pilot_group.check(account.id)
            desired = desired_of(call.action, account, self.rules)
        except PermanentError as refusal:
            if refusal.code in _LISTS_UNREADABLE:
                raise
            return refused_preview(call.action, person, refusal, None)
        shown = await self.graph.methods(account.id, email=desired.needs_email)
        known = self.writer.lock.known(await self.writer.lock.people.get(account.id), shown)
        current, ended = known.current, self.rules.delivery.ended(self.writer.clock.now())
        hides = not call.sees_numbers and isinstance(call.action, SetPhone | SetEmail)
        try:
            plan = (decide_as_if_it_differed if hides else decide)(
                call.action, desired, known, ended, person.default_slot
            )
            await self.admission.check(self.records.new_run(call), account.id, plan)
            return preview_of(call.action, person, plan, current)
        except PermanentError as refusal:
            return refused_preview(call.action, person, refusal, current)

    async def go_on(self, message: RowMessage, run: Run, row: Row) -> None:
        """Continue a call whose outcome was unknown, or whose process ended during the write, as its repetition would.

        Raises RetryLaterError while another process may act on the call.
        """
        if not row.is_open:
            await self.records.finish(run, row.state)
        elif row.plan is not None:
            await self._carry_out(await self.records.reopen(run, row), None, message.failures)

    def _first_plan(self, call: SingleCall, recorded: RecordedCall, desired: Desired) -> FirstPlan:
        counted = 0

        async def admit(plan: Plan, known: Known) -> None:
            nonlocal counted
            if plan.operations:
                counted = await self.admission.admit(recorded.run, recorded.object_id, plan)
            elif not call.sees_numbers:
                ended = self.rules.delivery.ended(self.writer.clock.now())
                plan = decide_as_if_it_differed(call.action, desired, known, ended)
                await self.admission.check(recorded.run, recorded.object_id, plan)

        async def withdraw() -> None:
            await self.admission.uncount(counted)

        return FirstPlan(partial(decide, call.action, desired), desired.needs_email, admit, withdraw)

    async def _carry_out(
        self, recorded: RecordedCall, first_plan: FirstPlan | None, failures: int
    ) -> Written | ExplainedError:
        """Write, and store the outcome before a caller gets it; or leave the call to a message.

        An error that ends the work is returned.
        """
        try:
            async with asyncio.timeout(self.call_seconds):
                written = await self.writer.write(recorded.run, recorded.row, first_plan)
        except (ExplainedError, TimeoutError) as failed:
            row = await self.records.row(recorded.run, recorded.object_id)
            error = failed if isinstance(failed, ExplainedError) else self._out_of_time(row)
            if leaves_doubt(error, row, may_be_done=recorded.may_be_done, continues=first_plan is None):
                error = as_unresolved(error)
            outcome = _outcome_of(error, recorded)
            goes_on = failures < self.max_failures and _goes_on(error, recorded)
            is_doubted = outcome.code == "outcomeUnknown" and (error.write_began or not goes_on)
            if is_doubted and row.plan is not None:
                await self.writer.leave_in_doubt(recorded.run, row, row.plan)
            if goes_on:
                await self._send_message(recorded.run, error, failures)
                await self.records.leave(row)
            else:
                await self.records.close(recorded.run, row, outcome)
                if first_plan is not None and has_written_nothing(error, row):
                    await first_plan.withdraw()
            return error
        await self.records.close(recorded.run, written.row, written.outcome)
        return written

    async def _send_message(self, run: Run, error: ExplainedError, failures: int) -> None:
        """Send the message with the delay of `error`. Without one, or if Graph did not answer, it counts a failure."""
        if isinstance(error, RetryLaterError) and not isinstance(error, GraphUnavailableError):
            await self.queue.send(RowMessage.of(run, ROW, failures).encode(), delay=error.delay)
        else:
            await self.queue.send(RowMessage.of(run, ROW, failures + 1).encode(), delay=_BACK_OFF * 2**failures)

    def _out_of_time(self, row: Row) -> ExplainedError:
        said = f"The write was not complete within {self.call_seconds:.0f} s"
        if row.state is RowState.WRITING:
            return as_unresolved(RetryLaterError("graphUnavailable", said, delay=_RETRY_AFTER))
        return RetryLaterError("graphUnavailable", f"{said}; nothing was written", delay=_RETRY_AFTER)


def _goes_on(error: ExplainedError, recorded: RecordedCall) -> bool:
    """Whether the call may have been done, and reading may still show whether it was.

    An old value that is read soon after a write in doubt proves nothing.
    """
    return may_retry(error) and (recorded.may_be_done or not isinstance(error, RetryLaterError))


def _outcome_of(error: ExplainedError, recorded: RecordedCall) -> Outcome:
    """The outcome as for a row of a run, except that an error after which the call may go on makes
    it unconfirmed, and every PermanentError makes it refused."""
    outcome = outcome_of(error)
    if _goes_on(error, recorded) and not isinstance(error, UnresolvedWriteError):
        return replace(outcome, state=RowState.UNCONFIRMED, code="outcomeUnknown")
    if isinstance(error, PermanentError):
        return replace(outcome, state=RowState.REFUSED, reason=error.message)
    return outcome


def _for_caller(error: ExplainedError, recorded: RecordedCall) -> ExplainedError:
    """The error that the caller gets."""
    match error:
        case NotAppliedError(may_retry=False):
            code = _outcome_of(error, recorded).code
            return PermanentError(code, error.message, remedy=error.remedy, request_id=error.request_id)
        case NotAppliedError() | UnresolvedWriteError():
            unknown = OutcomeUnknownError(error.code, error.message, status=None, request_id=error.request_id)
            return UnresolvedWriteError(unknown, run=recorded.run.id)
        case _:
            return error
