"""Reads from Graph who is privileged, by the table in `privilege_lists`.

A list that must not be empty, or whose members are hidden from the app, is never read as "none".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import batched

from shared.adapters.graph import answers_of_privilege as answers
from shared.adapters.graph import permissions
from shared.adapters.graph.answers_of_privilege import AppRoleHolder, DirectoryObject, Principal
from shared.adapters.graph.batch import Part, account_part
from shared.adapters.graph.client import Asking
from shared.adapters.graph.error_table import READ_APPLICATIONS, READ_ROLES, not_empty
from shared.adapters.graph.harmless_roles import HARMLESS_ROLES
from shared.adapters.graph.list_reader import Ask, ListReader, without
from shared.adapters.graph.privilege_lists import PrivilegeList
from shared.core.person.privilege import Applications, Privileged, ProtectionScope, RoleHolders, counts
from shared.core.values.errors import ExplainedError, PersonNotFoundError, ThrottledError
from shared.core.values.states import ProtectAdmins
from shared.shared_reads import Cache

MOST_IDS = 15
"""The most ids that a filter with `in` takes."""
_PRIVILEGED_ROLES = "/roleManagement/directory/roleDefinitions?$filter=isPrivileged eq true&$select=id"
_ROLES_CACHED_FOR = 600.0
_OBJECT = answers.directory_object


class PrivilegeReader:
    """`now` returns seconds from any starting point."""

    def __init__(self, asking: Asking, scope: ProtectionScope, now: Callable[[], float]) -> None:
        self._asking = asking
        self._lists = ListReader(asking)
        self._scope = scope
        self._privileged_roles = Cache(self._read_privileged_roles, now, _ROLES_CACHED_FOR)

    async def role_assignments(self) -> RoleHolders:
        """The number of active role assignments, and the holders of those that count; an empty list is an error."""
        rows = await self._lists.whole(PrivilegeList.ROLE_ASSIGNMENTS, answers.principal)
        counted = await self._counting(rows)
        groups = frozenset(row.id for row in counted if row.is_group)
        return RoleHolders(len(rows), frozenset(row.id for row in counted), groups)

    async def holding_roles(self, ids: Sequence[str]) -> list[bool]:
        """Whether each of up to MOST_IDS people or groups holds an active role that counts."""
        values = ",".join(f"'{one}'" for one in ids)
        rows = await self._lists.whole(PrivilegeList.ROLE_ASSIGNMENTS_OF, answers.principal, values)
        holders = {row.id for row in await self._counting(rows)}
        return [one.lower() in holders for one in ids]

    async def role_groups(self) -> frozenset[str]:
        """The groups whose members, owners and eligible members are privileged."""
        groups: list[DirectoryObject] = await self._lists.whole(PrivilegeList.ROLE_GROUPS, _OBJECT)
        if self._scope.admins is ProtectAdmins.PRIVILEGED:
            kept = {row.id for row in await self._eligible([])}
            for some in batched([one.id for one in groups], MOST_IDS):  # noqa: B911 - the last may be shorter
                held = await self.holding_roles(some)
                kept |= {group for group, holds in zip(some, held, strict=True) if holds}
            groups = [one for one in groups if one.id in kept]
        await self._lists.refuse_hidden(groups)
        return frozenset(one.id for one in groups)

    async def privileged(self, groups: frozenset[str], found: Applications) -> Privileged:
        """Everybody who is privileged through eligibility, these groups, the protected group or these applications."""
        people, unseen = set[str](), list(found.unseen)
        asks: list[Ask] = [(PrivilegeList.APP_OWNERS, path, _OBJECT) for path in found.paths]
        if self._scope.counts_roles:
            eligible = await self._eligible(unseen)
            people |= {row.id for row in eligible}
            groups |= {row.id for row in eligible if row.is_group}
            asks += [
                (which, group, _OBJECT)
                for group in groups
                for which in (PrivilegeList.GROUP_MEMBERS, PrivilegeList.GROUP_OWNERS)
            ]
            if await self._lists.is_granted(permissions.GROUP_ELIGIBILITY):
                asks += [(PrivilegeList.GROUP_ELIGIBILITIES, group, answers.eligible) for group in groups]
            else:
                unseen.append(without(PrivilegeList.GROUP_ELIGIBILITIES))
        for one in await self._lists.several(asks, unseen):
            await self._lists.refuse_hidden(one)
            people |= {item.id for item in one}
        if self._scope.group:
            people |= await self._lists.group_members(self._scope.group, PrivilegeList.PROTECTED_GROUP)
        return Privileged(frozenset(people), tuple(dict.fromkeys(unseen)))

    async def is_privileged(self, object_id: str, groups: frozenset[str], found: Applications) -> bool:
        """Whether one person holds a role, may get one, is in or owns one of these groups, or owns such an application.

        `groups` include the protected group. Where roles do not count, only the groups of the person are asked for.
        """
        if not self._scope.counts_roles:
            (inside,) = await self._lists.several([(PrivilegeList.GROUPS_OF, object_id, _OBJECT)], [])
            return not groups.isdisjoint(item.id for item in inside)
        roles: list[Ask] = [
            (PrivilegeList.ROLE_ASSIGNMENTS_OF, f"'{object_id}'", answers.principal),
            (PrivilegeList.ROLE_ELIGIBILITIES_OF, object_id, answers.principal),
        ]
        objects: list[Ask] = [
            (PrivilegeList.GROUPS_OF, object_id, _OBJECT),
            (PrivilegeList.OWNED_BY, object_id, _OBJECT),
        ]
        if await self._lists.is_granted(permissions.GROUP_ELIGIBILITY):
            objects.append((PrivilegeList.GROUP_ELIGIBILITIES_OF, object_id, answers.eligible_group))
        held, eligible, *lists = await self._lists.several([*roles, *objects], [])
        if await self._counting([*held, *eligible]):
            return True
        return not (groups | found.ids).isdisjoint(item.id for items in lists for item in items)

    async def applications(self) -> Applications:
        """This app's registration, and every application with a privileged permission in Graph."""
        return await applications(self._lists, self._scope.api_client_id)

    async def app_role_holders(self, principal: str) -> frozenset[str]:
        """Who holds a role of the application with this service principal, directly or through a group."""
        holders = await self._lists.whole(PrivilegeList.APP_ROLE_HOLDERS, answers.app_role_holder, principal)
        return await self._people(holders)

    async def holders_of_own_role(self, name: str) -> frozenset[str]:
        """The people who hold the role with this name of this app's registration, directly or through a group."""
        principal, roles = await app_roles(self._lists, self._scope.api_client_id, OWN_REGISTRATION)
        holders = await self._lists.whole(PrivilegeList.APP_ROLE_HOLDERS, answers.app_role_holder, principal)
        return await self._people([one for one in holders if roles.get(one.role) == name and not one.is_application])

    async def group_members(self, group_id: str) -> frozenset[str]:
        """The object ids, in lower case, of all that are in the group or in the groups in it."""
        return await self._lists.group_members(group_id)

    async def resolve(self, names: Sequence[str]) -> dict[str, str | None]:
        """Object id or user principal name -> object id in lower case; None = no such account."""
        found: dict[str, str | None] = {}
        for name, account in zip(names, await self._lists.in_batches(list(map(account_part, names))), strict=True):
            match account:
                case PersonNotFoundError():
                    found[name] = None
                case ExplainedError():
                    raise account
                case _:
                    found[name] = account.id.lower()
        return found

    async def roles_come_from_graph(self) -> bool:
        """Whether Graph itself says which roles are privileged; otherwise `harmless_roles` does."""
        return await self._privileged_roles.get(None) is not None

    async def _people(self, holders: Sequence[AppRoleHolder]) -> frozenset[str]:
        people = {one.id for one in holders if not one.is_group}
        for group in {one.id for one in holders if one.is_group}:
            people |= await self._lists.group_members(group)
        return frozenset(people)

    async def _eligible(self, unseen: list[str]) -> list[Principal]:
        rows = await self._lists.whole(PrivilegeList.ROLE_ELIGIBILITIES, answers.principal, unseen=unseen)
        return await self._counting(rows)

    async def _counting(self, rows: Sequence[Principal]) -> list[Principal]:
        privileged_roles = await self._privileged_roles.get(None) if rows and self._asks_for_roles else None
        return [row for row in rows if counts(row.role, self._scope, privileged_roles, HARMLESS_ROLES)]

    @property
    def _asks_for_roles(self) -> bool:
        return self._scope.admins is ProtectAdmins.PRIVILEGED

    async def _read_privileged_roles(self, _: None) -> frozenset[str] | None:
        beta = self._asking.client.root.rpartition("/")[0] + "/beta"
        try:
            found = await self._lists.at(_PRIVILEGED_ROLES, _OBJECT, READ_ROLES, root=beta)
        except ThrottledError:
            raise
        except ExplainedError:
            return None
        return frozenset(one.id for one in found) or None


