"""Who is privileged, and which privileges the app protects. Values only; the adapter of Graph reads them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime

from shared.core.values.states import ProtectAdmins

_HARMLESS_LOSS = 5
"""The number of role assignments may always fall by this many."""


@dataclass(frozen=True, slots=True)
class ProtectionScope:
    """The settings that say which privileges count; all ids in lower case."""

    admins: ProtectAdmins = ProtectAdmins.ALL
    roles: frozenset[str] = frozenset()
    """Roles that count besides those that Graph calls privileged."""
    group: str = ""
    """The protected group; "" = none."""
    api_client_id: str = ""
    """The client id of the registration of the app's own API, whose owners and holders of app roles count; "" = not
    known."""

    @property
    def counts_roles(self) -> bool:
        return self.admins is not ProtectAdmins.NONE


@dataclass(frozen=True, slots=True)
class RoleHolders:
    """The holders of active role assignments, by one whole reading."""

    count: int
    """All assignments, whether their role counts or not."""
    principals: frozenset[str]
    """The holders of roles that count."""
    groups: frozenset[str]
    """Those principals that are groups."""


@dataclass(frozen=True, slots=True)
class Privileged:
    """The people who are privileged otherwise than by an active role assignment of their own."""

    people: frozenset[str]
    unseen: tuple[str, ...] = ()
    """What could not be read, in words, with what has to be granted, set or licensed for it."""


@dataclass(frozen=True, slots=True)
class Applications:
    """Applications whose owners are protected, as object ids.

    `own_principal` is the service principal of this app's own API; "" = not known.
    """

    registrations: frozenset[str] = frozenset()
    principals: frozenset[str] = frozenset()
    own_principal: str = ""
    unseen: tuple[str, ...] = ()

    @property
    def ids(self) -> frozenset[str]:
        return self.registrations | self.principals

    @property
    def paths(self) -> list[str]:
        """The paths in Graph under which the owners are listed."""
        found = [f"applications/{one}" for one in self.registrations]
        return found + [f"servicePrincipals/{one}" for one in self.principals]


@dataclass(frozen=True, slots=True)
class Acceptance:
    """An administrator's acceptance that there are fewer role assignments."""

    by: str
    at: datetime
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class ProtectionMemory:
    """What the app remembers of earlier readings of the protected accounts."""

    role_assignments: int = 0
    accounts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """User principal name in lower case -> every object id to which it was resolved."""
    acceptances: tuple[Acceptance, ...] = ()
    etag: str = ""

    def has_shrunk(self, count: int) -> bool:
        """Whether the number of role assignments fell by more than half, and by more than `_HARMLESS_LOSS`."""
        lost = self.role_assignments - count
        return lost > _HARMLESS_LOSS and 2 * lost > self.role_assignments

    def knowing(self, found: Mapping[str, str | None]) -> Mapping[str, tuple[str, ...]]:
        """The accounts with these names: the ids that are known, and those that were found now."""
        known = {name: self.accounts.get(name, ()) for name in found}
        return {
            name: ids if object_id is None or object_id in ids else (*ids, object_id)
            for (name, ids), object_id in zip(known.items(), found.values(), strict=True)
        }


@dataclass(frozen=True, slots=True)
class ProtectionReport:
    """What the doctor reports about the protected accounts, if they can be read."""

    unseen: tuple[str, ...]
    gone: tuple[str, ...]
    """Entries of PROTECTED_IDS that no account has any more, in words."""
    source: str
    """Where the app learns which roles are privileged, in words; "" = all roles count, or none."""


def counts(role: str, scope: ProtectionScope, privileged: Collection[str] | None, harmless: Set[str]) -> bool:
    """Whether the holders of a role are protected.

    `privileged` are the roles that Graph calls privileged. None = Graph did not say; then every role that is not
    `harmless` counts, custom roles too.
    """
    folded = role.lower()
    if scope.admins is ProtectAdmins.ALL:
        return True
    if scope.admins is ProtectAdmins.NONE:
        return False
    return folded in scope.roles or (folded not in harmless if privileged is None else folded in privileged)
