"""The wall and the pilot: who may never be touched, and who alone may be while a roll-out is limited to a group.

The wall is asked by plan, apply and every single-user write, the pilot by plan and apply only. Anything that keeps
either from being read means that nothing is written.
"""

from __future__ import annotations

from typing import Protocol

from shared.core.values.clock import Clock
from shared.core.values.errors import PermanentError
from shared.flows.person.cached_members import CachedMembers


class Groups(Protocol):
    async def group_members(self, group_id: str) -> frozenset[str]: ...


class PrivilegedPrincipals(Groups, Protocol):
    async def role_principals(self) -> frozenset[str]: ...


class ProtectedAccounts:
    """One per process. `protect_admins` reads the holders of directory roles, active and eligible."""

    def __init__(
        self,
        directory: PrivilegedPrincipals,
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
        self._members = CachedMembers(self._read, clock, "protectedAccountsUnreadable", "who is protected")

    async def check(self, object_id: str) -> None:
        """Raises PermanentError `protectedAccount`, or as `CachedMembers` when the wall cannot be read."""
        if object_id.lower() in self._protected_ids or await self._members.hold(object_id):
            raise PermanentError("protectedAccount", "the account is privileged or protected, so it is left alone")

    async def _read(self) -> frozenset[str]:
        admins = await self._directory.role_principals() if self._protect_admins else frozenset()
        group = self._protected_group_id
        return admins | (await self._directory.group_members(group) if group else frozenset())


class PilotGroup:
    """One per process. Without a group everybody is in it."""

    def __init__(self, directory: Groups, clock: Clock, group_id: str) -> None:
        self._directory = directory
        self._group_id = group_id
        self._members = CachedMembers(self._read, clock, "pilotUnreadable", "who is in the pilot group")

    async def check(self, object_id: str) -> None:
        """Raises PermanentError `notInPilot`, or as `CachedMembers` when the group cannot be read."""
        if self._group_id and not await self._members.hold(object_id):
            raise PermanentError("notInPilot", "the account is not in the pilot group, so it is left alone")

    async def _read(self) -> frozenset[str]:
        return await self._directory.group_members(self._group_id)
