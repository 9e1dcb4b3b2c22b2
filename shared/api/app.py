"""The HTTP API as one application: its routes, its errors, its OpenAPI description, and how a request reaches it.

Built by the triggers at the first HTTP call, and by `tools.documents`, which writes docs/openapi.json.
A Functions request is passed on by one ASGI call, without a server. azure.functions' own AsgiMiddleware is not used: it
logs whole answers at DEBUG, numbers included, it waits in steps of 0.1 s where an application waits for a disconnect,
and it reads the content encoding as a character set.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote, urlsplit

import azure.functions as func
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from shared.api import (
    drift,
    email_methods,
    layouts,
    phone_methods,
    protection,
    run_changes,
    run_rows,
    run_start,
    runs,
    service,
)
from shared.api.answer_headers import AnswerHeaders
from shared.api.errors import ANSWERS
from shared.api.roles import ADMISSIONS
from shared.api.verbs import Verbs

ROOT = "/api/v1"
"""The API's root path: host.json's route prefix, and the version in every route of function_app."""

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


async def answer(application: Application, request: func.HttpRequest, invocation_id: str) -> func.HttpResponse:
    """The answer of `application`. The platform logs its exceptions and answers 500."""
    received = [{"type": "http.request", "body": request.get_body(), "more_body": False}]
    sent: list[Message] = []

    async def receive() -> Message:
        return received.pop() if received else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await application(_scope(request), receive, send)
    start, *bodies = sent
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in start["headers"]}
    return func.HttpResponse(
        b"".join(body.get("body", b"") for body in bodies),
        status_code=start["status"],
        headers={**headers, "x-ms-request-id": invocation_id},
        mimetype=headers.get("content-type", "text/plain"),
    )


def _scope(request: func.HttpRequest) -> Message:
    """The ASGI scope. Its path comes from the URL, because some hosts decode the route's parameters twice."""
    url = urlsplit(request.url)
    default_port = 443 if url.scheme == "https" else 80
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method.upper(),
        "scheme": url.scheme,
        "path": unquote(url.path),
        "raw_path": url.path.encode("ascii", "ignore"),
        "query_string": url.query.encode("ascii", "ignore"),
        "root_path": ROOT,
        "headers": [
            (name.lower().encode(), value.encode("latin-1", "ignore")) for name, value in request.headers.items()
        ],
        "server": (url.hostname or "", url.port or default_port),
        "client": None,
    }


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
    api = FastAPI(
        title="Phone methods",
        version=VERSION,
        description=_DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers=ANSWERS,
    )
    api.add_middleware(AnswerHeaders)
    api.state.verbs = verbs
    for module in (
        phone_methods,
        email_methods,
        run_start,
        run_changes,
        runs,
        run_rows,
        layouts,
        drift,
        protection,
        service,
    ):
        api.include_router(module.router)
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
