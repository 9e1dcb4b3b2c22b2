"""The handlers of users.

Called through the route table; reads the tenant, changes nothing. `/users/delta` and privilege have their own modules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sandbox.graph import errors
from sandbox.graph.call import Call, Reply
from sandbox.graph.paging import page
from sandbox.graph.person import Person
from sandbox.graph.state import Tenant
from sandbox.graph.user_state import EXTENSION_ATTRIBUTES

EXTENSIONS = "onPremisesExtensionAttributes"
USER_PROPERTIES = (
    "id",
    "userPrincipalName",
    "displayName",
    "mail",
    "employeeId",
    "department",
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
_BEGINS = re.compile(r"startswith\(displayName,\s*'(?P<value>(?:[^']|'')*)'\)")
_ENABLED = re.compile(r"accountEnabled\s+eq\s+(?P<value>true|false)")


def get_user(tenant: Tenant, call: Call) -> Reply:
    user = tenant.find(call.names["user"])
    if user is None:
        raise errors.object_not_found(call.names["user"])
    context = f"{call.caller.root}/v1.0/$metadata#users/$entity"
    return Reply(200, {"@odata.context": context, **projection(user.person, selected(call))})


def list_users(tenant: Tenant, call: Call) -> Reply:
    """All people, or by `$filter` those with this `accountEnabled`, display name, employeeId or mail."""
    everyone = tenant.derived("users", lambda: [user for user in tenant.people.values() if not user.person.deleted])
    if "$filter" not in call.query:
        users = everyone
    elif condition := _ENABLED.fullmatch(call.query["$filter"].strip()):
        enabled = condition["value"] == "true"
        users = [user for user in everyone if user.person.accountEnabled is enabled]
    elif condition := _BEGINS.fullmatch(call.query["$filter"].strip()):
        begins = condition["value"].replace("''", "'").casefold()
        users = [user for user in everyone if user.person.displayName.casefold().startswith(begins)]
    else:
        name, value = _equals(call, ("employeeId", "mail"))
        users = tenant.find_all(name, value)
    names = selected(call)
    shown, link = page(call, users, tenant.options)
    return collection(call, "users", [projection(user.person, names) for user in shown], link)


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


def collection(call: Call, name: str, rows: list[dict[str, Any]], link: dict[str, str]) -> Reply:
    return Reply(200, {"@odata.context": f"{call.caller.root}/v1.0/$metadata#{name}", **link, "value": rows})
