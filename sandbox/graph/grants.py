"""The handlers of application permissions: which app roles a service principal was granted, granting and revoking them.

Called through the route table. A role is granted once; a second grant is refused as Graph refuses it. Source:
"appRoleAssignment resource type" and the operations of servicePrincipal's appRoleAssignedTo.
"""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sandbox.graph import errors
from sandbox.graph.call import Call, Reply
from sandbox.graph.directory import collection
from sandbox.graph.state import Tenant

_NAMES = ("principalId", "resourceId", "appRoleId")


def list_roles_of_principal(tenant: Tenant, call: Call) -> Reply:
    """The app roles that the service principal was granted on any resource."""
    principal = call.names["object"].lower()
    return collection(call, "appRoleAssignments", [one for one in tenant.grants if one["principalId"] == principal], {})


def grant_role(tenant: Tenant, call: Call) -> Reply:
    body = call.json_object()
    given: dict[str, Any] = {name: _id(body, name) for name in _NAMES}
    if given["resourceId"] != call.names["object"].lower():
        raise errors.bad_request("Not a valid reference update.")
    if any(all(one[name] == given[name] for name in _NAMES) for one in tenant.grants):
        raise errors.bad_request("Permission being assigned already exists on the object")
    made = {"id": str(uuid5(NAMESPACE_URL, " ".join(given.values()))), **given, "principalType": "ServicePrincipal"}
    tenant.grants.append(made)
    return Reply(201, made)


def revoke_role(tenant: Tenant, call: Call) -> Reply:
    wanted = call.names["assignment"].lower()
    for one in tenant.grants:
        if one["id"] == wanted:
            tenant.grants.remove(one)
            return Reply(204)
    raise errors.object_not_found(wanted)


def _id(body: dict[str, Any], name: str) -> str:
    try:
        return str(UUID(str(body.get(name))))
    except ValueError:
        raise errors.bad_request(f"{name} must be the id of an object.") from None
