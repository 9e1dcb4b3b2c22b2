"""Waits of runs: a run is paused while the app has no token that Graph accepts; its message names this or another wait.

Plan, apply or a step begins a pause, and the messages of rows are dropped. Steps try a token with one request from time
to time. Once Graph accepts one, or the app gives up the wait, the stage takes the open rows up again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared.adapters.ledger.runs import RunStore
from shared.core.run.pause import GIVEN_UP_AFTER, WAITING, Pause, begun
from shared.core.run.run import Run
from shared.core.run.transitions import RunEvent, transition
from shared.core.values.clock import Clock
from shared.core.values.errors import (
    ConcurrencyError,
    GraphUnavailableError,
    NoTokenError,
    RetryLaterError,
    StorageUnavailableError,
    ThrottledError,
)
from shared.core.values.said import NOTHING, Said, joined
from shared.core.values.states import WAITS_FOR_A_PERSON, RunState
from shared.flows.notifier import Notifier
from shared.flows.pipeline.advance import Advanced, Stage
from shared.telemetry.events import EventName
from shared.telemetry.signals import event

_PAUSABLE = frozenset({RunState.READING, RunState.PLANNING, RunState.APPLYING})


@dataclass(frozen=True, slots=True)
class TokenPauses:
    """`check_token` raises NoTokenError while Graph accepts no token."""

    runs: RunStore
    notifier: Notifier
    clock: Clock
    check_token: Callable[[], Awaitable[None]]

    async def row_without_token(
        self,
        run_id: str,
        error: NoTokenError,
        *,
        again: Callable[[], Awaitable[object]],
        fail: Callable[[], Awaitable[object]],
    ) -> None:
        """Pause the run of a row for which there was no token, unless it is paused.

        The run takes the row up again after the pause. A run that is held or over takes up no row, so `again` sends the
        row's message once more. Once the run has waited long enough, `fail` ends the row.
        """
        while True:
            run = await self.runs.get(run_id)
            if run is None or run.state not in _PAUSABLE:
                await again()
                return
            if run.pause is not None:
                if run.pause.is_given_up:
                    await fail()
                return
            try:
                await self.runs.save(self._paused(run, error, self.clock.now()))
            except ConcurrencyError:  # a step, or another row, came first
                continue
            _log_wait(run.id, error)
            return

    async def step(self, run: Run, stage: Stage) -> Advanced:
        """Take the step of `stage`, unless the run stays paused."""
        now = self.clock.now()
        pause = run.pause if run.state in _PAUSABLE else None
        try:
            if pause is not None and not pause.is_given_up:
                if now < pause.until:
                    return Advanced(run)
                run = await self._ended(run, pause, now)
            return await stage(run)
        except NoTokenError as error:
            if pause is not None and pause.is_given_up and run.state is RunState.READING:
                failed = replace(transition(run, RunEvent.GRAPH_REFUSED), code=error.code, message=_words(error))
                return Advanced(failed, at_once=True)
            if pause is None:
                _log_wait(run.id, error)
            return Advanced(await self._notified(self._paused(run, error, now), now))

    async def _ended(self, run: Run, pause: Pause, now: datetime) -> Run:
        """The run with its open rows to be taken up again: Graph accepts a token, or the rows are to fail without one.

        Raises NoTokenError when the pause goes on.
        """
        if now - pause.since >= GIVEN_UP_AFTER:
            return _taken_up_again(replace(run, pause=replace(pause, is_given_up=True)), now)
        await self.check_token()
        event(EventName.RUN_GOES_ON, run=run.id)
        return _taken_up_again(replace(run, pause=None, message=pause.before), now)

    def _paused(self, run: Run, error: NoTokenError, now: datetime) -> Run:
        words = _words(error)
        pause = run.pause.again(error.code, words, now) if run.pause else begun(error.code, words, now, run.message)
        return replace(run, pause=pause, message=_message(words, pause.since))

    async def _notified(self, run: Run, now: datetime) -> Run:
        """Notify people of the pause once that is due; returns the run."""
        pause = run.pause
        if pause is None or not pause.is_to_be_notified(now):
            return run
        await self.notifier.notify_stalled(run)
        return replace(run, pause=replace(pause, is_told=True))


def _log_wait(run_id: str, error: RetryLaterError) -> None:
    event(EventName.RUN_WAITS, run=run_id, code=error.code, message=error.message)


def _words(error: NoTokenError) -> Said:
    return joined(" ", (Said("{code}: {message}", code=error.code, message=error.message), error.remedy))


def _message(words: Said, since: datetime) -> Said:
    return Said("Waiting for a token since {since}. {words}", since=since, words=words)


def _taken_up_again(run: Run, now: datetime) -> Run:
    """The run whose stage takes all open rows up again. A row that is handled twice changes nothing."""
    return replace(run, cursor=0, closed_shards={}, progress_at=now)


_SINCE, _SLOWER = f"{WAITING} since", "Slower:"
_FROM_OUTSIDE = (GraphUnavailableError, ThrottledError, StorageUnavailableError)
_RETRIED_WITHIN = timedelta(minutes=1)
"""Added to the delay of a row: by then the row was tried again, and noted again if it still waits."""


@dataclass(frozen=True, slots=True)
class _Wait:
    since: datetime
    until: datetime
    code: str
    words: Said


@dataclass(frozen=True, slots=True)
class Waits:
    """Reports in the log, and in the run's message, that a run waits for storage or for Graph.

    That Graph only slows a run down is reported in its message alone. Plan and apply note the wait of a row; the run's
    next step puts it into the message, and removes it when no row has waited again. A step works on most rows in its
    own process, so it knows their waits. The wait of a step itself is put there at once. A run without a token has a
    pause instead. One per process.
    """

    runs: RunStore
    clock: Clock
    inner: Callable[[Run, Stage], Awaitable[Advanced]]
    """Takes the step of a stage."""
    throttle: Callable[[], str]
    """How Graph throttles this process now, in words; "" = it does not."""
    _by_run: dict[str, _Wait] = field(default_factory=dict)

    def note(self, run_id: str, error: RetryLaterError) -> None:
        """Note that a row of the run, or its step, is delivered again later. Waits that the app causes are not
        reported."""
        if not isinstance(error, _FROM_OUTSIDE) or isinstance(error, NoTokenError):
            return
        now, before = self.clock.now(), self._by_run.get(run_id)
        if before is None or before.code != error.code:
            _log_wait(run_id, error)
        until = now + timedelta(seconds=error.delay) + _RETRIED_WITHIN
        self._by_run[run_id] = _Wait(before.since if before else now, until, error.code, error.message)

    async def step(self, run: Run, stage: Stage) -> Advanced:
        """Take the step of the stage; afterwards the run's message names the wait, if there is one."""
        advanced = await self.inner(run, stage)
        return replace(advanced, run=self._said(advanced.run))

    async def note_redelivery(self, run_id: str, error: RetryLaterError) -> None:
        """Note that a message of the run is delivered again later, in the run's message if the run can be saved."""
        self.note(run_id, error)
        if run_id not in self._by_run:
            return
        with suppress(RetryLaterError):
            run = await self.runs.get(run_id)
            if run is not None and _goes_on(run) and (said := self._said(run)) != run:
                await self.runs.save(said)

    def _said(self, run: Run) -> Run:
        """The run with its wait in its message, or without it once the wait is over."""
        wait, now = self._by_run.get(run.id), self.clock.now()
        if wait is not None and now < wait.until and _goes_on(run):
            return replace(run, message=Said("Waiting since {since}: {words}", since=wait.since, words=wait.words))
        if self._by_run.pop(run.id, None) is not None:
            event(EventName.RUN_GOES_ON, run=run.id)
        if run.message and not run.message.startswith((_SINCE, _SLOWER)):
            return run
        slower = self.throttle() if _goes_on(run) else ""
        return replace(run, message=Said("Slower: {why}", why=slower) if slower else NOTHING)


def _goes_on(run: Run) -> bool:
    """Whether the run's message may name a wait.

    A run that is over, is paused or waits for a person has a message about that.
    """
    return not run.is_over and run.state not in WAITS_FOR_A_PERSON and run.pause is None
