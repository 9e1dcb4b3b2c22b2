"""For whom has this app written a number? Names who else may hold one that Graph calls taken, from our own data only.

Used by `execute_and_verify`. All of `People` is read at once and remembered for a while,
because a conflict seldom comes alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from shared.core.record.ownership_record import OwnershipRecord
from shared.core.values.clock import Clock
from shared.core.values.errors import ExplainedError
from shared.core.values.slot import PhoneNumber, Slot

REMEMBERED_FOR = timedelta(minutes=2)
MOST_NUMBERS = 200_000
"""Beyond these nobody is named: the index would take more memory than a name is worth."""

log = logging.getLogger(__name__)


class KnownPeople(Protocol):
    def all(self) -> AsyncIterator[OwnershipRecord]: ...


@dataclass(slots=True)
class NumberHolders:
    """One per process."""

    people: KnownPeople
    clock: Clock
    most: int = MOST_NUMBERS
    _holders: Mapping[PhoneNumber, tuple[str, ...]] = field(default_factory=dict)
    _read_at: datetime | None = None
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def of(self, number: PhoneNumber, *, besides: str) -> tuple[str, ...]:
        """The object ids of the others who were given this mobile number; () = unknown, also when it cannot be read."""
        async with self._reading:
            now = self.clock.now()
            if self._read_at is None or now - self._read_at >= REMEMBERED_FOR:
                self._holders, self._read_at = await self._read(), now
        return tuple(holder for holder in self._holders.get(number, ()) if holder != besides)

    async def _read(self) -> Mapping[PhoneNumber, tuple[str, ...]]:
        holders: dict[PhoneNumber, tuple[str, ...]] = {}
        try:
            async for record in self.people.all():
                number = record.base().get(Slot.MOBILE)
                if isinstance(number, PhoneNumber):
                    holders[number] = (*holders.get(number, ()), record.object_id)
                if len(holders) > self.most:
                    return {}
        except ExplainedError as error:  # a name is a courtesy: the outcome stands without it
            log.warning("Who holds a number that Graph calls taken could not be read: %s", error.code)
        return holders
