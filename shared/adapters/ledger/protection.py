"""What the app remembers of the last reading of protected accounts, as one entity of `Runs`."""

from __future__ import annotations

import json
from datetime import datetime

from shared.core.person.privilege import Acceptance, ProtectionMemory
from shared.core.values.errors import AlreadyExistsError, ConcurrencyError
from shared.core.values.storage import PropertyValue, TablePort

PARTITION, KEY = "protection", "last-read"


class ProtectionStore:
    """Names of accounts are in a property, never in a key."""

    def __init__(self, table: TablePort) -> None:
        self._table = table

    async def protection(self) -> ProtectionMemory:
        entity = await self._table.get(PARTITION, KEY)
        if entity is None:
            return ProtectionMemory()
        accounts = json.loads(str(entity.values["accounts"]))
        acceptances = [
            Acceptance(**{**one, "at": datetime.fromisoformat(one["at"])})
            for one in json.loads(str(entity.values["acceptances"]))
        ]
        return ProtectionMemory(
            int(str(entity.values["roleAssignments"])),
            {name: tuple(ids) for name, ids in accounts.items()},
            tuple(acceptances),
            entity.etag,
        )

    async def remember_protection(self, memory: ProtectionMemory) -> None:
        """Raises ConcurrencyError if the entity has changed since it was read."""
        acceptances = [
            {"by": one.by, "at": one.at.isoformat(), "before": one.before, "after": one.after}
            for one in memory.acceptances
        ]
        values: dict[str, PropertyValue] = {
            "roleAssignments": memory.role_assignments,
            "accounts": json.dumps(dict(memory.accounts)),
            "acceptances": json.dumps(acceptances),
        }
        if memory.etag:
            await self._table.replace(PARTITION, KEY, values, etag=memory.etag)
            return
        try:
            await self._table.insert(PARTITION, KEY, values)
        except AlreadyExistsError:
            raise ConcurrencyError("the list of protected accounts was remembered in the meantime") from None
