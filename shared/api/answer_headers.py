"""A middleware that gives every answer of an application the same headers, refusals of unknown paths too.

The API's are here: no browser or proxy stores an answer, and none guesses its type (OWASP ASVS 5 V3.4, V14.2). The
console has others.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NOT_STORED = {"Cache-Control": "no-store"}
API_HEADERS = {**NOT_STORED, "X-Content-Type-Options": "nosniff"}


class AnswerHeaders:
    """An ASGI middleware. A header of `otherwise` is added where an answer has none of its own."""

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
