"""The records of calls for one person: each call is a run of one row, and a repeated call is found by its id.

`single_call` carries the calls out. A repetition gets the first outcome, or continues where a call that failed or
crashed has stopped.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from dataclasses import astuple, dataclass, replace
from datetime import datetime, timedelta

from shared.adapters.ledger.rows import RowStore
from shared.adapters.ledger.runs import RunStore
from shared.core.call import (
    SingleCall,
    name_of,
)
from shared.core.run.attempts import MOST_ATTEMPTS, Attempt
from shared.core.run.row import Outcome, Row, completed
from shared.core.run.run import Run
from shared.core.run.transitions import RunEvent, first_state, transition
from shared.core.values.clock import Clock
from shared.core.values.codes import CODES
from shared.core.values.errors import PermanentError, RetryLaterError
from shared.core.values.said import NOTHING
from shared.core.values.states import NEEDS_NO_WORK, RowState, Source
from shared.flows.journal import RunJournal
from shared.flows.person.changes import Changes

ROW = 1
"""The row number of a call's only row."""
IN_PROGRESS = timedelta(minutes=2)
"""Longer than a process works on a call: none acts on a run that has not changed for this time."""
_LEFT = "outcomeUnknown"
"""The code of an open row that no process acts on, because a message will continue the call."""


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A recorded call, as it was found when this process began to act on it."""

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
    def may_be_done(self) -> bool:
        """Whether an earlier call with the same id, or this one before a crash, may have written."""
        return self.row.plan is not None

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
    journal: RunJournal

    async def open(self, call: SingleCall, object_id: str) -> RecordedCall:
        """Record the call, or find the first one with its id, reopened unless it is done.

        Raises RetryLaterError `callInProgress`, PermanentError `repeatabilityIdReused`, and, for a
        call that is not done, PermanentError `journalBroken`.
        """
        run = self.new_run(call)
        if call.repeatability_id:
            first = await self.runs.first_call(_hash_of(call), run.id)
            if first != run.id and await self.runs.get(first) is not None:
                return await self._repeated(first, call, object_id)
            run = replace(run, id=first, content_sha256=_seal(run.nonce, call, object_id))
        await self.journal.check_end()
        stored = await self.runs.insert(run)
        if stored is None:
            return await self._repeated(run.id, call, object_id)
        return RecordedCall(stored, await self.row(stored, object_id))

    async def reopen(self, run: Run, row: Row) -> RecordedCall:
        """Open the call again. If several try this at once, the ETags let only one of them continue.

        Raises RetryLaterError `callInProgress` while another process may act on it.
        """
        waited = self.clock.now() - run.updated_at
        if not run.is_over and not is_left(row) and waited < IN_PROGRESS:
            delay = (IN_PROGRESS - waited).total_seconds()
            raise RetryLaterError("callInProgress", CODES["callInProgress"].meaning, delay=delay)
        opened = replace(
            transition(run, RunEvent.CALL_REPEATED), code="", message=NOTHING, closed=False, updated_at=self.clock.now()
        )
        if run.closed and len(run.attempts) < MOST_ATTEMPTS:
            opened = opened.next_attempt(Attempt(run.started_by))
        opened = await self.runs.save(opened)
        state = RowState.QUEUED if row.plan is None else RowState.WRITING
        again = replace(row, state=state, code="", reason=NOTHING, note=NOTHING, request_id="", slots=())
        return RecordedCall(opened, await self.rows.save(again))

    async def leave(self, row: Row) -> None:
        """Let the call's message on the apply queue, or a repetition of the call, reopen it at once."""
        await self.rows.save(replace(row, code=_LEFT))

    async def close(self, run: Run, row: Row, outcome: Outcome) -> None:
        """Store the changes, then the outcome in the row, then in the run: a run that is over has no open row."""
        await self.changes.store_call(run, completed(row, outcome, keep_plan=True))
        await self.journal.ended(_done(run, outcome.state, self.clock.now()), [completed(row, outcome)])
        await self.rows.save(completed(row, outcome))
        await self.finish(run, outcome.state)

    def new_run(self, call: SingleCall) -> Run:
        """The run that would record the call, not stored yet."""
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
        row = await self.row(run, object_id)
        if row.state in NEEDS_NO_WORK:
            return RecordedCall(await self.finish(run, row.state), row)
        await self.journal.check_end()
        return await self.reopen(run, row)

    async def row(self, run: Run, object_id: str) -> Row:
        """The call's row, which is inserted if it is missing, as in a new call or after a crash."""
        row = await self.rows.get(run.id, ROW)
        if row is None:
            await self.rows.note_people(run.id, [(object_id, ROW)])
            await self.rows.insert_missing(run.id, [Row(run.id, ROW, RowState.QUEUED, object_id=object_id)])
            row = await self.rows.get(run.id, ROW)
        if row is None:
            raise LookupError(f"the row of run {run.id} was stored and is gone")
        return row

    async def finish(self, run: Run, state: RowState) -> Run:
        """End the run, if it is still open, once its row has ended with `state`."""
        if run.is_over:
            return run
        return await self.runs.save(_done(run, state, self.clock.now()))


def _done(run: Run, state: RowState, at: datetime) -> Run:
    return replace(transition(run, RunEvent.CALL_COMPLETE).in_attempt(counts={state: 1}), closed=True, updated_at=at)


def is_left(row: Row) -> bool:
    """Whether the row is that of a call which a message will continue."""
    return row.is_open and row.code == _LEFT


def _hash_of(call: SingleCall) -> str:
    """The key by which the first call with this id is found. The same id of another caller has another key."""
    return hashlib.sha256(json.dumps([call.caller, call.repeatability_id]).encode()).hexdigest()


def _seal(nonce: str, call: SingleCall, object_id: str) -> str:
    """An HMAC that differs for another call with the same id. The app does not store the id, which is part of the key,
    so the number cannot be found by trying all numbers."""
    asked = json.dumps([object_id, type(call.action).__name__, astuple(call.action)])
    return hmac.new(f"{nonce}{call.repeatability_id}".encode(), asked.encode(), hashlib.sha256).hexdigest()
