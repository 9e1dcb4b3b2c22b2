"""`GET` and `PUT /api/v1/users/{id}/phoneMethods/{type}`: one person's number, read or set.

Called by function_app; calls the single-user flow. Numbers in answers are masked unless the settings show them.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from shared.api.answer import Answer, error_answer
from shared.core.errors import ExplainedError, NeverError
from shared.core.phone import METHOD_IDS, METHOD_TYPES, PhoneNumber, PhoneType
from shared.core.single_call import SetPhone, SingleCall
from shared.core.single_result import SingleResult
from shared.core.slot import StoredValue
from shared.core.states import RowState
from shared.flows.single_user import SingleUser

_LONGEST_NUMBER = 100


async def get_phone(single_user: SingleUser, user: str, type_or_id: str, *, show_numbers: bool) -> Answer:
    try:
        phone_type = _phone_type(type_or_id)
        _, there = await single_user.read(user)
    except ExplainedError as error:
        return error_answer(error)
    method = next((method for method in there.phones if method.phone_type is phone_type), None)
    if method is None:
        return error_answer(NeverError("methodNotFound", f"The account has no {phone_type} phone method."))
    body = {
        "id": METHOD_IDS[phone_type],
        "phoneType": phone_type.value,
        "phoneNumber": _shown(method.number, show=show_numbers),
        "smsSignInState": method.sms_sign_in_state,
    }
    return Answer(HTTPStatus.OK, body)


async def put_phone(
    single_user: SingleUser, user: str, type_or_id: str, body: bytes, *, caller: str, show_numbers: bool
) -> Answer:
    """Create or update; 201 when the method is new, else 200."""
    try:
        action = SetPhone(_phone_type(type_or_id), _number(body))
        done = await single_user.do(SingleCall(user, action, caller))
    except ExplainedError as error:
        return error_answer(error)
    status = HTTPStatus.CREATED if done.outcome.state is RowState.CREATED else HTTPStatus.OK
    return Answer(status, _set_body(done, show=show_numbers))


def _phone_type(type_or_id: str) -> PhoneType:
    known = {phone_type.value.lower(): phone_type for phone_type in PhoneType} | METHOD_TYPES
    phone_type = known.get(type_or_id.lower())
    if phone_type is None:
        expected = ", ".join(PhoneType)
        raise NeverError("badRequest", f"The phone type is not one of {expected}, nor the id of one.")
    return phone_type


def _number(body: bytes) -> str:
    try:
        data = json.loads(body)
    except ValueError as error:
        raise NeverError("badRequest", "The body is not JSON.") from error
    if not isinstance(data, dict) or set(data) != {"phoneNumber"} or not isinstance(data["phoneNumber"], str):
        raise NeverError("badRequest", 'The body must be {"phoneNumber": "+CC number"} and nothing else.')
    number: str = data["phoneNumber"].strip()
    if not number or len(number) > _LONGEST_NUMBER:
        raise NeverError("badRequest", f"phoneNumber must have 1 to {_LONGEST_NUMBER} characters.")
    return number


def _set_body(done: SingleResult, *, show: bool) -> dict[str, Any]:
    return {
        "run": done.run,
        "phoneType": done.slot.value,
        "outcome": done.outcome.state.value,
        "code": done.outcome.code,
        "note": done.outcome.note,
        "old": _shown(done.old, show=show),
        "new": _shown(done.new, show=show),
        "requestId": done.outcome.request_id,
    }


def _shown(number: StoredValue | None, *, show: bool) -> str | None:
    match number:
        case None:
            return None
        case PhoneNumber() if show:
            return number.spelled_for_graph()
        case _:
            return str(number)
