"""Advance a run: every move of a run from one state to the next, and the stages that make them.

state    | event           | next      | who              | saved, in this order           | crash before | crash after
---------|-----------------|-----------|------------------|--------------------------------|--------------|------------
no run   | export dropped  | reading   | Split            | run                            | redelivered  | redelivered
no run   | export uploaded | reading   | Upload           | file, run, step                | repeated     | swept
no run   | run started     | reading   | OneRunPerSource  | claim, run, step               | started anew | swept
no run   | leavers found   | planning  | Leavers          | rows, claim, run, step         | redelivered  | swept
no run   | questions asked | planning  | AskQuestions     | rows, claim, run, step         | redelivered  | swept
no run   | call received   | applying  | CallRecords      | run, row                       | repeated     | repeated
reading  | rows read       | planning  | ReadExport       | rows, run, step                | redelivered  | redelivered
         |                 |           | ReconcileReading |                                |              |
         |                 |           | UndoReading      |                                |              |
         |                 |           | CleanUpReading   |                                |              |
reading  | no rows to plan | finished  | ReconcileReading | run                            | redelivered  | redelivered
         |                 |           | DirectoryReading |                                |              |
         |                 |           | ReadinessReading |                                |              |
         |                 |           | UndoReading      |                                |              |
         |                 |           | CleanUpReading   |                                |              |
reading  | file refused    | failed    | ReadExport       | quarantined file, event, run   | redelivered  | done
         |                 |           | LostExports      |                                |              |
reading  | Graph refused   | failed    | ReconcileReading | run                            | redelivered  | redelivered
         |                 |           | DirectoryReading |                                |              |
         |                 |           | ReadinessReading |                                |              |
reading  | abandoned       | failed    | Sweep            | event, run                     | swept        | done
planning | within limits   | applying  | Gate             | contradicting rows, run        | redelivered  | redelivered
planning | approval needed | held      | Gate             | rows, plan files, event, run   | redelivered  | redelivered
planning | limits exceeded | rejected  | Gate             | contradicting rows, run        | redelivered  | redelivered
planning | preview ready   | finished  | Gate             | rows, plan files, run          | redelivered  | redelivered
planning | check ready     | checked   | Gate             | rows, plan files, run          | redelivered  | redelivered
checked  | check started   | reading   | RunDecisions     | run, step                      | repeated     | swept
checked  | expired         | rejected  | Sweep            | run, step                      | swept        | swept
held     | approval given  | held      | RunDecisions     | run                            | repeated     | done
held     | approved        | applying  | RunDecisions     | run, step                      | repeated     | swept
held     | answered        | held      | Answers          | people, rows, run              | repeated     | done
held     | all decided     | applying  | Answers          | people, rows, run, step        | repeated     | swept
held     | columns chosen  | reading   | RunDecisions     | run, step                      | repeated     | swept
held     | rejected        | rejected  | RunDecisions     | run, step                      | repeated     | swept
held     | expired         | rejected  | Sweep            | run, step                      | swept        | swept
held     | superseded      | rejected  | OneRunPerSource  | run, step                      | started anew | swept
applying | rows complete   | finished  | Release          | run                            | redelivered  | redelivered
applying | plan altered    | failed    | Release          | run                            | redelivered  | redelivered
applying | call complete   | finished  | CallRecords      | changes, row, run              | repeated     | done
applying | abandoned       | failed    | Sweep            | open rows, event, run          | swept        | done
applying | call repeated   | applying  | CallRecords      | run, row                       | repeated     | repeated
finished |                 |           |                  |                                |              |
failed   |                 |           |                  |                                |              |
any open | cancelled       | cancelled | RunDecisions     | run, step                      | repeated     | swept
any over | result written  | closed    | Finish           | rows, files, event, run        | redelivered  | redelivered
any over | rows missing    | failed    | Finish           | with the result                | redelivered  | redelivered
any over | redriven        | planning  | Redrive          | rows, run, step                | repeated     | swept

`closed` is a flag of the run, whose state stays. `claim` says which run of its source was started last; `step` is a
message on the steps queue, `event` a notification, which is told once by its id. A crash before or after means before
or after the run is saved; both are safe, because every move is idempotent:
  redelivered   The host delivers the message or the blob event again. If the step is already saved, this delivery sends
                the next message. After the last delivery the sweep takes over.
  repeated      The caller got no answer and sends the request again.
  started anew  The next timer tick, or the next request, starts the run.
  done          Nothing follows.
  swept         The sweep sends the step again when a run has not advanced for two minutes (in `reading` for ten), reads
                an export again that has had no run for ten minutes, and closes a run without steps after thirty.

Between these moves a run stays in its state and advances by steps. A step message advances a run as far as possible
without waiting; each step is saved before the next message is sent. A message whose `n` is not the run's step is
dropped. If the process dies between the save and the send, the message is redelivered, finds that it took the run's
latest step, and sends the next message.

In `planning`, rows whose account was not found are `waiting` until no other row is left, and until
LOOK_UP_RETRY_SECONDS have passed since the last of these people was first looked up. Steps then put them back to
`queued`, a window full at a time, and move the run back to its first row.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import batched

from shared.core.run.messages import RowMessage, StepMessage
from shared.core.run.row import Outcome
from shared.core.run.run import Run
from shared.core.run.transitions import RunEvent, transition
from shared.core.values.clock import Clock
from shared.core.values.counts import rows_in_words
from shared.core.values.states import OPEN_ROWS, WAITS_FOR_A_PERSON, RowState, RunState, Source
from shared.core.values.storage import ContainerPort, QueuePort
from shared.flows.journal import RunJournal
from shared.flows.notifier import Notifier
from shared.flows.person.changes import Changes
from shared.flows.pipeline.readiness_reports import ReadinessReports
from shared.flows.pipeline.reports import DriftReports, ExportReports
from shared.flows.ports import RowStore, RunStore
from shared.telemetry.signals import span
from shared.telemetry.table import SpanName

MAX_MESSAGE_TIME = timedelta(minutes=1)
"""How long one message may begin further steps. Then the next message continues, so that a stopping host waits less."""
_FIRST_DELAY, _LAST_DELAY, _STEPS_PER_SECOND_MORE = 1.0, 15.0, 30
_NEVER_REACHED = {
    RunState.FINISHED: "previewOnly",
    RunState.CANCELLED: "runCancelled",
    RunState.REJECTED: "runRejected",
    RunState.FAILED: "runFailed",
}
_COMPLETED_AT_ONCE = 1_000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Advanced:
    """The run after a step, and whether the next step should follow at once."""

    run: Run
    at_once: bool = False


Stage = Callable[[Run], Awaitable[Advanced]]


@dataclass(frozen=True, slots=True)
class SourceHooks:
    """The parts of a run's processing that differ by source."""

    reports: ExportReports | DriftReports | ReadinessReports
    read: Stage | None = None
    """The reading stage; None = the rows are read before the run's first step."""
    when_complete: tuple[Callable[[Run], Awaitable[None]], ...] = ()
    """Called once every row is complete, before numbers are deleted; they may be called again after a crash."""
    when_over: tuple[Callable[[Run], Awaitable[None]], ...] = ()
    """Called with the run and its result just before it is saved as closed; they may be called again after a crash."""


