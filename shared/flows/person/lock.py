"""One person at a time: take the lock before acting, remember what was written, release.

Used by `write_person` and by plan, which only waits for it, so that two runs, or a run and a call, never act on the
same person at once.
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

_RETRY_AFTER = 5.0


@dataclass(frozen=True, slots=True)
class PersonLock:
    people: PeopleStore
    clock: Clock

    async def read(self, object_id: str, run: Run, row: int) -> OwnershipRecord:
        """The record while no other run or call acts on the person, so that a plan made from it is not stale at once.

        Raises RetryLaterError while another run or call has the lock, PermanentError `newerExport` when a newer export
        has set this person's values. A call means this moment, so no export is newer, whatever the clocks say.
        """
        record = await self.people.get(object_id)
        if not run.is_single_call and record.is_newer_than(run.export_time, run.id):
            raise PermanentError("newerExport", "a newer export has already set this person's values")
        if record.is_locked_for(_owner(run, row), self.clock.now()):
            raise _locked()
        return record

    async def take(self, object_id: str, run: Run, row: int) -> OwnershipRecord:
        """As `read`, and no other run or call acts on the person from now on.

        A lock taken for the same run and row is taken over: a redelivered message goes on where it stopped.
        """
        record = await self.read(object_id, run, row)
        until = self.clock.now() + LOCK_TIME
        try:
            return await self.people.save(replace(record, locked_until=until, locked_by=_owner(run, row)))
        except (ConcurrencyError, AlreadyExistsError) as error:
            raise _locked() from error

    async def complete(self, record: OwnershipRecord, plan: Plan, run: Run, confirmation: Confirmation) -> None:
        """Remember what the plan means for ownership, and release.

        A write in doubt is remembered too, so that the next reconcile or export resolves it.
        """
        await self.people.save(_free(remembered(record, plan, run, confirmation)))

    async def release(self, record: OwnershipRecord) -> None:
        """Release without remembering anything."""
        await self.people.save(_free(record))


def _free(record: OwnershipRecord) -> OwnershipRecord:
    return replace(record, locked_until=None, locked_by="")


def _owner(run: Run, row: int) -> str:
    return f"{run.id}/{row}"


def _locked() -> RetryLaterError:
    return RetryLaterError("personLocked", "another run or call is acting on this person", delay=_RETRY_AFTER)
