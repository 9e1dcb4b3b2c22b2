"""Directory round: make an export of the users that Graph's delta query reports, and run it like one from HR.

A timer, the API or the command line of the sandbox starts it; `AdvanceRun` reads it page by page. The link to the next
round is stored only when the run has finished. After a run that ended otherwise, the next round reads every user.
"""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO

from shared.adapters.ledger.runs import RunStore
from shared.core.export.directory_source import HEADERS, ChangedUser, DirectorySource
from shared.core.export.options import RunOptions
from shared.core.run.approvers import BY_TIMER
from shared.core.run.delta_round import DeltaRound
from shared.core.run.run import ReadFigures, Run
from shared.core.run.transitions import RunEvent, transition
from shared.core.values.errors import ExplainedError, GraphRefusedError
from shared.core.values.said import Said, counted
from shared.core.values.states import RunState, Source
from shared.core.values.storage import ContainerPort
from shared.flows.graph_ports import DirectoryPort
from shared.flows.intake.read_export import ReadExport
from shared.flows.pipeline.advance import Advanced
from shared.flows.pipeline.reports import StepParts
from shared.flows.scheduled.one_run_per_source import OneRunPerSource
from shared.telemetry.events import EventName
from shared.telemetry.signals import event

PAGES_PER_STEP = 20
_RESYNC = 410
_MAX_RESTARTS = 3
_NAME = "directory.csv"


@dataclass(frozen=True, slots=True)
class DirectoryRound:
    """Starts a round."""

    one_run_per_source: OneRunPerSource
    runs: RunStore
    source: DirectorySource
    options: RunOptions

    async def __call__(self, started_by: str = BY_TIMER) -> Run | None:
        """Returns the run that was started, or the one that is still open; None when DIRECTORY_SOURCE is empty."""
        if not self.source.pairs:
            return None
        last = await self.runs.delta_round()
        new = self.one_run_per_source.new(Source.DIRECTORY, started_by, self.options)
        if last is not None and last.source == str(self.source):
            new = replace(new, read_position=last.link, people_without_row=last.people)
        return await self.one_run_per_source.start(new)


@dataclass(frozen=True, slots=True)
class DirectoryReading:
    """The reading stage. `run.read_position` is the next link to read; "" = every user from the beginning."""

    users: DirectoryPort
    source: DirectorySource
    results: ContainerPort
    read_export: ReadExport

    async def __call__(self, run: Run) -> Advanced:
        link, found, is_last = run.read_position, list[ChangedUser](), False
        for _ in range(PAGES_PER_STEP):
            try:
                page = await self.users.changed_users(link, self.source.properties)
            except ExplainedError as error:
                if not _needs_full_round(error) or not link:
                    raise
                return await self._restart(run, error)
            found += page.items
            link, is_last = page.next_link or page.delta_link or "", page.delta_link is not None
            if is_last:
                break
        await self._store(run, found)
        advanced = replace(run, read_position=link)
        return Advanced(await self._read(advanced) if is_last else advanced, at_once=True)

    async def _restart(self, run: Run, error: ExplainedError) -> Advanced:
        """Start the round again with every user, because the link is too old or belongs to another cloud."""
        restarts = (run.read_figures.restarts if run.read_figures else 0) + 1
        if restarts > _MAX_RESTARTS:
            message = Said(
                "The directory asked {times} to start the round again: {why}",
                times=counted(restarts, "time", "times"),
                why=error.message,
            )
            failed = replace(transition(run, RunEvent.GRAPH_REFUSED), code=error.code, message=message)
            return Advanced(failed, at_once=True)
        event(EventName.ROUND_RESTARTED, run=run.id, code=error.code)
        await self._parts.delete(run)
        return Advanced(
            replace(run, read_position="", people_without_row=0, read_figures=ReadFigures(restarts=restarts)),
            at_once=True,
        )

    async def _store(self, run: Run, users: Sequence[ChangedUser]) -> None:
        """Store the users that these pages report."""
        await self._parts.store(run, [[user.id, None if user.removed else self.source.cells(user)] for user in users])

    @property
    def _parts(self) -> StepParts:
        return StepParts(self.results, "directory")

    async def _read(self, run: Run) -> Run:
        """Write the export of this round; returns the run after reading it."""
        reported = await self._all_reported(run)
        gone = sum(cells is None for cells in reported.values())
        with_values = {user: cells for user, cells in reported.items() if cells and any(cells.values())}
        people = max(run.people_without_row, len(reported) - gone)
        notes = (counted(gone, "account was deleted", "accounts were deleted"),) if gone else ()
        filled = replace(run, name=_NAME, people_without_row=people - len(with_values), notes=notes)
        if not with_values:
            message = Said("No number in the directory has changed.")
            return replace(transition(filled, RunEvent.NO_ROWS), message=message)
        data = await asyncio.to_thread(_export, with_values)
        filled = replace(filled, input_blob=f"{run.id}/input.csv")
        await self.results.write(filled.input_blob, data)
        read = await self.read_export(filled, data)
        return replace(read, notes=(*notes, *read.notes))

    async def _all_reported(self, run: Run) -> dict[str, dict[str, str] | None]:
        """The cells of the round by user; None = the user was deleted. Later parts replace cells of earlier ones."""
        reported: dict[str, dict[str, str] | None] = {}
        async for part in self._parts.all(run):
            for user, cells in part:
                reported[user] = None if cells is None else {**(reported.get(user) or {}), **cells}
        return reported


@dataclass(frozen=True, slots=True)
class RememberDeltaRound:
    """Stores, when a directory round is over, where the next round begins, or that it reads every user."""

    runs: RunStore
    source: DirectorySource

    async def __call__(self, run: Run) -> None:
        latest = await self.runs.latest_run(Source.DIRECTORY)
        if latest is None or latest.run != run.id:  # an older run that was redriven does not have the newest link
            return
        if run.state is RunState.FINISHED:
            people = run.people_without_row + run.total
            await self.runs.remember_delta_round(DeltaRound(run.read_position, str(self.source), people))
        else:
            await self.runs.forget_delta_round()


def _needs_full_round(error: ExplainedError) -> bool:
    return error.code == "foreignAddress" or (isinstance(error, GraphRefusedError) and error.status == _RESYNC)


def _export(people: Mapping[str, Mapping[str, str]]) -> bytes:
    """A CSV file like one from HR: one row per person, with a blank cell where the directory has no value."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(["objectId", *HEADERS.values()])
    for user, cells in people.items():
        writer.writerow([user, *(cells.get(slot, "") for slot in HEADERS)])
    return text.getvalue().encode()
