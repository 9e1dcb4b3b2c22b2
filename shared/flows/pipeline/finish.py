"""Finish: settle the rows that were never reached, write the result, and only then call the run over.

The closing step of every run, whatever state it ended in; repeated, it writes the same files.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from itertools import batched

from shared.core.run.row import Outcome
from shared.core.run.run import FullExport, Run
from shared.core.values.states import OPEN_ROWS, RowState, RunState
from shared.flows.pipeline.advance import Advanced
from shared.flows.pipeline.progress import count_rows
from shared.flows.ports import RowStore, RunReports, RunStore

_NEVER_REACHED = {
    RunState.FINISHED: "previewOnly",
    RunState.CANCELLED: "runCancelled",
    RunState.REJECTED: "runRejected",
    RunState.FAILED: "runFailed",
}
_SETTLED_AT_ONCE = 1_000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Finish:
    runs: RunStore
    rows: RowStore
    reports: RunReports

    async def __call__(self, run: Run) -> Advanced:
        if await self._settle_unreached(run):
            return Advanced(run)
        counted = _accounted(replace(run, counts=await count_rows(self.rows, run)))
        if counted.state is RunState.FINISHED and run.options.full and not run.options.preview:
            await self.runs.remember_full_export(FullExport(run.id, run.planned["people"], run.modified))
        return Advanced(replace(counted, result_blob=await self.reports.result(counted)))

    async def _settle_unreached(self, run: Run) -> bool:
        """Whether rows are still open afterwards: a person being written to is never cut off."""
        open_rows = [row async for row in self.rows.in_order(run, states=OPEN_ROWS)]
        unreached = (row for row in open_rows if row.state is not RowState.WRITING)
        for portion in batched(unreached, _SETTLED_AT_ONCE, strict=False):
            await self.rows.complete_unless_changed(portion, Outcome(RowState.UNPROCESSED, self._code(run)))
        return bool(open_rows) and bool([row async for row in self.rows.in_order(run, states=OPEN_ROWS)])

    def _code(self, run: Run) -> str:
        return run.code if run.code == "runExpired" else _NEVER_REACHED[run.state]


def _accounted(run: Run) -> Run:
    """The run, failed if the ledger does not hold as many rows as the export: none may be lost without a word."""
    if (found := sum(run.counts.values())) == run.total:
        return run
    log.error("Run %s: the export had %d rows and the ledger holds %d.", run.id, run.total, found)
    message = (
        f"The export had {run.total} rows and the ledger holds {found}: rows were deleted or added there. "
        "The result tells what became of those it holds; drop the file again for the others."
    )
    return replace(run, state=RunState.FAILED, code="rowsMissing", message=message)
