"""The error answers of the API, in Graph's form.

Every explained error of the app becomes an answer here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from http import HTTPStatus
from itertools import takewhile

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from pydantic.alias_generators import to_camel
from starlette.exceptions import HTTPException

from shared.api.error_table import REQUEST_CODES, STATUS_BY_CODE
from shared.asgi import ErrorAnswers
from shared.core.values.codes import CODES
from shared.core.values.errors import (
    DamagedEntityError,
    ExplainedError,
    GraphRefusedError,
    GraphUnavailableError,
    OutcomeUnknownError,
    RetryLaterError,
    ThrottledError,
)
from shared.flows.person.write_errors import NotAppliedError, UnresolvedWriteError
from shared.telemetry.events import EventName
from shared.telemetry.signals import event

_OF_GRAPH = (GraphRefusedError, GraphUnavailableError, ThrottledError, OutcomeUnknownError, NotAppliedError)
"""The errors that an answer of Graph causes, or its absence."""
RETRY_AFTER_SECONDS = 30
"""The Retry-After of a 503 when the error names none."""


class ErrorDetail(BaseModel):
    code: str = Field(description="The code of the fault.")
    message: str = Field(description="The fault in words.")
    target: str = Field(description="The field or parameter, such as `body.phoneNumber`.")


class InnerError(BaseModel):
    """The fields of errors of Graph's authentication methods, so that callers of Graph need not change."""

    message: str = Field(description="As in the error itself.")
    target: str = Field(description="As in the error itself; empty = the request is not at fault.")
    date: datetime = Field(description="The time of the answer.")
    request_id: str = Field(
        serialization_alias="request-id",
        description="Graph's request id, if an answer of Graph is the cause; else empty.",
    )


class ErrorBody(BaseModel):
    code: str = Field(description="Stable; also in the header x-ms-error-code.")
    message: str = Field(description="The reason and the remedy; never a number, an e-mail address or a sign-in name.")
    target: str | None = Field(default=None, description="The field or parameter at fault; absent = none.")
    details: list[ErrorDetail] | None = Field(
        default=None, description="The faults one by one; only with the code `badRequest`."
    )
    inner_error: InnerError = Field(serialization_alias="innerError", description="The error in Graph's form.")


class ErrorAnswer(BaseModel):
    error: ErrorBody


class RequestRefusedError(ExplainedError):
    """The API itself refuses the request. Without `message`, the meaning in the table is the message."""

    def __init__(self, code: str, message: str = "", *, target: str = "", details: Iterable[ErrorDetail] = ()) -> None:
        info = REQUEST_CODES[code]
        super().__init__(code, message or info.meaning, remedy=info.remedy)
        self.target = target
        self.details = tuple(details)


def status_of(error: ExplainedError) -> HTTPStatus:
    """The status of the code in the table; else 503 for what may succeed later, and 422 for every refusal."""
    if error.code in STATUS_BY_CODE:
        return STATUS_BY_CODE[error.code]
    if isinstance(error, RetryLaterError | OutcomeUnknownError):
        return HTTPStatus.SERVICE_UNAVAILABLE
    return HTTPStatus.UNPROCESSABLE_ENTITY


def error_response(error: ExplainedError, request: Request) -> Response:
    status = status_of(error)
    code = error.code if error.code in REQUEST_CODES or error.code in CODES else _unlisted(error, status)
    headers = {"x-ms-error-code": code}
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        delay = error.delay if isinstance(error, RetryLaterError) else RETRY_AFTER_SECONDS
        headers["Retry-After"] = str(max(1, round(delay)))
    if isinstance(error, UnresolvedWriteError) and error.run:
        headers["x-run-id"] = error.run
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    content = ErrorAnswer(error=_body(code, error, request.app.state.verbs.clock.now()))
    return JSONResponse(content.model_dump(mode="json", by_alias=True, exclude_none=True), status, headers)


def _body(code: str, error: ExplainedError, now: datetime) -> ErrorBody:
    message = " ".join(_sentence(text) for text in (error.message, error.remedy, _for_admins(error)) if text)
    target, details = (error.target, error.details) if isinstance(error, RequestRefusedError) else ("", ())
    return ErrorBody(
        code=code,
        message=message,
        target=target or None,
        details=list(details) or None,
        inner_error=InnerError(message=message, target=target, date=now, request_id=error.request_id),
    )


