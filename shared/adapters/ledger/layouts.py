"""Approved layouts as entities of `Layouts`: partition `layout`, key = fingerprint.

Partition `forgotten` stores every forgotten layout, with who forgot it and when; key = fingerprint and that time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

from shared.adapters.ledger.codec import DAMAGE, EntityCodec, damage_at
from shared.core.export.layout import Layout
from shared.core.export.mapping_json import layout_columns_from_text, layout_columns_to_text
from shared.core.run.run_ids import ID_TIME
from shared.core.values.storage import Entity, TablePort

_PARTITION, _FORGOTTEN = "layout", "forgotten"
_CODEC = EntityCodec(
    Layout, keys={"fingerprint"}, texts={"columns": (layout_columns_to_text, layout_columns_from_text)}
)


class LayoutStore:
    """Reads and writes approved layouts."""

    def __init__(self, table: TablePort) -> None:
        self._table = table

    async def get(self, fingerprint: str) -> Layout | None:
        entity = await self._table.get(_PARTITION, fingerprint)
        return None if entity is None else _to_layout(entity)

    async def latest_of_folder(self, folder: str) -> Layout | None:
        """The layout of exports in this folder that was approved last."""
        found = [_to_layout(entity) async for entity in self._table.query(_PARTITION, where={"folder": [folder]})]
        return max(found, key=lambda layout: layout.at, default=None)

    async def all(self) -> AsyncIterator[Layout]:
        async for entity in self._table.query(_PARTITION):
            yield _to_layout(entity)

    async def remember(self, layout: Layout) -> None:
        await self._table.upsert(_PARTITION, layout.fingerprint, _CODEC.to_values(layout))

    async def forgotten(self) -> AsyncIterator[Layout]:
        async for entity in self._table.query(_FORGOTTEN):
            yield _to_layout(entity)

    async def forget(self, fingerprint: str, by: str, at: datetime) -> bool:
        """Forget a layout, after it is stored in `forgotten`; returns whether it existed."""
        layout = await self.get(fingerprint)
        if layout is None:
            return False
        record = _CODEC.to_values(replace(layout, forgotten_by=by, forgotten_at=at))
        await self._table.upsert(_FORGOTTEN, f"{fingerprint}-{at.strftime(ID_TIME)}", record)
        await self._table.delete(_PARTITION, fingerprint)
        return True


def _to_layout(entity: Entity) -> Layout:
    try:
        return _CODEC.from_values(entity.values, fingerprint=entity.key.partition("-")[0])
    except DAMAGE as error:
        raise damage_at(f"layout {entity.key}", error) from None
