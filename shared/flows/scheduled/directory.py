"""Numbers from the directory: a delta round over the users becomes an export of those who changed, and then a run.

Begun by the timer, over HTTP or by hand; read page by page by `AdvanceRun`. The link to the next round is kept only
when
its run has finished: after a rejection, a failure or an expiry the next round is a full one.
"""

from __future__ import annotations

import asyncio
import csv
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO

from shared.core.export.directory_source import HEADERS, ChangedUser, DirectorySource
from shared.core.export.options import RunOptions
from shared.core.run.run import DeltaRound, ReadFigures, Run
from shared.core.run.transitions import RunEvent, transition
from shared.core.values.errors import ExplainedError, GraphRefusedError
from shared.core.values.states import RunState, Source
from shared.core.values.storage import ContainerPort
from shared.flows.intake.read_export import ReadExport
from shared.flows.pipeline.advance import Advanced
from shared.flows.ports import DirectoryLists, RunStore
from shared.flows.scheduled.one_run_per_source import OneRunPerSource, run_to_read

PAGES_PER_STEP = 20
_RESYNC = 410
_MOST_RESTARTS = 3
_NAME = "directory.csv"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DirectoryRound:
    """The verb."""

    one_run_per_source: OneRunPerSource
    runs: RunStore
    source: DirectorySource
    options: RunOptions

    async def __call__(self, started_by: str = "timer") -> Run | None:
        """The round that was begun, or the one that is still open; None when DIRECTORY_SOURCE names nothing."""
        if not self.source.pairs:
            return None
        last = await self.runs.delta_round()
        new = run_to_read(Source.DIRECTORY, started_by, self.options, self.one_run_per_source.clock.now())
        if last is not None and last.source == str(self.source):
            new = replace(new, read_position=last.link, people_without_row=last.people)
        return await self.one_run_per_source.begin(new)


@dataclass(frozen=True, slots=True)
class DirectoryReading:
    """The reading stage. `run.place` is the link to read next; "" = everybody, from the beginning."""

    users: DirectoryLists
    source: DirectorySource
    results: ContainerPort
    read_export: ReadExport

    async def __call__(self, run: Run) -> Advanced:
        link, found, is_last = run.read_position, list[ChangedUser](), False
        for _ in range(PAGES_PER_STEP):
            try:
                page = await self.users.changed_users(link, self.source.properties)
            except ExplainedError as error:
                if not _asks_for_everybody(error) or not link:
                    raise
                return await self._begin_again(run, error)
            found += page.items
            link, is_last = page.next_link or page.delta_link or "", page.delta_link is not None
            if is_last:
                break
        await self._keep(run, found)
        advanced = replace(run, read_position=link)
        return Advanced(await self._read(advanced) if is_last else advanced, at_once=True)

    async def _begin_again(self, run: Run, error: ExplainedError) -> Advanced:
        """The link is too old, or not one of this Graph: what it led to is dropped and everybody is read."""
        restarts = (run.read_figures.restarts if run.read_figures else 0) + 1
        if restarts > _MOST_RESTARTS:
            message = f"The directory asked {restarts} times to start the round again: {error.message}"
            failed = replace(transition(run, RunEvent.GRAPH_REFUSED), code=error.code, message=message)
            return Advanced(failed, at_once=True)
        log.warning("Run %s: the round begins again with everybody (%s).", run.id, error.code)
        async for info in self.results.list(_parts(run)):
            await self.results.delete(info.name)
        return Advanced(
            replace(run, read_position="", people_without_row=0, read_figures=ReadFigures(restarts=restarts)),
            at_once=True,
        )

    async def _keep(self, run: Run, users: Sequence[ChangedUser]) -> None:
        """Set aside what these pages say; a step that is repeated writes the same part again."""
        part = [[user.id, None if user.removed else self.source.cells(user)] for user in users]
        await self.results.write(f"{_parts(run)}{run.step:07d}.json", json.dumps(part).encode())

    async def _read(self, run: Run) -> Run:
        """The export of this round, and the run that has read it."""
        told = await self._all_told(run)
        gone = sum(cells is None for cells in told.values())
        asking = {user: cells for user, cells in told.items() if cells and any(cells.values())}
        people = max(run.people_without_row, len(told) - gone)
        notes = (f"{gone} accounts were deleted",) if gone else ()
        filled = replace(run, name=_NAME, people_without_row=people - len(asking), notes=notes)
        if not asking:
            message = "No number in the directory has changed."
            return replace(transition(filled, RunEvent.NO_ROWS), message=message)
        data = await asyncio.to_thread(_export, asking)
        filled = replace(filled, input_blob=f"{run.id}/input.csv")
        await self.results.write(filled.input_blob, data)
        read = await self.read_export(filled, data)
        return replace(read, notes=(*notes, *read.notes))

    async def _all_told(self, run: Run) -> dict[str, dict[str, str] | None]:
        """The cells of everybody in the round, None for who is gone: what comes later counts, part by part."""
        told: dict[str, dict[str, str] | None] = {}
        async for info in self.results.list(_parts(run)):
            for user, cells in json.loads(await self.results.read(info.name)):
                told[user] = None if cells is None else {**(told.get(user) or {}), **cells}
        return told


@dataclass(frozen=True, slots=True)
class RememberDeltaRound:
    """When a directory round is over: store where the next round begins, or that it begins with everyone."""

    runs: RunStore
    source: DirectorySource

    async def __call__(self, run: Run) -> None:
        latest = await self.runs.latest_run(Source.DIRECTORY)
        if latest is None or latest.run != run.id:  # a redriven old run knows nothing newer
            return
        if run.state is RunState.FINISHED:
            people = run.people_without_row + run.total
            await self.runs.remember_delta_round(DeltaRound(run.read_position, str(self.source), people))
        else:
            await self.runs.forget_delta_round()


def _asks_for_everybody(error: ExplainedError) -> bool:
    return error.code == "foreignAddress" or (isinstance(error, GraphRefusedError) and error.status == _RESYNC)


def _parts(run: Run) -> str:
    return f"{run.id}/directory/"


def _export(people: Mapping[str, Mapping[str, str]]) -> bytes:
    """A CSV as HR might have dropped it: one row per person, blank where nothing is said."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(["objectId", *HEADERS.values()])
    for user, cells in people.items():
        writer.writerow([user, *(cells.get(slot, "") for slot in HEADERS)])
    return text.getvalue().encode()
