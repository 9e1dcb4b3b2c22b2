"""The age of the content of HR's exports: hold a run whose content is old and would take people back.

The rules are in `shared.core.record.taken_back`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from shared.adapters.ledger.people import PeopleStore
from shared.adapters.ledger.rows import RowStore
from shared.adapters.ledger.runs import RunStore
from shared.core.export.export_folders import folder_of
from shared.core.plan.plan import Plan
from shared.core.record.ownership_record import OwnershipRecord
from shared.core.record.taken_back import (
    DatedExport,
    EarlierUpload,
    replaces_desired,
    was_set_after,
    was_set_after_upload,
)
from shared.core.run.run import Run
from shared.core.run.run_ids import time_of
from shared.core.values.said import Said, people_in_words
from shared.core.values.states import EXPORTS, RowState

_READ_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class ContentAge:
    runs: RunStore
    rows: RowStore
    people: PeopleStore

    async def concerns(self, run: Run) -> tuple[Said, ...]:
        """Sentences that hold the run, given its planned rows; none when it takes no person back."""
        if run.source not in EXPORTS:
            return ()
        earlier, newer = await self._earlier(run), await self._newer(run)
        if earlier is None and newer is None:
            return ()
        repeated, dated = 0, 0
        contents: dict[str, frozenset[str]] = {}
        async for plan, record in self._people_to_change(run):
            if not replaces_desired(plan, record):
                continue
            if earlier is not None and was_set_after_upload(record, earlier, await self._content(record.run, contents)):
                repeated += 1
            elif newer is not None and run.content_date is not None and was_set_after(record, run.content_date):
                dated += 1
        return (*_of_repeated(earlier, repeated), *_of_dated(newer, run.content_date, dated))

    async def remember(self, run: Run) -> None:
        """Remember the date of an export that begins to be applied, for later exports of its folder.

        The latest date counts, unless a person has approved older content: then that is what is in force.
        """
        if run.source not in EXPORTS or run.content_date is None:
            return
        last = await self.runs.last_dated_export(_folder(run))
        if last is None or run.approved_by or run.content_date > last.date:
            await self.runs.remember_dated_export(_folder(run), DatedExport(run.id, run.content_date), last)

    async def _earlier(self, run: Run) -> EarlierUpload | None:
        if not run.same_content_as:
            return None
        first = await self.runs.get(run.same_content_as)
        export_time = first.export_time if first else time_of(run.same_content_as)
        return EarlierUpload(run.same_content_as, export_time, _digests(run))

    async def _newer(self, run: Run) -> DatedExport | None:
        last = await self.runs.last_dated_export(_folder(run)) if run.content_date else None
        return last if last and run.content_date and run.content_date < last.date else None

    async def _content(self, run_id: str, known: dict[str, frozenset[str]]) -> frozenset[str]:
        """The digests of the export that set a person's values; none = it is no export, or no longer known."""
        if run_id not in known:
            setter = await self.runs.get(run_id) if run_id else None
            known[run_id] = _digests(setter) if setter else frozenset()
        return known[run_id]

    async def _people_to_change(self, run: Run) -> AsyncIterator[tuple[Plan, OwnershipRecord]]:
        """Plan and ownership record of every row with operations, read in portions."""
        portion: list[tuple[Plan, str]] = []
        async for row in self.rows.in_order(run, states={RowState.PLANNED}):
            if row.plan is not None and row.plan.operations:
                portion.append((row.plan, row.object_id))
            if len(portion) == _READ_AT_ONCE:
                for found in await self._with_records(portion):
                    yield found
                portion = []
        for found in await self._with_records(portion):
            yield found

    async def _with_records(self, portion: list[tuple[Plan, str]]) -> list[tuple[Plan, OwnershipRecord]]:
        records = await asyncio.gather(*(self.people.get(object_id) for _, object_id in portion))
        return [(plan, record) for (plan, _), record in zip(portion, records, strict=True)]


def _digests(run: Run) -> frozenset[str]:
    return frozenset({run.content_sha256, run.rows_digest} - {""})


def _folder(run: Run) -> str:
    """Uploads over HTTP have no folder; they are compared with each other."""
    return f"{run.source}:{folder_of(run.name)}"


def _of_repeated(earlier: EarlierUpload | None, people: int) -> tuple[Said, ...]:
    if earlier is None or not people:
        return ()
    concern = Said(
        "the file has the same content as run {run}, and other values have replaced that since: {taken_back}",
        run=earlier.run,
        taken_back=_taken_back(people),
    )
    return (concern,)


def _of_dated(newer: DatedExport | None, date: datetime | None, people: int) -> tuple[Said, ...]:
    if newer is None or date is None or not people:
        return ()
    concern = Said(
        "the file is of {own}; the last applied file of its folder ({run}) is of a later date, {last}: {taken_back}",
        own=date,
        run=newer.run,
        last=newer.date,
        taken_back=_taken_back(people),
    )
    return (concern,)


def _taken_back(people: int) -> Said:
    return Said("{people} would be taken back to older values", people=people_in_words(people))
