"""The work of a step on its rows: all at once in its own process; rows that have to wait get messages (decision 63).

Rows that are worked on together share their requests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from shared.core.run.messages import RowMessage
from shared.core.run.row import Row
from shared.core.run.run import Run
from shared.core.values.errors import NoTokenError
from shared.core.values.storage import QueuePort
from shared.telemetry.events import EventName
from shared.telemetry.signals import event

SECONDS_PER_ROW = 60.0
"""A row that takes longer goes to the queue, so that the others need not wait for it."""
_UNTIL_DELIVERED = 30.0
"""Seconds until such a row begins again; a write that was sent to Graph shows by then."""

type RowVerb = Callable[[Run, Row, RowMessage], Awaitable[None]]
"""Works on a row. If it has to wait, this message is sent again later. Raises NoTokenError."""


@dataclass(frozen=True, slots=True)
class RowWork:
    queue: QueuePort
    verb: RowVerb | None = None
    """None = every row goes to the queue."""

    async def __call__(self, run: Run, rows: Sequence[Row]) -> None:
        """Raises NoTokenError, unless the run has waited for a token long enough."""
        if self.verb is None:
            await self.queue.send_many([RowMessage.of(run, row.number).encode() for row in rows])
            return
        verb = self.verb
        results = await asyncio.gather(*(self._work(verb, run, row) for row in rows), return_exceptions=True)
        for error in filter(None, results):
            raise error

    async def _work(self, verb: RowVerb, run: Run, row: Row) -> None:
        """Work on one row. If that fails or takes too long, the row gets its own message, whose deliveries the host
        counts; NoTokenError is raised as in `__call__`."""
        message = RowMessage.of(run, row.number)
        try:
            async with asyncio.timeout(SECONDS_PER_ROW):
                await verb(run, row, message)
        except Exception as error:
            if isinstance(error, NoTokenError) and run.pause is None:
                raise
            event(EventName.ROW_ENQUEUED, run=run.id, row=row.number, error=type(error).__name__)
            await self.queue.send(message.encode(), delay=_UNTIL_DELIVERED if isinstance(error, TimeoutError) else 0.0)