@dataclass(frozen=True, slots=True)
class AdvanceRun:
    """`planning`, `applying` and `closing` are the stages of these states; `hooks` have the reading stage by source.
    `by_messages` are those of a redelivered message, whose process may have died of one of the rows.
    """

    runs: RunStore
    queue: QueuePort
    notifier: Notifier
    clock: Clock
    hooks: Mapping[Source, SourceHooks]
    planning: Stage
    applying: Stage
    closing: Stage
    by_messages: Mapping[RunState, Stage]
    step: Callable[[Run, Stage], Awaitable[Advanced]]
    """Takes the step of a stage, unless the run is paused."""
    journal: RunJournal
    max_message_time: timedelta = MAX_MESSAGE_TIME

    async def __call__(self, message: StepMessage, *, redelivered: bool = False) -> None:
        with span(SpanName.STEP, parent=message.traceparent, run=message.run, step=message.n):
            await self._advance(message, redelivered=redelivered)

    async def _advance(self, message: StepMessage, *, redelivered: bool) -> None:
        run = await self.runs.get(message.run)
        if run is None:
            return
        if run.step == message.n and run.has_steps and not _waits(run):
            await self._continue(await self._take_steps(run, message, redelivered=redelivered))
        elif redelivered and run.advanced_by == message.n:
            await self._continue(Advanced(run, at_once=True))

    async def _take_steps(self, run: Run, message: StepMessage, *, redelivered: bool) -> Advanced:
        until = self.clock.now() + self.max_message_time
        advanced = await self._take_step(run, message, redelivered=redelivered)
        while advanced.at_once and not _waits(advanced.run) and self.clock.now() < until:
            advanced = await self._take_step(advanced.run, message, redelivered=redelivered)
        return advanced

    async def _take_step(self, run: Run, message: StepMessage, *, redelivered: bool) -> Advanced:
        """Take and save one step, and tell of it before.

        Raises ConcurrencyError when the run has changed since it was read.
        """
        stage = (self.by_messages.get(run.state) if redelivered else None) or self._stage(run)
        advanced, now = await self.step(run, stage), self.clock.now()
        has_moved = _progress(advanced.run) != _progress(run) or advanced.run.progress_at is None
        progress_at = now if has_moved else advanced.run.progress_at
        taken = replace(advanced.run, step=run.step + 1, advanced_by=message.n, updated_at=now, progress_at=progress_at)
        if _waits(taken):
            if not taken.closed:
                await self.journal.decided(taken)
            await self.notifier.tell_state(taken)
        return Advanced(await self.runs.save(taken), advanced.at_once)

    async def _continue(self, advanced: Advanced) -> None:
        if not _waits(advanced.run):
            await send_step(self.queue, advanced.run, delay=0.0 if advanced.at_once else self._delay(advanced.run))

    def _delay(self, run: Run) -> float:
        if run.pause is None or run.pause.is_given_up:
            return next_delay(run.step)
        return max(0.0, (run.pause.until - self.clock.now()).total_seconds())

    def _stage(self, run: Run) -> Stage:
        match run.state:
            case RunState.READING:
                return self._reading(run)
            case RunState.PLANNING:
                return self.planning
            case RunState.APPLYING:
                return self.applying
            case _:
                return self.closing

    def _reading(self, run: Run) -> Stage:
        read = self.hooks[run.source].read
        if read is None:
            raise LookupError(f"Run {run.id} of source {run.source} is not read in steps.")
        return read


