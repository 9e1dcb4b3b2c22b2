"""`/users/{id}/phoneMethods`: the phone methods of one person, and SMS sign-in with the mobile.

Shapes and method ids are those of Graph's phoneAuthenticationMethod. Graph has no PUT; this API has, because callers
seldom know whether the person has a number.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Self

from fastapi import APIRouter, Path, Query, Response
from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema

from shared.adapters.graph.method_ids import METHOD_IDS, METHOD_TYPES
from shared.api.errors import RequestRefusedError
from shared.api.guard import Calling, GuardedRoute, Wired
from shared.api.schema import Context, Given, Resource, errors
from shared.api.single_calls import (
    PREVIEWED,
    AsRecorded,
    CallResult,
    PreviewedCall,
    User,
    Write,
    WriteCall,
    as_recorded,
    fields_of,
    read_for,
    removed,
    shown,
)
from shared.core.call import Mode, RemovePhone, SetPhone, SingleCallResult, SwitchSmsSignIn
from shared.core.person.account import PhoneAuthenticationMethod
from shared.core.values.codes import CODES
from shared.core.values.errors import PermanentError
from shared.core.values.slot import PHONE_SLOTS, PhoneType, Slot

router = APIRouter(prefix="/users/{id}/phoneMethods", route_class=GuardedRoute, tags=["Phone methods"])

_KNOWN = {phone_type.value.lower(): phone_type for phone_type in PhoneType} | METHOD_TYPES


def _phone_type(text: object) -> object:
    return _KNOWN.get(text.lower(), text) if isinstance(text, str) else text


PhoneTypeOrId = Annotated[
    PhoneType,
    BeforeValidator(_phone_type),
    WithJsonSchema({"type": "string", "enum": [*PhoneType, *METHOD_TYPES]}),
    Path(alias="typeOrId", description="The phone type, or Graph's id of the method."),
]
GivenNumber = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    Field(description="A number, such as `+1 2025550123` or, with an extension, `+1 2025550123x123`."),
]


class PhoneMethodResource(Resource):
    """A phone method, in Graph's form."""

    id: str = Field(description="Graph's id of the method; the same for every person.")
    phone_type: PhoneType
    phone_number: str | None = Field(description="Masked unless the caller may see numbers.")
    sms_sign_in_state: str | None = Field(description="Graph's smsSignInState; only a mobile has one.")

    @classmethod
    def of(cls, method: PhoneAuthenticationMethod, *, clear: bool) -> Self:
        return cls(
            id=METHOD_IDS[method.phone_type],
            phone_type=method.phone_type,
            phone_number=shown(method.number, clear=clear),
            sms_sign_in_state=method.sms_sign_in_state,
        )


class OnePhoneMethod(PhoneMethodResource):
    odata_context: Context = "$metadata#phoneMethods/$entity"


class ReadPhoneMethod(AsRecorded, OnePhoneMethod):
    """The method as Graph shows it, beside what the app wrote last."""


class PhoneMethods(AsRecorded):
    odata_context: Context = "$metadata#phoneMethods"
    value: list[PhoneMethodResource] = Field(description="At most one of each type.")


class PhoneResult(CallResult, OnePhoneMethod):
    """The current method, and the outcome of the call."""


class NewPhone(Given):
    phone_number: GivenNumber
    phone_type: PhoneType


class PhoneChange(Given):
    phone_number: GivenNumber
    phone_type: PhoneType | None = Field(
        default=None, description="If given, it must be the type in the path, because a type never changes."
    )


def _response(call: Write, done: SingleCallResult | PreviewedCall, phone_type: PhoneType) -> Response:
    if isinstance(done, PreviewedCall):
        return call.answer(done, "")
    clear = call.caller.sees_numbers
    result = PhoneResult(
        id=METHOD_IDS[phone_type],
        phone_type=phone_type,
        phone_number=shown(done.new, clear=clear),
        sms_sign_in_state=done.sms_sign_in_state if phone_type is PhoneType.MOBILE else None,
        **fields_of(done, clear=clear),
    )
    return call.answer(result, f"phoneMethods/{phone_type}")


def _set_phone(change: PhoneChange, phone_type: PhoneType, mode: Mode) -> SetPhone:
    if change.phone_type not in (None, phone_type):
        raise RequestRefusedError("phoneTypeFixed", target="body.phoneType")
    return SetPhone(phone_type, change.phone_number, mode)


def _only_mobile(phone_type: PhoneType) -> None:
    if phone_type is not PhoneType.MOBILE:
        raise RequestRefusedError("smsSignInMobileOnly", target="path.typeOrId")


