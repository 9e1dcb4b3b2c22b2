"""The accounts for which this app wrote or adopted a number, from its own records only.

When Graph says that another account uses a number, `execute_and_verify` names the accounts that may have it. All of
`People` is read at once and cached, because one conflict is usually followed by others.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from shared.core.record.ownership_record import OwnershipRecord
from shared.core.values.clock import Clock
from shared.core.values.errors import ExplainedError
from shared.core.values.slot import PhoneNumber, Slot
from shared.shared_reads import Cache
from shared.telemetry.events import EventName
from shared.telemetry.signals import event

CACHED_FOR = timedelta(minutes=2)
MOST_NUMBERS = 200_000
"""With more numbers no account is named, because the index would take too much memory."""


@dataclass(frozen=True)
class NumberHolders:
    """One per process. `all_people` reads every ownership record."""

    all_people: Callable[[], AsyncIterator[OwnershipRecord]]
    clock: Clock
    most: int = MOST_NUMBERS

    @cached_property
    def _holders(self) -> Cache[None, Mapping[PhoneNumber, tuple[str, ...]]]:
        return Cache(self._read, lambda: self.clock.now().timestamp(), CACHED_FOR.total_seconds())

    async def of(self, number: PhoneNumber, besides: str) -> tuple[str, ...]:
        """Object ids of other people for whom the app wrote or adopted this mobile; () = none."""
        holders = await self._holders.get(None)
        return tuple(holder for holder in holders.get(number, ()) if holder != besides)

    async def _read(self, _: None) -> Mapping[PhoneNumber, tuple[str, ...]]:
        """The people by number; if the read fails, those read until then. No outcome depends on them."""
        holders: dict[PhoneNumber, tuple[str, ...]] = {}
        try:
            async for record in self.all_people():
                number = record.base().get(Slot.MOBILE)
                if isinstance(number, PhoneNumber):
                    holders[number] = (*holders.get(number, ()), record.object_id)
                if len(holders) > self.most:
                    return {}
        except ExplainedError as error:
            event(EventName.HOLDERS_UNREAD, code=error.code)
        return holders
