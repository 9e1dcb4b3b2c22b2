"""The closing stage of a run that advances by steps: no row stays open, and the result is written before the run is
marked as closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import batched

from shared.adapters.ledger.rows import RowStore
from shared.adapters.ledger.runs import RunStore
from shared.core.run.messages import RowMessage
from shared.core.run.reported_rows import ReportedRows
from shared.core.run.row import Outcome
from shared.core.run.run import Run
from shared.core.run.transitions import RunEvent, transition
from shared.core.values.said import Said, rows_in_words
from shared.core.values.states import OPEN_ROWS, RowState, RunState, Source
from shared.core.values.storage import ContainerPort, QueuePort
from shared.flows.journal import RunJournal
from shared.flows.person.changes import Changes
from shared.flows.pipeline.advance import Advanced, SourceHooks
from shared.telemetry.events import EventName
from shared.telemetry.signals import event

_NEVER_REACHED = {
    RunState.FINISHED: "previewOnly",
    RunState.CANCELLED: "runCancelled",
    RunState.REJECTED: "runRejected",
    RunState.FAILED: "runFailed",
}
_COMPLETED_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Finish:
    """The closing stage: complete the rows that were not processed, write the result, and mark the run as closed.

    Runs whose file was refused, abandoned runs and calls are closed without it. When it is repeated after a crash, it
    writes the same files. Writing the workbook is counted before it begins, because a file may end every process that
    writes it. Of a check that was not started, only the run stays.
    """

    runs: RunStore
    rows: RowStore
    changes: Changes
    apply_queue: QueuePort
    hooks: Mapping[Source, SourceHooks]
    results: ContainerPort
    journal: RunJournal

    async def __call__(self, run: Run) -> Advanced:
        if run.pause is not None:
            return Advanced(await self._end_pause(run), at_once=True)
        if run.options.check:
            return Advanced(await self._purge(run))
        if await self._complete_unreached(run):
            return Advanced(run)
        hooks = self.hooks[run.source]
        for when_complete in hooks.when_complete:
            await when_complete(run)
        await self.changes.store(run)
        if run.input_blob:
            run = await self.runs.save(run.in_attempt(result_writes=run.attempt.result_writes + 1))
        rows = await ReportedRows.of(self.rows.in_order(run))
        counted = _accounted(run.in_attempt(counts=rows.documents.counts()))
        result = await hooks.reports.result(counted, rows)
        if result.note:
            counted = replace(counted, notes=(*counted.notes, result.note))
        closed = replace(transition(counted, RunEvent.RESULT_WRITTEN).in_attempt(result_blob=result.blob), closed=True)
        for when_over in hooks.when_over:
            await when_over(closed)
        await self.journal.ended(closed)
        return Advanced(closed)

    async def _purge(self, run: Run) -> Run:
        """End a check that was not started: delete its rows and its files, also the copy of the export.

        Nothing is lost, because the person who sent the file still has it.
        """
        async for info in self.results.list(f"{run.id}/", copies=True):
            await self.results.delete(info.name, copy=info.copy)
        await self.rows.purge(run)
        purged = replace(run.in_attempt(counts={}), rows_purged=True)
        closed = replace(transition(purged, RunEvent.RESULT_WRITTEN), closed=True)
        await self.journal.ended(closed)
        return closed

    async def _end_pause(self, run: Run) -> Run:
        """Send the messages of the rows in `writing` again, because apply dropped them while the run waited for a
        token."""
        writing = self.rows.in_order(run, states={RowState.WRITING})
        await self.apply_queue.send_many([RowMessage.of(run, row.number).encode() async for row in writing])
        return replace(run, pause=None)

    async def _complete_unreached(self, run: Run) -> bool:
        """Complete unprocessed rows; returns whether rows stay open because another flow works on them now."""
        open_rows = [row async for row in self.rows.in_order(run, states=OPEN_ROWS)]
        unreached = (row for row in open_rows if row.state is not RowState.WRITING)
        for portion in batched(unreached, _COMPLETED_AT_ONCE, strict=False):
            await self.rows.complete_unless_changed(portion, Outcome(RowState.UNPROCESSED, self._code(run)))
        return bool(open_rows) and bool([row async for row in self.rows.in_order(run, states=OPEN_ROWS)])

    def _code(self, run: Run) -> str:
        return run.code if run.code == "runExpired" else _NEVER_REACHED[run.state]


def _accounted(run: Run) -> Run:
    """The run; it becomes failed if the ledger holds fewer or more rows than were read, so that no loss is hidden."""
    if (found := sum(run.counts.values())) == run.total:
        return run
    event(EventName.ROWS_MISSING, run=run.id, rows=run.total, found=found)
    message = Said(
        "The run had {rows} and the ledger holds {found}: rows were deleted or added there. "
        "The result shows the outcome of the rows that remain. Upload the file again, or start the run again.",
        rows=rows_in_words(run.total),
        found=found,
    )
    return replace(transition(run, RunEvent.ROWS_MISSING), code="rowsMissing", message=message)
