"""The index of values as entities of `Runs`: partition `value`, key = keyed digest of the value, with its holders.

One partition takes 2,000 entities a second, a hundred times what Graph lets the app write, and a transaction covers 100
values. Partition `value-index` has one entity, which names the secret with which the index was built.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from itertools import batched

from shared.core.run.value_index import Holder, IndexedValue
from shared.core.values.errors import ConcurrencyError
from shared.core.values.slot import Slot
from shared.core.values.storage import Delete, Entity, Insert, Merge, PropertyValue, TablePort, TableWrite

PARTITION, STATE_PARTITION, STATE_KEY = "value", "value-index", "built"
_WRITTEN_TOGETHER = 100
_MOST_HOLDERS = 200
"""No decision needs more holders, and these fit in one property."""
_TRIES = 20


class ValueIndex:
    def __init__(self, table: TablePort) -> None:
        self._table = table

    async def built_with(self) -> str:
        """The name of the secret with which the whole index was built; "" = it was never built as a whole."""
        entity = await self._table.get(STATE_PARTITION, STATE_KEY)
        return "" if entity is None else str(entity.values["key"])

    async def note_built(self, key_id: str) -> None:
        await self._table.upsert(STATE_PARTITION, STATE_KEY, {"key": key_id})

    async def clear(self) -> None:
        """Delete every value; `built_with` stays as it is."""
        await self._table.delete_partition(PARTITION)

    async def look(self, digests: Collection[str]) -> dict[str, IndexedValue]:
        """The entries of these values; a value without an entry is absent."""
        found = await asyncio.gather(*(self._table.get(PARTITION, digest) for digest in digests))
        return {entity.key: _to_value(entity) for entity in found if entity is not None}

    async def claim(self, claims: Mapping[str, Mapping[str, Holder]]) -> dict[str, IndexedValue]:
        """Add holders, by digest and object id; returns the entries that these values had before.

        A hundred values cost one transaction. If one of them has an entry, the entries are read and
        a second transaction follows. Raises ConcurrencyError when others keep claiming the values.
        """
        before: dict[str, IndexedValue] = {}
        for portion in batched(sorted(claims), _WRITTEN_TOGETHER, strict=False):
            new = [Insert(digest, _to_values(claims[digest])) for digest in portion]
            if not await self._table.write_together(PARTITION, new):
                before |= await self._add(portion, claims)
        return before

    async def approve(self, digests: Collection[str]) -> None:
        """Note a person's approval of sharing these values, which were claimed before."""
        shared: dict[str, PropertyValue] = {"shared": True, "holders": "{}"}
        await self._table.merge_many(PARTITION, dict.fromkeys(digests, shared))

    async def holders(self) -> AsyncIterator[Holder]:
        """Every holder of every value."""
        async for entity in self._table.query(PARTITION):
            for holder in _to_value(entity).holders.values():
                yield holder

    async def forget(self, is_gone: Callable[[Holder], bool]) -> None:
        """Remove the holders that are gone; a value without a holder is deleted, unless it is approved as shared.

        Raises ConcurrencyError when a value is claimed at the same time.
        """
        writes = list[TableWrite]()
        async for entity in self._table.query(PARTITION):
            holders = _to_value(entity).holders
            left = {one: holder for one, holder in holders.items() if not is_gone(holder)}
            if len(left) < len(holders):
                merge = Merge(entity.key, _to_values(left), entity.etag)
                writes.append(merge if left else Delete(entity.key, entity.etag))
        for portion in batched(writes, _WRITTEN_TOGETHER, strict=False):
            if not await self._table.write_together(PARTITION, portion):
                raise ConcurrencyError("a value is claimed at the same time")

    async def _add(
        self, digests: Collection[str], claims: Mapping[str, Mapping[str, Holder]]
    ) -> dict[str, IndexedValue]:
        for _ in range(_TRIES):
            before = await self.look(digests)
            writes = [write for digest in digests if (write := _addition(digest, before, claims[digest]))]
            if await self._table.write_together(PARTITION, writes):
                return before
        raise ConcurrencyError("other runs keep claiming the same values")


def _addition(digest: str, before: Mapping[str, IndexedValue], added: Mapping[str, Holder]) -> Insert | Merge | None:
    known = before.get(digest)
    if known is None:
        return Insert(digest, _to_values(added))
    together = {**known.holders, **added}
    if known.is_shared or together == known.holders or len(known.holders) >= _MOST_HOLDERS:
        return None
    return Merge(digest, _to_values(together), known.etag)


def _to_values(holders: Mapping[str, Holder]) -> dict[str, PropertyValue]:
    listed = {one.object_id: [one.slot.value, one.run] for one in list(holders.values())[:_MOST_HOLDERS]}
    return {"holders": json.dumps(listed, separators=(",", ":")), "shared": False}


def _to_value(entity: Entity) -> IndexedValue:
    listed = json.loads(str(entity.values["holders"]))
    holders = {object_id: Holder(object_id, Slot(slot), run) for object_id, (slot, run) in listed.items()}
    return IndexedValue(holders, bool(entity.values["shared"]), entity.etag)
