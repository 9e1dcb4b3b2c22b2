"""Protected accounts and the pilot group: whom the app never writes to, and whom runs are limited to.

Plan and apply check both, a call for one person checks protected accounts only. While either cannot be read, nothing is
written.
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
"""While Graph has failed for less, a check may be retried; after that it refuses."""


class PrincipalsPort(Protocol):
    """Sets of object ids in Microsoft Graph, complete or not at all."""

    async def role_principals(self) -> frozenset[str]: ...

    async def group_members(self, group_id: str) -> frozenset[str]: ...


class CachedMembers:
    """A set of object ids, cached for CACHED_FOR. `unreadable` is the code for a failed read, `what` names the set."""

    def __init__(self, read: Callable[[], Awaitable[frozenset[str]]], clock: Clock, unreadable: str, what: str) -> None:
        self._read = read
        self._clock = clock
        self._unreadable = unreadable
        self._what = what
        self._ids = Cache(self._read_ids, lambda: clock.now().timestamp(), CACHED_FOR.total_seconds())
        self._failing_since: datetime | None = None

    async def hold(self, object_id: str) -> bool:
        """Whether the id is in the set, in upper or lower case.

        Raises PermanentError `unreadable` when the app may not read the set, or could not for WAITED_FOR;
        RetryLaterError before.
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
        """Raises PermanentError `protectedAccount`, or as `CachedMembers.hold`."""
        if object_id.lower() in self._protected_ids or await self._members.hold(object_id):
            raise PermanentError("protectedAccount", "the account is privileged or protected, so it is left alone")

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
        """Raises PermanentError `notInPilot`, or as `CachedMembers.hold`."""
        if self._group_id and not await self._members.hold(object_id):
            raise PermanentError("notInPilot", "the account is not in the pilot group, so it is left alone")

    async def _read(self) -> frozenset[str]:
        return await self._directory.group_members(self._group_id)
