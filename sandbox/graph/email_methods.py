"""The handlers of `/users/{user}/authentication/emailMethods`: they apply the rules to requests.

Called through the route table; the rules are in `state.py`.
"""

from __future__ import annotations

from sandbox.graph import errors
from sandbox.graph.call import Call, Reply
from sandbox.graph.envelope import entity, listing, properties, text
from sandbox.graph.state import Tenant

_COLLECTION = "emailMethods"
_PROPERTIES = {"emailAddress"}


def list_email_methods(tenant: Tenant, call: Call) -> Reply:
    return listing(call, _COLLECTION, tenant.list_emails(call.names["user"]))


def get_email_method(tenant: Tenant, call: Call) -> Reply:
    return entity(call, _COLLECTION, 200, tenant.get_email(call.names["user"], call.names["method"]))


def create_email_method(tenant: Tenant, call: Call) -> Reply:
    return entity(call, _COLLECTION, 201, tenant.create_email(call.names["user"], _address(call)))


def update_email_method(tenant: Tenant, call: Call) -> Reply:
    row = tenant.update_email(call.names["user"], call.names["method"], _address(call))
    return entity(call, _COLLECTION, 200, row) if tenant.options.patch_answer == "200" else Reply(204)


def delete_email_method(tenant: Tenant, call: Call) -> Reply:
    tenant.delete_email(call.names["user"], call.names["method"])
    return Reply(204)


def _address(call: Call) -> str:
    address = text(properties(call, _PROPERTIES), "emailAddress")
    if address is None:
        raise errors.bad_request("The emailAddress is required.")
    return address