@router.get("", operation_id="ListPhoneMethods", summary="List phone methods", responses=errors(404))
async def list_phone_methods(verbs: Wired, caller: Calling, user: User) -> PhoneMethods:
    """Return the person's phone methods as Graph shows them, at most one of each type, and what the app wrote last."""
    read, clear = await read_for(verbs, caller, "ListPhoneMethods", user), caller.sees_numbers
    return PhoneMethods(
        value=[PhoneMethodResource.of(method, clear=clear) for method in read.shown.phones],
        **as_recorded(read, PHONE_SLOTS, clear=clear),
    )


@router.get("/{typeOrId}", operation_id="GetPhoneMethod", summary="Get phone method", responses=errors(404))
async def get_phone_method(verbs: Wired, caller: Calling, user: User, phone_type: PhoneTypeOrId) -> ReadPhoneMethod:
    """Return one phone method of the person; 404 if there is none.

    If `phoneNumber` is null and `unsettled` is true, Graph shows no method, but the app has just written one.
    """
    read, clear = await read_for(verbs, caller, "GetPhoneMethod", user), caller.sees_numbers
    recorded = as_recorded(read, [Slot(phone_type.value)], clear=clear)
    found = next((method for method in read.shown.phones if method.phone_type is phone_type), None)
    if found is None and not recorded["unsettled"]:
        raise PermanentError("methodNotFound", CODES["methodNotFound"].meaning)
    return ReadPhoneMethod(
        id=METHOD_IDS[phone_type],
        phone_type=phone_type,
        phone_number=shown(found.number, clear=clear) if found else None,
        sms_sign_in_state=found.sms_sign_in_state if found else None,
        **recorded,
    )


@router.post(
    "",
    operation_id="CreatePhoneMethod",
    summary="Create phone method",
    status_code=HTTPStatus.CREATED,
    response_model=PhoneResult,
    responses={**PREVIEWED, **errors(404, 409, 422)},
)
async def create_phone_method(call: WriteCall, body: NewPhone) -> Response:
    """Add a number of a type that the person does not have; 409 if there is one."""
    done = await call(SetPhone(body.phone_type, body.phone_number, Mode.CREATE))
    return _response(call, done, body.phone_type)


@router.put(
    "/{typeOrId}",
    operation_id="SetPhoneMethod",
    summary="Set phone method",
    response_model=PhoneResult | PreviewedCall,
    responses={201: {"model": PhoneResult, "description": "Created."}, **errors(404, 409, 422)},
)
async def set_phone_method(call: WriteCall, phone_type: PhoneTypeOrId, body: PhoneChange) -> Response:
    """Create the method or update its number; nothing is written if the number is already set."""
    return _response(call, await call(_set_phone(body, phone_type, Mode.PUT)), phone_type)


@router.patch(
    "/{typeOrId}",
    operation_id="UpdatePhoneMethod",
    summary="Update phone method",
    response_model=PhoneResult | PreviewedCall,
    responses=errors(404, 409, 422),
)
async def update_phone_method(call: WriteCall, phone_type: PhoneTypeOrId, body: PhoneChange) -> Response:
    """Update the number of a method that the person has; 404 if there is none."""
    return _response(call, await call(_set_phone(body, phone_type, Mode.UPDATE)), phone_type)


@router.delete(
    "/{typeOrId}",
    operation_id="DeletePhoneMethod",
    summary="Delete phone method",
    status_code=HTTPStatus.NO_CONTENT,
    responses={**PREVIEWED, **errors(404, 409, 422)},
)
async def delete_phone_method(call: WriteCall, phone_type: PhoneTypeOrId) -> Response:
    """Remove the number; 204 also if there is none."""
    return removed(await call(RemovePhone(phone_type)))


@router.post(
    "/{typeOrId}/enableSmsSignIn",
    operation_id="EnableSmsSignIn",
    summary="Enable SMS sign-in",
    response_model=PhoneResult | PreviewedCall,
    responses=errors(404, 409, 422),
)
async def enable_sms_sign_in(call: WriteCall, phone_type: PhoneTypeOrId) -> Response:
    """Let the person sign in with the mobile number alone, if the tenant's authentication methods policy allows it."""
    _only_mobile(phone_type)
    return _response(call, await call(SwitchSmsSignIn(enabled=True)), phone_type)


@router.post(
    "/{typeOrId}/disableSmsSignIn",
    operation_id="DisableSmsSignIn",
    summary="Disable SMS sign-in",
    response_model=PhoneResult | PreviewedCall,
    responses=errors(404, 409, 422),
)
async def disable_sms_sign_in(
    call: WriteCall,
    phone_type: PhoneTypeOrId,
    confirm: Annotated[  # noqa: FBT002 - a query parameter
        bool, Query(description="Must be true, except for a preview: the person may no longer be able to sign in.")
    ] = False,
) -> Response:
    """End sign-in with the mobile number alone; the number stays."""
    _only_mobile(phone_type)
    if not (confirm or call.preview):
        raise RequestRefusedError("confirmationMissing", target="query.confirm")
    return _response(call, await call(SwitchSmsSignIn(enabled=False)), phone_type)
