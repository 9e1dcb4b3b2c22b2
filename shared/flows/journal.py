"""Records in the audit journal what was decided, done, revealed and erased, and audits a run by it.

`chain` appends the records. The release of a run, with the decisions before it, is recorded before its first write, and
the end of a run before it is saved as closed. The API and the console record each reveal before they answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from shared.adapters.ledger.rows import RowStore
from shared.core.run.journal_chain import Entry
from shared.core.run.journal_records import (
    ROWS_PER_RECORD,
    changed_files,
    entries_of,
    entry_of_end,
    entry_of_erasure,
    entry_of_request,
    entry_of_rows,
)
from shared.core.run.kept_changes import changes_blob
from shared.core.run.row import Row
from shared.core.run.run import Run
from shared.core.values.clock import Clock
from shared.core.values.errors import BlobNotFoundError, PermanentError
from shared.core.values.states import EXPORTS
from shared.core.values.storage import ContainerPort
from shared.flows.chain import REMEDY, Journal, VerifiedJournal
from shared.telemetry.events import EventName
from shared.telemetry.signals import event

_PORTIONS_TOGETHER = 10
"""How many records are collected before they are appended. A record about rows covers up to ROWS_PER_RECORD rows."""
_PROBLEMS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class RunAudit:
    """The records about a run. `changed_files` differ from their HMACs in the journal."""

    journal: VerifiedJournal
    changed_files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunJournal:
    """Records runs, calls, requests and erasures. `versions` are those of the app and of Graph's API."""

    journal: Journal
    rows: RowStore
    results: ContainerPort
    returns: ContainerPort
    clock: Clock
    versions: Mapping[str, str]

    async def decided(self, run: Run) -> None:
        """Record what was decided about the run so far: held, released, and every decision about it."""
        if entries := entries_of(run, self.versions):
            await self.journal.note(entries)

    async def ended(self, run: Run, rows: Sequence[Row] | None = None) -> None:
        """Record the end of the present attempt with the outcome of each row, before the run is saved as closed.

        `rows` are those of the run, if the caller has them; otherwise only a part of them is in memory at a time.
        """
        now, entries = self.clock.now(), entries_of(run, self.versions)
        portions = self._portions(run) if rows is None else _once(rows)
        number = 0
        async for portion in portions:
            entries.append(entry_of_rows(run, number, portion, now))
            number += 1
            if len(entries) >= _PORTIONS_TOGETHER:
                await self.journal.note(entries)
                entries = []
        await self.journal.note([*entries, entry_of_end(run, await self.files(run), now)])

    async def _portions(self, run: Run) -> AsyncIterator[Sequence[Row]]:
        portion: list[Row] = []
        async for row in self.rows.in_order(run):
            portion.append(row)
            if len(portion) == ROWS_PER_RECORD:
                yield portion
                portion = []
        if portion:
            yield portion

    async def check_end(self) -> None:
        """Raise PermanentError `journalBroken` when nothing can be recorded."""
        await self.journal.check_end()

    async def revealed(
        self, operation: str, by: str, *, person: str = "", run: str = "", row: int | None = None
    ) -> None:
        """Record a reveal, before the numbers are shown."""
        now = self.clock.now()
        await self.journal.note([entry_of_request("reveal", operation, by, now, person=person, run=run, row=row)])
        event(EventName.REVEALED, operation=operation, by=by, person=person, run=run, row=row)

    async def decided_without_run(self, operation: str, by: str, *, person: str = "") -> None:
        """Record a decision of a person that is about no run."""
        await self.journal.note([entry_of_request("decision", operation, by, self.clock.now(), person=person)])

    async def erased(self, run: Run, attempt: int, name: str, *, old: bytes, new: bytes | None) -> None:
        """Record that an erasure changes or deletes a file, before it does."""
        await self.journal.note([entry_of_erasure(run, attempt, name, self.clock.now(), old=old, new=new)])

    async def forgotten(self, run: Run) -> None:
        """Record that the run is deleted, and with it the secret of its HMACs; its records stay."""
        await self.journal.note([Entry("forgotten", self.clock.now(), {"run": run.id})])
        await self.journal.store.forget(run.id)

    async def audit(self, run: Run) -> RunAudit:
        """The records about the run, its files that were changed, and damage to the journal.

        The journal is verified from the file with the run's first record on.
        """
        journal_files = await self.journal.store.files_of(run.id)
        found = await self.journal.verify(min(journal_files, default=""), about=run.id)
        return RunAudit(found, tuple(changed_files(run, found.records, await self.files(run))))

    async def check(self) -> None:
        """Verify the whole journal. Raises PermanentError `journalBroken` that says where it is damaged."""
        await self.journal.note([])
        problems = (await self.journal.verify()).problems
        if problems:
            shown = "; ".join(map(str, problems[:_PROBLEMS_SHOWN]))
            event(EventName.JOURNAL_DAMAGED, problems=len(problems), places=shown)
            raise PermanentError("journalBroken", f"The journal is not whole: {shown}.", remedy=REMEDY)

    async def files(self, run: Run) -> dict[str, bytes]:
        """The content of the present attempt's files that exist, by kind.

        Files are not named here, because the name of a file may contain that of a person.
        """
        blobs = self.blobs(run)
        read = await asyncio.gather(*(_content(container, name) for container, name in blobs.values()))
        return {kind: content for kind, content in zip(blobs, read, strict=True) if content is not None}

    def blobs(self, run: Run) -> dict[str, tuple[ContainerPort, str]]:
        """Container and name of each file of the present attempt, by kind; "" = it was never written."""
        changes = {"changes.json": (self.results, changes_blob(run))}
        if run.is_single_call:
            return changes
        return {
            "input": (self.results, run.input_blob),
            "plan.json": (self.results, f"{run.folder}/plan.json"),
            "plan.xlsx": (self.results, f"{run.folder}/plan.xlsx"),
            **changes,
            "summary.json": (self.results, f"{run.folder}/summary.json"),
            "result": (self.returns if run.source in EXPORTS else self.results, run.result_blob),
        }


async def _once[T](value: T) -> AsyncIterator[T]:
    yield value


async def _content(container: ContainerPort, name: str) -> bytes | None:
    if not name:
        return None
    with suppress(BlobNotFoundError):
        return await container.read(name)
    return None
