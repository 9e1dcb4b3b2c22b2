"""Redrive: plan again what a run left undone; everything else of it stays as it is.

Called by the command line and over HTTP. The rows go through plan, gate, release and apply like new ones.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from shared.core.run.row import Row
from shared.core.run.run import Run
from shared.core.values.clock import Clock
from shared.core.values.errors import PermanentError
from shared.core.values.states import REDRIVABLE_ROWS, RowState, RunState
from shared.core.values.storage import QueuePort
from shared.flows.pipeline.advance import send_step
from shared.flows.ports import RowStore, RunStore

_AT_ONCE = 32
_LOOKED_AT = REDRIVABLE_ROWS | {RowState.REFUSED}


@dataclass(frozen=True, slots=True)
class Redrive:
    runs: RunStore
    rows: RowStore
    steps: QueuePort
    clock: Clock

    async def __call__(self, run_id: str, by: str) -> Run:
        """Raises PermanentError when the run is not over, was a preview, or left nothing undone.

        Rows are put back before the run is: a redrive that died is simply repeated.
        """
        run = await self._run(run_id)
        rows = [row async for row in self.rows.in_order(run, states=_LOOKED_AT) if row.may_be_redriven]
        if not rows:
            raise PermanentError("nothingToRedrive", f"Run {run.id} left nothing undone.")
        gate = asyncio.Semaphore(_AT_ONCE)

        async def put_back(row: Row) -> None:
            async with gate:
                await self.rows.save(_unsettled(row))

        await asyncio.gather(*(put_back(row) for row in rows))
        planning = await self.runs.save(
            replace(
                run,
                state=RunState.PLANNING,
                cursor=0,
                closed_shards={},
                step=run.step + 1,
                digest="",
                digest_checked=False,
                code="",
                message=f"{len(rows)} rows redriven by {by}.",
                started_by=by,
                approved_by="",
                held_until=None,
                result_blob="",
                updated_at=self.clock.now(),
            )
        )
        await send_step(self.steps, planning)
        return planning

    async def _run(self, run_id: str) -> Run:
        run = await self.runs.get(run_id)
        if run is None:
            raise PermanentError("runNotFound", f"There is no run {run_id}.")
        if not run.result_blob or not run.has_steps or not run.total:
            raise PermanentError(
                "runNotRedrivable", f"Run {run.id} is {run.state}; only a finished run can be redriven."
            )
        if run.options.preview:
            raise PermanentError("runNotRedrivable", f"Run {run.id} was a preview; drop the file outside preview/.")
        return run


def _unsettled(row: Row) -> Row:
    return replace(
        row,
        state=RowState.QUEUED,
        plan=None,
        code="",
        reason="",
        note="",
        suggestion="",
        request_id="",
        object_id="",
        record_etag="",
    )
