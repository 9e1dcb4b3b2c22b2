"""The write budget of the whole app, as one entity that every process changes by ETag."""

from __future__ import annotations

from datetime import datetime

from shared.core.run.write_budget import Budget, full_budget, take
from shared.core.values.errors import AlreadyExistsError, ConcurrencyError
from shared.core.values.storage import TablePort

PARTITION, KEY = "budget", "graph-writes"


class WriteBudget:
    def __init__(self, table: TablePort) -> None:
        self._table = table

    async def take(self, wanted: int, now: datetime) -> int:
        """Take up to `wanted` writes; returns how many were granted: 0 if another process changed the entity first."""
        entity = await self._table.get(PARTITION, KEY)
        if entity is None:
            budget, granted = take(full_budget(now), wanted, now)
            try:
                await self._table.insert(PARTITION, KEY, _to_values(budget))
            except AlreadyExistsError:
                return 0
            return granted
        stored = Budget(float(str(entity.values["level"])), datetime.fromisoformat(str(entity.values["at"])))
        budget, granted = take(stored, wanted, now)
        try:
            await self._table.merge(PARTITION, KEY, _to_values(budget), etag=entity.etag)
        except ConcurrencyError:
            return 0
        return granted


def _to_values(budget: Budget) -> dict[str, str]:
    return {"level": repr(budget.level), "at": budget.at.isoformat()}
