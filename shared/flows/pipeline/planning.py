"""The planning stage: keep the plan queue filled, and check the run at the gate once every row is planned.

People who were not found wait until every other row is planned. Then they are looked up once more, all together.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.core.run.messages import RowMessage
from shared.core.run.row import Row
from shared.core.run.run import Run
from shared.core.values.clock import Clock
from shared.core.values.counts import people_in_words
from shared.core.values.states import RowState
from shared.core.values.storage import QueuePort
from shared.flows.pipeline.advance import Advanced
from shared.flows.pipeline.window import Window
from shared.flows.ports import RowStore


@dataclass(frozen=True, slots=True)
class Planning:
    rows: RowStore
    queue: QueuePort
    clock: Clock
    window: int
    look_up_retry_seconds: float
    """The time after which a person who was not found is looked up again, because a new account replicates slowly."""
    gate: Callable[[Run], Awaitable[Run | None]]

    async def __call__(self, run: Run) -> Advanced:
        window = Window(self.rows, self.clock, self.window, frozenset({RowState.QUEUED}))
        return await window.advance(run, enqueue=self._enqueue, when_complete=self._check)

    async def _enqueue(self, run: Run, room: int) -> tuple[Run, bool]:
        messages: list[str] = []
        cursor = run.last_row
        async for row in self.rows.in_order(run, after=run.cursor, states={RowState.QUEUED}):
            if len(messages) == room:
                cursor = row.number - 1
                break
            messages.append(RowMessage.of(run, row.number).encode())
        await self.queue.send_many(messages)
        return replace(run, cursor=cursor), True

    async def _check(self, run: Run) -> Advanced:
        if run.counts.get(RowState.WAITING, 0):
            return await self._look_up_again(run)
        checked = await self.gate(replace(run, look_up_again_at=None))
        return await self._resume(run) if checked is None else Advanced(checked, at_once=True)

    async def _look_up_again(self, run: Run) -> Advanced:
        """One second look-up, at the same time for everybody who was not found, a window full in each step."""
        now = self.clock.now()
        at = run.look_up_again_at or await self._time_of_second_look_up(run, now)
        if now < at:
            message = f"Waiting until {at:%H:%M} UTC to look up {people_in_words(run.counts[RowState.WAITING])} again."
            return Advanced(replace(run, look_up_again_at=at, message=message))
        return await self._resume(replace(run, look_up_again_at=at, message=""))

    async def _time_of_second_look_up(self, run: Run, now: datetime) -> datetime:
        """When LOOK_UP_RETRY_SECONDS have passed since the last person was first looked up."""
        last = None
        async for row in self.rows.in_order(run, states={RowState.WAITING}):
            last = max(last or row.looked_up_at, row.looked_up_at) if row.looked_up_at else last
        return now if last is None else last + timedelta(seconds=self.look_up_retry_seconds)

    async def _resume(self, run: Run) -> Advanced:
        """Enqueue waiting rows, and queued ones whose message an earlier delivery of this step may not have sent."""
        rows: list[Row] = []
        async for row in self.rows.in_order(run, states={RowState.WAITING, RowState.QUEUED}):
            rows.append(row)
            if len(rows) == self.window:
                break
        await self.rows.queue_unless_changed([row for row in rows if row.state is RowState.WAITING])
        await self.queue.send_many([RowMessage.of(run, row.number).encode() for row in rows])
        return Advanced(replace(run, closed_shards={}), at_once=True)
