"""The handlers of the directory: users, role assignments and group members.

Called through the route table; reads the tenant, changes nothing. `/users/delta` has its own module and shows people as
this one does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from sandbox.graph import errors
from sandbox.graph.call import Call, Reply
from sandbox.graph.paging import page
from sandbox.graph.person import Group, Person
from sandbox.graph.state import Tenant
from sandbox.graph.user_state import EXTENSION_ATTRIBUTES

EXTENSIONS = "onPremisesExtensionAttributes"
USER_PROPERTIES = (
    "id",
    "userPrincipalName",
    "displayName",
    "mail",
    "employeeId",
    "usageLocation",
    "accountEnabled",
    "userType",
    "mobilePhone",
    "businessPhones",
    "otherMails",
    EXTENSIONS,
)
_DEFAULT_PROPERTIES = ("id", "userPrincipalName", "displayName", "mail", "mobilePhone", "businessPhones")
_EQUALS = re.compile(r"(?P<name>\w+)\s+eq\s+'(?P<value>(?:[^']|'')*)'")
_ENABLED = re.compile(r"accountEnabled\s+eq\s+(?P<value>true|false)")


def get_user(tenant: Tenant, call: Call) -> Reply:
    user = tenant.find(call.names["user"])
    if user is None:
        raise errors.object_not_found(call.names["user"])
    context = f"{call.caller.root}/v1.0/$metadata#users/$entity"
    return Reply(200, {"@odata.context": context, **projection(user.person, selected(call))})


def list_users(tenant: Tenant, call: Call) -> Reply:
    """All people, or those with this `accountEnabled`, or whose employeeId or mail equals a value (`$filter`)."""
    everyone = tenant.derived("users", lambda: [user for user in tenant.people.values() if not user.person.deleted])
    if "$filter" not in call.query:
        users = everyone
    elif condition := _ENABLED.fullmatch(call.query["$filter"].strip()):
        enabled = condition["value"] == "true"
        users = [user for user in everyone if user.person.accountEnabled is enabled]
    else:
        name, value = _equals(call, ("employeeId", "mail"))
        users = tenant.find_all(name, value)
    names = selected(call)
    shown, link = page(call, users, tenant.options)
    return _collection(call, "users", [projection(user.person, names) for user in shown], link)


def list_role_assignments(tenant: Tenant, call: Call) -> Reply:
    return _assignments(tenant, call, "roleAssignments", "roles")


def list_role_eligibility(tenant: Tenant, call: Call) -> Reply:
    if not tenant.options.premium:
        raise errors.premium_licence_required()
    return _assignments(tenant, call, "roleEligibilityScheduleInstances", "eligible_roles")


def list_transitive_members(tenant: Tenant, call: Call) -> Reply:
    group = tenant.groups.get(call.names["group"].lower())
    if group is None:
        raise errors.object_not_found(call.names["group"])
    members = tenant.derived(f"members of {group.id}", lambda: list(_members(tenant, group)))
    shown, link = page(call, members, tenant.options)
    names = selected(call)
    rows = [_typed(member, names) for member in shown]
    return _collection(call, "directoryObjects", rows, link)


def _members(tenant: Tenant, group: Group) -> Iterator[Person | Group]:
    """All members of the group and of groups within it, each once; groups may contain each other."""
    inside, waiting = {group.id.lower()}, [group.id.lower()]
    while waiting:
        above = waiting.pop()
        for other in tenant.groups.values():
            if other.id.lower() not in inside and above in _folded(other.groups):
                inside.add(other.id.lower())
                waiting.append(other.id.lower())
                yield other
    for user in tenant.people.values():
        if not user.person.deleted and inside.intersection(_folded(user.person.groups)):
            yield user.person


def _folded(ids: Iterable[str]) -> set[str]:
    return {item.lower() for item in ids}


def _assignments(tenant: Tenant, call: Call, collection: str, held: str) -> Reply:
    found = tenant.derived(held, lambda: list(_holders(tenant, held)))
    if "$filter" in call.query:
        name, value = _equals(call, ("principalId", "roleDefinitionId"))
        column = ("principalId", "roleDefinitionId").index(name)
        found = [entry for entry in found if (entry[0].id, entry[1])[column].lower() == value.lower()]
    shown, link = page(call, found, tenant.options)
    rows = [_assignment(call, principal, role) for principal, role in shown]
    return _collection(call, f"roleManagement/directory/{collection}", rows, link)


def _holders(tenant: Tenant, held: str) -> Iterator[tuple[Person | Group, str]]:
    """Every group and person with each role they hold in the field `held`."""
    people = (user.person for user in tenant.people.values() if not user.person.deleted)
    principals: list[Person | Group] = [*tenant.groups.values(), *people]
    for principal in principals:
        for role in getattr(principal, held):
            yield principal, role


def _assignment(call: Call, principal: Person | Group, role: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": f"{role}-{principal.id}",
        "principalId": principal.id,
        "roleDefinitionId": role,
        "directoryScopeId": "/",
    }
    expanded = call.query.get("$expand", "")
    if expanded not in ("", "principal"):
        raise errors.unknown_to_the_stand_in(f"$expand={expanded} on {call.path}")
    if expanded:
        row["principal"] = _typed(principal, ("id", "displayName"))
    return row


def _typed(member: Person | Group, names: tuple[str, ...]) -> dict[str, Any]:
    """A directory object with its type; properties that a group does not have are null."""
    kind = "group" if isinstance(member, Group) else "user"
    return {"@odata.type": f"#microsoft.graph.{kind}", **{name: getattr(member, name, None) for name in names}}


def projection(person: Person, names: Iterable[str]) -> dict[str, Any]:
    """These properties of a person; the extension attributes come all together, as they are selected."""
    row = {name: getattr(person, name) for name in names}
    if EXTENSIONS in row:
        row[EXTENSIONS] = {name: row[EXTENSIONS].get(name) for name in EXTENSION_ATTRIBUTES}
    return row


def selected(call: Call) -> tuple[str, ...]:
    if "$select" not in call.query:
        return _DEFAULT_PROPERTIES
    names = tuple(name.strip() for name in call.query["$select"].split(","))
    for name in names:
        if name not in USER_PROPERTIES:
            raise errors.unknown_to_the_stand_in(f"the property {name} in $select on {call.path}")
    return names


def _equals(call: Call, allowed: tuple[str, ...]) -> tuple[str, str]:
    """The property and value of a filter `name eq 'value'`, where a quote inside the value is doubled."""
    match = _EQUALS.fullmatch(call.query["$filter"].strip())
    if match is None or match["name"] not in allowed:
        raise errors.unknown_to_the_stand_in(f"this $filter on {call.path}; it reads {' or '.join(allowed)} eq '…'")
    return match["name"], match["value"].replace("''", "'")


def _collection(call: Call, name: str, rows: list[dict[str, Any]], link: dict[str, str]) -> Reply:
    return Reply(200, {"@odata.context": f"{call.caller.root}/v1.0/$metadata#{name}", **link, "value": rows})
