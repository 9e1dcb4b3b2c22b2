"""What must hold before the app acts on a person: the account may be written to, and no other run or call acts on it.

The app never writes to protected accounts, and runs are limited to members of the pilot group. Plan and apply check
both; a call for one person checks protected accounts only. While the app cannot read a list that it has to check, it
writes nothing. With the lock, two runs, or a run and a call, never act on the same person at once. `write_person` takes
it before acting, and releases it when it stores what was written; plan only waits until it is free.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from shared.core.plan.plan import Plan
from shared.core.record.ownership_record import LOCK_TIME, Confirmation, OwnershipRecord, remembered
from shared.core.run.run import Run
from shared.core.values.clock import Clock
from shared.core.values.errors import (
    AlreadyExistsError,
    ConcurrencyError,
    ExplainedError,
    PermanentError,
    RetryLaterError,
)
from shared.flows.ports import PeopleStore
from shared.shared_reads import Cache

CACHED_FOR = timedelta(minutes=10)
WAITED_FOR = timedelta(minutes=10)
"""If Graph has failed for less than this time, a check may be retried; after that the check refuses the row."""
_RETRY_AFTER = 5.0
"""Seconds until a row or a call whose person is locked is tried again."""


class PrincipalsPort(Protocol):
    """Reads sets of object ids from Microsoft Graph. A read returns the complete set or raises."""

    async def role_principals(self) -> frozenset[str]: ...

    async def group_members(self, group_id: str) -> frozenset[str]: ...


class CachedMembers:
    """A set of object ids, cached for CACHED_FOR. `unreadable` is the code of a failed read; `what` names the set."""

    def __init__(self, read: Callable[[], Awaitable[frozenset[str]]], clock: Clock, unreadable: str, what: str) -> None:
        self._read = read
        self._clock = clock
        self._unreadable = unreadable
        self._what = what
        self._ids = Cache(self._read_ids, lambda: clock.now().timestamp(), CACHED_FOR.total_seconds())
        self._failing_since: datetime | None = None

    async def hold(self, object_id: str) -> bool:
        """Whether the id is in the set; letter case does not count.

        Raises PermanentError `unreadable` when the app has no permission to read the set, or when reading has failed
        for WAITED_FOR. Raises RetryLaterError when reading has failed for less time.
        """
        return object_id.lower() in await self._ids.get(None)

    async def _read_ids(self, _: None) -> frozenset[str]:
        asked_at = self._clock.now()
        try:
            ids = await self._read()
        except ExplainedError as error:
            self._failing_since = self._failing_since or asked_at
            if isinstance(error, RetryLaterError) and asked_at - self._failing_since < WAITED_FOR:
                raise
            raise PermanentError(
                self._unreadable,
                f"{self._what} cannot be read, so nothing is changed: {error.message}",
                remedy=error.remedy,
                request_id=error.request_id,
            ) from error
        self._failing_since = None
        return frozenset(object_id.lower() for object_id in ids)


class ProtectedAccounts:
    """One per process. `protect_admins` reads the holders of directory roles, active and eligible."""

    def __init__(
        self,
        directory: PrincipalsPort,
        clock: Clock,
        *,
        protect_admins: bool,
        protected_group_id: str,
        protected_ids: tuple[str, ...],
    ) -> None:
        self._directory = directory
        self._protect_admins = protect_admins
        self._protected_group_id = protected_group_id
        self._protected_ids = frozenset(object_id.lower() for object_id in protected_ids)
        self._members = CachedMembers(
            self._read, clock, "protectedAccountsUnreadable", "the list of protected accounts"
        )

    async def check(self, object_id: str) -> None:
        """Raises PermanentError `protectedAccount`, or the errors of `CachedMembers.hold`."""
        if object_id.lower() in self._protected_ids or await self._members.hold(object_id):
            raise PermanentError("protectedAccount", "the account is protected, so it is not changed")

    async def _read(self) -> frozenset[str]:
        admins = await self._directory.role_principals() if self._protect_admins else frozenset()
        group = self._protected_group_id
        return admins | (await self._directory.group_members(group) if group else frozenset())


class PilotGroup:
    """One per process. Without a group every account passes."""

    def __init__(self, directory: PrincipalsPort, clock: Clock, group_id: str) -> None:
        self._directory = directory
        self._group_id = group_id
        self._members = CachedMembers(self._read, clock, "pilotUnreadable", "the pilot group")

    async def check(self, object_id: str) -> None:
        """Raises PermanentError `notInPilot`, or the errors of `CachedMembers.hold`."""
        if self._group_id and not await self._members.hold(object_id):
            raise PermanentError("notInPilot", "the account is not in the pilot group, so it is not changed")

    async def _read(self) -> frozenset[str]:
        return await self._directory.group_members(self._group_id)


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
