"""Advance a run: every move of a run from one state to the next, and how its steps are taken.

state    | event           | next      | who              | saved, in this order           | crash before | crash after
---------|-----------------|-----------|------------------|--------------------------------|--------------|------------
no run   | export dropped  | reading   | Split            | run                            | redelivered  | redelivered
no run   | export uploaded | reading   | Upload           | file, run, step                | repeated     | swept
no run   | run started     | reading   | OneRunPerSource  | turn, run, step                | started anew | swept
no run   | leavers found   | planning  | Leavers          | files, rows, turn, run, step   | redelivered  | swept
no run   | questions asked | planning  | AskQuestions     | rows, turn, run, step          | redelivered  | swept
no run   | call received   | applying  | CallRecords      | run, row                       | repeated     | repeated
reading  | rows read       | planning  | ReadExport       | rows, run, step                | redelivered  | redelivered
         |                 |           | ReconcileReading |                                |              |
         |                 |           | UndoReading      |                                |              |
         |                 |           | CleanUpReading   |                                |              |
reading  | no rows to plan | finished  | ReconcileReading | rows, run                      | redelivered  | redelivered
         |                 |           | DirectoryReading |                                |              |
         |                 |           | ReadinessReading |                                |              |
         |                 |           | UndoReading      |                                |              |
         |                 |           | CleanUpReading   |                                |              |
reading  | file refused    | failed    | ReadExport       | quarantined file, rows,        | redelivered  | done
         |                 |           | Split            | workbook, event, run           | redelivered  |
         |                 |           | LostExports      |                                | swept        |
reading  | Graph refused   | failed    | ReconcileReading | run                            | redelivered  | redelivered
         |                 |           | DirectoryReading |                                |              |
         |                 |           | ReadinessReading |                                |              |
         |                 |           | TokenPauses      |                                |              |
reading  | abandoned       | failed    | Sweep            | open rows, changes, workbook,  | swept        | done
         |                 |           |                  | event, run                     |              |
planning | within limits   | applying  | Gate             | rows, plan files, run          | redelivered  | redelivered
planning | approval needed | held      | Gate             | rows, plan files, event, run   | redelivered  | done
planning | may not be held | rejected  | Gate             | rows, plan files, run          | redelivered  | redelivered
planning | preview ready   | finished  | Gate             | rows, plan files, run          | redelivered  | redelivered
planning | check ready     | checked   | Gate             | rows, plan files, run          | redelivered  | done
checked  | check started   | reading   | RunDecisions     | run, step                      | repeated     | swept
checked  | expired         | rejected  | Sweep            | run, step                      | swept        | swept
held     | approval given  | held      | RunDecisions     | run                            | repeated     | done
held     | approved        | applying  | RunDecisions     | run, step                      | repeated     | swept
held     | answered        | held      | Answers          | people, rows, plan files, run  | repeated     | done
held     | all decided     | applying  | Answers          | people, rows, plan files,      | repeated     | swept
         |                 |           |                  | run, step                      |              |
held     | columns chosen  | reading   | RunDecisions     | run, step                      | repeated     | swept
held     | rejected        | rejected  | RunDecisions     | run, step                      | repeated     | swept
held     | expired         | rejected  | Sweep            | run, step                      | swept        | swept
held     | superseded      | rejected  | OneRunPerSource  | run, step                      | started anew | swept
applying | rows complete   | finished  | Release          | run                            | redelivered  | redelivered
applying | plan altered    | failed    | Release          | run                            | redelivered  | redelivered
applying | call complete   | finished  | CallRecords      | changes, row, run              | repeated     | done
applying | abandoned       | failed    | Sweep            | open rows, changes, event, run | swept        | done
applying | call repeated   | applying  | CallRecords      | run, row                       | repeated     | repeated
finished | call repeated   | applying  | CallRecords      | run, row                       | repeated     | repeated
failed   | call repeated   | applying  | CallRecords      | run, row                       | repeated     | repeated
any open | cancelled       | cancelled | RunDecisions     | run, step                      | repeated     | swept
any over | result written  | closed    | Finish           | rows, files, event, run        | redelivered  | done
any over | rows missing    | failed    | Finish           | with the result                | redelivered  | done
any over | redriven        | planning  | Redrive          | rows, run, step                | repeated     | swept

`closed` is a flag of the run, whose state stays. `turn` is the entity that names the latest run of a source, `workbook`
says why there is no result, `step` is a message on the steps queue, and `event` a notification with a fixed id. After a
move in a step, `AdvanceRun` sends the next message. The column *saved* leaves out records in the journal, and what
reading, the gate and the hooks of a source store beside the run. A crash before or after means before or after the run
is saved; both are safe, because every move is idempotent:
  redelivered   The host delivers the message or the blob event again. If the step is already saved, this delivery sends
                the next message. After the last delivery the sweep takes over.
  repeated      The caller got no answer and sends the request again. Without a repeat, the call's message or the sweep
                goes on with the call; the sweep fails a call that stopped before its first write.
  started anew  The next timer tick, request or step that starts the run does it.
  done          Nothing follows.
  swept         The sweep makes its own moves the next time. It sends the step again when a run has not advanced for two
                minutes (in `reading` for ten), reads an export again whose reading is not done after ten minutes, and
                closes a run without steps after thirty.

Between these moves a run stays in its state and advances by steps. A step message advances a run until it has to wait,
or MAX_MESSAGE_TIME is over; each step is saved before the next message is sent. A message whose `n` is not the run's
step is dropped. If the process dies between the save and the send, the message is redelivered, finds that it took the
run's latest step, and sends the next message.

In `planning`, a row whose account was not found is `waiting` until no row is `queued`, and until LOOK_UP_RETRY_SECONDS
have passed since the last of these people was first looked up. Rows that the gate wants planned as one are `waiting`
too. Steps then put them back to `queued`, a window full at a time, and move the run back to its first row.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from shared.adapters.ledger.runs import RunStore
from shared.core.run.messages import StepMessage
from shared.core.run.run import Run
from shared.core.values.clock import Clock
from shared.core.values.errors import RetryLaterError
from shared.core.values.states import WAITS_FOR_A_PERSON, RunState, Source
from shared.core.values.storage import QueuePort
from shared.flows.journal import RunJournal
from shared.flows.notifier import Notifier
from shared.flows.pipeline.readiness_reports import ReadinessReports
from shared.flows.pipeline.reports import DriftReports, ExportReports
from shared.telemetry.signals import span
from shared.telemetry.table import SpanName

MAX_MESSAGE_TIME = timedelta(minutes=1)
"""After this time a message begins no further step and leaves the rest to the next one, so that a host that is stopping
need not wait long."""
_FIRST_DELAY, _LAST_DELAY, _STEPS_PER_EXTRA_SECOND = 1.0, 15.0, 30


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
    """The reading stage; None = the rows are stored before the run's first step."""
    when_complete: tuple[Callable[[Run], Awaitable[None]], ...] = ()
    """Called once every row is complete, before the numbers of the rows that need no more work are deleted from the
    ledger; they may be called again after a crash."""
    when_over: tuple[Callable[[Run], Awaitable[None]], ...] = ()
    """Called with the closed run just before it is saved; they may be called again after a crash."""


