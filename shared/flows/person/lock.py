"""The lock of a person: take it before acting, store what was written, release it.

With the lock, two runs, or a run and a call, never act on the same person at once. `write_person` takes it; plan only
waits until it is free.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from shared.core.plan.plan import Plan
from shared.core.record.ownership_record import LOCK_TIME, Confirmation, OwnershipRecord, remembered
from shared.core.run.run import Run
from shared.core.values.clock import Clock
from shared.core.values.errors import AlreadyExistsError, ConcurrencyError, PermanentError, RetryLaterError
from shared.flows.ports import PeopleStore

_RETRY_AFTER = 5.0


@dataclass(frozen=True, slots=True)
class PersonLock:
    people: PeopleStore
    clock: Clock

    async def read(self, object_id: str, run: Run, row: int) -> OwnershipRecord:
        """The person's record, if no other run or call has the lock. Otherwise a plan from it might be stale at once.

        Raises RetryLaterError while another run or call has the lock. Raises PermanentError `newerExport` when a newer
        export has set this person's values; this does not apply to calls, because no export is newer than a call.
        """
        record = await self.people.get(object_id)
        if not run.is_single_call and record.is_newer_than(run.export_time, run.id):
            raise PermanentError("newerExport", "a newer export has already set this person's values")
        if record.is_locked_for(_owner(run, row), self.clock.now()):
            raise _locked()
        return record

    async def take(self, object_id: str, run: Run, row: int) -> OwnershipRecord:
        """Read the record as `read` does, and take the lock.

        A lock that the same run and row already has is taken again, so a redelivered message continues where the last
        delivery stopped.
        """
        record = await self.read(object_id, run, row)
        until = self.clock.now() + LOCK_TIME
        try:
            return await self.people.save(replace(record, locked_until=until, locked_by=_owner(run, row)))
        except (ConcurrencyError, AlreadyExistsError) as error:
            raise _locked() from error

    async def complete(self, record: OwnershipRecord, plan: Plan, run: Run, confirmation: Confirmation) -> None:
        """Store the plan's changes in the ownership record, and release the lock.

        A write in doubt is stored too, so that the next reconcile or export resolves it.
        """
        await self.people.save(_free(remembered(record, plan, run, confirmation)))

    async def release(self, record: OwnershipRecord) -> None:
        """Release the lock without another change to the record."""
        await self.people.save(_free(record))


def _free(record: OwnershipRecord) -> OwnershipRecord:
    return replace(record, locked_until=None, locked_by="")


def _owner(run: Run, row: int) -> str:
    return f"{run.id}/{row}"


def _locked() -> RetryLaterError:
    return RetryLaterError("personLocked", "another run or call is acting on this person", delay=_RETRY_AFTER)
