"""Rows as entities: partition `{run}-{row div 1000}`, key = padded row number, one entity per row.

Partitions `person-{hex digit}`, key = object id and run id, name the runs that had a row about a person, and the row.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import batched, groupby
from typing import Any

from shared.adapters.ledger import version_1
from shared.adapters.ledger.codec import DAMAGE, EntityCodec, damage_at
from shared.core.export.row_json import row_from_json, row_to_json
from shared.core.plan.plan_json import plan_from_json, plan_to_json
from shared.core.plan.slot_outcomes import slots_from_json, slots_to_json
from shared.core.run.attempts import RowCounts, add_counts
from shared.core.run.returned_rows import outcome_from_json, outcome_to_json
from shared.core.run.row import Outcome, Row
from shared.core.run.run import Run, shard_of
from shared.core.run.undoing import undoing_from_json, undoing_to_json
from shared.core.values.errors import ConcurrencyError
from shared.core.values.states import NEEDS_NO_WORK, RowState
from shared.core.values.storage import Delete, Entity, Merge, PropertyValue, TablePort, Values
from shared.telemetry.signals import measure, note
from shared.telemetry.table import Metric

_WRITTEN_TOGETHER = 100
_AFTER_ANY_RUN = "~"


def _as_text[T](to_json: Callable[[T], object], from_json: Callable[[Any], T]) -> tuple[Any, Any]:
    """How the entity stores a value that has its own JSON form."""

    def encode(value: T) -> str:
        return json.dumps(to_json(value), separators=(",", ":"), ensure_ascii=False)

    def decode(text: str) -> T:
        return from_json(json.loads(text))

    return encode, decode


_CODEC = EntityCodec(
    Row,
    keys={"run", "number", "etag"},
    texts={
        "export_row": _as_text(row_to_json, row_from_json),
        "plan": _as_text(plan_to_json, plan_from_json),
        "undoing": _as_text(undoing_to_json, undoing_from_json),
        "slots": _as_text(slots_to_json, slots_from_json),
        "earlier": _as_text(outcome_to_json, outcome_from_json),
    },
)
_NUMBERS_BLANKED = {"exportRow": "", "undoing": "", "plan": "", "suggestion": "", **version_1.ROW_NUMBERS_BLANKED}


class RowStore:
    """Reads and writes rows. `save` and `mark_writing` go by ETag and raise ConcurrencyError if the row has changed."""

    def __init__(self, table: TablePort) -> None:
        self._table = table

    async def insert_missing(self, run: str, rows: Iterable[Row]) -> int:
        """Insert rows that do not exist yet; returns how many were inserted. Existing rows do not change."""
        by_shard: defaultdict[int, dict[str, Values]] = defaultdict(dict)
        for row in rows:
            by_shard[shard_of(row.number)][_key(row.number)] = _CODEC.to_values(row)
            _count(row.state, row.code)
        return sum([await self._table.insert_missing(_partition(run, shard), by_shard[shard]) for shard in by_shard])

    async def put(self, run: str, rows: Iterable[Row]) -> None:
        """Store rows that no message names yet.

        They replace rows that a crashed step or an earlier reading has left.
        """
        by_shard: defaultdict[int, dict[str, Values]] = defaultdict(dict)
        for row in rows:
            by_shard[shard_of(row.number)][_key(row.number)] = _CODEC.to_values(row)
            _count(row.state, row.code)
        for shard, values in by_shard.items():
            if await self._table.insert_missing(_partition(run, shard), values) < len(values):
                await self._table.merge_many(_partition(run, shard), values)

    async def note_people(self, run: str, people: Iterable[tuple[str, int]]) -> None:
        """Note the row of the run about each person, or the first of several. Existing notes do not change."""
        for partition, numbers in _by_person(run, people).items():
            await self._table.insert_missing(partition, {key: {"row": number} for key, number in numbers.items()})

    async def runs_of(self, object_id: str, *, before: str = "") -> list[tuple[str, int]]:
        """The id and the row's number of each run that had a row about the person, newest first.

        With `before`, only runs with a lower id.
        """
        entities = await self._entries_of(object_id, before or _AFTER_ANY_RUN)
        found = [(one.key.removeprefix(_key_of_person(object_id, "")), one.values["row"]) for one in reversed(entities)]
        return [(run, int(str(row))) for run, row in found if run != before]

    async def forget_person(self, object_id: str) -> None:
        """Delete the notes about the person's rows; the rows stay."""
        entries = await self._entries_of(object_id, _AFTER_ANY_RUN)
        await self._delete(_partition_of_person(object_id), [one.key for one in entries])

    async def _entries_of(self, object_id: str, last_run: str) -> list[Entity]:
        first, last = (_key_of_person(object_id, run) for run in ("", last_run))
        return [one async for one in self._table.query(_partition_of_person(object_id), first=first, last=last)]

    async def purge(self, run: Run) -> None:
        """Delete all rows of the run, and the notes about their people."""
        for shard in run.shards():
            rows = self._table.query(_partition(run.id, shard), select=("objectId",))
            people = [(str(one.values.get("objectId", "")), 0) async for one in rows]
            for partition, keys in _by_person(run.id, people).items():
                await self._delete(partition, keys)
            await self._table.delete_partition(_partition(run.id, shard))

    async def _delete(self, partition: str, keys: Iterable[str]) -> None:
        for portion in batched(keys, _WRITTEN_TOGETHER, strict=False):
            if not await self._table.write_together(partition, [Delete(key) for key in portion]):
                for key in portion:  # a transaction fails when one of them is gone
                    await self._table.delete(partition, key)

    async def delete_after(self, run: Run, last: int) -> None:
        """Delete the rows whose number is higher than `last`."""
        for shard in run.shards():
            if shard > shard_of(last):
                await self._table.delete_partition(_partition(run.id, shard))
            elif shard == shard_of(last):
                partition = _partition(run.id, shard)
                behind = [
                    one.key async for one in self._table.query(partition, first=_key(last + 1), select=("state",))
                ]
                for key in behind:
                    await self._table.delete(partition, key)

    async def get(self, run: str, number: int) -> Row | None:
        entity = await self._table.get(_partition(run, shard_of(number)), _key(number))
        return None if entity is None else _to_row(run, entity)

    async def save(self, row: Row) -> Row:
        """Store all properties of the row."""
        partition = _partition(row.run, shard_of(row.number))
        etag = await self._table.replace(partition, _key(row.number), _CODEC.to_values(row), etag=row.etag)
        note(state=row.state, code=row.code)
        _count(row.state, row.code)
        return replace(row, etag=etag)

    async def mark_writing(self, row: Row) -> Row:
        partition = _partition(row.run, shard_of(row.number))
        values = {"state": RowState.WRITING.value, "before": row.before}
        etag = await self._table.merge(partition, _key(row.number), values, etag=row.etag)
        return replace(row, state=RowState.WRITING, etag=etag)

    async def note_throttled(self, run: str, number: int, seconds: float) -> None:
        """Count one more wait for Graph, unless the row changes at the same time."""
        row = await self.get(run, number)
        if row is None:
            return
        values = {"throttledTimes": row.throttled_times + 1, "throttledSeconds": row.throttled_seconds + seconds}
        with suppress(ConcurrencyError):
            await self._table.merge(_partition(run, shard_of(number)), _key(number), values, etag=row.etag)

    async def complete_many(self, run: str, outcomes: Mapping[int, Outcome]) -> None:
        """Complete rows that no other message works on, in batches, whatever their ETags."""
        by_shard: defaultdict[int, dict[str, Values]] = defaultdict(dict)
        for number, outcome in outcomes.items():
            by_shard[shard_of(number)][_key(number)] = _outcome_values(outcome)
        for shard, rows in by_shard.items():
            await self._table.merge_many(_partition(run, shard), rows)
        for outcome in outcomes.values():
            _count(outcome.state, outcome.code)

    async def complete_unless_changed(self, rows: Sequence[Row], outcome: Outcome) -> None:
        """Complete rows that a message may be changing. Rows that have changed since they were read are skipped."""
        await self._merge_unless_changed(rows, _outcome_values(outcome))
        _count(outcome.state, outcome.code, len(rows))

    async def forget_numbers(self, run: str, numbers: Sequence[int]) -> None:
        """Blank the properties with numbers of these rows, in batches, whatever their ETags."""
        for shard, in_shard in groupby(numbers, key=shard_of):
            blanked = {_key(number): {**_NUMBERS_BLANKED, "before": ""} for number in in_shard}
            await self._table.merge_many(_partition(run, shard), blanked)

    async def queue_unless_changed(self, rows: Sequence[Row]) -> None:
        """Put rows back to `queued`. Rows that have changed since they were read are skipped."""
        await self._merge_unless_changed(rows, {"state": RowState.QUEUED.value})

    async def _merge_unless_changed(self, rows: Sequence[Row], values: Values) -> None:
        for shard, in_shard in groupby(rows, key=lambda row: shard_of(row.number)):
            partition = _partition(rows[0].run, shard)
            for portion in batched(in_shard, _WRITTEN_TOGETHER, strict=False):
                writes = [Merge(_key(row.number), values, row.etag) for row in portion]
                if not await self._table.write_together(partition, writes):
                    await self._merge_one_by_one(partition, writes)

    async def _merge_one_by_one(self, partition: str, writes: Sequence[Merge]) -> None:
        for write in writes:
            with suppress(ConcurrencyError):
                await self._table.merge(partition, write.key, write.values, etag=write.etag)

    async def in_order(
        self,
        run: Run,
        *,
        after: int = 0,
        last: int | None = None,
        states: Collection[RowState] | None = None,
        codes: Collection[str] | None = None,
    ) -> AsyncIterator[Row]:
        """Rows in order of their number, beginning after `after`, up to `last`; `states` and `codes` None = any."""
        where: dict[str, Collection[str]] = {}
        if states is not None:
            where["state"] = {state.value for state in states}
        if codes is not None and not version_1.has_former(codes):
            where["code"] = set(codes)
        for shard in run.shards():
            if shard < shard_of(after + 1) or (last is not None and shard > shard_of(last)):
                continue
            first = _key(after + 1) if shard == shard_of(after + 1) else None
            end = _key(last) if last is not None and shard == shard_of(last) else None
            async for entity in self._table.query(
                _partition(run.id, shard), first=first, last=end, where=where or None
            ):
                row = _to_row(run.id, entity)
                if codes is None or row.code in codes:
                    yield row

    async def count(self, run: str, shard: int, *, last: int) -> RowCounts:
        """The number of rows in each state in one shard, up to row `last`."""
        counts: Counter[RowState] = Counter()
        async for entity in self._table.query(_partition(run, shard), last=_key(last), select=("state",)):
            counts[RowState(str(entity.values["state"]))] += 1
        return dict(counts)

    async def count_all(self, run: Run) -> RowCounts:
        """The number of rows in each state in the whole run, read from every shard."""
        return add_counts([await self.count(run.id, shard, last=run.last_row) for shard in run.shards()])