def _progress(run: Run) -> tuple[object, ...]:
    """The values that change when a step makes progress."""
    return run.state, run.counts, run.cursor, run.read_position


def _waits(run: Run) -> bool:
    """It needs no further step now: it is closed, or it waits for a person."""
    return run.closed or run.state in WAITS_FOR_A_PERSON


@dataclass(frozen=True, slots=True)
class Finish:
    """The closing stage: complete the rows that were not processed, write the result, and mark the run as closed.

    Every run that is over goes through this stage. When it is repeated after a crash, it writes the same files; writing
    the workbook is counted before it begins, because a file may end every process that writes it. Of a check that was
    not started, nothing stays but the run.
    """

    runs: RunStore
    rows: RowStore
    changes: Changes
    apply_queue: QueuePort
    hooks: Mapping[Source, SourceHooks]
    results: ContainerPort
    journal: RunJournal

    async def __call__(self, run: Run) -> Advanced:
        if run.pause is not None:
            return Advanced(await self._end_pause(run), at_once=True)
        if run.options.check:
            return Advanced(await self._purge(run))
        if await self._complete_unreached(run):
            return Advanced(run)
        hooks = self.hooks[run.source]
        for when_complete in hooks.when_complete:
            await when_complete(run)
        await self.changes.keep(run)
        if run.input_blob:
            run = await self.runs.save(run.in_attempt(result_writes=run.attempt.result_writes + 1))
        counted = _accounted(run.in_attempt(counts=await self.rows.count_all(run)))
        result = await hooks.reports.result(counted)
        if result.note:
            counted = replace(counted, notes=(*counted.notes, result.note))
        closed = replace(transition(counted, RunEvent.RESULT_WRITTEN).in_attempt(result_blob=result.blob), closed=True)
        for when_over in hooks.when_over:
            await when_over(closed)
        await self.journal.ended(closed)
        return Advanced(closed)

    async def _purge(self, run: Run) -> Run:
        """End a check that was not started: its copy of the file, its plan and its rows are deleted, and none is lost,
        because the file is still with the person who sent it."""
        async for info in self.results.list(f"{run.id}/", copies=True):
            await self.results.delete(info.name, copy=info.copy)
        await self.rows.purge(run)
        purged = replace(run.in_attempt(counts={}), rows_purged=True)
        closed = replace(transition(purged, RunEvent.RESULT_WRITTEN), closed=True)
        await self.journal.ended(closed)
        return closed

    async def _end_pause(self, run: Run) -> Run:
        """Enqueue the rows that are being written to, because a pause has dropped their messages."""
        writing = self.rows.in_order(run, states={RowState.WRITING})
        await self.apply_queue.send_many([RowMessage.of(run, row.number).encode() async for row in writing])
        return replace(run, pause=None)

    async def _complete_unreached(self, run: Run) -> bool:
        """Complete unprocessed rows; returns whether rows stay open because their person is being written to now."""
        open_rows = [row async for row in self.rows.in_order(run, states=OPEN_ROWS)]
        unreached = (row for row in open_rows if row.state is not RowState.WRITING)
        for portion in batched(unreached, _COMPLETED_AT_ONCE, strict=False):
            await self.rows.complete_unless_changed(portion, Outcome(RowState.UNPROCESSED, self._code(run)))
        return bool(open_rows) and bool([row async for row in self.rows.in_order(run, states=OPEN_ROWS)])

    def _code(self, run: Run) -> str:
        return run.code if run.code == "runExpired" else _NEVER_REACHED[run.state]


