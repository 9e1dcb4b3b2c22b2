"""`/users/{id}/emailMethods`: the e-mail method of one person, which is used for password reset only.

Shapes and the method's id are those of Graph's emailAuthenticationMethod; a person has at most one.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema

from shared.adapters.graph.method_ids import EMAIL_METHOD_ID
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
from shared.core.call import Mode, RemoveEmail, SetEmail
from shared.core.values.codes import CODES
from shared.core.values.errors import PermanentError
from shared.core.values.slot import Slot

router = APIRouter(prefix="/users/{id}/emailMethods", route_class=GuardedRoute, tags=["E-mail methods"])


def _slot(text: object) -> object:
    return Slot.EMAIL if isinstance(text, str) and text.lower() in (Slot.EMAIL, EMAIL_METHOD_ID) else "unknown"


EmailTypeOrId = Annotated[
    Slot,
    BeforeValidator(_slot),
    WithJsonSchema({"type": "string", "enum": [Slot.EMAIL, EMAIL_METHOD_ID]}),
    Path(alias="typeOrId", description="The word email, or Graph's id of the method."),
]
GivenEmail = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=256),
    Field(description="An e-mail address, such as `somebody@example.com`."),
]


class EmailMethodResource(Resource):
    """An e-mail method, in Graph's form."""

    id: str = Field(default=EMAIL_METHOD_ID, description="Graph's id of the method; the same for every person.")
    email_address: str | None = Field(description="Masked unless the caller may see numbers.")


class OneEmailMethod(EmailMethodResource):
    odata_context: Context = "$metadata#emailMethods/$entity"


class ReadEmailMethod(AsRecorded, OneEmailMethod):
    """The method as Graph shows it, beside what the app wrote last."""


class EmailMethods(AsRecorded):
    odata_context: Context = "$metadata#emailMethods"
    value: list[EmailMethodResource] = Field(description="At most one.")


class EmailResult(CallResult, OneEmailMethod):
    """The current method, and the outcome of the call."""


class EmailChange(Given):
    email_address: GivenEmail


async def _set(call: Write, change: EmailChange, mode: Mode) -> Response:
    done = await call(SetEmail(change.email_address, mode))
    if isinstance(done, PreviewedCall):
        return call.answer(done, "")
    clear = call.caller.sees_numbers
    result = EmailResult(email_address=shown(done.new, clear=clear), **fields_of(done, clear=clear))
    return call.answer(result, f"emailMethods/{Slot.EMAIL}")


async def _read(verbs: Wired, caller: Calling, operation: str, user: User) -> tuple[str | None, dict[str, Any]]:
    """The e-mail address, and the fields of AsRecorded."""
    read, clear = await read_for(verbs, caller, operation, user, email=True), caller.sees_numbers
    return shown(read.shown.value(Slot.EMAIL), clear=clear), as_recorded(read, [Slot.EMAIL], clear=clear)


@router.get("", operation_id="ListEmailMethods", summary="List e-mail methods", responses=errors(404, 422))
async def list_email_methods(verbs: Wired, caller: Calling, user: User) -> EmailMethods:
    """Return the person's e-mail method as Graph shows it, if there is one, and what the app wrote last."""
    address, recorded = await _read(verbs, caller, "ListEmailMethods", user)
    return EmailMethods(value=[] if address is None else [EmailMethodResource(email_address=address)], **recorded)


@router.get("/{typeOrId}", operation_id="GetEmailMethod", summary="Get e-mail method", responses=errors(404, 422))
async def get_email_method(verbs: Wired, caller: Calling, user: User, _: EmailTypeOrId) -> ReadEmailMethod:
    """Return the person's e-mail method; 404 if there is none.

    If `emailAddress` is null and `unsettled` is true, Graph shows no method, but the app has just written one.
    """
    address, recorded = await _read(verbs, caller, "GetEmailMethod", user)
    if address is None and not recorded["unsettled"]:
        raise PermanentError("methodNotFound", CODES["methodNotFound"].meaning)
    return ReadEmailMethod(email_address=address, **recorded)


@router.post(
    "",
    operation_id="CreateEmailMethod",
    summary="Create e-mail method",
    status_code=HTTPStatus.CREATED,
    response_model=EmailResult,
    responses={**PREVIEWED, **errors(404, 409, 422)},
)
async def create_email_method(call: WriteCall, body: EmailChange) -> Response:
    """Add an e-mail address for a person who has none; 409 if there is one."""
    return await _set(call, body, Mode.CREATE)


@router.put(
    "/{typeOrId}",
    operation_id="SetEmailMethod",
    summary="Set e-mail method",
    response_model=EmailResult | PreviewedCall,
    responses={201: {"model": EmailResult, "description": "Created."}, **errors(404, 409, 422)},
)
async def set_email_method(call: WriteCall, _: EmailTypeOrId, body: EmailChange) -> Response:
    """Create the method or update its e-mail address; nothing is written if it is already set."""
    return await _set(call, body, Mode.PUT)


@router.patch(
    "/{typeOrId}",
    operation_id="UpdateEmailMethod",
    summary="Update e-mail method",
    response_model=EmailResult | PreviewedCall,
    responses=errors(404, 409, 422),
)
async def update_email_method(call: WriteCall, _: EmailTypeOrId, body: EmailChange) -> Response:
    """Update the e-mail address of a person who has one; 404 if there is none."""
    return await _set(call, body, Mode.UPDATE)


@router.delete(
    "/{typeOrId}",
    operation_id="DeleteEmailMethod",
    summary="Delete e-mail method",
    status_code=HTTPStatus.NO_CONTENT,
    responses={**PREVIEWED, **errors(404, 409, 422)},
)
async def delete_email_method(call: WriteCall, _: EmailTypeOrId) -> Response:
    """Remove the e-mail address; 204 also if there is none."""
    return removed(await call(RemoveEmail()))
