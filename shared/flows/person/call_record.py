"""The record of a call for one person: a run of one row, so that history, ordering and ownership hold as for exports.

Used by `single_call`. A call with a repeatability id is recorded once: its repetition gets the first outcome, or goes
on where a call that failed or died has stopped.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from dataclasses import astuple, dataclass, replace
from datetime import timedelta

from shared.core.call import SingleCall, name_of
from shared.core.run.row import Outcome, Row, completed
from shared.core.run.run import Attempt, Run
from shared.core.run.transitions import RunEvent, first_state, transition
from shared.core.values.clock import Clock
from shared.core.values.codes import CODES
from shared.core.values.errors import PermanentError, RetryLaterError
from shared.core.values.states import NEEDS_NO_WORK, RowState, Source
from shared.flows.ports import RowStore, RunStore

ROW = 1
"""The number of the one row."""
IN_PROGRESS = timedelta(minutes=2)
"""Longer than a call may take: the process of a run that is still open after it has died."""


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A call on record. Its row has a plan when an earlier call with the same id may have executed it."""

    run: Run
    row: Row

    @property
    def object_id(self) -> str:
        return self.row.object_id

    @property
    def outcome(self) -> Outcome:
        """The outcome of the row, if it has one."""
        row = self.row
        return Outcome(row.state, row.code, row.reason, row.note, row.request_id)

    @property
    def was_done(self) -> bool:
        """Whether an earlier call left nothing to do."""
        return self.row.state in NEEDS_NO_WORK


@dataclass(frozen=True, slots=True)
class CallRecords:
    runs: RunStore
    rows: RowStore
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
        """Store the outcome; the row comes first, because a run that is over has no open row."""
        row = await self._row(recorded.run, recorded.object_id)
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
        """Open again, by ETag: of two repetitions at once, one goes on."""
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
        again = replace(row, state=state, code="", reason="", note="", request_id="")
        return RecordedCall(opened, await self.rows.save(again))

    async def _row(self, run: Run, object_id: str) -> Row:
        """The one row; it is stored now if the process died before it was."""
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


def _fingerprint(call: SingleCall) -> str:
    """Finds the first call with this id; equal ids of different callers stay apart."""
    return hashlib.sha256(json.dumps([call.caller, call.repeatability_id]).encode()).hexdigest()


def _seal(nonce: str, call: SingleCall, object_id: str) -> str:
    """Differs for another call under the same id. The id is stored nowhere, so numbers cannot be found by trial."""
    asked = json.dumps([object_id, type(call.action).__name__, astuple(call.action)])
    return hmac.new(f"{nonce}{call.repeatability_id}".encode(), asked.encode(), hashlib.sha256).hexdigest()
