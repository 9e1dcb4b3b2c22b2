"""A receiver of notifications on this machine, for the demo and tests: it stores them and answers as a test sets it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Handler

HANGS = 0
"""An answer of a LocalReceiver: the request stays open and is never answered."""


@dataclass
class LocalReceiver:
    """Answers with the statuses in `answers`, one after the other, and then with 202; `got` are the requests."""

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
    """Serve every path by one handler; gives the URL. Requests that are open at the end are cut off."""
    app = web.Application()
    app.router.add_route("*", "/{any:.*}", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield "http://{}:{}".format(*runner.addresses[0])
    finally:
        await runner.cleanup()
