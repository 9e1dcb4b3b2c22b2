"""Reserves parts of the quotas for runs: the gate asks and reserves, and the closing stage stores what was written.

The rules are in `shared.core.run.quotas`. After a crash both may be repeated: a reservation belongs to one attempt of a
run, and a repeated one replaces it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from shared.adapters.ledger.quotas import QuotaStore
from shared.adapters.ledger.rows import RowStore
from shared.core.run.planned_values import PlannedValues
from shared.core.run.quotas import (
    PeopleByEffect,
    Reservation,
    Reservations,
    count_people,
    exceeded_quotas,
    less,
    written_changes,
)
from shared.core.run.run import Run
from shared.core.run.safety_limits import Managed, ReasonToHold, SafetyLimits
from shared.core.values.clock import Clock
from shared.core.values.errors import ConcurrencyError
from shared.core.values.states import SUCCEEDED_ROWS, RowState

_TRIES = 20
_MAY_HAVE_WRITTEN = SUCCEEDED_ROWS | {
    RowState.PARTIAL,
    RowState.REFUSED,
    RowState.STALE,
    RowState.SUPERSEDED,
    RowState.FAILED,
    RowState.UNCONFIRMED,
}


@dataclass(frozen=True, slots=True)
class RunQuotas:
    store: QuotaStore
    rows: RowStore
    clock: Clock
    limits: SafetyLimits

    async def exceeded(self, run: Run, values: PlannedValues, managed: Managed) -> tuple[ReasonToHold, ...]:
        """The quotas that the run would exceed; nothing is reserved."""
        wanted = values.wanted()
        return self._exceeded(run, wanted, managed, await self.store.all()) if wanted else ()

    async def reserve(self, run: Run, values: PlannedValues, managed: Managed) -> tuple[ReasonToHold, ...]:
        """Reserve what the run plans, unless it would exceed quotas; returns these."""
        wanted = values.wanted()
        if not wanted:
            return ()
        for _ in range(_TRIES):
            seen = await self.store.all()
            if exceeded := self._exceeded(run, wanted, managed, seen):
                if seen.of(run.id, len(run.attempts)):
                    await self.store.drop(run.id, len(run.attempts))
                return exceeded
            own = Reservation(run.id, len(run.attempts), self.clock.now(), wanted, values.done_before())
            if await self.store.reserve(own, seen):
                return ()
        raise ConcurrencyError("other runs keep reserving quotas")

    async def correct(self, run: Run) -> None:
        """Replace the reservation by what the run has written without a person's approval; this may be repeated."""
        reserved = None if run.approved_by else await self.store.get(run.id, len(run.attempts))
        if reserved is None:
            return
        rows = self.rows.in_order(run, states=_MAY_HAVE_WRITTEN)
        written = count_people([written_changes(row.state, row.slots) async for row in rows if not row.is_approved])
        people = less(written, reserved.before)
        await self.store.correct(replace(reserved, people=people, at=self.clock.now(), is_open=False))

    def _exceeded(
        self, run: Run, wanted: PeopleByEffect, managed: Managed, seen: Reservations
    ) -> tuple[ReasonToHold, ...]:
        others = [one for one in seen.made if (one.run, one.attempt) != (run.id, len(run.attempts))]
        return exceeded_quotas(wanted, others, managed, self.limits, self.clock.now())
