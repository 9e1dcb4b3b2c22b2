"""Says at once that the rows of a run wait for Graph, and for which list: in the log, and in the run's message.

A run that goes on, only slower, says how Graph throttles it, in its message alone.

Plan and apply note the wait of a row; the run's next step says it, and takes it back when no row has met it again. The
first rows of every step are worked on in the step's own process, so the step knows what they met.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared.core.run.pause import WAITING
from shared.core.run.run import Run
from shared.core.values.clock import Clock
from shared.core.values.errors import (
    ConcurrencyError,
    GraphUnavailableError,
    NoTokenError,
    RetryLaterError,
    ThrottledError,
)
from shared.core.values.states import WAITS_FOR_A_PERSON
from shared.flows.pipeline.advance import Advanced, Stage
from shared.flows.ports import RunStore
from shared.telemetry.events import EventName
from shared.telemetry.signals import event

_SINCE, _SLOWER = f"{WAITING} since", "Slower:"
_MET_AGAIN_WITHIN = timedelta(minutes=1)
"""After the delay of a row: by then it was tried again, and has met the same or not."""


@dataclass(frozen=True, slots=True)
class _Wait:
    since: datetime
    until: datetime
    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Waits:
    """One per process. A run without a token has a pause instead."""

    runs: RunStore
    clock: Clock
    inner: Callable[[Run, Stage], Awaitable[Advanced]]
    """Takes the step of a stage."""
    throttle: Callable[[], str]
    """How Graph throttles this process now, in words; "" = it does not."""
    _by_run: dict[str, _Wait] = field(default_factory=dict)

    def note(self, run_id: str, error: RetryLaterError) -> None:
        """A row of the run, or its step, comes back later. What the app itself makes it wait for is not told."""
        if not isinstance(error, GraphUnavailableError | ThrottledError) or isinstance(error, NoTokenError):
            return
        now, before = self.clock.now(), self._by_run.get(run_id)
        if before is None or before.code != error.code:
            event(EventName.RUN_WAITS, run=run_id, code=error.code, message=error.message)
        until = now + timedelta(seconds=error.delay) + _MET_AGAIN_WITHIN
        self._by_run[run_id] = _Wait(before.since if before else now, until, error.code, error.message)

    async def step(self, run: Run, stage: Stage) -> Advanced:
        """The step of the stage; its run says what it waits for, also when the whole step comes back later."""
        try:
            advanced = await self.inner(run, stage)
        except RetryLaterError as error:
            self.note(run.id, error)
            if (said := self._said(run)) != run:
                with suppress(ConcurrencyError):
                    await self.runs.save(said)
            raise
        return replace(advanced, run=self._said(advanced.run))

    def _said(self, run: Run) -> Run:
        """The run with its wait in its message, or without one that is over."""
        wait, now = self._by_run.get(run.id), self.clock.now()
        goes_on = not run.is_over and run.state not in WAITS_FOR_A_PERSON and run.pause is None
        if wait is not None and now < wait.until and goes_on:
            return replace(run, message=f"{_SINCE} {wait.since:%Y-%m-%d %H:%M} UTC: {wait.words}")
        if self._by_run.pop(run.id, None) is not None:
            event(EventName.RUN_GOES_ON, run=run.id)
        if run.message and not run.message.startswith((_SINCE, _SLOWER)):
            return run
        slower = self.throttle() if goes_on else ""
        return replace(run, message=f"{_SLOWER} {slower}" if slower else "")
