"""Runs as entities: partition `run`, key = run id, so that keys sort by time; and entities about several runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pydantic import TypeAdapter

from shared.adapters.ledger import version_1
from shared.adapters.ledger.codec import DAMAGE, EntityCodec, damage_at, time_from
from shared.adapters.ledger.times import take_job
from shared.core.export.mapping_json import mapping_from_text, mapping_to_text
from shared.core.record.taken_back import DatedExport
from shared.core.run.delta_round import DeltaRound
from shared.core.run.full_exports import FullExport, FullExportSize
from shared.core.run.run import LatestRun, Run
from shared.core.run.run_ids import ID_TIME, time_of
from shared.core.run.transitions import last_move
from shared.core.values.errors import AlreadyExistsError, ConcurrencyError, DamagedEntityError
from shared.core.values.states import RunState, Source
from shared.core.values.storage import Entity, PropertyValue, TablePort
from shared.telemetry.events import EventName
from shared.telemetry.signals import event

PARTITION = "run"
CONTENT_PARTITION = "content"
CALL_PARTITION = "call"
TURN_PARTITION = "turn"
DAILY_PARTITION = "purge"
"""Named after the first daily job."""
DELTA_PARTITION, DELTA_KEY = "delta-round", "last-finished"
FULL_PARTITION, FULL_KEY = "full-export", "last-applied"
INSTALLATION_PARTITION, INSTALLATION_KEY = "installation", "first-start"
DATED_PARTITION = "dated-export"
UPKEEP_PARTITION = "upkeep"
MOST_FAILURES, LONGEST_FAILURE = 20, 1_200
_SIZES = TypeAdapter(tuple[FullExportSize, ...])
_BEFORE_ANY_RUN = datetime(2020, 1, 1, tzinfo=UTC)
_CODEC = EntityCodec(Run, keys={"id", "etag"}, texts={"mapping": (mapping_to_text, mapping_from_text)})


class RunStore:
    """Reads and writes runs; `save` goes by ETag and raises ConcurrencyError if the run has changed."""

    def __init__(self, table: TablePort) -> None:
        self._table = table

    async def get(self, run_id: str) -> Run | None:
        """Raises DamagedEntityError for a run that cannot be read."""
        entity = await self._table.get(PARTITION, run_id)
        return None if entity is None else _to_run(entity)

    async def has(self, run_id: str) -> bool:
        """Whether there is such a run, also one that cannot be read."""
        return await self._table.get(PARTITION, run_id) is not None

    async def insert(self, run: Run) -> Run | None:
        """Insert the run; returns it as stored, or None if a run with this id exists already."""
        try:
            noted = run.with_state_noted()
            stored = replace(noted, etag=await self._table.insert(PARTITION, run.id, _CODEC.to_values(noted)))
        except AlreadyExistsError:
            return None
        event(EventName.RUN_MOVED, **last_move(stored))
        return stored

    async def save(self, run: Run) -> Run:
        noted = run.with_state_noted()
        etag = await self._table.replace(PARTITION, run.id, _CODEC.to_values(noted), etag=run.etag)
        if len(noted.state_history) > len(run.state_history):
            event(EventName.RUN_MOVED, **last_move(noted))
        return replace(noted, etag=etag)

    async def all(self) -> AsyncIterator[Run]:
        """Every run, oldest first."""
        async for entity in self._table.query(PARTITION):
            if run := _to_run_if_readable(entity):
                yield run

    async def unreadable(self, *, first: str | None = None) -> list[str]:
        """The ids, from `first` on, of runs that cannot be read; lists of runs leave them out."""
        entities = [entity async for entity in self._table.query(PARTITION, first=first)]
        return [entity.key for entity in entities if _to_run_if_readable(entity) is None]

    async def of_source(self, source: Source, since: datetime) -> AsyncIterator[Run]:
        """Runs from this source that began at `since` or later, oldest first."""
        first = f"{since:{ID_TIME}}"
        async for entity in self._table.query(PARTITION, first=first, where={"source": [source.value]}):
            if run := _to_run_if_readable(entity):
                yield run

    async def newest_first(
        self,
        now: datetime,
        *,
        before: str = "",
        states: Collection[RunState] = (),
        sources: Collection[Source] = (),
    ) -> AsyncIterator[Run]:
        """Runs in descending order of ids, beginning below `before`; empty `states` or `sources` = any.

        A table can only be read in ascending order, so each query covers a time span, twice as long as the one before.
        Raises ValueError when `before` is not a run's id.
        """
        wanted: dict[str, Collection[str]] = {"state": set(states), "source": version_1.also_stored_as(sources)}
        where = {name: values for name, values in wanted.items() if values}
        end = min(now, time_of(before)) if before else now
        last, reach = before or f"{now + timedelta(days=1):{ID_TIME}}", timedelta(days=1)
        while end > _BEFORE_ANY_RUN:
            end, reach = end - reach, reach * 2
            first = f"{end:{ID_TIME}}"
            found = [row async for row in self._table.query(PARTITION, first=first, last=last, where=where or None)]
            for entity in reversed(found):
                run = _to_run_if_readable(entity)
                if run is not None and run.id != before and (not sources or run.source in sources):
                    yield run
            last = first

    async def not_closed(self) -> AsyncIterator[Run]:
        """Runs that are not closed; first come those that version 0.1.0 stored."""
        for not_closed in (version_1.NOT_CLOSED, {"closed": [False]}):
            async for entity in self._table.query(PARTITION, where=not_closed):
                if run := _to_run_if_readable(entity):
                    yield run

    async def first_with_content(self, digest: str, run_id: str) -> str:
        """The first run with this digest of an export's content; `run_id` itself when it is the first."""
        return await self._first(CONTENT_PARTITION, digest, run_id)

    async def first_call(self, call_hash: str, run_id: str) -> str:
        """The run of the first call with this hash; `run_id` itself when it is the first."""
        return await self._first(CALL_PARTITION, call_hash, run_id)

    async def _first(self, partition: str, key: str, run_id: str) -> str:
        try:
            await self._table.insert(partition, key, {"run": run_id})
        except AlreadyExistsError:
            entity = await self._table.get(partition, key)
            return run_id if entity is None else str(entity.values["run"])
        return run_id

    async def delete(self, run_id: str) -> None:
        await self._table.delete(PARTITION, run_id)

    async def forget_before(self, time: datetime) -> None:
        """Delete the entries of contents and of repeatable calls for runs that began before `time`."""
        oldest = f"{time:{ID_TIME}}"
        for partition in (CONTENT_PARTITION, CALL_PARTITION):
            outlived = [e.key async for e in self._table.query(partition) if str(e.values["run"]) < oldest]
            for key in outlived:
                await self._table.delete(partition, key)

    async def take_daily(self, job: str, now: datetime) -> bool:
        """Take a daily job; returns False if it was taken less than a day ago, or just now by another process."""
        return await take_job(self._table, DAILY_PARTITION, job, now, timedelta(days=1))

    async def latest_run(self, source: Source, of: str = "") -> LatestRun | None:
        """The latest run of this source, or of its part `of`, such as a folder."""
        entity = await self._table.get(TURN_PARTITION, _turn(source, of))
        return None if entity is None else LatestRun(str(entity.values["run"]), entity.etag)

    async def make_latest_run(self, source: Source, run_id: str, before: LatestRun | None, of: str = "") -> bool:
        """Make this run the latest of its source or part; returns False when another one became so after `before`."""
        turn = _turn(source, of)
        values: dict[str, PropertyValue] = {"run": run_id}
        try:
            if before is None:
                await self._table.insert(TURN_PARTITION, turn, values)
            else:
                await self._table.merge(TURN_PARTITION, turn, values, etag=before.etag)
        except (AlreadyExistsError, ConcurrencyError):
            return False
        return True

    async def delta_round(self) -> DeltaRound | None:
        """The last finished directory round; None = there is none, so the next round reads all accounts."""
        entity = await self._table.get(DELTA_PARTITION, DELTA_KEY)
        if entity is None:
            return None
        values = entity.values
        return DeltaRound(str(values["link"]), str(values["source"]), int(str(values["people"])))

    async def remember_delta_round(self, done: DeltaRound) -> None:
        values: dict[str, PropertyValue] = {"link": done.link, "source": done.source, "people": done.people}
        await self._table.upsert(DELTA_PARTITION, DELTA_KEY, values)

    async def forget_delta_round(self) -> None:
        await self._table.delete(DELTA_PARTITION, DELTA_KEY)

    async def installed_at(self) -> datetime | None:
        """When the app first ran; None = it has not been noted yet."""
        entity = await self._table.get(INSTALLATION_PARTITION, INSTALLATION_KEY)
        return None if entity is None else time_from(entity.values["at"])

    async def note_installation(self, time: datetime) -> bool:
        """Note when the app first ran; False when that was noted before, and then nothing changes."""
        try:
            await self._table.insert(INSTALLATION_PARTITION, INSTALLATION_KEY, {"at": time.isoformat()})
        except AlreadyExistsError:
            return False
        return True

    async def note_failures(self, job: str, failures: Sequence[str]) -> None:
        """Note what `job` could not do when it last ran."""
        noted = await self._table.get(UPKEEP_PARTITION, job)
        listed = json.dumps([failure[:LONGEST_FAILURE] for failure in failures[:MOST_FAILURES]])
        if listed != (noted.values["failures"] if noted else "[]"):
            await self._table.upsert(UPKEEP_PARTITION, job, {"failures": listed})

    async def failures(self) -> list[str]:
        """What the jobs could not do when they last ran."""
        jobs = [job async for job in self._table.query(UPKEEP_PARTITION)]
        return [str(failure) for job in jobs for failure in json.loads(str(job.values["failures"]))]

    async def last_full_export(self) -> FullExport | None:
        """The full export that was applied last."""
        entity = await self._table.get(FULL_PARTITION, FULL_KEY)
        if entity is None:
            return None
        values = entity.values
        modified = time_from(values["modified"]) if values["modified"] else None
        larger = _SIZES.validate_json(str(values.get("larger", "[]")))
        return FullExport(str(values["run"]), int(str(values["people"])), modified, larger)

    async def remember_full_export(self, export: FullExport) -> None:
        modified = export.modified.isoformat() if export.modified else ""
        values: dict[str, PropertyValue] = {
            "run": export.run,
            "people": export.people,
            "modified": modified,
            "larger": _SIZES.dump_json(export.larger).decode(),
        }
        await self._table.upsert(FULL_PARTITION, FULL_KEY, values)

    async def last_dated_export(self, folder: str) -> DatedExport | None:
        """The last export with a date that was applied for this folder."""
        entity = await self._table.get(DATED_PARTITION, _key_of(folder))
        return (
            None
            if entity is None
            else DatedExport(str(entity.values["run"]), time_from(entity.values["date"]), entity.etag)
        )

    async def remember_dated_export(self, folder: str, export: DatedExport, before: DatedExport | None) -> None:
        """Raises ConcurrencyError if another export of the folder was stored after `before`."""
        values: dict[str, PropertyValue] = {"run": export.run, "date": export.date.isoformat()}
        if before is not None:
            await self._table.merge(DATED_PARTITION, _key_of(folder), values, etag=before.etag)
            return
        try:
            await self._table.insert(DATED_PARTITION, _key_of(folder), values)
        except AlreadyExistsError:
            raise ConcurrencyError("another export of the folder was remembered in the meantime") from None


def _turn(source: Source, of: str) -> str:
    return f"{source.value}-{_key_of(of)}" if of else source.value


def _key_of(folder: str) -> str:
    """The key for a folder, whose name may have characters that keys cannot have."""
    return hashlib.sha256(folder.encode()).hexdigest()


def _to_run(entity: Entity) -> Run:
    try:
        values = version_1.run(entity.values) if version_1.RUN in entity.values else entity.values
        return _CODEC.from_values(values, id=entity.key, etag=entity.etag)
    except DAMAGE as error:
        raise damage_at(f"run {entity.key}", error) from None


def _to_run_if_readable(entity: Entity) -> Run | None:
    """The run; None = the entity is damaged, which must not stop the work on other runs."""
    try:
        return _to_run(entity)
    except DamagedEntityError as error:
        event(EventName.RUN_UNREADABLE, run=entity.key, message=str(error))
        return None
