"""The closing stage: complete the rows that were not processed, write the result, and mark the run as closed.

Every run that is over goes through this stage. When the stage is repeated after a crash, it writes the same files.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import batched

from shared.core.run.row import Outcome
from shared.core.run.run import Run
from shared.core.run.transitions import RunEvent, transition
from shared.core.values.states import OPEN_ROWS, RowState, RunState, Source
from shared.flows.pipeline.advance import Advanced, SourceHooks
from shared.flows.ports import RowStore

_NEVER_REACHED = {
    RunState.FINISHED: "previewOnly",
    RunState.CANCELLED: "runCancelled",
    RunState.REJECTED: "runRejected",
    RunState.FAILED: "runFailed",
}
_COMPLETED_AT_ONCE = 1_000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Finish:
    rows: RowStore
    hooks: Mapping[Source, SourceHooks]

    async def __call__(self, run: Run) -> Advanced:
        if await self._complete_unreached(run):
            return Advanced(run)
        hooks = self.hooks[run.source]
        counted = _accounted(run.in_attempt(counts=await self.rows.count_all(run)))
        result = await hooks.reports.result(counted)
        closed = replace(transition(counted, RunEvent.RESULT_WRITTEN).in_attempt(result_blob=result), closed=True)
        if hooks.when_over is not None:
            await hooks.when_over(closed)
        return Advanced(closed)

    async def _complete_unreached(self, run: Run) -> bool:
        """Complete unprocessed rows; returns whether rows stay open because their person is being written to now."""
        open_rows = [row async for row in self.rows.in_order(run, states=OPEN_ROWS)]
        unreached = (row for row in open_rows if row.state is not RowState.WRITING)
        for portion in batched(unreached, _COMPLETED_AT_ONCE, strict=False):
            await self.rows.complete_unless_changed(portion, Outcome(RowState.UNPROCESSED, self._code(run)))
        return bool(open_rows) and bool([row async for row in self.rows.in_order(run, states=OPEN_ROWS)])

    def _code(self, run: Run) -> str:
        return run.code if run.code == "runExpired" else _NEVER_REACHED[run.state]


def _accounted(run: Run) -> Run:
    """The run; it becomes failed if the ledger holds fewer or more rows than the export, so that no row is lost."""
    if (found := sum(run.counts.values())) == run.total:
        return run
    log.error("Run %s: the export had %d rows and the ledger holds %d.", run.id, run.total, found)
    message = (
        f"The export had {run.total} rows and the ledger holds {found}: rows were deleted or added there. "
        "The result shows the outcome of the rows that remain; upload the file again for the others."
    )
    return replace(transition(run, RunEvent.ROWS_MISSING), code="rowsMissing", message=message)
