"""The wall: who may never be touched, as a set of object ids read from the directory and kept for ten minutes.

Asked by plan, apply and every single-user write. Anything that keeps it from being read means that nothing is written.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Protocol

from shared.core.clock import Clock
from shared.core.errors import AgainError, ExplainedError, NeverError

KEPT_FOR = timedelta(minutes=10)
WAITED_FOR = timedelta(minutes=10)
"""For so long a failing Graph is bad weather and whoever asks comes back; after that they are refused."""


class PrivilegedPrincipals(Protocol):
    async def role_principals(self) -> frozenset[str]: ...

    async def group_members(self, group_id: str) -> frozenset[str]: ...


class Wall:
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
        self._clock = clock
        self._protect_admins = protect_admins
        self._protected_group_id = protected_group_id
        self._protected_ids = frozenset(object_id.lower() for object_id in protected_ids)
        self._members: frozenset[str] = frozenset()
        self._read_at: datetime | None = None
        self._failing_since: datetime | None = None
        self._reading: asyncio.Task[frozenset[str]] | None = None

    async def check(self, object_id: str) -> None:
        """Raises NeverError `protectedAccount`, or `wallUnreadable` when the wall may not be read or could not be for
        WAITED_FOR; AgainError until then."""
        if object_id.lower() in self._protected_ids or object_id.lower() in await self._current_members():
            raise NeverError("protectedAccount", "the account is privileged or protected, so it is left alone")

    async def _current_members(self) -> frozenset[str]:
        """However many ask at once, the directory is read once, and all of them get the same answer or error."""
        if self._read_at is None or self._clock.now() - self._read_at >= KEPT_FOR:
            if self._reading is None or self._reading.done():
                self._reading = asyncio.create_task(self._read_and_keep())
            return await asyncio.shield(self._reading)
        return self._members

    async def _read_and_keep(self) -> frozenset[str]:
        asked_at = self._clock.now()
        self._members = await self._read(asked_at)
        self._read_at, self._failing_since = asked_at, None
        return self._members

    async def _read(self, asked_at: datetime) -> frozenset[str]:
        try:
            admins = await self._directory.role_principals() if self._protect_admins else frozenset()
            group = self._protected_group_id
            members = await self._directory.group_members(group) if group else frozenset()
        except ExplainedError as error:
            self._failing_since = self._failing_since or asked_at
            if isinstance(error, AgainError) and asked_at - self._failing_since < WAITED_FOR:
                raise
            raise NeverError(
                "wallUnreadable",
                f"who is protected cannot be read ({error.code}), so nothing is changed",
                remedy=error.remedy,
                request_id=error.request_id,
            ) from error
        return frozenset(object_id.lower() for object_id in admins | members)
