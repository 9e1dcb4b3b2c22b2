"""What callers are told when something is refused, in Graph's shape.

Every explained error of the app passes here on its way out; `error_table` has its status.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from pydantic.alias_generators import to_camel
from starlette.exceptions import HTTPException

from shared.api.error_table import REQUEST_CODES, STATUS_BY_CODE
from shared.core.values.codes import CODES
from shared.core.values.errors import ExplainedError, OutcomeUnknownError, RetryLaterError

RETRY_AFTER_SECONDS = 30
"""What a 503 says when nothing better is known."""


class ErrorDetail(BaseModel):
    code: str = Field(description="What is wrong with the target.")
    message: str = Field(description="The same in words.")
    target: str = Field(description="The field or parameter, such as `body.phoneNumber`.")


class InnerError(BaseModel):
    """What Graph's authentication methods say here, under their names, so that callers of Graph need not change."""

    message: str = Field(description="The same as outside.")
    target: str = Field(description="The same as outside; empty = nothing of the request is at fault.")
    date: datetime = Field(description="When it was answered.")
    request_id: str = Field(
        serialization_alias="request-id",
        description="Graph's request id where a Graph answer is the cause; else empty.",
    )


class ErrorBody(BaseModel):
    code: str = Field(description="Stable; also in the header x-ms-error-code.")
    message: str = Field(description="What is wrong and what to do; never a number, an address or a sign-in name.")
    target: str | None = Field(default=None, description="The field or parameter at fault.")
    details: list[ErrorDetail] | None = Field(default=None, description="Every fault of a request that is not valid.")
    inner_error: InnerError = Field(serialization_alias="innerError", description="The same as Graph tells it.")


class ErrorAnswer(BaseModel):
    error: ErrorBody


class RequestRefusedError(ExplainedError):
    """The request itself is at fault; meaning and remedy come from the table unless told better."""

    def __init__(self, code: str, message: str = "", *, target: str = "", details: Iterable[ErrorDetail] = ()) -> None:
        info = REQUEST_CODES[code]
        super().__init__(code, message or info.meaning, remedy=info.remedy)
        self.target = target
        self.details = tuple(details)


def status_of(error: ExplainedError) -> HTTPStatus:
    """By code where the table has it; else what may succeed later is 503 and every refusal 422."""
    if error.code in STATUS_BY_CODE:
        return STATUS_BY_CODE[error.code]
    if isinstance(error, RetryLaterError | OutcomeUnknownError):
        return HTTPStatus.SERVICE_UNAVAILABLE
    return HTTPStatus.UNPROCESSABLE_ENTITY


def error_response(error: ExplainedError, request: Request) -> Response:
    status = status_of(error)
    code = error.code if error.code in REQUEST_CODES or error.code in CODES else _unlisted(status)
    headers = {"x-ms-error-code": code}
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        delay = error.delay if isinstance(error, RetryLaterError) else RETRY_AFTER_SECONDS
        headers["Retry-After"] = str(max(1, round(delay)))
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    content = ErrorAnswer(error=_body(code, error, request.app.state.verbs.clock.now()))
    return JSONResponse(content.model_dump(mode="json", by_alias=True, exclude_none=True), status, headers)


def _body(code: str, error: ExplainedError, now: datetime) -> ErrorBody:
    message = " ".join(_sentence(text) for text in (error.message, error.remedy) if text)
    target, details = (error.target, error.details) if isinstance(error, RequestRefusedError) else ("", ())
    return ErrorBody(
        code=code,
        message=message,
        target=target or None,
        details=list(details) or None,
        inner_error=InnerError(message=message, target=target, date=now, request_id=error.request_id),
    )


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _unlisted(status: HTTPStatus) -> str:
    """Codes that Graph made up are told in the message; callers get one that is documented."""
    return "graphUnavailable" if status is HTTPStatus.SERVICE_UNAVAILABLE else "graphRefused"


def _explained(request: Request, error: Exception) -> Response:
    if not isinstance(error, ExplainedError):
        raise error
    return error_response(error, request)


def _not_valid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    return error_response(not_valid(error.errors()), request)


def not_valid(faults: Iterable[Mapping[str, object]]) -> RequestRefusedError:
    """pydantic's faults as ours; what the caller sent is never repeated, not even the name of an unknown field."""
    details = [_detail(fault) for fault in faults]
    message = "; ".join(f"{detail.target}: {detail.message}" for detail in details)
    return RequestRefusedError("badRequest", message, target=details[0].target, details=details)


def _detail(fault: Mapping[str, object]) -> ErrorDetail:
    kind, loc = str(fault["type"]), fault["loc"]
    path = [str(part) for part in loc] if isinstance(loc, tuple) else []
    if kind == "extra_forbidden":
        return ErrorDetail(code="unknownField", message="it has a field that is not known", target=".".join(path[:-1]))
    if kind == "json_invalid":
        return ErrorDetail(code="notJson", message="it is not JSON", target="body")
    return ErrorDetail(code=to_camel(kind), message=str(fault["msg"]), target=".".join(path))


def _no_route(request: Request, error: Exception) -> Response:
    """What Starlette itself refuses: a path, a method, a body that cannot be decoded."""
    codes = {HTTPStatus.NOT_FOUND: "pathNotFound", HTTPStatus.METHOD_NOT_ALLOWED: "methodNotAllowed"}
    if not isinstance(error, HTTPException):
        raise error
    return error_response(RequestRefusedError(codes.get(HTTPStatus(error.status_code), "badRequest")), request)


def answer_errors(api: FastAPI) -> None:
    """Everything that is explained is answered in one shape; what is not explained fails the invocation."""
    api.add_exception_handler(ExplainedError, _explained)
    api.add_exception_handler(RequestValidationError, _not_valid)
    api.add_exception_handler(HTTPException, _no_route)