def _for_admins(error: ExplainedError) -> str:
    """The table's text for administrators; "" = none, or the error has a remedy of its own."""
    info = CODES.get(error.code) or REQUEST_CODES.get(error.code)
    return info.for_admins if info and error.remedy == info.remedy else ""


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _unlisted(error: ExplainedError, status: HTTPStatus) -> str:
    """The documented code for an error whose own code, which may be Graph's, is not in the tables."""
    if not isinstance(error, _OF_GRAPH):
        return "appRefused"
    return "graphUnavailable" if status is HTTPStatus.SERVICE_UNAVAILABLE else "graphRefused"


async def _explained(request: Request, error: ExplainedError) -> Response:
    return error_response(error, request)


async def _not_valid(request: Request, error: RequestValidationError) -> Response:
    return error_response(not_valid(error.errors()), request)


def not_valid(faults: Iterable[Mapping[str, object]]) -> RequestRefusedError:
    """The error for pydantic's faults. It repeats nothing of what the caller sent."""
    details = [_detail(fault) for fault in faults]
    message = "; ".join(f"{detail.target}: {detail.message}" for detail in details)
    return RequestRefusedError("badRequest", message, target=details[0].target, details=details)


def _detail(fault: Mapping[str, object]) -> ErrorDetail:
    kind, path = str(fault["type"]), _declared(fault["loc"])
    if kind == "extra_forbidden":
        return ErrorDetail(code="unknownField", message="it has an unknown field", target=path[0])
    if kind == "json_invalid":
        return ErrorDetail(code="notJson", message="it is not JSON", target="body")
    if kind == "string_pattern_mismatch":
        message = FORMS.get(path[-1], "it does not have the documented form")
        return ErrorDetail(code=to_camel(kind), message=message, target=".".join(path))
    return ErrorDetail(code=to_camel(kind), message=str(fault["msg"]), target=".".join(path))


def _declared(loc: object) -> list[str]:
    """The place of a fault, such as body, field and position; a key behind the field is the caller's own text."""
    path = loc if isinstance(loc, tuple) else ()
    return [*map(str, path[:2]), *map(str, takewhile(lambda part: isinstance(part, int), path[2:]))] or [""]


FORMS = {
    "id": "it is neither an object id nor a user principal name",
    "run": "it is not the id of a run",
    "defaultRegion": "it is not a country in two letters",
    "fingerprint": "it is not the fingerprint of a layout",
    "Repeatability-Request-ID": "it is not a UUID",
    "$skiptoken": "it is not from the link to a next page",
}
"""By name of a parameter, the message if it does not fit its pattern, because a pattern explains nothing to people."""


async def _damaged(request: Request, error: DamagedEntityError) -> Response:
    return error_response(damaged(error), request)


def damaged(error: DamagedEntityError) -> RequestRefusedError:
    """The error for what the app has stored and cannot read; it is logged, because nothing else is recorded of it."""
    event(EventName.ENTITY_UNREADABLE, message=str(error))
    return RequestRefusedError("storedDamaged", f"{REQUEST_CODES['storedDamaged'].meaning} It is {error}.")


async def _no_route(request: Request, error: HTTPException) -> Response:
    return error_response(refused_by_routing(error), request)


def refused_by_routing(error: HTTPException) -> RequestRefusedError:
    """The error for what Starlette refuses: a path, a method, or a body that cannot be decoded."""
    codes = {HTTPStatus.NOT_FOUND: "pathNotFound", HTTPStatus.METHOD_NOT_ALLOWED: "methodNotAllowed"}
    return RequestRefusedError(codes.get(HTTPStatus(error.status_code), "badRequest"))


ANSWERS: ErrorAnswers = {
    ExplainedError: _explained,
    RequestValidationError: _not_valid,
    DamagedEntityError: _damaged,
    HTTPException: _no_route,
}
"""The handler of each kind of exception. Any other exception fails the invocation."""
