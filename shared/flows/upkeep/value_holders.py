"""Takes people out of the index of values: a person who is erased, and once a day all whom the app no longer knows.

Otherwise the index would store for ever that a person once had a value: for deleted accounts, and for the people of a
run whose plan was never written.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.adapters.ledger.people import PeopleStore
from shared.adapters.ledger.runs import RunStore
from shared.adapters.ledger.value_index import ValueIndex


@dataclass(frozen=True, slots=True)
class ValueHolders:
    index: ValueIndex
    people: PeopleStore
    runs: RunStore

    async def forget(self, object_id: str) -> None:
        """Take the person out of every value; `object_id` is in lower case."""
        await self.index.forget(lambda holder: holder.object_id.lower() == object_id)

    async def forget_unknown(self) -> None:
        """Take every person out who has no ownership record and would not get the value from an open run.

        Their records are read again after the runs, because what a run wrote is recorded before it ends.
        """
        found = {one async for one in self.index.holders()}
        known = {record.object_id async for record in self.people.all()} if found else set()
        unknown = [one for one in found if one.object_id not in known]
        open_runs = {run for run in {one.run for one in unknown} if await self._is_open(run)}
        ended = [one for one in unknown if one.run not in open_runs]
        gone = {one for one in ended if not (await self.people.get(one.object_id)).etag}
        if gone:
            await self.index.forget(gone.__contains__)

    async def _is_open(self, run_id: str) -> bool:
        run = await self.runs.get(run_id) if run_id else None
        return run is not None and not run.closed
