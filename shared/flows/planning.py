"""The planning step: keep the plan queue topped up, and hand the run to the gate when every row is planned."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from shared.core.messages import RowMessage
from shared.core.run import Run
from shared.core.states import RowState
from shared.flows.ports import Queue, Rows
from shared.flows.progress import survey
from shared.flows.steps import Moved


@dataclass(frozen=True, slots=True)
class Planning:
    rows: Rows
    queue: Queue
    window: int
    gate: Callable[[Run], Awaitable[Run]]

    async def __call__(self, run: Run) -> Moved:
        progress = await survey(self.rows, run, {RowState.QUEUED})
        if progress.is_complete:
            return Moved(await self.gate(progress.run), at_once=True)
        room = self.window - progress.in_flight
        run = await self._hand_out(progress.run, room) if room > 0 else progress.run
        return Moved(run, soon=progress.is_fast)

    async def _hand_out(self, run: Run, room: int) -> Run:
        messages: list[str] = []
        cursor = run.last_row
        async for row in self.rows.in_order(run, after=run.cursor, states={RowState.QUEUED}):
            if len(messages) == room:
                cursor = row.number - 1
                break
            messages.append(RowMessage(run.id, row.number).encode())
        await self.queue.send_many(messages)
        return replace(run, cursor=cursor)
