"""The handlers of `/users/{user}/authentication/phoneMethods`: from a request to the rules and back.

Called through the route table; the rules are in `state.py`.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from sandbox.graph import errors
from sandbox.graph.call import Answer, Call
from sandbox.graph.state import Tenant
from shared.core.phone import PhoneType

_PROPERTIES = {"@odata.type", "phoneNumber", "phoneType"}


def list_phone_methods(tenant: Tenant, call: Call) -> Answer:
    return Answer(200, {"@odata.context": _context(call), "value": tenant.list_methods(call.names["user"])})


def get_phone_method(tenant: Tenant, call: Call) -> Answer:
    return _entity(call, 200, tenant.get_method(call.names["user"], call.names["method"]))


def create_phone_method(tenant: Tenant, call: Call) -> Answer:
    number, phone_type = _number_and_type(call)
    if number is None or phone_type is None:
        raise errors.bad_request("Both phoneNumber and phoneType are required.")
    return _entity(call, 201, tenant.create_method(call.names["user"], phone_type, number))


def update_phone_method(tenant: Tenant, call: Call) -> Answer:
    number, phone_type = _number_and_type(call)
    row = tenant.update_method(call.names["user"], call.names["method"], number, phone_type)
    return _entity(call, 200, row) if tenant.options.patch_answer == "200" else Answer(204)


def replace_phone_method(tenant: Tenant, call: Call) -> Answer:
    """The verb of Graph's first years, still answered with the entity."""
    number, phone_type = _number_and_type(call)
    return _entity(call, 200, tenant.update_method(call.names["user"], call.names["method"], number, phone_type))


def delete_phone_method(tenant: Tenant, call: Call) -> Answer:
    tenant.delete_method(call.names["user"], call.names["method"])
    return Answer(204)


def enable_sms_sign_in(tenant: Tenant, call: Call) -> Answer:
    if not _is_ignored(tenant, call):
        tenant.enable_sms_sign_in(call.names["user"], call.names["method"])
    return Answer(204)


def disable_sms_sign_in(tenant: Tenant, call: Call) -> Answer:
    if not _is_ignored(tenant, call):
        tenant.disable_sms_sign_in(call.names["user"], call.names["method"])
    return Answer(204)


def _is_ignored(tenant: Tenant, call: Call) -> bool:
    return tenant.options.sms_by_upn == "ignored" and call.names["user"].lower() not in tenant.people


def _number_and_type(call: Call) -> tuple[str | None, PhoneType | None]:
    body = call.json_object()
    unknown = sorted(body.keys() - _PROPERTIES)
    if unknown:
        raise errors.bad_request(f"The property '{unknown[0]}' cannot be set on a phoneAuthenticationMethod.")
    number, name = body.get("phoneNumber"), body.get("phoneType")
    if number is not None and not isinstance(number, str):
        raise errors.bad_request("phoneNumber must be a string.")
    if name is None:
        return number, None
    if name not in set(PhoneType):
        raise errors.bad_request("phoneType must be mobile, alternateMobile or office.")
    return number, PhoneType(name)


def _entity(call: Call, status: int, row: dict[str, Any]) -> Answer:
    return Answer(status, {"@odata.context": f"{_context(call)}/$entity", **row})


def _context(call: Call) -> str:
    user = quote(call.names["user"], safe="")
    return f"{call.caller.root}/v1.0/$metadata#users('{user}')/authentication/phoneMethods"
