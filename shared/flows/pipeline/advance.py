"""Steps: move an open run on, in small steps that are each saved, until it is over.

A message on the steps queue takes the run as far as it goes without waiting. One whose `n` is not the run's step is
dropped, so duplicates and late ones do nothing. Steps are saved before the next message is sent; should the process die
in between, the message comes back, finds that the latest step was its own, and sends what follows then.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from shared.core.run.messages import StepMessage
from shared.core.run.run import Run
from shared.core.values.clock import Clock
from shared.core.values.states import RunState, Source
from shared.core.values.storage import QueuePort
from shared.flows.pipeline.notify import notify
from shared.flows.ports import RunStore

LONGEST = timedelta(minutes=1)
"""For a message, and the step that it is at; the next one goes on, because a host that is stopped waits for it."""
_FIRST_DELAY, _LAST_DELAY, _STEPS_PER_SECOND_MORE = 2.0, 15.0, 30


@dataclass(frozen=True, slots=True)
class Advanced:
    """The run after a step, and whether the next step should follow at once."""

    run: Run
    at_once: bool = False


Stage = Callable[[Run], Awaitable[Advanced]]


@dataclass(frozen=True, slots=True)
class AdvanceRun:
    """`reading`, by source, `planning`, `applying` and `closing` each take the run one step further in their state."""

    runs: RunStore
    queue: QueuePort
    events: QueuePort
    clock: Clock
    reading: Mapping[Source, Stage]
    planning: Stage
    applying: Stage
    closing: Stage

    async def __call__(self, message: StepMessage, *, redelivered: bool = False) -> None:
        run = await self.runs.get(message.run)
        if run is None:
            return
        if run.step == message.n:
            await self._continue(await self._take(run, message))
        elif redelivered and run.advanced_by == message.n:
            await self._continue(Advanced(run, at_once=True))

    async def _take(self, run: Run, message: StepMessage) -> Advanced:
        """As far as it goes without waiting."""
        until = self.clock.now() + LONGEST
        advanced = await self._step(run, message)
        while advanced.at_once and not _waits(advanced.run) and self.clock.now() < until:
            advanced = await self._step(advanced.run, message)
        return advanced

    async def _step(self, run: Run, message: StepMessage) -> Advanced:
        """One step, saved: whoever moved the run meanwhile wins, and this raises ConcurrencyError."""
        advanced, now = await self._stage(run)(run), self.clock.now()
        progress_at = now if _progress(advanced.run) != _progress(run) or run.progress_at is None else run.progress_at
        taken = replace(advanced.run, step=run.step + 1, advanced_by=message.n, updated_at=now, progress_at=progress_at)
        return Advanced(await self.runs.save(taken), advanced.at_once)

    async def _continue(self, advanced: Advanced) -> None:
        if _waits(advanced.run):
            await notify(self.events, advanced.run, advanced.run.state.value)
        else:
            await send_step(self.queue, advanced.run, delay=0.0 if advanced.at_once else next_delay(advanced.run.step))

    def _stage(self, run: Run) -> Stage:
        match run.state:
            case RunState.READING:
                return self.reading[run.source]
            case RunState.PLANNING:
                return self.planning
            case RunState.APPLYING:
                return self.applying
            case _:
                return self.closing


def _progress(run: Run) -> tuple[object, ...]:
    """What is another value after a step that took the run further."""
    return run.state, run.counts, run.cursor, run.read_position


def _waits(run: Run) -> bool:
    """Whether the run is over and explained, or waits for a person: nothing follows by itself."""
    return bool(run.result_blob) or run.state is RunState.HELD


async def send_step(steps: QueuePort, run: Run, *, delay: float = 0.0) -> None:
    """Have the run moved on from the step it is at, `delay` seconds from now."""
    await steps.send(StepMessage(run.id, run.step).encode(), delay=delay)


def next_delay(step: int) -> float:
    """Seconds until the next look: 2 at first, up to 15 in long runs."""
    return min(_LAST_DELAY, _FIRST_DELAY + step // _STEPS_PER_SECOND_MORE)
