"""Whether a call for one person may write: not to too many people in a day, and not one value for too many people.

`SingleCalls` asks once the call is planned. Previews, and calls that change nothing, are not counted; a counted call
that ends with an error is no longer counted if it is certain that it wrote nothing. For a caller who may not see
numbers, a call that changes nothing is checked as if it changed something; otherwise, once the quota is used up, such a
caller could try guesses: only the right one would not be refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from shared.adapters.ledger.call_quotas import CallQuotaStore
from shared.core.plan.plan import Plan
from shared.core.plan.verdict import Action
from shared.core.run.call_quotas import DAY, CallLimits, CountedCall, counted_call, is_counted, used_up
from shared.core.run.run import Run
from shared.core.run.value_index import KIND_OF, Sharers, ValueKey
from shared.core.values.clock import Clock
from shared.core.values.codes import CODES
from shared.core.values.errors import ConcurrencyError, PermanentError
from shared.flows.person.shared_values import NO_KEY, SharedValues
from shared.shared_reads import Cache

_KEY_SECONDS = timedelta(minutes=10).total_seconds()
_ROW = 1
_TRIES = 50


@dataclass(slots=True)
class CallQuotas:
    """One per process. It remembers the calls that it has seen, so that an ordinary call costs one insert."""

    store: CallQuotaStore
    clock: Clock
    limits: CallLimits
    _seen: dict[int, CountedCall | None] = field(default_factory=dict)
    _last: int = 0

    async def take(self, plan: Plan, object_id: str, caller: str, *, asks_only: bool = False) -> int:
        """Count the call; returns its number, 0 = it `is_counted` already, or `asks_only`.

        Raises PermanentError `quotaReached`.
        """
        for _ in range(_TRIES):
            call = counted_call(plan, object_id, caller, self.clock.now())
            if is_counted(call, self._counted(call)):
                return 0
            exceeded = used_up(call, self._counted(call), self.limits)
            if exceeded and not await self._read_on():
                raise PermanentError("quotaReached", exceeded.message, remedy=CODES["quotaReached"].remedy)
            if exceeded:
                continue
            if asks_only:
                return 0
            number = self._last + 1
            if await self.store.add(number, call):
                self._seen[number], self._last = call, max(number, self._last)
                return number
            await self._read_on()
        raise ConcurrencyError("other calls keep being counted")

    async def uncount(self, number: int) -> None:
        await self.store.uncount(number)
        self._seen[number] = None

    def _counted(self, call: CountedCall) -> list[CountedCall]:
        self._seen = {number: one for number, one in self._seen.items() if one and one.at > call.at - DAY}
        return [one for one in self._seen.values() if one is not None]

    async def _read_on(self) -> bool:
        """Read the calls that other processes have counted; returns whether there were any."""
        more = await self.store.after(self._last)
        self._seen |= more
        self._last = max(self._last, *more) if more else self._last
        return bool(more)


@dataclass(frozen=True)
class CallAdmission:
    quotas: CallQuotas
    sharing: SharedValues
    clock: Clock

    async def admit(self, run: Run, object_id: str, plan: Plan) -> int:
        """Claim the values and count the call; returns its number as `CallQuotas.take` does.

        Raises PermanentError `quotaReached`, `valueShared` or `valueIndexKeyMissing`.
        """
        await self._check_sharing(run, object_id, plan, claims=True)
        return await self.quotas.take(plan, object_id, run.started_by)

    async def check(self, run: Run, object_id: str, plan: Plan) -> None:
        """Raises PermanentError as `admit` does; nothing is counted or claimed."""
        if plan.operations:
            await self._check_sharing(run, object_id, plan, claims=False)
            await self.quotas.take(plan, object_id, run.started_by, asks_only=True)

    async def uncount(self, number: int) -> None:
        if number:
            await self.quotas.uncount(number)

    async def _check_sharing(self, run: Run, object_id: str, plan: Plan, *, claims: bool) -> None:
        written = {
            planned.slot: planned.desired
            for planned in plan.slots
            if planned.verdict.action in {Action.CREATE, Action.UPDATE} and planned.desired is not None
        }
        if not written:
            return
        key = await self._key.get(None)
        if key is None:
            raise PermanentError("valueIndexKeyMissing", NO_KEY.message, remedy=CODES["valueIndexKeyMissing"].remedy)
        values = {
            key.of_value(slot, value): Sharers(KIND_OF[slot], {_ROW: object_id}, {_ROW: (object_id, slot)})
            for slot, value in written.items()
        }
        for one in await self.sharing.crowded(run, key, values, claims=claims):
            raise PermanentError("valueShared", one.exceeded.message, remedy=CODES["valueShared"].remedy)

    @cached_property
    def _key(self) -> Cache[None, ValueKey | None]:
        async def read(_: None) -> ValueKey | None:
            return await self.sharing.key()

        return Cache(read, lambda: self.clock.now().timestamp(), _KEY_SECONDS)
