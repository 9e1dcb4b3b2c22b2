"""The handlers of everything that tells who is privileged: roles, groups, and applications with their owners.

Called through the route table; reads the tenant, changes nothing. Each collection takes the filters that Graph
documents for it and refuses others: `in` only on role assignments and with 15 values at most, `eq` on schedules, and
one of two filters is required by PIM for Groups.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from sandbox.graph import errors
from sandbox.graph.call import Call, Reply
from sandbox.graph.directory import collection
from sandbox.graph.paging import page
from sandbox.graph.permissions import HIDDEN_READ
from sandbox.graph.person import GLOBAL_ADMINISTRATOR, Application, Group, Person
from sandbox.graph.state import Tenant

GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"
GRAPH_PRINCIPAL = "00000003-0000-4000-8000-00000000f001"
FOUNDER = "00000003-0000-4000-8000-00000000f002"
"""The service principal that holds a role where no person and no group does."""
HIDDEN = "HiddenMembership"
MOST_VALUES = 15
PRIVILEGED_ROLES = (GLOBAL_ADMINISTRATOR, "fe930be7-5e62-47db-91af-98c3a49a38b1")
"""The roles for which `isPrivileged` is true: Global Administrator and User Administrator."""
_GRAPH_ROLES = (
    "RoleManagement.ReadWrite.Directory",
    "AppRoleAssignment.ReadWrite.All",
    "User.Read.All",
    "Mail.Send",
)
_CONDITION = re.compile(r"(?P<name>\w+)\s+(?:eq\s+(?P<one>'[^']*')|in\s+\((?P<several>[^)]*)\))")
_VALUE = re.compile(r"'([^']*)'")
_PRIVILEGED = re.compile(r"isPrivileged\s+eq\s+true")
_ASSIGNABLE = re.compile(r"isAssignableToRole\s+eq\s+true")

type _Holder = tuple[str, str, str]
"""Object id, type and role definition id."""


def list_role_assignments(tenant: Tenant, call: Call) -> Reply:
    held = tenant.derived("roles", lambda: list(_holders(tenant, "roles")))
    if not held and tenant.options.founder:
        held = [(FOUNDER, "servicePrincipal", GLOBAL_ADMINISTRATOR)]
    return _assignments(tenant, call, "roleAssignments", held, several=True)


def list_role_eligibility(tenant: Tenant, call: Call) -> Reply:
    """The instances, or the schedules, which are the same here: nothing in the tenant begins later."""
    _need_licence(tenant)
    name = call.path.rpartition("/")[2]
    return _assignments(
        tenant, call, name, tenant.derived("eligible", lambda: list(_holders(tenant, "eligible_roles")))
    )


def list_privileged_roles(tenant: Tenant, call: Call) -> Reply:
    """`/beta`: the role definitions for which `isPrivileged` is true."""
    if not tenant.options.beta:
        raise errors.object_not_found("roleDefinitions")
    if not _PRIVILEGED.fullmatch(call.query.get("$filter", "").strip()):
        raise errors.unknown_to_the_stand_in(f"this $filter on {call.path}; it reads isPrivileged eq true")
    return collection(call, "roleDefinitions", [{"id": role, "templateId": role} for role in PRIVILEGED_ROLES], {})


def list_groups(tenant: Tenant, call: Call) -> Reply:
    """The groups that can hold roles; no other filter is served."""
    if not _ASSIGNABLE.fullmatch(call.query.get("$filter", "").strip()):
        raise errors.unknown_to_the_stand_in(f"this $filter on {call.path}; it reads isAssignableToRole eq true")
    return _objects(tenant, call, "groups", [group for group in tenant.groups.values() if group.can_hold_roles])


def get_group(tenant: Tenant, call: Call) -> Reply:
    return Reply(200, _typed(_group(tenant, call), _selected(call)))


def list_transitive_members(tenant: Tenant, call: Call) -> Reply:
    group = _group(tenant, call)
    members = tenant.derived(f"members of {group.id}", lambda: list(_members(tenant, group)))
    return _objects(tenant, call, "directoryObjects", members)


def list_group_owners(tenant: Tenant, call: Call) -> Reply:
    return _objects(tenant, call, "directoryObjects", _people(tenant, _group(tenant, call).owners))


def list_group_eligibility(tenant: Tenant, call: Call) -> Reply:
    """Who may become a member or owner of a group (PIM for Groups); a filter is required."""
    _need_licence(tenant)
    name, values = _filter(call, ("principalId", "groupId"), several=False)
    if not name:
        raise errors.bad_query("The request must have a filter on principalId or groupId.")
    column = ("principalId", "groupId").index(name)
    found = [entry for entry in _eligible(tenant) if entry[column].lower() in values]
    shown, link = page(call, found, tenant.options)
    rows = [{"principalId": who, "groupId": group, "accessId": access} for who, group, access in shown]
    return collection(call, "identityGovernance/privilegedAccess/group/eligibilitySchedules", rows, link)


def list_transitive_groups(tenant: Tenant, call: Call) -> Reply:
    """`/users/{user}/transitiveMemberOf`, without the groups whose membership is hidden from the caller."""
    user = tenant.find(call.names["user"])
    if user is None:
        raise errors.object_not_found(call.names["user"])
    inside = [group for group in tenant.groups.values() if user.person in _members(tenant, group)]
    return _objects(tenant, call, "directoryObjects", inside)


def list_owned_objects(tenant: Tenant, call: Call) -> Reply:
    user = tenant.find(call.names["user"])
    if user is None:
        raise errors.object_not_found(call.names["user"])
    person = user.person.id.lower()
    groups = [group.id for group in tenant.groups.values() if person in _folded(group.owners)]
    registrations = [one.id for one in tenant.applications if person in _folded(one.owners)]
    principals = [one.principal for one in tenant.applications if person in _folded(one.principal_owners)]
    shown, link = page(call, [*groups, *registrations, *principals], tenant.options)
    return collection(call, "directoryObjects", [{"id": object_id} for object_id in shown], link)


def list_service_principals(tenant: Tenant, call: Call) -> Reply:
    _, values = _filter(call, ("appId",), several=False)
    rows = [_principal(one) for one in _applications(tenant) if one.appId.lower() in values]
    return collection(call, "servicePrincipals", rows, {})


def get_service_principal(tenant: Tenant, call: Call) -> Reply:
    return Reply(200, _principal(_application(tenant, call, "principal")))


def list_applications(tenant: Tenant, call: Call) -> Reply:
    _, values = _filter(call, ("appId",), several=False)
    found = [{"id": one.id, "appId": one.appId} for one in tenant.applications if one.appId.lower() in values]
    return collection(call, "applications", found, {})


def list_role_holders_of_application(tenant: Tenant, call: Call) -> Reply:
    """`/servicePrincipals/{id}/appRoleAssignedTo`: for Graph itself, the applications with permissions in it."""
    application = _application(tenant, call, "principal")
    found: list[dict[str, Any]]
    if application.appId == GRAPH_APP_ID:
        found = [
            {"principalId": one.principal, "principalType": "ServicePrincipal", "appRoleId": _role_id(name)}
            for one in tenant.applications
            for name in one.graph_roles
        ]
    else:
        with_roles = [(holder, role) for role, some in application.holders_by_role.items() for holder in some]
        found = [
            {"principalId": holder, "principalType": _principal_type(tenant, holder)}
            | ({"appRoleId": _role_id(role)} if role else {})
            for holder, role in (*((holder, "") for holder in application.holders), *with_roles)
        ]
    shown, link = page(call, found, tenant.options)
    return collection(call, "appRoleAssignments", list(shown), link)


def _principal_type(tenant: Tenant, holder: str) -> str:
    if holder.lower() in tenant.groups:
        return "Group"
    return "ServicePrincipal" if holder in {one.principal for one in tenant.applications} else "User"


def list_owners_of_registration(tenant: Tenant, call: Call) -> Reply:
    return _objects(tenant, call, "directoryObjects", _people(tenant, _application(tenant, call, "id").owners))


def list_owners_of_service_principal(tenant: Tenant, call: Call) -> Reply:
    application = _application(tenant, call, "principal")
    return _objects(tenant, call, "directoryObjects", _people(tenant, application.principal_owners))


def _need_licence(tenant: Tenant) -> None:
    if not tenant.options.premium:
        raise errors.premium_licence_required()


def _filter(call: Call, allowed: Sequence[str], *, several: bool) -> tuple[str, frozenset[str]]:
    """The property and the values, in lower case, of the filter `… eq '…'` or `… in ('…','…')`; "" without a filter."""
    text = call.query.get("$filter", "").strip()
    if not text:
        return "", frozenset()
    found = _CONDITION.fullmatch(text)
    if found is None or found["name"] not in allowed:
        raise errors.unknown_to_the_stand_in(f"this $filter on {call.path}; it reads {' or '.join(allowed)} eq '…'")
    values = _VALUE.findall(found["one"] or found["several"])
    if found["one"] is None and not several:
        raise errors.bad_query("The operator 'in' is not supported for this property.")
    if len(values) > MOST_VALUES:
        raise errors.bad_query(f"Too many child clauses specified in search filter expression; at most {MOST_VALUES}.")
    return found["name"], frozenset(_folded(values))


def _assignments(tenant: Tenant, call: Call, name: str, held: Sequence[_Holder], *, several: bool = False) -> Reply:
    column, values = _filter(call, ("principalId", "roleDefinitionId"), several=several)
    if column:
        position = 0 if column == "principalId" else 2
        held = [entry for entry in held if entry[position].lower() in values]
    shown, link = page(call, held, tenant.options)
    return collection(call, f"roleManagement/directory/{name}", [_assignment(call, entry) for entry in shown], link)


def _assignment(call: Call, entry: _Holder) -> dict[str, Any]:
    principal, kind, role = entry
    row: dict[str, Any] = {
        "id": f"{role}-{principal}",
        "principalId": principal,
        "roleDefinitionId": role,
        "directoryScopeId": "/",
    }
    expanded = call.query.get("$expand", "")
    if expanded not in ("", "principal"):
        raise errors.unknown_to_the_stand_in(f"$expand={expanded} on {call.path}")
    if expanded:
        row["principal"] = {"@odata.type": f"#microsoft.graph.{kind}", "id": principal}
    return row


def _holders(tenant: Tenant, held: str) -> Iterator[_Holder]:
    """Every group and person with each role they hold in the field `held`."""
    people = (user.person for user in tenant.people.values() if not user.person.deleted)
    principals: list[Person | Group] = [*tenant.groups.values(), *people]
    for principal in principals:
        for role in getattr(principal, held):
            yield principal.id, "group" if isinstance(principal, Group) else "user", role


def _eligible(tenant: Tenant) -> Iterator[tuple[str, str, str]]:
    for group in tenant.groups.values():
        yield from ((who, group.id, "member") for who in group.eligible_members)
        yield from ((who, group.id, "owner") for who in group.eligible_owners)


def _members(tenant: Tenant, group: Group) -> Iterator[Person | Group]:
    """All members of the group and of groups within it, each once; groups may contain each other.

    The members of groups with hidden membership are left out without the permission to see them.
    """
    sees_all = HIDDEN_READ in tenant.options.granted
    inside, waiting = set[str](), [group]
    shown = set[str]()
    while waiting:
        above = waiting.pop()
        inside.add(above.id.lower())
        if above.visibility == HIDDEN and not sees_all:
            continue
        shown.add(above.id.lower())
        for other in tenant.groups.values():
            if other.id.lower() not in inside and above.id.lower() in _folded(other.groups):
                inside.add(other.id.lower())
                waiting.append(other)
                yield other
    for user in tenant.people.values():
        if not user.person.deleted and shown.intersection(_folded(user.person.groups)):
            yield user.person


def _folded(ids: Iterable[str]) -> set[str]:
    return {item.lower() for item in ids}


def _group(tenant: Tenant, call: Call) -> Group:
    group = tenant.groups.get(call.names["group"].lower())
    if group is None:
        raise errors.object_not_found(call.names["group"])
    return group


def _people(tenant: Tenant, ids: Iterable[str]) -> list[Person]:
    found = (tenant.find(object_id) for object_id in ids)
    return [user.person for user in found if user is not None]


def _applications(tenant: Tenant) -> list[Application]:
    graph = Application(appId=GRAPH_APP_ID, id=GRAPH_PRINCIPAL, principal=GRAPH_PRINCIPAL)
    return [graph, *tenant.applications]


def _application(tenant: Tenant, call: Call, name: str) -> Application:
    wanted = call.names["object"].lower()
    for one in _applications(tenant):
        if getattr(one, name).lower() == wanted:
            return one
    raise errors.object_not_found(wanted)


def _principal(application: Application) -> dict[str, Any]:
    roles = _GRAPH_ROLES if application.appId == GRAPH_APP_ID else application.holders_by_role
    shown = [{"id": _role_id(name), "value": name} for name in roles]
    return {"id": application.principal, "appId": application.appId, "appRoles": shown}


def _role_id(name: str) -> str:
    return str(uuid5(NAMESPACE_DNS, name))


def _objects(tenant: Tenant, call: Call, name: str, found: Sequence[Person | Group]) -> Reply:
    shown, link = page(call, found, tenant.options)
    names = _selected(call)
    return collection(call, name, [_typed(one, names) for one in shown], link)


def _selected(call: Call) -> tuple[str, ...]:
    return tuple(name.strip() for name in call.query.get("$select", "id,displayName").split(","))


def _typed(found: Person | Group, names: Iterable[str]) -> dict[str, Any]:
    """A directory object with its type; properties that its type does not have are null."""
    kind = "group" if isinstance(found, Group) else "user"
    return {"@odata.type": f"#microsoft.graph.{kind}", **{name: getattr(found, name, None) for name in names}}
