"""Takes people out of the index of values: one who is erased, and once a day all whom the app does not know any more.

Without it the index would keep for ever that a person once had a value: an account that was deleted, or a person of a
run whose plan was never written.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from typing import Protocol

from shared.core.run.value_index import Holder
from shared.flows.ports import PeopleStore, RunStore

_FIRST_ID = "0"


class HoldersOfValues(Protocol):
    def holders(self) -> AsyncIterator[Holder]: ...

    async def forget(self, gone: Collection[Holder]) -> None:
        """Raises ConcurrencyError when a value is claimed at the same time."""
        ...


@dataclass(frozen=True, slots=True)
class ValueHolders:
    index: HoldersOfValues
    people: PeopleStore
    runs: RunStore

    async def forget(self, object_id: str) -> None:
        """Take the person out of every value; `object_id` is in lower case."""
        await self.index.forget({one async for one in self.index.holders() if one.object_id.lower() == object_id})

    async def forget_unknown(self) -> None:
        """Take out every person who has no ownership record and gets the value from no open run."""
        found = {one async for one in self.index.holders()}
        known = {record.object_id async for record in self.people.from_slice(_FIRST_ID)} if found else set()
        gone = [one for one in found if one.object_id not in known and not await self._is_known(one)]
        if gone:
            await self.index.forget(gone)

    async def _is_known(self, holder: Holder) -> bool:
        """The run is asked first, because what it wrote is recorded before it ends."""
        run = await self.runs.get(holder.run) if holder.run else None
        return (run is not None and not run.closed) or bool((await self.people.get(holder.object_id)).etag)
