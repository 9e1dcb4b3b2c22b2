"""A server that says exactly what a test tells it to, byte for byte, and remembers what it was asked.

For answers that no well-behaved service gives; everything else is tested against the stand-in.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from azure.core.credentials import AccessToken
from azure.core.credentials_async import AsyncTokenCredential


class Cut(bytes):
    """Sent, and then the connection is closed."""


class Hang(bytes):
    """Sent, and then nothing more happens."""


NO_ANSWER = Cut()


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Script:
    """The answers still to be given, in order, and the requests that have come in."""

    answers: list[bytes]
    url: str = ""
    requests: list[Request] = field(default_factory=list)


def answer(status: int, body: object = None, **headers: str) -> bytes:
    """An HTTP answer; `body` is JSON, or bytes as they are. Header names are written with _ for -."""
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Scripted", f"Content-Length: {len(content)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


@asynccontextmanager
async def scripted(*answers: bytes) -> AsyncIterator[Script]:
    """Serve `answers` one after the other; once they are used up, every request is left without an answer."""
    script = Script(list(answers))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await _read(reader):
                script.requests.append(request)
                reply = script.answers.pop(0) if script.answers else NO_ANSWER
                writer.write(reply)
                await writer.drain()
                if isinstance(reply, Cut):
                    return
                if isinstance(reply, Hang):
                    await reader.read()
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    script.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield script
    finally:
        server.close()
        server.close_clients()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *rest = head.strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    method, target, _ = first.split(" ")
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, target, headers, body)


class FixedCredential(AsyncTokenCredential):
    """Gives a token at once, and counts how often it was asked; `delay` makes it slow, `error` makes it fail."""

    def __init__(self, *, delay: float = 0.0, error: Exception | None = None) -> None:
        self.asked: list[str | None] = []
        self._delay = delay
        self._error = error

    async def get_token(self, *scopes: str, claims: str | None = None, **_options: object) -> AccessToken:
        self.asked.append(claims)
        await asyncio.sleep(self._delay)
        if self._error:
            raise self._error
        return AccessToken(f"token {len(self.asked)} for {' '.join(scopes)}", 2**40)

    async def close(self) -> None: ...

    async def __aexit__(self, *exc: object) -> None: ...