PRIVILEGED_PERMISSIONS = frozenset(
    {
        "AppRoleAssignment.ReadWrite.All",
        "Application.ReadWrite.All",
        "Application.ReadWrite.OwnedBy",
        "DelegatedPermissionGrant.ReadWrite.All",
        "Directory.ReadWrite.All",
        "Domain.ReadWrite.All",
        "EntitlementManagement.ReadWrite.All",
        "Group.ReadWrite.All",
        "GroupMember.ReadWrite.All",
        "Organization.ReadWrite.All",
        "Policy.ReadWrite.AuthenticationMethod",
        "Policy.ReadWrite.ConditionalAccess",
        "Policy.ReadWrite.PermissionGrant",
        "PrivilegedAccess.ReadWrite.AzureAD",
        "PrivilegedAccess.ReadWrite.AzureADGroup",
        "PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup",
        "PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup",
        "RoleAssignmentSchedule.ReadWrite.Directory",
        "RoleEligibilitySchedule.ReadWrite.Directory",
        "RoleManagement.ReadWrite.Directory",
        "RoleManagementPolicy.ReadWrite.AzureADGroup",
        "RoleManagementPolicy.ReadWrite.Directory",
        "Synchronization.ReadWrite.All",
        "User-PasswordProfile.ReadWrite.All",
        "User.ReadWrite.All",
        "UserAuthMethod-HardwareOATH.ReadWrite.All",
        "UserAuthMethod-Phone.ReadWrite.All",
        "UserAuthMethod-QR.ReadWrite.All",
        "UserAuthMethod-TAP.ReadWrite.All",
        "UserAuthenticationMethod.ReadWrite.All",
    }
)
OWN_REGISTRATION = "the registration that API_CLIENT_ID names"
_NO_REGISTRATION = "owners and holders of roles of this app's registration: set API_CLIENT_ID"


