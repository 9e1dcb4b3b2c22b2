"""Calls that count for the quotas, as entities of `Runs`: partition `call-quota`, numbered in the order of the calls.

Two processes that have read the same calls cannot both insert the next number, so one insert is enough to count.
"""

from __future__ import annotations

from datetime import datetime

from shared.adapters.ledger.codec import EntityCodec
from shared.core.run.call_quotas import CountedCall
from shared.core.values.errors import AlreadyExistsError
from shared.core.values.storage import Entity, TablePort

PARTITION = "call-quota"
_CODEC = EntityCodec(CountedCall, keys=())
_VOID = "void"


class CallQuotaStore:
    def __init__(self, table: TablePort) -> None:
        self._table = table

    async def after(self, number: int) -> dict[int, CountedCall | None]:
        """The calls after this number, in order; None = the call wrote nothing and does not count."""
        found = {}
        async for entity in self._table.query(PARTITION, first=_key(number + 1)):
            found[int(entity.key)] = _to_call(entity)
        return found

    async def add(self, number: int, call: CountedCall) -> bool:
        """Store the call under this number; False, and nothing is stored, when another one has it."""
        try:
            await self._table.insert(PARTITION, _key(number), {**_CODEC.to_values(call), _VOID: False})
        except AlreadyExistsError:
            return False
        return True

    async def uncount(self, number: int) -> None:
        """Stop counting a call that wrote nothing. Its number stays taken, because other processes have read it."""
        await self._table.merge(PARTITION, _key(number), {_VOID: True})

    async def forget_person(self, object_id: str) -> None:
        """Remove the person from the calls. Each still counts, as if for a person of its own, until it is too old."""
        for number, call in (await self.after(0)).items():
            if call is not None and call.object_id.lower() == object_id:
                await self._table.merge(PARTITION, _key(number), {"objectId": f"erased-{number}"})

    async def forget_before(self, time: datetime) -> None:
        """Delete older calls and those that do not count, except the last call, whose number gives the next."""
        found = await self.after(0)
        for number, call in list(found.items())[:-1]:
            if call is None or call.at < time:
                await self._table.delete(PARTITION, _key(number))


def _key(number: int) -> str:
    return f"{number:012}"


def _to_call(entity: Entity) -> CountedCall | None:
    return None if entity.values[_VOID] else _CODEC.from_values(entity.values)
