"""From a Functions request to the API and back: one ASGI call, without a server.

Called by the HTTP triggers. azure.functions' own AsgiMiddleware would do, but for three things: it logs whole answers
at DEBUG, numbers included; it waits in steps of 0.1 s where an application awaits the caller's leaving; and it takes
the content encoding for a character set.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote, urlsplit

import azure.functions as func

ROOT = "/api/v1"
"""Where the API lies: host.json's route prefix, and the version that every route has in function_app."""

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


async def answer(application: Application, request: func.HttpRequest, invocation_id: str) -> func.HttpResponse:
    """What `application` answers. Its exceptions are the invocation's: the platform logs them and answers 500."""
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
    """The path comes from the URL, not from the route's parameters, which are decoded twice on some hosts."""
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
