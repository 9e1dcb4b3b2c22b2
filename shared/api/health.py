"""`GET /api/health`: whether the process answers and its settings are usable; says nothing that is not public."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Protocol

from shared.api.answer import Answer, error_answer
from shared.core.errors import ExplainedError


class HasSettings(Protocol):
    @property
    def settings(self) -> object: ...


def health_answer(app: Callable[[], HasSettings]) -> Answer:
    """200 with `{"status": "ok"}`, or 503 with the complaints about the settings."""
    try:
        _ = app().settings
    except ExplainedError as error:
        complaint = error_answer(error)
        return Answer(HTTPStatus.SERVICE_UNAVAILABLE, complaint.body, complaint.headers)
    return Answer(HTTPStatus.OK, {"status": "ok"})
