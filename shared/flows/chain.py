"""Appends to the audit journal, a chain of records in append-only files, and verifies it.

Several processes append to the same file. An append is conditional on the length that the head
names, so one process wins, and the others read its records and try again. After a crash, the next
append reads the lines beyond the head and moves the head. The head and the ids of the records
change in one transaction, so no record is lost or doubled, and the chain never forks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from shared.adapters.ledger.journal import JournalStore
from shared.core.run.journal_chain import (
    Entry,
    JournalHead,
    JournalProblem,
    JournalVerifier,
    StoredHead,
    chained,
    file_after,
    numbers_naming,
    records,
    rolled,
)
from shared.core.values.clock import Clock
from shared.core.values.errors import ConcurrencyError, PermanentError
from shared.core.values.storage import ContainerPort
from shared.telemetry.events import EventName
from shared.telemetry.signals import event

SETTINGS = "settings"
_TRIES = 50
_MOST_TOGETHER = 90
"""Entries of one append: their ids and the head fit into one transaction."""

REMEDY = "Keep the container as it is, and find out who has written to it or to Runs; see docs/audit.md."


class _BrokenError(PermanentError):
    def __init__(self, message: str) -> None:
        super().__init__("journalBroken", message, remedy=REMEDY)


@dataclass(slots=True)
class _Waiting:
    entries: Sequence[Entry]
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class VerifiedJournal:
    """The result of reading the journal; without `problems` the files that were read are whole."""

    head: JournalHead
    problems: tuple[JournalProblem, ...]
    records: tuple[dict[str, Any], ...] = ()
    """The records of the run that was asked about."""


@dataclass(frozen=True, slots=True)
class Journal:
    """One per process. Entries that come while an append is under way are appended together."""

    store: JournalStore
    container: ContainerPort
    clock: Clock
    settings: Callable[[], str]
    """Returns the hash of the settings, without secrets."""
    _waiting: list[_Waiting] = field(default_factory=list)
    _appending: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def note(self, entries: Sequence[Entry]) -> None:
        """Append the entries that are not recorded yet, and the hash of settings that have changed."""
        own = _Waiting(entries)
        self._waiting.append(own)
        try:
            async with self._appending:
                if not own.is_done:
                    await self._append_waiting()
        finally:
            with suppress(ValueError):
                self._waiting.remove(own)

    async def check_end(self) -> None:
        """Raise PermanentError `journalBroken` when nothing can be appended: when the file ends before the head, or
        goes on with what the app did not write."""
        await self._beyond(await self._head())

    async def _append_waiting(self) -> None:
        taken = list(self._waiting)
        entries = [entry for one in taken for entry in one.entries]
        for start in range(0, len(entries) or 1, _MOST_TOGETHER):
            await self._append(entries[start : start + _MOST_TOGETHER])
        for one in taken:
            one.is_done = True

    async def _append(self, entries: Sequence[Entry]) -> None:
        for _ in range(_TRIES):
            stored = await self._head()
            new, settings = await self._new(entries), self.settings()
            if not new and settings == stored.settings:
                return
            if stored.head.must_roll(self.clock.now()):
                await self._roll(stored)
                continue
            if settings != stored.settings:
                new = [Entry(SETTINGS, self.clock.now(), {"fingerprint": settings}), *new]
            if await self._extend(stored, new, settings):
                return
        raise ConcurrencyError("other processes keep appending to the journal")

    async def _new(self, entries: Sequence[Entry]) -> list[Entry]:
        """The entries that are not recorded yet, each id once."""
        files = await asyncio.gather(*(self.store.file_of(entry.id) if entry.id else _none() for entry in entries))
        by_id = {entry.id or str(number): entry for number, entry in enumerate(entries) if not files[number]}
        return list(by_id.values())

    async def _extend(self, stored: StoredHead, entries: Sequence[Entry], settings: str) -> bool:
        """Append one block and move the head; False when another process was faster."""
        head = stored.head
        block, after = chained(entries, head)
        try:
            await self.container.append(head.file, block, at=head.size)
        except ConcurrencyError:
            await self._catch_up(stored)
            return False
        files = {entry.id: head.file for entry in entries if entry.id}
        moved = await self.store.advance(stored, after, files, settings)
        if moved:
            event(EventName.JOURNAL_HEAD, record=after.sequence, head=after.hash)
        return moved

    async def _roll(self, stored: StoredHead) -> None:
        """Close the present file: its last record names the next file, so no process can append to both."""
        await self._extend(stored, [rolled(stored.head, self.clock.now())], stored.settings)

    async def _head(self) -> StoredHead:
        stored = await self.store.head()
        if stored is None:
            await self.store.begin(JournalHead(file=file_after(JournalHead(), self.clock.now())))
            stored = await self.store.head()
        if stored is None:
            raise LookupError("the head of the journal was stored and is gone")
        return stored

    async def _catch_up(self, stored: StoredHead) -> bool:
        """Move the head over lines that are in the file only: their process has ended, or has not moved the head yet.

        Returns whether there were such lines; there may be more. Raises PermanentError `journalBroken` as `_beyond`.
        """
        head, settings, files = await self._beyond(stored)
        if head == stored.head:
            return False
        await self.store.advance(stored, head, files, settings)
        return True

    async def _beyond(self, stored: StoredHead) -> tuple[JournalHead, str, dict[str, str]]:
        """The head after the lines that are in the file only, with the hash of settings, and the file of each id.

        At most as many lines as fit into one transaction. Raises PermanentError `journalBroken` when they do not follow
        the head, or when the file ends before it.
        """
        head, settings = stored.head, stored.settings
        files = dict[str, str]()
        from_last_byte = await self.container.read_from(head.file, max(head.size - 1, 0))
        if head.size and not from_last_byte:
            raise _BrokenError(f"The journal's file {head.file} is shorter than its head says, or is not there.")
        *lines, rest = from_last_byte[1 if head.size else 0 :].split(b"\n")
        for line in [*lines, *([rest] if rest else [])]:
            if len(files) == _MOST_TOGETHER:
                break
            file = head.file
            try:
                head = head.with_line(line)
            except ValueError as error:
                raise _BrokenError(
                    f"The journal's file {file} goes on with what the app did not write: {error}."
                ) from None
            (record,) = records(line)
            if record["id"]:
                files[record["id"]] = file
            if record["kind"] == SETTINGS:
                settings = record["data"]["fingerprint"]
        return head, settings, files

    async def verify(self, first_file: str = "", *, about: str = "") -> VerifiedJournal:
        """Read the journal from this file on and compare it with its head; returns the records `about` a run."""
        head = await self._latest()
        verifier, kept = JournalVerifier(head, is_whole=not first_file), list[dict[str, Any]]()
        async for info in self.container.list():
            if info.name >= first_file:
                data = await self.container.read(info.name)
                verifier.add(info.name, data)
                of_run = (one for one in records(data) if about and one["data"].get("run") == about)
                kept += [one for one in of_run if one["sequence"] <= head.sequence]
        return VerifiedJournal(head, verifier.finish(await self._latest()), tuple(kept))

    async def naming(self, object_id: str) -> dict[str, tuple[int, ...]]:
        """The numbers of the records that name this object id, by file."""
        files = [info.name async for info in self.container.list()]
        found = {name: tuple(numbers_naming(await self.container.read(name), object_id)) for name in files}
        return {name: numbers for name, numbers in found.items() if numbers}

    async def _latest(self) -> JournalHead:
        """The head, moved over the lines that follow it, unless the app did not write them."""
        with suppress(_BrokenError):
            while await self._catch_up(await self._head()):
                pass
        return (await self._head()).head


async def _none() -> str:
    return ""
