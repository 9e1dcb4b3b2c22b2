"""The planning step: keep the plan queue topped up, and hand the run to the gate when every row is planned."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from shared.core.run.messages import RowMessage
from shared.core.run.run import Run
from shared.core.values.clock import Clock
from shared.core.values.states import RowState
from shared.core.values.storage import QueuePort
from shared.flows.pipeline.advance import Advanced
from shared.flows.pipeline.progress import watch
from shared.flows.ports import RowStore


@dataclass(frozen=True, slots=True)
class Planning:
    rows: RowStore
    queue: QueuePort
    clock: Clock
    window: int
    gate: Callable[[Run], Awaitable[Run]]

    async def __call__(self, run: Run) -> Advanced:
        few = self.window // 2
        progress = await watch(self.rows, run, {RowState.QUEUED}, self.clock, few=few)
        if progress.is_complete:
            return Advanced(await self.gate(progress.run), at_once=True)
        room = self.window - progress.in_flight
        if room <= 0 or progress.all_handed_out:
            return Advanced(progress.run)
        return Advanced(await self._hand_out(progress.run, room), at_once=progress.in_flight <= few)

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
