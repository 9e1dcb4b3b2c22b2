"""Calls for one person: read, do and preview. A call is planned and applied at once, and recorded as a run of one row.

The HTTP API uses it. A call is explicit (core/call.py), so ON_EXISTING, ALLOW_REMOVALS, the pilot group and the gate do
not apply to it. Protected accounts, the legal order of operations, the lock and verification do apply. The recorded run
gives calls the same history, order and ownership as exports. A call with a repeatability id is recorded once. Its
repetition gets the first outcome, or continues where a call that failed or crashed has stopped.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
from dataclasses import astuple, dataclass, replace
from datetime import timedelta
from functools import partial

from shared.core.call import (
    CallPreview,
    SingleCall,
    SingleCallResult,
    decide,
    desired_of,
    first_result,
    name_of,
    next_step,
    person_key,
    preview_of,
    refused_preview,
    result_of,
    slot_of,
)
from shared.core.export.desired import Desired, DesiredValueRules
from shared.core.person.account import Account, Methods
from shared.core.run.attempts import Attempt
from shared.core.run.row import Outcome, Row, completed
from shared.core.run.run import Run
from shared.core.run.transitions import RunEvent, first_state, transition
from shared.core.values.clock import Clock
from shared.core.values.codes import CODES
from shared.core.values.errors import ExplainedError, OutcomeUnknownError, PermanentError, RetryLaterError
from shared.core.values.slot import Slot
from shared.core.values.states import NEEDS_NO_WORK, RowState, Source
from shared.flows.person.changes import Changes
from shared.flows.person.preconditions import ProtectedAccounts
from shared.flows.person.write_errors import NotAppliedError, UnresolvedWriteError, outcome_of
from shared.flows.person.write_person import FirstPlan, PersonWriter
from shared.flows.ports import DirectoryPort, MethodsPort, RowStore, RunStore

CALL_SECONDS = 60.0
"""The longest time that a caller waits for Graph. Graph ends a request after the same time."""
_RETRY_AFTER = 30.0
ROW = 1
"""The row number of a call's only row."""
IN_PROGRESS = timedelta(minutes=2)
"""Longer than a call may take. If a call's run is still open after this time, its process has crashed."""


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A recorded call. If its row has a plan, an earlier call with the same id may have executed it."""

    run: Run
    row: Row

    @property
    def object_id(self) -> str:
        return self.row.object_id

    @property
    def outcome(self) -> Outcome:
        """The outcome of the row, if it has one."""
        row = self.row
        return Outcome(row.state, row.code, row.reason, row.note, row.request_id, row.slots)

    @property
    def was_done(self) -> bool:
        """Whether an earlier call with the same id has done everything."""
        return self.row.state in NEEDS_NO_WORK


@dataclass(frozen=True, slots=True)
class CallRecords:
    runs: RunStore
    rows: RowStore
    changes: Changes
    clock: Clock

    async def open(self, call: SingleCall, object_id: str) -> RecordedCall:
        """Raises RetryLaterError `callInProgress` and PermanentError `repeatabilityIdReused`."""
        run = self._new_run(call)
        if call.repeatability_id:
            first = await self.runs.first_call(_fingerprint(call), run.id)
            run = replace(run, id=first, content_sha256=_seal(run.nonce, call, object_id))
        stored = await self.runs.insert(run)
        if stored is None:
            return await self._repeated(run.id, call, object_id)
        return RecordedCall(stored, await self._row(stored, object_id))

    async def was_writing(self, recorded: RecordedCall) -> bool:
        return (await self._row(recorded.run, recorded.object_id)).state is RowState.WRITING

    async def close(self, recorded: RecordedCall, outcome: Outcome) -> None:
        """Store what was changed, then the outcome in the row, then in the run: a run that is over has no open row."""
        row = await self._row(recorded.run, recorded.object_id)
        await self.changes.keep_call(recorded.run, completed(row, outcome, keep_plan=True))
        await self.rows.save(completed(row, outcome))
        await self._finish(recorded.run, outcome.state)

    def _new_run(self, call: SingleCall) -> Run:
        now, nonce = self.clock.now(), secrets.token_hex(16)
        return Run(
            id=f"{now:%Y%m%dT%H%M%SZ}-{hashlib.sha256(nonce.encode()).hexdigest()[:10]}",
            state=first_state(RunEvent.CALL_RECEIVED),
            source=Source.CALL,
            name=name_of(call.action),
            export_time=now,
            attempts=(Attempt(call.caller),),
            created_at=now,
            updated_at=now,
            total=1,
            first_row=ROW,
            last_row=ROW,
            nonce=nonce,
        )

    async def _repeated(self, run_id: str, call: SingleCall, object_id: str) -> RecordedCall:
        run = await self.runs.get(run_id)
        if run is None:
            raise LookupError(f"run {run_id} was stored and is gone")
        if not hmac.compare_digest(run.content_sha256, _seal(run.nonce, call, object_id)):
            info = CODES["repeatabilityIdReused"]
            raise PermanentError("repeatabilityIdReused", info.meaning, remedy=info.remedy)
        row = await self._row(run, object_id)
        if row.state in NEEDS_NO_WORK:
            return RecordedCall(run if run.is_over else await self._finish(run, row.state), row)
        waited = self.clock.now() - run.updated_at
        if not run.is_over and waited < IN_PROGRESS:
            delay = (IN_PROGRESS - waited).total_seconds()
            raise RetryLaterError("callInProgress", CODES["callInProgress"].meaning, delay=delay)
        return await self._taken_up(run, row)

    async def _taken_up(self, run: Run, row: Row) -> RecordedCall:
        """Open the run again. If two repetitions do this at once, the ETag lets only one of them continue."""
        opened = await self.runs.save(
            replace(
                transition(run, RunEvent.CALL_REPEATED).in_attempt(counts={}),
                code="",
                message="",
                closed=False,
                updated_at=self.clock.now(),
            )
        )
        state = RowState.QUEUED if row.plan is None else RowState.WRITING
        again = replace(row, state=state, code="", reason="", note="", request_id="", slots=())
        return RecordedCall(opened, await self.rows.save(again))

    async def _row(self, run: Run, object_id: str) -> Row:
        """The call's row. It is stored now if the process crashed before it stored the row."""
        row = await self.rows.get(run.id, ROW)
        if row is None:
            await self.rows.insert_missing(run.id, [Row(run.id, ROW, RowState.QUEUED, object_id=object_id)])
            row = await self.rows.get(run.id, ROW)
        if row is None:
            raise LookupError(f"the row of run {run.id} was stored and is gone")
        return row

    async def _finish(self, run: Run, state: RowState) -> Run:
        return await self.runs.save(
            replace(
                transition(run, RunEvent.CALL_COMPLETE).in_attempt(counts={state: 1}),
                closed=True,
                updated_at=self.clock.now(),
            )
        )


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
        """The account and its methods; the e-mail address is read only with `email`.

        Raises PermanentError `personNotFound`, `emailMethodsOff` or `notAvailableInCloud`, or RetryLaterError.
        """
        self.rules.check_uses(Slot.EMAIL if email else Slot.MOBILE)
        account = await self.directory.look_up(person_key(user))
        return account, await self.graph.methods(account.id, email=email)

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

        Raises PermanentError `personNotFound`, `emailMethodsOff` or `protectedAccountsUnreadable`, or RetryLaterError.
        """
        self.rules.check_uses(slot_of(call.action))
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
        """Execute the call. Every outcome is stored before the caller gets it."""
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


def _fingerprint(call: SingleCall) -> str:
    """The key by which the first call with this id is found. The same id of another caller has another key."""
    return hashlib.sha256(json.dumps([call.caller, call.repeatability_id]).encode()).hexdigest()


def _seal(nonce: str, call: SingleCall, object_id: str) -> str:
    """An HMAC that differs for another call with the same id. The app does not store the id, which is part of the key,
    so the number cannot be found by trying all numbers."""
    asked = json.dumps([object_id, type(call.action).__name__, astuple(call.action)])
    return hmac.new(f"{nonce}{call.repeatability_id}".encode(), asked.encode(), hashlib.sha256).hexdigest()