def _count(state: RowState, code: str, rows: int = 1) -> None:
    measure(Metric.ROWS, rows, state=state, code=code)


def _outcome_values(outcome: Outcome) -> dict[str, PropertyValue]:
    values: dict[str, PropertyValue] = {
        "state": outcome.state.value,
        "code": outcome.code,
        "requestId": outcome.request_id,
    } | _CODEC.encode("reason", outcome.reason)
    if outcome.slots:
        values |= _CODEC.encode("slots", outcome.slots)
    if outcome.note:
        values |= _CODEC.encode("note", outcome.note)
    is_blanked = outcome.state in NEEDS_NO_WORK and not outcome.keeps_numbers
    return values | _NUMBERS_BLANKED if is_blanked else values


def _to_row(run: str, entity: Entity) -> Row:
    try:
        values = version_1.row(entity.values) if version_1.ROW in entity.values else entity.values
        return _CODEC.from_values(values, run=run, number=int(entity.key), etag=entity.etag)
    except DAMAGE as error:
        raise damage_at(f"row {entity.key} of run {run}", error) from None


def _by_person(run: str, people: Iterable[tuple[str, int]]) -> dict[str, dict[str, int]]:
    """The number of each person's first row, by partition and key."""
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for object_id, number in people:
        if object_id:
            found[_partition_of_person(object_id)].setdefault(_key_of_person(object_id, run), number)
    return found


def _partition_of_person(object_id: str) -> str:
    return f"person-{object_id[0].lower()}"


def _key_of_person(object_id: str, run: str) -> str:
    return f"{object_id.lower()}-{run}"


def _partition(run: str, shard: int) -> str:
    return f"{run}-{shard}"


def _key(number: int) -> str:
    return f"{number:07d}"
