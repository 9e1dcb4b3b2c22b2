"""One person at a time: take the lock before acting, remember what was written, let go.

Used by plan, which only waits for it, by apply and by single-user writes, so that two runs, or a run and the help
desk, never act at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from shared.core.plan.plan import Plan
from shared.core.record.ownership_record import LOCK_TIME, Confirmation, OwnershipRecord, remembered
from shared.core.run.run import Run
from shared.core.values.clock import Clock
from shared.core.values.errors import PermanentError, RetryLaterError
from shared.core.values.storage import AlreadyExistsError, ConcurrencyError
from shared.flows.ports import PeopleStore

_TRY_AGAIN_AFTER = 5.0


@dataclass(frozen=True, slots=True)
class PersonLock:
    people: PeopleStore
    clock: Clock

    async def read(self, object_id: str, run: Run, row: int) -> OwnershipRecord:
        """The record while nobody else acts on the person, so that what is planned from it is not stale at birth.

        Raises RetryLaterError while somebody else has the lock, PermanentError `newerExport` when this comes too late.
        A call for one person is never too late: whoever makes it means now, whatever the clocks say.
        """
        record = await self.people.get(object_id)
        if not run.is_single_call and record.is_newer_than(run.export_time, run.id):
            raise PermanentError("newerExport", "a newer export already settled this person")
        if record.is_locked_for(_owner(run, row), self.clock.now()):
            raise _locked()
        return record

    async def take(self, object_id: str, run: Run, row: int) -> OwnershipRecord:
        """As `read`, and nobody else acts on the person from now on.

        A lock taken for the same run and row is taken over: a redelivered message goes on where it stopped.
        """
        record = await self.read(object_id, run, row)
        until = self.clock.now() + LOCK_TIME
        try:
            return await self.people.save(replace(record, locked_until=until, locked_by=_owner(run, row)))
        except (ConcurrencyError, AlreadyExistsError) as error:
            raise _locked() from error

    async def complete(self, record: OwnershipRecord, plan: Plan, run: Run, confirmation: Confirmation) -> None:
        """Record what the completed plan means for ownership, and release the lock.

        A write in doubt is recorded too, so that the next reconcile or export resolves it.
        """
        await self.people.save(_free(remembered(record, plan, run, confirmation)))

    async def release(self, record: OwnershipRecord) -> None:
        """Let go without remembering anything."""
        await self.people.save(_free(record))


def _free(record: OwnershipRecord) -> OwnershipRecord:
    return replace(record, locked_until=None, locked_by="")


def _owner(run: Run, row: int) -> str:
    return f"{run.id}/{row}"


def _locked() -> RetryLaterError:
    return RetryLaterError("personLocked", "another run or call is acting on this person", delay=_TRY_AGAIN_AFTER)
