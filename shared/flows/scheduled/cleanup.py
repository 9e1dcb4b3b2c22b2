"""The clean-up: a run that removes the numbers of people who need none, by the newest readiness report.

The API and the command line of the sandbox start it. Its rows are like those of an export that says `remove`; the run
is then planned, always held, and applied like any other, and an undo restores the numbers. Before each removal,
`CleanUpCheck` reads the person's methods again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from shared.adapters.ledger.people import PeopleStore
from shared.adapters.ledger.rows import RowStore
from shared.core.export.options import RunOptions
from shared.core.record.drift import removal_row
from shared.core.record.readiness import Readiness
from shared.core.run.run import Run
from shared.core.run.transitions import RunEvent, transition
from shared.core.values.errors import PermanentError
from shared.core.values.said import Said
from shared.core.values.slot import PHONE_SLOTS, Slot
from shared.core.values.states import Approval, Policy, Source
from shared.flows.graph_ports import DirectoryPort
from shared.flows.pipeline.advance import Advanced
from shared.flows.pipeline.readiness_reports import ReadinessReports
from shared.flows.scheduled.one_run_per_source import OneRunPerSource


@dataclass(frozen=True, slots=True)
class CleanUp:
    """Starts a clean-up; `options` are those of every run that no file starts."""

    one_run_per_source: OneRunPerSource
    reports: ReadinessReports
    graph: DirectoryPort
    options: RunOptions
    allow_removals: bool
    reads_lists: bool
    """Whether the cloud has lists of all methods."""
    removes_any: bool
    """Whether CLEANUP_SCOPE is `any`: numbers that the app neither wrote nor adopted go too."""

    async def __call__(self, by: str) -> Run:
        """Returns the run that was started, or the one that is still open.

        Raises PermanentError `cleanUpNotPossible` without ALLOW_REMOVALS, the permission to read all methods, or a
        readiness report.
        """
        if not self.allow_removals:
            raise _not_possible("removals are not allowed here.")
        if not self.reads_lists or not await self.graph.reads_all_methods():
            raise _not_possible("the app may not read all authentication methods (UserAuthenticationMethod.Read.All).")
        if await self.reports.newest() is None:
            raise _not_possible("no readiness run has finished yet.")
        policy = Policy.OVERWRITE if self.removes_any else Policy.OWNED
        options = replace(self.options, approval=Approval.ALWAYS, on_existing=policy)
        new = self.one_run_per_source.new(Source.CLEANUP, by, options)
        return await self.one_run_per_source.start(new)


@dataclass(frozen=True, slots=True)
class CleanUpReading:
    """The reading stage: one row for each person whose number can go.

    With CLEANUP_SCOPE `app`, only if the app wrote or adopted the number.
    """

    reports: ReadinessReports
    people: PeopleStore
    rows: RowStore

    async def __call__(self, run: Run) -> Advanced:
        people = await self._who_need_none()
        by_person = self._any(people) if run.options.on_existing is Policy.OVERWRITE else self._written(people)
        rows = [
            removal_row(run.id, number, person, slots)
            for number, (person, slots) in enumerate([one async for one in by_person], 1)
        ]
        await self.rows.put(run.id, rows)
        await self.rows.delete_after(replace(run, first_row=1, last_row=len(people)), len(rows))
        if not rows:
            message = Said(
                "There is no number to remove: of the people who need no number, none has one that may be removed."
            )
            return Advanced(replace(transition(run, RunEvent.NO_ROWS), message=message), at_once=True)
        read = replace(run, total=len(rows), first_row=1, last_row=len(rows))
        return Advanced(transition(read, RunEvent.ROWS_READ), at_once=True)

    async def _who_need_none(self) -> list[str]:
        report = await self.reports.newest() or {"classes": ()}
        of_class = (one for one in report["classes"] if one["class"] == Readiness.NUMBER_CAN_GO)
        return sorted(person["id"] for one in of_class for person in one["people"])

    async def _any(self, people: list[str]) -> AsyncIterator[tuple[str, tuple[Slot, ...]]]:
        for person in people:
            yield person, PHONE_SLOTS

    async def _written(self, people: list[str]) -> AsyncIterator[tuple[str, tuple[Slot, ...]]]:
        """The people for whom the app wrote or adopted a number, each with the slots concerned."""
        wanted = frozenset(people)
        async for record in self.people.all():
            slots = tuple(slot for slot in record.base() if slot in PHONE_SLOTS)
            if slots and record.object_id.lower() in wanted:
                yield record.object_id, slots


def _not_possible(why: str) -> PermanentError:
    return PermanentError("cleanUpNotPossible", f"A clean-up is not possible: {why}")
