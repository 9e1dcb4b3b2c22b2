"""The handlers of `/users/{user}/authentication/phoneMethods`: they apply the rules to requests.

Called through the route table; the rules are in `state.py`.
"""

from __future__ import annotations

from sandbox.graph import errors
from sandbox.graph.call import Call, Reply
from sandbox.graph.envelope import entity, listing, properties, text
from sandbox.graph.state import Tenant
from shared.core.values.slot import PhoneType

_COLLECTION = "phoneMethods"
_PROPERTIES = {"phoneNumber", "phoneType"}


def list_phone_methods(tenant: Tenant, call: Call) -> Reply:
    return listing(call, _COLLECTION, tenant.list_methods(call.names["user"]))


def get_phone_method(tenant: Tenant, call: Call) -> Reply:
    return entity(call, _COLLECTION, 200, tenant.get_method(call.names["user"], call.names["method"]))


def create_phone_method(tenant: Tenant, call: Call) -> Reply:
    number, phone_type = _number_and_type(call)
    if number is None or phone_type is None:
        raise errors.bad_request("Both phoneNumber and phoneType are required.")
    return entity(call, _COLLECTION, 201, tenant.create_method(call.names["user"], phone_type, number))


def update_phone_method(tenant: Tenant, call: Call) -> Reply:
    number, phone_type = _number_and_type(call)
    row = tenant.update_method(call.names["user"], call.names["method"], number, phone_type)
    return entity(call, _COLLECTION, 200, row) if tenant.options.patch_answer == "200" else Reply(204)


def replace_phone_method(tenant: Tenant, call: Call) -> Reply:
    """PUT, which Graph's first versions used; it is still answered with the entity."""
    number, phone_type = _number_and_type(call)
    row = tenant.update_method(call.names["user"], call.names["method"], number, phone_type)
    return entity(call, _COLLECTION, 200, row)


def delete_phone_method(tenant: Tenant, call: Call) -> Reply:
    tenant.delete_method(call.names["user"], call.names["method"])
    return Reply(204)


def enable_sms_sign_in(tenant: Tenant, call: Call) -> Reply:
    if not _is_ignored(tenant, call):
        tenant.enable_sms_sign_in(call.names["user"], call.names["method"])
    return Reply(204)


def disable_sms_sign_in(tenant: Tenant, call: Call) -> Reply:
    if not _is_ignored(tenant, call):
        tenant.disable_sms_sign_in(call.names["user"], call.names["method"])
    return Reply(204)


def _is_ignored(tenant: Tenant, call: Call) -> bool:
    return tenant.options.sms_by_upn == "ignored" and call.names["user"].lower() not in tenant.people


def _number_and_type(call: Call) -> tuple[str | None, PhoneType | None]:
    body = properties(call, _PROPERTIES)
    number, name = text(body, "phoneNumber"), text(body, "phoneType")
    if name is None:
        return number, None
    if name not in set(PhoneType):
        raise errors.bad_request("phoneType must be mobile, alternateMobile or office.")
    return number, PhoneType(name)
