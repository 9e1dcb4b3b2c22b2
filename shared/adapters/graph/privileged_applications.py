"""Finds the applications whose owners are protected: this app's registration, and those that could make administrators.

An application with one of these permissions of Graph could make anybody an administrator, and who owns it can add a
secret to it. Source: the permissions graded tier 0 by azure-tiering, and Graph's permissions reference.
"""

from __future__ import annotations

from shared.adapters.graph import answers_of_privilege as answers
from shared.adapters.graph import permissions
from shared.adapters.graph.batch import Part
from shared.adapters.graph.error_table import READ_APPLICATIONS, not_empty
from shared.adapters.graph.list_reader import ListReader, without
from shared.adapters.graph.privilege_lists import PrivilegeList
from shared.core.person.privilege import Applications
from shared.core.values.errors import ExplainedError

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
    """Their object ids. Without the permission to read them only `api_client_id` makes that an error."""
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
    """The service principal of an application, and its app roles as id -> name; `named` says in words what it is."""
    address = f"/servicePrincipals?$filter=appId eq '{app_id}'&$select=id,appRoles"
    found = await lists.at(address, answers.app_roles, READ_APPLICATIONS)
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
    address = f"/{kind}?$filter=appId eq '{app_id}'&$select=id"
    found = await lists.at(address, answers.directory_object, READ_APPLICATIONS)
    return found[0].id if found else ""
