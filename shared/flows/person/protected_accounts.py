"""Protected accounts, which the app never writes to, and the pilot group, to whose members runs are limited.

Plan and apply check both; a call for one person checks protected accounts only. While the app cannot read a list that
it has to check, it writes nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

from shared.caching import Cache
from shared.core.values.clock import Clock
from shared.core.values.errors import ExplainedError, PermanentError, RetryLaterError

CACHED_FOR = timedelta(minutes=10)
WAITED_FOR = timedelta(minutes=10)
"""If Graph has failed for less than this time, a check may be retried; after that the check refuses the row."""


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
                f"{self._what} cannot be read ({error.code}), so nothing is changed",
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
