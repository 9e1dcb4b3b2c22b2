"""Tells who is privileged, in place of Graph: what a test says, and by default no account."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.core.person.privilege import Applications, Privileged, ProtectionMemory, RoleHolders


@dataclass(slots=True)
class MadeUpPrivilege:
    """A `PrivilegePort` that also keeps the memory of protection and lists the members of groups.

    `asked` counts reads by name, and each read that it counts raises `error`, if there is one.
    """

    holders: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    accounts: dict[str, str] = field(default_factory=dict)
    error: Exception | None = None
    asked: dict[str, int] = field(default_factory=dict)
    memory: ProtectionMemory = field(default_factory=ProtectionMemory)

    async def role_assignments(self) -> RoleHolders:
        await self._ask("role_assignments")
        return RoleHolders(len(self.holders), frozenset(one.lower() for one in self.holders), frozenset())

    async def holding_roles(self, ids: Sequence[str]) -> list[bool]:
        await self._ask("holding_roles")
        return [one in self.holders for one in ids]

    async def role_groups(self) -> frozenset[str]:
        await self._ask("role_groups")
        return frozenset()

    async def applications(self) -> Applications:
        await self._ask("applications")
        return Applications()

    async def app_role_holders(self, _principal: str) -> frozenset[str]:
        await self._ask("app_role_holders")
        return frozenset()

    async def privileged(self, _groups: frozenset[str], _found: Applications) -> Privileged:
        await self._ask("privileged")
        return Privileged(self.people)

    async def is_privileged(self, object_id: str, _groups: frozenset[str], _found: Applications) -> bool:
        await self._ask("is_privileged")
        return object_id in self.holders | self.people

    async def group_members(self, _group: str) -> frozenset[str]:
        await self._ask("group_members")
        return self.people

    async def resolve(self, names: Sequence[str]) -> dict[str, str | None]:
        await self._ask("resolve")
        return {name: self.accounts.get(name) for name in names}

    async def roles_come_from_graph(self) -> bool:
        return True

    async def protection(self) -> ProtectionMemory:
        return self.memory

    async def remember_protection(self, memory: ProtectionMemory) -> None:
        self.memory = memory

    async def _ask(self, name: str) -> None:
        self.asked[name] = self.asked.get(name, 0) + 1
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
