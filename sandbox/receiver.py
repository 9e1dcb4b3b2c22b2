"""A receiver of notifications on this machine, for the demo and tests: it stores them and answers as a test sets it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Handler

HANGS = 0
"""As an answer: the request is kept and never answered."""


@dataclass
class LocalReceiver:
    """`answers` are used one after the other, and then 202."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.got]

    async def handle(self, request: web.Request) -> web.Response:
        self.got.append(({name.lower(): value for name, value in request.headers.items()}, await request.read()))
        status = self.answers.pop(0) if self.answers else 202
        if status == HANGS:
            await asyncio.Event().wait()
        return web.Response(status=status, headers={"Location": self.url} if status in range(300, 400) else {})


@asynccontextmanager
async def local_receiver(*answers: int) -> AsyncIterator[LocalReceiver]:
    receiver = LocalReceiver(answers=list(answers))
    async with local_server(receiver.handle) as address:
        receiver.url = f"{address}/secret-path?sig=secret-signature"
        yield receiver


@asynccontextmanager
async def local_server(handle: Handler) -> AsyncIterator[str]:
    """Serve every path by one handler; returns the URL. What is not answered at the end is cut off."""
    app = web.Application()
    app.router.add_route("*", "/{any:.*}", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield "http://{}:{}".format(*runner.addresses[0])
    finally:
        await runner.cleanup()
