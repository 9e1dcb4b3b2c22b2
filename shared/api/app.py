"""The HTTP API as one application: its routes, its errors and its OpenAPI description."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from shared.api import (
    audit,
    drift,
    email_methods,
    layouts,
    people,
    person_data,
    person_runs,
    phone_methods,
    protection,
    readiness,
    run_changes,
    run_rows,
    run_start,
    runs,
    service,
)
from shared.api.errors import ANSWERS
from shared.api.roles import ADMISSIONS
from shared.api.verbs import Verbs
from shared.asgi import API_HEADERS, AnswerHeaders, application

_MODULES = (
    phone_methods,
    email_methods,
    person_data,
    people,
    person_runs,
    run_start,
    run_changes,
    audit,
    runs,
    run_rows,
    layouts,
    drift,
    readiness,
    protection,
    service,
)

ROOT = "/api/v1"
"""The API's root path, with which each of its routes in function_app begins."""

VERSION = "1.0.0"
"""The version of the API, not of the app."""
_DESCRIPTION = (
    "Sets phone and e-mail authentication methods, of one person at a time or by exports, and reports the outcomes."
)
_SECURITY = {
    "entra": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "AUTH_MODE=entra: a token of the app's registration; its app roles allow operations.",
    },
    "key": {
        "type": "apiKey",
        "in": "header",
        "name": "x-functions-key",
        "description": "AUTH_MODE=key: a function key, which the platform itself checks.",
    },
}


def build(verbs: Verbs | None = None) -> FastAPI:
    """The application; without `verbs` it can only be described."""
    routers = (module.router for module in _MODULES)
    api = application(routers, ANSWERS, title="Phone methods", version=VERSION, description=_DESCRIPTION)
    api.add_middleware(AnswerHeaders, headers=API_HEADERS)
    api.state.verbs = verbs
    api.openapi = lambda: _description(api)  # type: ignore[method-assign] # FastAPI's documented way
    return api


def _description(api: FastAPI) -> dict[str, Any]:
    if api.openapi_schema is None:
        described = get_openapi(
            title=api.title,
            version=api.version,
            description=api.description,
            routes=api.routes,
            servers=[{"url": ROOT}],
        )
        described["components"]["securitySchemes"] = _SECURITY
        for path in described["paths"].values():
            for operation in path.values():
                _complete(operation)
        _drop_unused(described["components"]["schemas"])
        api.openapi_schema = described
    return api.openapi_schema


def _complete(operation: dict[str, Any]) -> None:
    """Add the roles to the description, and remove FastAPI's own 422, which this API never answers."""
    admission = ADMISSIONS[operation["operationId"]]
    operation["description"] = f"{operation['description']}\n\n{admission.in_words()}"
    if not admission.anonymous:
        operation["security"] = [{name: []} for name in _SECURITY]
    if "HTTPValidationError" in str(operation["responses"].get("422")):
        del operation["responses"]["422"]


def _drop_unused(schemas: dict[str, Any]) -> None:
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