@dataclass(frozen=True, slots=True)
class AdvanceRun:
    """`planning` and `applying` are the stages of these states, and `closing` that of a run that is over; `hooks` have
    the reading stage by source. `by_messages` are the stages for a redelivered message: they send each row a message of
    its own, because one of the rows may have ended the process.
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
    """Takes the step of a stage, unless the run stays paused."""
    note_redelivery: Callable[[str, RetryLaterError], Awaitable[None]]
    """Called with the run's id and the error when a message failed and is delivered again later."""
    journal: RunJournal
    max_message_time: timedelta = MAX_MESSAGE_TIME

    async def __call__(self, message: StepMessage, *, redelivered: bool = False) -> None:
        with span(SpanName.STEP, parent=message.traceparent, run=message.run, step=message.n):
            try:
                await self._advance(message, redelivered=redelivered)
            except RetryLaterError as error:
                await self.note_redelivery(message.run, error)
                raise

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
        """Take one step and save it; if people are to be notified of the new state, that is done before it is saved.

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
            await self.notifier.notify_state(taken)
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
    """Whether the run needs no further step now, because it is closed or waits for a person."""
    return run.closed or run.state in WAITS_FOR_A_PERSON


async def save_next_step(runs: RunStore, steps: QueuePort, run: Run, clock: Clock) -> Run:
    """Save a move that was not made by a step message, and send the message of the next step."""
    advanced = await runs.save(replace(run, step=run.step + 1, updated_at=clock.now()))
    await send_step(steps, advanced)
    return advanced


async def send_step(steps: QueuePort, run: Run, *, delay: float = 0.0) -> None:
    """Send the message of the run's present step; it becomes visible after `delay` seconds."""
    await steps.send(StepMessage(run.id, run.step).encode(), delay=delay)


def next_delay(step: int) -> float:
    """Seconds until a next step that need not follow at once: 1 at first, up to 15 in long runs."""
    return min(_LAST_DELAY, _FIRST_DELAY + step // _STEPS_PER_EXTRA_SECOND)
