"""Protected accounts, which the app never writes to: a cached list refuses early, and a fresh answer before each write.

The list may be ten minutes old, and can only refuse. Before a write the app asks again who is privileged, because
privilege changes; such an answer is used for FRESH_FOR at most. What is asked depends on how many people are written
to: few are asked about one by one; for many, their role assignments are asked for by chunks, and everything else is
read whole at most once a minute.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

from shared.core.person.privilege import (
    Acceptance,
    Applications,
    Privileged,
    ProtectionMemory,
    ProtectionReport,
    ProtectionScope,
    RoleHolders,
)
from shared.core.run.run import Run
from shared.core.values.clock import Clock
from shared.core.values.errors import ConcurrencyError, ExplainedError, PermanentError
from shared.core.values.said import Said
from shared.core.values.states import ProtectAdmins
from shared.flows.graph_ports import PrivilegePort
from shared.flows.person.preconditions import CACHED_FOR, Patience
from shared.shared_reads import Batcher, Cache

FRESH_FOR = timedelta(seconds=60)
FEW = 20
"""A call, or a run that writes to fewer people, asks about each person alone."""
CHUNK = 15
"""The most people in one request about role assignments."""
_CHUNK_SECONDS = 0.01
_KEPT_ACCEPTANCES = 20

UNREADABLE = "protectedAccountsUnreadable"
_ACCEPT = (
    "If administrators were removed on purpose, somebody with the role Runs.Approve accepts the shorter list with "
    "POST /protected-accounts/accept; otherwise find out who removed them, or wait if Graph is at fault."
)
_NEVER_RESOLVED = "Ask the administrator to correct the entry, best to the account's object id."


class ProtectionMemoryStore(Protocol):
    async def protection(self) -> ProtectionMemory: ...

    async def remember_protection(self, memory: ProtectionMemory) -> None:
        """Raises ConcurrencyError when it was changed since it was read."""
        ...


@dataclass(frozen=True, slots=True)
class _Listed:
    """The holders of active role assignments, and the accounts that the settings list; `gone` exist no longer."""

    ids: frozenset[str]
    groups: frozenset[str]
    gone: tuple[str, ...]
    news: ProtectionMemory | None
    """The memory to store; None = nothing has changed."""


class ProtectedAccounts:
    """One per process. `names` are the object ids and user principal names that the settings list."""

    def __init__(
        self,
        directory: PrivilegePort,
        memory: ProtectionMemoryStore,
        clock: Clock,
        *,
        scope: ProtectionScope,
        names: tuple[str, ...],
    ) -> None:
        def cache[Key, Value](read: Callable[[Key], Awaitable[Value]], kept: timedelta) -> Cache[Key, Value]:
            return Cache(read, lambda: clock.now().timestamp(), kept.total_seconds())

        self._directory = directory
        self._memory = memory
        self._clock = clock
        self._scope = scope
        self._names = names
        self._patience = Patience(clock, UNREADABLE, Said("the list of protected accounts"))
        self._listed = cache(self._read_listed, CACHED_FOR)
        self._applications = cache(self._read_applications, CACHED_FOR)
        self._groups = cache(self._read_groups, CACHED_FOR)
        self._privileged = cache(self._read_privileged, CACHED_FOR)
        self._app_role_holders = cache(self._read_app_role_holders, CACHED_FOR)
        self._alone = cache(self._ask_alone, FRESH_FOR)
        self._by_chunk = cache(self._ask_by_chunk, FRESH_FOR)
        self._remembered: _Listed | None = None
        self._chunks = Batcher(directory.holding_roles, lambda _: False, most=CHUNK, seconds=_CHUNK_SECONDS)

    async def check(self, object_id: str) -> None:
        """Refuse by the list alone. Raises PermanentError `protectedAccount`, or the errors of `Patience`."""
        one = object_id.lower()
        privileged, listed = await self._privileged.get(None), await self._listed.get(None)
        if one in listed.ids or one in privileged.people or one in await self._app_role_holders.get(None):
            raise _protected()

    async def may_be_protected(self, object_id: str) -> bool:
        """Whether the account is protected, or the app cannot find out."""
        try:
            await self.check(object_id)
        except ExplainedError:
            return True
        return False

    async def check_before_write(self, object_id: str, run: Run) -> None:
        """Refuse by the list and by answers that are not older than FRESH_FOR. Raises the errors of `check`."""
        await self.check(object_id)
        await self._remember()
        one, a_minute = object_id.lower(), FRESH_FOR.total_seconds()
        if one in await self._app_role_holders.get(None, within=a_minute):
            raise _protected()
        if _writes_to_few(run):
            is_privileged = await self._alone.get(one)
        else:
            privileged = await self._privileged.get(None, within=a_minute)
            is_privileged = one in privileged.people or (self._scope.counts_roles and await self._by_chunk.get(one))
        if is_privileged:
            raise _protected()

    async def read_ahead(self) -> None:
        """Read the lists in advance. A list that cannot be read is read again when it is needed."""
        await asyncio.gather(
            self._listed.get(None),
            self._privileged.get(None),
            self._app_role_holders.get(None),
            return_exceptions=True,
        )

    async def accept(self, by: str) -> Acceptance | None:
        """Accept that there are fewer role assignments; None = there is no drop that needs it.

        Raises ExplainedError when they cannot be read, and ConcurrencyError.
        """
        memory = await self._memory.protection()
        holders = await self._directory.role_assignments()
        if not memory.has_shrunk(holders.count):
            return None
        accepted = Acceptance(by, self._clock.now(), memory.role_assignments, holders.count)
        kept = (*memory.acceptances, accepted)[-_KEPT_ACCEPTANCES:]
        await self._memory.remember_protection(replace(memory, role_assignments=holders.count, acceptances=kept))
        return accepted

    async def report(self) -> ProtectionReport:
        """Raises the errors of `Patience`."""
        listed, privileged = await self._listed.get(None), await self._privileged.get(None)
        source = ""
        if self._scope.admins is ProtectAdmins.PRIVILEGED:
            is_from_graph = await self._directory.roles_come_from_graph()
            source = "which roles are privileged is " + (
                "read from Graph" if is_from_graph else "taken from a table in the app, because Graph does not answer"
            )
        return ProtectionReport(privileged.unseen, listed.gone, source)

    async def _remember(self) -> None:
        """Remember the list once something is about to be written; reading alone changes nothing."""
        listed = await self._listed.get(None)
        if listed.news is not None and listed is not self._remembered:
            self._remembered = listed
            with suppress(ConcurrencyError):  # another process has just remembered the same
                await self._memory.remember_protection(listed.news)

    async def _read_listed(self, _: None) -> _Listed:
        return await self._patience.wait_for("listed", self._read_listed_now)

    async def _read_listed_now(self) -> _Listed:
        memory = await self._memory.protection()
        holders = await self._directory.role_assignments() if self._scope.counts_roles else None
        if holders is not None and memory.has_shrunk(holders.count):
            was, now = memory.role_assignments, holders.count
            raise PermanentError(
                UNREADABLE,
                Said("the number of role assignments went from {was} to {now}", now=now, was=was),
                remedy=_ACCEPT,
            )
        found = await self._directory.resolve(self._names)
        accounts = memory.knowing({name: object_id for name, object_id in found.items() if "@" in name})
        for position, name in enumerate(self._names, start=1):
            if not accounts.get(name, (name,)):
                raise PermanentError(
                    UNREADABLE,
                    Said("entry {position} of the list of protected accounts was never an account", position=position),
                    remedy=_NEVER_RESOLVED,
                )
        count = memory.role_assignments if holders is None else holders.count
        now_known = replace(memory, role_assignments=count, accounts=accounts)
        ids = {one for name in self._names for one in accounts.get(name, (name,))}
        gone = [
            f"entry {position} of the list of protected accounts ({', '.join(accounts.get(name, (name,)))})"
            for position, name in enumerate(self._names, start=1)
            if found[name] is None
        ]
        held = RoleHolders(0, frozenset(), frozenset()) if holders is None else holders
        news = None if now_known == memory else now_known
        return _Listed(frozenset(ids) | held.principals, held.groups, tuple(gone), news)

    async def _read_applications(self, _: None) -> Applications:
        return await self._patience.wait_for("applications", self._directory.applications)

    async def _read_app_role_holders(self, _: None) -> frozenset[str]:
        found = (await self._privileges())[1]
        if not found.own_principal:
            return frozenset()
        return await self._patience.wait_for("app", lambda: self._directory.app_role_holders(found.own_principal))

    async def _read_groups(self, _: None) -> frozenset[str]:
        return await self._patience.wait_for("groups", self._directory.role_groups)

    async def _read_privileged(self, _: None) -> Privileged:
        groups, found = await self._privileges()
        return await self._patience.wait_for("privileged", lambda: self._directory.privileged(groups, found))

    async def _ask_alone(self, object_id: str) -> bool:
        groups, found = await self._privileges()
        if self._scope.group:
            groups |= {self._scope.group}
        if not groups and not self._scope.counts_roles:
            return False
        return await self._patience.wait_for(object_id, lambda: self._directory.is_privileged(object_id, groups, found))

    async def _privileges(self) -> tuple[frozenset[str], Applications]:
        """The groups and the applications that make people privileged.

        Role-assignable groups were read at most a minute ago; the rest may be as old as the list.
        """
        if not self._scope.counts_roles:
            return frozenset(), Applications()
        listed, found, groups = await asyncio.gather(
            self._listed.get(None),
            self._applications.get(None),
            self._groups.get(None, within=FRESH_FOR.total_seconds()),
        )
        return groups | listed.groups, found

    async def _ask_by_chunk(self, object_id: str) -> bool:
        return await self._patience.wait_for("chunk", lambda: self._chunks.ask(object_id))


def _writes_to_few(run: Run) -> bool:
    figures = run.attempt.plan.figures
    if figures is None:
        return run.is_single_call
    return figures.writes < FEW


def _protected() -> ExplainedError:
    return PermanentError("protectedAccount", Said("the account is protected, so it is not changed"))
