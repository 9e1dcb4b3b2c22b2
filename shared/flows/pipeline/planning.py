"""The planning stage: plan the rows, and check the run at the gate once none is left to plan.

A step plans a window full of rows at once. People who were not found wait until no other row is left. Then they
are looked up once more, a window full in each step.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.adapters.ledger.rows import RowStore
from shared.core.run.row import Row
from shared.core.run.run import Run
from shared.core.values.clock import Clock
from shared.core.values.said import NOTHING, Said, people_in_words
from shared.core.values.states import RowState
from shared.flows.person.protected_accounts import ProtectedAccounts
from shared.flows.pipeline.advance import Advanced
from shared.flows.pipeline.row_work import RowWork
from shared.flows.pipeline.window import Window


@dataclass(frozen=True, slots=True)
class Planning:
    rows: RowStore
    plan_rows: RowWork
    protected_accounts: ProtectedAccounts
    clock: Clock
    window: int
    look_up_retry_seconds: float
    """Seconds after which a person who was not found is looked up again, because a new account replicates slowly."""
    gate: Callable[[Run], Awaitable[Run | None]]

    async def __call__(self, run: Run) -> Advanced:
        window = Window(self.rows, self.clock, self.window, frozenset({RowState.QUEUED}))
        return await window.advance(run, take_up=self._plan, when_complete=self._check)

    async def _plan(self, run: Run, room: int) -> tuple[Run, bool]:
        rows: list[Row] = []
        cursor = run.last_row
        async for row in self.rows.in_order(run, after=run.cursor, states={RowState.QUEUED}):
            if len(rows) == room:
                cursor = row.number - 1
                break
            rows.append(row)
        await asyncio.gather(
            self.protected_accounts.read_ahead(), self.plan_rows(run, [row for row in rows if not row.first_row])
        )
        await self.plan_rows(run, [row for row in rows if row.first_row])
        return replace(run, cursor=cursor), True

    async def _check(self, run: Run) -> Advanced:
        if run.counts.get(RowState.WAITING, 0):
            return await self._look_up_again(run)
        checked = await self.gate(replace(run, look_up_again_at=None))
        return await self._resume(run) if checked is None else Advanced(checked, at_once=True)

    async def _look_up_again(self, run: Run) -> Advanced:
        """Look up once more all who were not found: after one wait, a window full in each step."""
        now = self.clock.now()
        at = run.look_up_again_at or await self._time_of_second_look_up(run, now)
        if now < at:
            people = people_in_words(run.counts[RowState.WAITING])
            message = Said("Waiting until {time} UTC to look up {people} again.", time=f"{at:%H:%M}", people=people)
            return Advanced(replace(run, look_up_again_at=at, message=message))
        return await self._resume(replace(run, look_up_again_at=at, message=NOTHING))

    async def _time_of_second_look_up(self, run: Run, now: datetime) -> datetime:
        """When LOOK_UP_RETRY_SECONDS have passed since the last person was first looked up."""
        last = None
        async for row in self.rows.in_order(run, states={RowState.WAITING}):
            last = max(last or row.looked_up_at, row.looked_up_at) if row.looked_up_at else last
        return now if last is None else last + timedelta(seconds=self.look_up_retry_seconds)

    async def _resume(self, run: Run) -> Advanced:
        """Put waiting rows back to `queued`; the next step plans them."""
        rows: list[Row] = []
        async for row in self.rows.in_order(run, states={RowState.WAITING}):
            rows.append(row)
            if len(rows) == self.window:
                break
        await self.rows.queue_unless_changed(rows)
        return Advanced(replace(run, cursor=0, closed_shards={}), at_once=True)
