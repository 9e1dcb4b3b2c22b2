"""An HTTP answer, and the one table that turns explained errors into status codes.

Called by the routes; function_app turns an `Answer` into the platform's response.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from shared.core.errors import AgainError, ExplainedError, OutcomeUnknownError

STATUS_BY_CODE: dict[str, HTTPStatus] = {
    "badRequest": HTTPStatus.BAD_REQUEST,
    "personNotFound": HTTPStatus.NOT_FOUND,
    "methodNotFound": HTTPStatus.NOT_FOUND,
    "personAmbiguous": HTTPStatus.CONFLICT,
    "newerExport": HTTPStatus.CONFLICT,
    "changedSincePlan": HTTPStatus.CONFLICT,
    "alternateNeedsMobile": HTTPStatus.CONFLICT,
    "protectedAccount": HTTPStatus.FORBIDDEN,
    "wallUnreadable": HTTPStatus.SERVICE_UNAVAILABLE,
    "permissionMissing": HTTPStatus.SERVICE_UNAVAILABLE,
    "outcomeUnknown": HTTPStatus.SERVICE_UNAVAILABLE,
}
"""Codes that have a status of their own; every other refusal of what was asked is 422."""

RETRY_AFTER_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Answer:
    status: HTTPStatus
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> str:
        return "" if self.body is None else json.dumps(self.body)


def error_answer(error: ExplainedError) -> Answer:
    """`{"error": {"code", "message", "remedy", "innererror"}}` with the header x-ms-error-code."""
    status = STATUS_BY_CODE.get(error.code, HTTPStatus.UNPROCESSABLE_ENTITY)
    headers = {"x-ms-error-code": error.code}
    if isinstance(error, AgainError | OutcomeUnknownError):
        status = HTTPStatus.SERVICE_UNAVAILABLE
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        delay = error.delay if isinstance(error, AgainError) else RETRY_AFTER_SECONDS
        headers["Retry-After"] = str(max(1, round(delay)))
    body = {
        "code": error.code,
        "message": error.message,
        "remedy": error.remedy,
        "innererror": {"request-id": error.request_id} if error.request_id else {},
    }
    return Answer(status, {"error": body}, headers)
