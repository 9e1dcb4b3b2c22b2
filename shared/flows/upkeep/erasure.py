"""Find what the app stores about a person, and erase it on request.

The journal stays, because it cannot be changed; docs/privacy.md says what it holds and for how long.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import PurePosixPath

from shared.adapters.ledger.call_quotas import CallQuotaStore
from shared.adapters.ledger.people import PeopleStore
from shared.adapters.ledger.rows import RowStore
from shared.adapters.ledger.runs import RunStore
from shared.core.person.account import UUID
from shared.core.run.erasure import Sought, erased_row
from shared.core.run.row import Row
from shared.core.run.run import Run
from shared.core.values.clock import Clock
from shared.core.values.errors import PermanentError, RetryLaterError
from shared.core.values.said import counted
from shared.core.values.states import RunState
from shared.flows.journal import RunJournal
from shared.flows.upkeep.files_of_person import FilesOfPerson, StoredFile
from shared.flows.upkeep.value_holders import ValueHolders

SHORTEST_NAME = 3
"""The fewest characters of an earlier name: a shorter one would match files about other people."""
_LOCK, _LOCKED_FOR = "erasure", timedelta(minutes=2)

NamesOf = Callable[[str], Awaitable[Collection[str]]]
"""Returns the names that the directory has for an account; none for an account that is gone."""


@dataclass(frozen=True, slots=True)
class PersonData:
    """What the app stores about a person. The records in the journal and the files in `unsearched` are not erased."""

    object_id: str
    has_record: bool
    rows: Mapping[str, Sequence[Row]] = field(repr=False)
    """By the id of the run."""
    files: tuple[StoredFile, ...]
    unsearched: tuple[StoredFile, ...]
    """Files that the app cannot search: a person has to look."""
    in_the_way: tuple[str, ...]
    """The ids of open runs, and the names of exports that wait to be read; while there are any, nothing is erased."""
    journal: Mapping[str, Sequence[int]]
    """The numbers of the records that name the person, also as the actor, by file of the journal. They stay."""


@dataclass(frozen=True, slots=True)
class Erasure:
    runs: RunStore
    rows: RowStore
    people: PeopleStore
    holders: ValueHolders
    counted_calls: CallQuotaStore
    files: FilesOfPerson
    journal: RunJournal
    names_of: NamesOf
    clock: Clock

    async def find(self, object_id: str, also: Iterable[str] = ()) -> PersonData:
        """What is stored about the person; `also` are names that the directory does not know, such as earlier ones.

        Raises PermanentError `badRequest` for an id or a name that may stand in files about other people.
        """
        sought = await self._sought(object_id, also)
        return await self._find(sought, await self._all_runs())

    async def erase(self, object_id: str, also: Iterable[str], by: str) -> PersonData:
        """Erase what is stored about the person, and return what was found. After a crash, repeat the call.

        Raises PermanentError `badRequest` and `personInOpenRun`, and RetryLaterError `personLocked` while another flow
        has the person's lock.
        """
        sought, runs = await self._sought(object_id, also), await self._all_runs()
        found = await self._find(sought, runs)
        if found.in_the_way:
            open_runs = [one for one in found.in_the_way if one in runs]
            waiting = counted(len(found.in_the_way) - len(open_runs), "export that waits", "exports that wait")
            raise PermanentError(  # an export is counted, because its name may be a person's
                "personInOpenRun",
                "Nothing was erased, because the person is, or may be, in open work: "
                f"{waiting} to be read, and runs {', '.join(open_runs) or '(none)'}.",
                remedy="Decide about these runs or wait until they end and every export is read, then repeat the call.",
            )
        await self._keep_writers_out(sought)
        await self.journal.decided_without_run("ErasePersonData", by, person=sought.object_id)
        for stored in found.files:
            await self._erase_file(stored)
        for identity, rows in found.rows.items():  # after the files, which are found by them
            await self._erase_rows(runs[identity], rows)
        await self.rows.forget_person(sought.object_id)
        for run in runs.values():
            if sought.is_in(run.name):
                await self.runs.save(_renamed(run))
        await self.holders.forget(sought.object_id)
        await self.counted_calls.forget_person(sought.object_id)
        await self.people.forget(sought.object_id)
        return found

    async def _sought(self, object_id: str, also: Iterable[str]) -> Sought:
        """The texts to search for. Raises PermanentError `badRequest` for an id or name that may match other people."""
        if re.fullmatch(UUID, object_id) is None:
            raise PermanentError("badRequest", "The id of the person is not an object id.")
        names = [name.strip() for name in also]
        if any(len(name) < SHORTEST_NAME for name in names):
            raise PermanentError("badRequest", f"An earlier name has fewer than {SHORTEST_NAME} characters.")
        return Sought.of(object_id, [*await self.names_of(object_id), *names])

    async def _all_runs(self) -> dict[str, Run]:
        return {run.id: run async for run in self.runs.all()}

    async def _find(self, sought: Sought, runs: Mapping[str, Run]) -> PersonData:
        rows, in_the_way = dict[str, list[Row]](), list[str]()
        for run in runs.values():
            stored = [row async for row in self.rows.in_order(run)]
            theirs = [row for row in stored if sought.has_row(row)]
            if theirs:
                rows[run.id] = theirs
            if not run.closed and (theirs or not stored or run.state is RunState.READING):
                in_the_way.append(run.id)
        files = [one async for one in self.files.find(sought, runs, rows.keys())]
        in_the_way += [one.info.name for one in files if one.waits]
        record = await self.people.get(sought.object_id)
        return PersonData(
            object_id=sought.object_id,
            has_record=bool(record.etag),
            rows=rows,
            files=tuple(one for one in files if one.is_certain and not one.waits),
            unsearched=tuple(one for one in files if not one.is_certain and not one.waits),
            in_the_way=tuple(in_the_way),
            journal=await self.journal.journal.naming(sought.object_id),
        )

    async def _keep_writers_out(self, sought: Sought) -> None:
        """Take the lock of the person, if there is a record; the lock is deleted with the record."""
        record, now = await self.people.get(sought.object_id), self.clock.now()
        if not record.etag:
            return
        if record.is_locked_for(_LOCK, now):
            raise RetryLaterError(
                "personLocked", "another run or call is acting on this person", delay=_LOCKED_FOR.total_seconds()
            )
        await self.people.save(replace(record, locked_until=now + _LOCKED_FOR, locked_by=_LOCK))

    async def _erase_file(self, stored: StoredFile) -> None:
        """Delete the file or write it without the person, then delete its earlier versions.

        A file of a run gets its record in the journal first. If `stored` is itself an earlier
        version, it is only deleted.
        """
        container, info = stored.container, stored.info
        if info.copy:
            await container.delete(info.name, copy=info.copy)
            return
        if stored.run is not None:
            attempt, name = self._name_in_journal(stored.run, stored)
            old = await container.read(info.name)
            await self.journal.erased(stored.run, attempt, name, old=old, new=stored.new)
        if stored.new is None:
            await container.delete(info.name, if_match=info.etag)
        else:
            await container.write(info.name, stored.new, metadata=info.metadata)
        async for one in container.list(info.name, copies=True):
            if one.name == info.name and one.copy:
                await container.delete(one.name, copy=one.copy)

    def _name_in_journal(self, run: Run, stored: StoredFile) -> tuple[int, str]:
        """The attempt of a file, and the app's own name for the file, because its name may be a person's."""
        for number in range(len(run.attempts), 0, -1):
            blobs = self.journal.blobs(replace(run, attempts=run.attempts[:number]))
            for name, (container, blob) in blobs.items():
                if (container, blob) == (stored.container, stored.info.name):
                    return number, name
        return len(run.attempts), self.files.kind_of(stored)

    async def _erase_rows(self, run: Run, rows: Sequence[Row]) -> None:
        """A call is about one person alone, so its run goes with its row."""
        if not run.is_single_call:
            for row in rows:
                await self.rows.save(erased_row(row))
            return
        await self.rows.purge(run)
        await self.journal.forgotten(run)
        await self.runs.delete(run.id)


def _renamed(run: Run) -> Run:
    """The run without the name of its file, and of the results that were named after it and are gone."""
    attempts = tuple(replace(attempt, result_blob="") for attempt in run.attempts)
    return replace(run, name=f"erased{PurePosixPath(run.name).suffix}", attempts=attempts)
