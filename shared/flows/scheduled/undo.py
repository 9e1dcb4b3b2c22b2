"""Undo: a run that restores what another run has changed, wherever a slot still holds exactly what that run wrote.

The API, the console and the command line of the sandbox start it. It takes the earlier values from the changes.json of
each attempt, the newest first, and is then planned. Unless it is a preview, it is always held, and applied like any
run.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from shared.adapters.ledger.rows import RowStore
from shared.adapters.ledger.runs import RunStore
from shared.core.export.export_row import ExportRow
from shared.core.export.options import RunOptions
from shared.core.person.account import KeyKind, PersonKey
from shared.core.run.attempts import RowCounts
from shared.core.run.kept_changes import changes_blob
from shared.core.run.row import Row, new_row
from shared.core.run.run import Run
from shared.core.run.transitions import RunEvent, transition
from shared.core.run.undoing import Undoing, undoings_of
from shared.core.values.errors import BlobNotFoundError, PermanentError
from shared.core.values.states import SUCCEEDED_ROWS, Approval, Policy, RowState, Source
from shared.core.values.storage import ContainerPort
from shared.flows.pipeline.advance import Advanced
from shared.flows.scheduled.one_run_per_source import OneRunPerSource

_WRITTEN = SUCCEEDED_ROWS | {RowState.PARTIAL, RowState.UNCONFIRMED}


@dataclass(frozen=True, slots=True)
class EarlierValues:
    """The values before a run's changes, from the changes.json of its attempts."""

    results: ContainerPort

    async def of(self, run: Run) -> dict[str, Undoing]:
        """By object id. Raises PermanentError `undoTooLate` or `nothingToUndo`."""
        found = [attempt async for attempt in self._newest_first(run)]
        undoings = undoings_of(found)
        if not undoings:
            raise PermanentError("nothingToUndo", f"Run {run.id} has changed nothing.")
        return undoings

    async def _newest_first(self, run: Run) -> AsyncIterator[dict[str, Any]]:
        counts = ({}, *(attempt.counts for attempt in run.attempts))
        has_written = [_written(after) > _written(before) for before, after in pairwise(counts)]
        for number in range(len(run.attempts), 0, -1):
            try:
                yield json.loads(await self.results.read(changes_blob(run, number)))
            except BlobNotFoundError:
                if has_written[number - 1]:
                    raise PermanentError(
                        "undoTooLate", f"Run {run.id} is too old: the earlier values are no longer stored."
                    ) from None


@dataclass(frozen=True, slots=True)
class Undo:
    """Starts the undo of a run; `options` are those of every undo."""

    runs: RunStore
    earlier: EarlierValues
    one_run_per_source: OneRunPerSource
    options: RunOptions

    async def __call__(self, run_id: str, by: str, *, preview: bool = False) -> Run:
        """Returns the run that undoes it, or the one that is still open. A preview only plans.

        Raises PermanentError when the run does not exist, is not closed, has changed nothing, or is too old.
        """
        run = await self.runs.get(run_id)
        if run is None:
            raise PermanentError("runNotFound", f"There is no run {run_id}.")
        if not run.closed:
            raise PermanentError("runNotUndoable", f"Run {run.id} is {run.state}, and not closed yet.")
        await self.earlier.of(run)
        options = replace(self.options, approval=Approval.ALWAYS, on_existing=Policy.UNDO, preview=preview)
        new = self.one_run_per_source.new(Source.UNDO, by, options)
        undo = replace(new, name=f"undo of {run.id}", undoes=run.id, export_time=run.export_time)
        return await self.one_run_per_source.start(undo, f"{run.id}{'/preview' if preview else ''}")


@dataclass(frozen=True, slots=True)
class UndoReading:
    """The reading stage: one row for each person whom the run has changed."""

    runs: RunStore
    rows: RowStore
    earlier: EarlierValues

    async def __call__(self, run: Run) -> Advanced:
        undone = await self.runs.get(run.undoes)
        try:
            found = {} if undone is None else await self.earlier.of(undone)
        except PermanentError as refusal:  # since the undo was started, the values were deleted
            return Advanced(replace(transition(run, RunEvent.NO_ROWS), message=refusal.message), at_once=True)
        rows = [_row(run, number, person, found[person]) for number, person in enumerate(sorted(found), 1)]
        await self.rows.insert_missing(run.id, rows)
        read = replace(run, total=len(rows), first_row=1, last_row=len(rows))
        return Advanced(transition(read, RunEvent.ROWS_READ), at_once=True)


def _row(run: Run, number: int, person: str, undoing: Undoing) -> Row:
    row = new_row(run.id, ExportRow(number, PersonKey(KeyKind.OBJECT_ID, person)))
    return replace(row, object_id=person, undoing=undoing)


def _written(counts: RowCounts) -> int:
    return sum(counts.get(state, 0) for state in _WRITTEN)
