"""The stand-in as an ASGI application: it decodes requests and encodes answers.

Called by uvicorn or by httpx's ASGITransport; passes requests to the stand-in, its token endpoint or the control path.
Written by hand because the stand-in must be much faster than the callers it measures.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from email.utils import formatdate
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from sandbox.graph import control
from sandbox.graph.call import Call, GraphCaller, Reply
from sandbox.graph.stand_in import StandIn

type Scope = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
type Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

GRAPH, BETA, CONTROL, TOKEN = "/v1.0/", "/beta/", "/control/", "/msi/token"
ABORT = "sandbox.abort"
"""The ASGI extension by which `server.py` lets the application cut a connection."""

_to_json = json.JSONEncoder(separators=(",", ":")).encode


class ConnectionDroppedError(ConnectionError):
    """Raised in place of cutting a connection, where the caller is in the same process."""


class StandInApp:
    """The stand-in as an ASGI application."""

    def __init__(self, stand_in: StandIn) -> None:
        self._stand_in = stand_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        client_request_id = headers.get(b"client-request-id", b"").decode("latin-1")
        answer = await self._answer(scope, headers, client_request_id, receive)
        if answer.dropped:
            await _drop(scope, receive)
            return
        request_id = answer.headers.setdefault("request-id", self._stand_in.new_id())
        answer.headers["client-request-id"] = client_request_id or request_id
        answer.headers["Date"] = _http_date(int(self._stand_in.clock()))
        await _send(answer, send)

    async def _answer(
        self, scope: Scope, headers: dict[bytes, bytes], client_request_id: str, receive: Receive
    ) -> Reply:
        method, path = scope["method"], "/" + scope["raw_path"].decode("latin-1").lstrip("/")
        query = scope["query_string"].decode("latin-1")
        if path.startswith((GRAPH, BETA)):
            caller = GraphCaller(
                root=f"{scope['scheme']}://{headers.get(b'host', b'localhost').decode('latin-1')}",
                authorization=headers.get(b"authorization", b"").decode("latin-1"),
                process=_process(headers.get(b"user-agent", b"")),
                user_agent=headers.get(b"user-agent", b"").decode("latin-1"),
                client_request_id=client_request_id,
                started=self._stand_in.clock(),
            )
            content_type = headers.get(b"content-type", b"").decode("latin-1")
            body = b"" if method in ("GET", "DELETE") else await _body(receive)
            below = path.removeprefix(GRAPH.rstrip("/"))
            return await self._stand_in.respond(Call(caller, method, below, query, content_type, body))
        if path == TOKEN and method == "GET":
            identity_header = headers.get(b"x-identity-header")
            return await self._stand_in.token(
                dict(parse_qsl(query)), identity_header.decode("latin-1") if identity_header else None
            )
        if path.startswith(CONTROL):
            return control.answer(self._stand_in, method, path[len(CONTROL) - 1 :], await _body(receive))
        return Reply(
            501, {"error": {"code": "NotImplemented", "message": f"The stand-in does not know {method} {path}."}}
        )


async def _body(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body", False):
        message = await receive()
        body += message.get("body", b"")
    return body


async def _send(answer: Reply, send: Send) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
    content = b""
    if isinstance(answer.body, str):
        content = answer.body.encode()
        headers.append((b"content-type", b"text/html; charset=utf-8"))
    elif answer.body is not None:
        content = _to_json(answer.body).encode()
        headers.append((b"content-type", b"application/json;odata.metadata=minimal;charset=utf-8"))
    if answer.status != 204:
        headers.append((b"content-length", str(len(content)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


async def _drop(scope: Scope, receive: Receive) -> None:
    abort = scope.get("extensions", {}).get(ABORT)
    if abort is None:
        raise ConnectionDroppedError("the stand-in cut the connection, as a fault asked for")
    abort["now"]()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _lifespan(receive: Receive, send: Send) -> None:
    while (await receive())["type"] == "lifespan.startup":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})


@lru_cache(maxsize=256)
def _process(user_agent: bytes) -> str:
    text = user_agent.decode("latin-1")
    match = re.search(r"\bprocess/(\S+)", text)
    return match[1] if match else text


@lru_cache(maxsize=4)
def _http_date(second: int) -> str:
    return formatdate(second, usegmt=True)
