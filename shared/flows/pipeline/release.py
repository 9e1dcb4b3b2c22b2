"""The applying step: check the digest once, then hand planned rows out to apply within window and write budget.

Rows that need no write settle here, unless their person's record changed since it was planned from: those go to apply,
which looks again. Because so little is handed out
at a time, cancelling stops a run at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from shared.core.plan.plan import Plan
from shared.core.record.ownership_record import RecordUpdate, slot_changes
from shared.core.run.messages import RowMessage
from shared.core.run.row import Outcome, Row
from shared.core.run.run import Run
from shared.core.values.clock import Clock
from shared.core.values.states import RowState, RunState, Source
from shared.core.values.storage import QueuePort
from shared.flows.pipeline.advance import Advanced
from shared.flows.pipeline.gate import plan_digest
from shared.flows.pipeline.progress import watch
from shared.flows.ports import PeopleStore, RowStore, WriteBudgetPort

_SETTLED_PER_STEP = 5_000
_UNSETTLED = frozenset({RowState.PLANNED, RowState.WRITING})
"""Rows are normally handed out as planned; one being written is handed out when its message was lost."""


@dataclass(frozen=True, slots=True)
class Release:
    rows: RowStore
    people: PeopleStore
    queue: QueuePort
    budget: WriteBudgetPort
    clock: Clock
    window: int

    async def __call__(self, run: Run) -> Advanced:
        if not run.digest_checked:
            return await self._check_digest(run)
        few = self.window // 2
        progress = await watch(self.rows, run, _UNSETTLED, self.clock, few=few)
        if progress.is_complete:
            return Advanced(replace(progress.run, state=RunState.FINISHED), at_once=True)
        room = self.window - progress.in_flight
        if room <= 0 or progress.all_handed_out:
            return Advanced(progress.run)
        handed_out, is_all = await self._hand_out(progress.run, room)
        return Advanced(handed_out, at_once=is_all and progress.in_flight <= few)

    async def _check_digest(self, run: Run) -> Advanced:
        if await plan_digest(self.rows, run) == run.digest:
            return Advanced(replace(run, digest_checked=True), at_once=True)
        message = "The plan was altered after it was judged, so nothing was written. Drop the file again."
        return Advanced(replace(run, state=RunState.FAILED, code="planAltered", message=message), at_once=True)

    async def _hand_out(self, run: Run, room: int) -> tuple[Run, bool]:
        """Rows in order, until the window is full or the budget is spent; and whether the budget paid for all."""
        writes: list[Row] = []
        completed: list[Row] = []
        cursor = run.last_row
        async for row in self.rows.in_order(run, after=run.cursor, states=_UNSETTLED):
            if row.plan is None:
                continue
            if len(writes) == room or len(completed) == _SETTLED_PER_STEP:
                cursor = row.number - 1
                break
            (writes if row.plan.operations else completed).append(row)
        affordable = await self._affordable(writes)
        if len(affordable) < len(writes):
            cursor = writes[len(affordable)].number - 1
        doubtful = await self._settle(run, completed)
        await self.queue.send_many([RowMessage(run.id, row.number).encode() for row in (*affordable, *doubtful)])
        return replace(run, cursor=cursor), len(affordable) == len(writes)

    async def _affordable(self, rows: list[Row]) -> list[Row]:
        """The first rows that the write budget pays for."""
        costs = [len(row.plan.operations) for row in rows if row.plan is not None]
        granted = await self.budget.take(sum(costs), self.clock.now()) if costs else 0
        return [row for row, spent in zip(rows, accumulate(costs), strict=True) if spent <= granted]

    async def _settle(self, run: Run, rows: Sequence[Row]) -> list[Row]:
        """Unchanged and kept people: remember what is wanted of them, then settle their rows; both in batches.

        Returns the rows of people whom somebody else has settled or is acting on since they were planned.
        """
        changed = await self._update_people(run, rows)
        doubtful = [row for row in rows if row.object_id in changed and not await self._was_updated(run, row)]
        numbers = {row.number for row in doubtful}
        completed = (row for row in rows if row.number not in numbers)
        outcomes = {row.number: Outcome(row.plan.outcome, row.plan.code) for row in completed if row.plan is not None}
        await self.rows.complete_many(run.id, outcomes)
        return doubtful

    async def _update_people(self, run: Run, rows: Sequence[Row]) -> frozenset[str]:
        """Whose record changed meanwhile. What a reconcile leaves as it is, leaves nothing new to remember."""
        if run.source is Source.RECONCILE:
            return frozenset()
        return await self.people.update_unchanged(
            [_update_of(run, row, row.plan) for row in rows if row.plan is not None]
        )

    async def _was_updated(self, run: Run, row: Row) -> bool:
        """Whether an earlier attempt, which died before it settled the row, has stamped the record."""
        return (await self.people.get(row.object_id)).run == run.id


def _update_of(run: Run, row: Row, plan: Plan) -> RecordUpdate:
    return RecordUpdate(row.object_id, row.record_etag, slot_changes(plan), run.export_time, run.id)