def _accounted(run: Run) -> Run:
    """The run; it becomes failed if the ledger holds fewer or more rows than the export, so that no row is lost."""
    if (found := sum(run.counts.values())) == run.total:
        return run
    log.error("Run %s: the export had %d rows and the ledger holds %d.", run.id, run.total, found)
    message = (
        f"The export had {rows_in_words(run.total)} and the ledger holds {found}: rows were deleted or added there. "
        "The result shows the outcome of the rows that remain; upload the file again for the others."
    )
    return replace(transition(run, RunEvent.ROWS_MISSING), code="rowsMissing", message=message)


async def save_next_step(runs: RunStore, steps: QueuePort, run: Run, clock: Clock) -> Run:
    """Save a move that was not made by a step message, and send the message of the next step."""
    advanced = await runs.save(replace(run, step=run.step + 1, updated_at=clock.now()))
    await send_step(steps, advanced)
    return advanced


async def send_step(steps: QueuePort, run: Run, *, delay: float = 0.0) -> None:
    """Send the message of the run's present step; it becomes visible after `delay` seconds."""
    await steps.send(StepMessage(run.id, run.step).encode(), delay=delay)


def next_delay(step: int) -> float:
    """Seconds until the next step of a run that waits for its rows: 1 at first, up to 15 in long runs."""
    return min(_LAST_DELAY, _FIRST_DELAY + step // _STEPS_PER_SECOND_MORE)
