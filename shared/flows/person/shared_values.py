"""Whether too many people would have one value: in the run, by the records, and by other open runs.

The gate asks for a whole run; a call for one person asks for itself. Before a write, asking also
claims the values in the index, so that of two runs that ask at the same moment the second sees the
first. The index only names possible holders: where they are too many, the ownership records and the
runs say who really has the value. The index is built from `People` when its secret changes.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass

from shared.adapters.ledger.people import PeopleStore
from shared.adapters.ledger.runs import RunStore
from shared.adapters.ledger.value_index import ValueIndex
from shared.core.record.ownership_record import OwnershipRecord
from shared.core.run.run import Run
from shared.core.run.safety_limits import ReasonToHold
from shared.core.run.value_index import Holder, IndexedValue, Sharers, SharingLimits, ValueKey, too_many
from shared.core.values.said import Said
from shared.core.values.slot import EmailAddress, PhoneNumber

_CLAIMED_AT_ONCE = 10_000
"""How many values a rebuild holds in memory."""
NO_KEY = ReasonToHold(
    "VALUE_INDEX_KEY",
    Said(
        "whether too many people share a number or an e-mail address cannot be checked, because the app has no secret "
        "for its index of values"
    ),
)


@dataclass(frozen=True, slots=True)
class Crowded:
    """A value that too many people would have."""

    digest: str
    exceeded: ReasonToHold


@dataclass(frozen=True, slots=True)
class SharedValues:
    """One per process."""

    index: ValueIndex
    people: PeopleStore
    runs: RunStore
    secret: Callable[[], Awaitable[ValueKey | None]]
    limits: SharingLimits

    async def key(self) -> ValueKey | None:
        """The secret of the index, once the index is complete for it; None = there is no secret."""
        key = await self.secret()
        if key is not None and await self.index.built_with() != key.id:
            await self._build(key)
        return key

    async def approved(self, digests: Collection[str]) -> frozenset[str]:
        """Those of the values that a person has approved as shared."""
        known = await self.index.look(digests)
        return frozenset(digest for digest, value in known.items() if value.is_shared)

    async def crowded(
        self, run: Run, key: ValueKey, values: Mapping[str, Sharers], *, claims: bool
    ) -> tuple[Crowded, ...]:
        """The values that too many people would have. `claims` = the run first claims all values."""
        if not values:
            return ()
        if claims:
            known = await self.index.claim({digest: _claims(run.id, one) for digest, one in values.items()})
        else:
            known = await self.index.look(values)
        found = []
        for digest, sharers in values.items():
            value = known.get(digest, IndexedValue())
            exceeded = too_many(sharers, _others(sharers, value), self.limits, run.places)
            if exceeded and not value.is_shared:
                others = await self._real(run.id, key, digest, _others(sharers, value))
                exceeded = too_many(sharers, others, self.limits, run.places)
                found += [Crowded(digest, exceeded)] if exceeded else []
        return tuple(found)

    async def approve(self, digests: Collection[str]) -> None:
        if digests:
            await self.index.approve(digests)

    async def _real(self, run_id: str, key: ValueKey, digest: str, holders: Collection[Holder]) -> tuple[Holder, ...]:
        """Of these holders, those who have the value by their record, or are to get it by another open run.

        A person whose account is deleted has no value: a company gives the SIM cards of people who left to others.
        """
        are_real = await asyncio.gather(*(self._is_real(run_id, key, digest, one) for one in holders))
        return tuple(one for one, is_real in zip(holders, are_real, strict=True) if is_real)

    async def _is_real(self, run_id: str, key: ValueKey, digest: str, holder: Holder) -> bool:
        record = await self.people.get(holder.object_id)
        if record.gone_since is None and digest in _digests(key, record):
            return True
        run = await self.runs.get(holder.run) if holder.run and holder.run != run_id else None
        return run is not None and not run.closed

    async def _build(self, key: ValueKey) -> None:
        """Build the index anew. Building it twice at once, or again after a crash, gives the same index."""
        await self.index.clear()
        claims: defaultdict[str, dict[str, Holder]] = defaultdict(dict)
        async for record in self.people.all():
            for digest, holder in _digests(key, record).items():
                claims[digest][holder.object_id] = holder
            if len(claims) >= _CLAIMED_AT_ONCE:
                await self.index.claim(claims)
                claims.clear()
        await self.index.claim(claims)
        await self.index.note_built(key.id)


def _digests(key: ValueKey, record: OwnershipRecord) -> dict[str, Holder]:
    return {
        key.of_value(slot, value): Holder(record.object_id, slot)
        for slot, value in record.base().items()
        if isinstance(value, PhoneNumber | EmailAddress)
    }


def _claims(run_id: str, sharers: Sharers) -> dict[str, Holder]:
    return {object_id: Holder(object_id, slot, run_id) for object_id, slot in sharers.writers.values()}


def _others(sharers: Sharers, value: IndexedValue) -> tuple[Holder, ...]:
    known = {*sharers.people.values(), *sharers.leaving}
    return tuple(one for object_id, one in value.holders.items() if object_id not in known)