async def applications(lists: ListReader, api_client_id: str) -> Applications:
    """The applications whose owners are protected: this app's registration, and those that could make administrators.

    An owner of an application can add a secret to it. Source: the permissions graded tier 0 by azure-tiering, and
    Graph's permissions reference. Raises GraphRefusedError without the permission to read applications, if
    `api_client_id` is given; without both, `unseen` says so.
    """
    if not api_client_id and not await lists.is_granted(permissions.APPLICATIONS):
        return Applications(unseen=(without(PrivilegeList.APP_OWNERS), _NO_REGISTRATION))
    principals = await _privileged_principals(lists)
    registrations = [await _by_app_id(lists, "applications", app_id) for app_id in await _app_ids(lists, principals)]
    own = ""
    if api_client_id:
        own = await _by_app_id(lists, "servicePrincipals", api_client_id)
        registration = await _by_app_id(lists, "applications", api_client_id)
        if not own or not registration:
            raise not_empty(OWN_REGISTRATION)
        principals.append(own)
        registrations.append(registration)
    unseen = () if own else (_NO_REGISTRATION,)
    return Applications(frozenset(filter(None, registrations)), frozenset(principals), own, unseen)


async def _privileged_principals(lists: ListReader) -> list[str]:
    """The service principals with one of the privileged permissions."""
    principal, names = await app_roles(lists, permissions.GRAPH_APP_ID, "the service principal of Graph")
    holders = await lists.whole(PrivilegeList.APP_ROLE_HOLDERS, answers.app_role_holder, principal)
    return list({one.id for one in holders if names.get(one.role) in PRIVILEGED_PERMISSIONS})


async def app_roles(lists: ListReader, app_id: str, named: str) -> tuple[str, dict[str, str]]:
    """The service principal of an application, and its app roles as id -> name; `named` is its name in messages."""
    path = f"/servicePrincipals?$filter=appId eq '{app_id}'&$select=id,appRoles"
    found = await lists.at(path, answers.app_roles, READ_APPLICATIONS)
    if not found:
        raise not_empty(named)
    return found[0]


async def _app_ids(lists: ListReader, principals: list[str]) -> list[str]:
    parts = [Part(f"/servicePrincipals/{one}?$select=appId", READ_APPLICATIONS, answers.app_id) for one in principals]
    found: list[str] = []
    for one in await lists.in_batches(parts):
        if isinstance(one, ExplainedError):
            raise one
        found.append(one)
    return found


async def _by_app_id(lists: ListReader, kind: str, app_id: str) -> str:
    """The object id; "" = none, as for the registration of another tenant's application or a managed identity."""
    path = f"/{kind}?$filter=appId eq '{app_id}'&$select=id"
    found = await lists.at(path, answers.directory_object, READ_APPLICATIONS)
    return found[0].id if found else ""
