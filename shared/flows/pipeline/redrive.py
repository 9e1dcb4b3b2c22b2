"""Redrive: plan the unfinished rows of a closed run again; its other rows stay as they are.

The rows go through plan, gate, release and apply like new rows. While an approval lasts, a row that
it covers keeps its plan until it is planned again: the same plan is then approved already.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta

from shared.adapters.ledger.rows import RowStore
from shared.adapters.ledger.runs import RunStore
from shared.core.run.attempts import MOST_ATTEMPTS, Attempt, PlanOfRun
from shared.core.run.row import Row
from shared.core.run.run import Run
from shared.core.run.transitions import RunEvent, transition
from shared.core.values.clock import Clock
from shared.core.values.errors import PermanentError
from shared.core.values.said import NOTHING, Said, rows_in_words
from shared.core.values.states import REDRIVABLE_ROWS, RowState, RunState
from shared.core.values.storage import QueuePort
from shared.flows.pipeline.advance import save_next_step

_AT_ONCE = 32
APPROVALS_LAST = timedelta(days=7)
"""How long a redrive may rely on an approval: as long as the quotas look back."""
_CANDIDATES = REDRIVABLE_ROWS | {RowState.REFUSED, RowState.PARTIAL}


@dataclass(frozen=True, slots=True)
class Redrive:
    runs: RunStore
    rows: RowStore
    steps: QueuePort
    clock: Clock

    async def __call__(self, run_id: str, by: str) -> Run:
        """Raises PermanentError when there is no such run, or it cannot be redriven.

        Rows are put back before the run is saved, so a redrive that crashed can be repeated.
        """
        run = await self._run(run_id)
        rows = [row async for row in self.rows.in_order(run, states=_CANDIDATES) if row.may_be_redriven]
        if not rows:
            raise PermanentError("nothingToRedrive", f"Run {run.id} has no row that a redrive can plan again.")
        saves = asyncio.Semaphore(_AT_ONCE)
        is_approved, is_lasting = bool(run.approved_by), self._lets_approvals_last(run)

        async def put_back(row: Row) -> None:
            async with saves:
                reopened = _reopened(row)
                if is_lasting and (is_approved or row.is_approved):
                    reopened = replace(reopened, plan=row.plan, object_id=row.object_id)
                await self.rows.save(reopened)

        await asyncio.gather(*(put_back(row) for row in rows))
        again = Attempt(by, plan=PlanOfRun(figures=run.attempt.plan.figures), counts=run.counts)
        planning = replace(
            transition(run, RunEvent.REDRIVEN),
            cursor=0,
            closed_shards={},
            code="",
            message=Said("{by} had {rows} planned again.", by=by, rows=rows_in_words(len(rows))),
            held_until=None,
            pause=None,
            look_up_again_at=None,
            closed=False,
        ).next_attempt(again)
        return await save_next_step(self.runs, self.steps, planning, self.clock)

    def _lets_approvals_last(self, run: Run) -> bool:
        """Whether what was approved is still approved: the run finished, and the approval is not old."""
        return run.state is RunState.FINISHED and self.clock.now() - run.approved_at <= APPROVALS_LAST

    async def _run(self, run_id: str) -> Run:
        run = await self.runs.get(run_id)
        if run is None:
            raise PermanentError("runNotFound", f"There is no run {run_id}.")
        if not run.closed or not run.has_steps or not run.total:
            raise PermanentError(
                "runNotRedrivable",
                f"Run {run.id} is {run.state}; only a closed run with rows, and no call for a person, can be redriven.",
            )
        if len(run.attempts) >= MOST_ATTEMPTS:
            raise PermanentError(
                "runNotRedrivable",
                f"Run {run.id} has had {MOST_ATTEMPTS} attempts, the most that a run can have.",
                remedy="Start a new run, such as by uploading the file again.",
            )
        if run.options.preview:
            raise PermanentError("runNotRedrivable", f"Run {run.id} was a preview; start a run that is none.")
        return run


def _reopened(row: Row) -> Row:
    return replace(
        row,
        state=RowState.QUEUED,
        plan=None,
        code="",
        reason=NOTHING,
        note=NOTHING,
        suggestion="",
        slots=(),
        looked_up_at=None,
        request_id="",
        object_id="",
        record_etag="",
        before="",
        is_approved=False,
    )
