"""Answers within seconds for a person who waits, also where Graph does not answer.

Reads are given up; a call that writes goes on in this process after its caller was answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from shared.core.run.run import Run
from shared.core.values.errors import ExplainedError, OutcomeUnknownError, RetryLaterError
from shared.flows.person.write_errors import UnresolvedWriteError
from shared.telemetry.events import EventName
from shared.telemetry.signals import event

ANSWER_SECONDS = 8.0
"""How long a person or a caller waits for Graph; almost every answer of Graph takes less."""
_RETRY_AFTER = 10.0


@asynccontextmanager
async def answered_in(seconds: float) -> AsyncIterator[None]:
    """Raises RetryLaterError `graphUnavailable` when the block takes longer."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        said = f"Unknown yet: Microsoft Graph has not answered within {seconds:.0f} s."
        raise RetryLaterError("graphUnavailable", said, delay=_RETRY_AFTER) from None


@dataclass(frozen=True, slots=True)
class OngoingCalls:
    """The calls that go on after their callers got `outcomeUnknown`. One per process; it keeps their tasks alive.

    Such a call keeps the person's lock until Graph has ended its request, so that no late write follows a newer one.
    """

    tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    async def result_of[T](self, run: Run, work: Coroutine[Any, Any, T], seconds: float) -> T:
        """The result of the work. Raises UnresolvedWriteError when it takes longer; then it goes on."""
        task = asyncio.create_task(work)
        try:
            done, _ = await asyncio.wait({task}, timeout=seconds)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if done:
            return task.result()
        self.tasks.add(task)
        task.add_done_callback(partial(self._end, run.id))
        said = f"Unknown yet: Microsoft Graph has not confirmed the change within {seconds:.0f} s."
        raise UnresolvedWriteError(OutcomeUnknownError("graphUnavailable", said, status=None), run=run.id)

    def _end(self, run: str, task: asyncio.Task[Any]) -> None:
        """Report an error that is not explained. The sweep continues a call that was writing."""
        self.tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, ExplainedError):
            event(EventName.CALL_BROKEN, run=run, error=type(error).__name__)
