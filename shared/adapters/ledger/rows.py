"""Rows as entities: partition `{run}-{row div 1000}`, key = padded row number, one entity per row."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import batched, groupby

from shared.adapters.storage.ports import Entity, Merge, PropertyValue, TablePort, Values
from shared.core.export.export_row import row_from_json, row_to_json
from shared.core.plan.plan_json import plan_from_json, plan_to_json
from shared.core.run.row import Outcome, Row
from shared.core.run.run import Counts, Run, shard_of
from shared.core.values.former_codes import code_now
from shared.core.values.states import NEEDS_NO_WORK, RowState
from shared.core.values.storage import ConcurrencyError

_WRITTEN_TOGETHER = 100
_NUMBERS_BLANKED = {"desired": "", "plan": "", "suggestion": ""}


class RowsLedger:
    """Reads and writes rows; changes of one row are made by ETag and raise ConcurrencyError when it moved on."""

    def __init__(self, table: TablePort) -> None:
        self._table = table

    async def insert_missing(self, run: str, rows: Iterable[Row]) -> int:
        """Insert-only: a row that is already there stays as it is. Returns how many were new."""
        by_shard: defaultdict[int, dict[str, Values]] = defaultdict(dict)
        for row in rows:
            by_shard[shard_of(row.number)][_key(row.number)] = _to_values(row)
        return sum([await self._table.insert_missing(_partition(run, shard), by_shard[shard]) for shard in by_shard])

    async def put(self, run: str, rows: Iterable[Row]) -> None:
        """Store rows that nobody knows of yet, over those that a step that died has left."""
        by_shard: defaultdict[int, dict[str, Values]] = defaultdict(dict)
        for row in rows:
            by_shard[shard_of(row.number)][_key(row.number)] = _to_values(row)
        for shard, values in by_shard.items():
            if await self._table.insert_missing(_partition(run, shard), values) < len(values):
                await self._table.merge_many(_partition(run, shard), values)

    async def purge(self, run: Run) -> None:
        for shard in run.shards():
            await self._table.delete_partition(_partition(run.id, shard))

    async def get(self, run: str, number: int) -> Row | None:
        entity = await self._table.get(_partition(run, shard_of(number)), _key(number))
        return None if entity is None else _to_row(run, entity)

    async def save(self, row: Row) -> Row:
        """Write all of the row; numbers are blanked once it has settled well."""
        partition = _partition(row.run, shard_of(row.number))
        etag = await self._table.merge(partition, _key(row.number), _to_values(row), etag=row.etag)
        return replace(row, etag=etag)

    async def mark_writing(self, row: Row) -> Row:
        partition = _partition(row.run, shard_of(row.number))
        values = {"state": RowState.WRITING.value}
        etag = await self._table.merge(partition, _key(row.number), values, etag=row.etag)
        return replace(row, state=RowState.WRITING, etag=etag)

    async def note_throttled(self, run: str, number: int, seconds: float) -> None:
        """Count one more pause that Graph asked for; not if somebody else is changing the row at this moment."""
        row = await self.get(run, number)
        if row is None:
            return
        values = {"givenBack": row.throttled_times + 1, "givenBackSeconds": row.throttled_seconds + seconds}
        with suppress(ConcurrencyError):
            await self._table.merge(_partition(run, shard_of(number)), _key(number), values, etag=row.etag)

    async def complete_many(self, run: str, outcomes: Mapping[int, Outcome]) -> None:
        """Settle rows that nobody else works on, in batches, without looking at their ETags."""
        by_shard: defaultdict[int, dict[str, Values]] = defaultdict(dict)
        for number, outcome in outcomes.items():
            by_shard[shard_of(number)][_key(number)] = _outcome_values(outcome)
        for shard, rows in by_shard.items():
            await self._table.merge_many(_partition(run, shard), rows)

    async def complete_unless_changed(self, rows: Sequence[Row], outcome: Outcome) -> None:
        """Settle rows that somebody may be working on; those that changed since they were read are left alone."""
        values = _outcome_values(outcome)
        for shard, in_shard in groupby(rows, key=lambda row: shard_of(row.number)):
            partition = _partition(rows[0].run, shard)
            for portion in batched(in_shard, _WRITTEN_TOGETHER, strict=False):
                writes = [Merge(_key(row.number), values, row.etag) for row in portion]
                if not await self._table.write_together(partition, writes):
                    await self._complete_one_by_one(partition, writes)

    async def _complete_one_by_one(self, partition: str, writes: Sequence[Merge]) -> None:
        for write in writes:
            with suppress(ConcurrencyError):
                await self._table.merge(partition, write.key, write.values, etag=write.etag)

    async def in_order(
        self,
        run: Run,
        *,
        after: int = 0,
        states: Collection[RowState] | None = None,
        codes: Collection[str] | None = None,
    ) -> AsyncIterator[Row]:
        """Rows by ascending number, beginning behind `after`; `states` and `codes` None = any."""
        where: dict[str, Collection[str]] = {}
        if states is not None:
            where["state"] = {state.value for state in states}
        if codes is not None:
            where["code"] = set(codes)
        for shard in run.shards():
            if shard < shard_of(after + 1):
                continue
            first = _key(after + 1) if shard == shard_of(after + 1) else None
            async for entity in self._table.query(_partition(run.id, shard), first=first, where=where or None):
                yield _to_row(run.id, entity)

    async def count(self, run: str, shard: int, *, last: int) -> Counts:
        """How many rows of one shard, up to row `last`, are in which state."""
        counts: Counter[RowState] = Counter()
        async for entity in self._table.query(_partition(run, shard), last=_key(last), select=("state",)):
            counts[RowState(str(entity.values["state"]))] += 1
        return dict(counts)


def _outcome_values(outcome: Outcome) -> dict[str, str]:
    values = {
        "state": outcome.state.value,
        "code": outcome.code,
        "reason": outcome.reason,
        "requestId": outcome.request_id,
    }
    if outcome.note:
        values["note"] = outcome.note
    return values | _NUMBERS_BLANKED if outcome.state in NEEDS_NO_WORK else values


def _to_values(row: Row) -> dict[str, PropertyValue]:
    return {
        "state": row.state.value,
        "code": row.code,
        "reason": row.reason,
        "note": row.note,
        "objectId": row.object_id,
        "recordEtag": row.record_etag,
        "desired": _json(None if row.export_row is None else row_to_json(row.export_row)),
        "plan": _json(None if row.plan is None else plan_to_json(row.plan)),
        "region": row.region,
        "suggestion": row.suggestion,
        "requestId": row.request_id,
        "givenBack": row.throttled_times,
        "givenBackSeconds": row.throttled_seconds,
    }


def _json(data: Mapping[str, object] | Sequence[object] | None) -> str:
    return "" if data is None else json.dumps(data, separators=(",", ":"), ensure_ascii=False)


def _to_row(run: str, entity: Entity) -> Row:
    values = entity.values
    desired, plan = str(values["desired"]), str(values["plan"])
    return Row(
        run=run,
        number=int(entity.key),
        state=RowState(str(values["state"])),
        code=code_now(str(values["code"])),
        reason=str(values["reason"]),
        note=str(values["note"]),
        object_id=str(values["objectId"]),
        record_etag=str(values["recordEtag"]),
        export_row=row_from_json(json.loads(desired)) if desired else None,
        plan=plan_from_json(json.loads(plan)) if plan else None,
        region=str(values["region"]),
        suggestion=str(values["suggestion"]),
        request_id=str(values["requestId"]),
        throttled_times=int(str(values["givenBack"])),
        throttled_seconds=float(str(values["givenBackSeconds"])),
        etag=entity.etag,
    )


def _partition(run: str, shard: int) -> str:
    return f"{run}-{shard}"


def _key(number: int) -> str:
    return f"{number:07d}"
