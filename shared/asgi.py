"""Makes the two ASGI applications, the API and the console, and passes requests of the Functions host to them.

Each request is one call of the application, without a server. azure.functions' own AsgiMiddleware is not
used: it logs whole answers at DEBUG, numbers included, it waits in steps of 0.1 s where an application waits for a
disconnect, and it reads the content encoding as a character set.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import azure.functions as func
from fastapi import APIRouter, FastAPI
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.telemetry.signals import note, span
from shared.telemetry.table import SpanName

NOT_STORED = {"Cache-Control": "no-store"}
API_HEADERS = {**NOT_STORED, "X-Content-Type-Options": "nosniff"}
"""No browser or proxy stores an answer, and none guesses its type (OWASP ASVS 5 V3.4, V14.2)."""


type ErrorAnswers = Mapping[int | type[Exception], Callable[[Request, Any], Coroutine[Any, Any, Response]]]
"""How errors are answered, by status or by class."""


def application(routers: Iterable[APIRouter], answers: ErrorAnswers, **described: str) -> FastAPI:
    """An application of these routes that publishes no description of itself.

    The routes are used as they are: `include_router` would build each a second time at the first call.
    """
    return FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers=dict(answers),
        routes=[route for router in routers for route in router.routes],
        **described,  # type: ignore[arg-type] # title, version and description
    )


class AnswerHeaders:
    """A middleware that adds the same headers to every answer, also for unknown paths.

    A header of `otherwise` is added only if the answer does not have it."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str], otherwise: Mapping[str, str] | None = None) -> None:
        self._app = app
        self._headers = headers
        self._otherwise = otherwise or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                for name, value in self._otherwise.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


async def answer(
    application: ASGIApp, request: func.HttpRequest, invocation_id: str, *, root_path: str
) -> func.HttpResponse:
    """The answer of `application`, mounted at `root_path`, with all its cookies.

    If the application raises, so does this function; the Functions host logs that and answers 500.
    """
    received = [{"type": "http.request", "body": request.get_body(), "more_body": False}]
    sent: list[Message] = []

    async def receive() -> Message:
        return received.pop() if received else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = _scope(request, root_path)
    with span(SpanName.CALL, method=request.method):
        await application(scope, receive, send)
        start, *bodies = sent
        note(path=getattr(scope.get("route"), "path", None), status=start["status"])
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]]
    response = func.HttpResponse(
        b"".join(body.get("body", b"") for body in bodies),
        status_code=start["status"],
        headers={"x-ms-request-id": invocation_id},
        mimetype=dict(headers).get("content-type", "text/plain"),
    )
    for name, value in headers:
        response.headers.add(name, value)
    return response


def _scope(request: func.HttpRequest, root_path: str) -> Scope:
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
        "root_path": root_path,
        "headers": [
            (name.lower().encode(), value.encode("latin-1", "ignore")) for name, value in request.headers.items()
        ],
        "server": (url.hostname or "", url.port or default_port),
        "client": None,
    }
