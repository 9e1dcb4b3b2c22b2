"""Puts a stand-in, or any other ASGI application, on a port of this machine.

Called by `__main__.py`, `testing`, benchmarks and tests (`async with serve(...)`). Uses uvicorn's protocol without its
server, which would take over the signals of the process and start and stop more slowly.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from sandbox.graph.stand_in import StandIn
from sandbox.graph.wire import ABORT, StandInApp

_GRACE_SECONDS = 2.0


class _Protocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol, which lets the app cut the connection."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {ABORT: {"now": self.transport.abort}}


@asynccontextmanager
async def serve(stand_in: StandIn, port: int = 0, host: str = "127.0.0.1") -> AsyncIterator[str]:
    """Serve until the block is left; gives the URL, such as `http://127.0.0.1:50123`."""
    async with serve_application(StandInApp(stand_in), port, host) as url:
        yield url


@asynccontextmanager
async def serve_application(application: ASGIApp, port: int = 0, host: str = "127.0.0.1") -> AsyncIterator[str]:
    """As `serve`, for any application."""
    config = uvicorn.Config(
        application,
        lifespan="off",
        ws="none",
        access_log=False,
        log_config=None,
        date_header=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=300,
    )
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(lambda: _Protocol(config, state, {}), host, port, backlog=2048)
    bound = cast("tuple[str, int]", listener.sockets[0].getsockname())
    try:
        yield f"http://{bound[0]}:{bound[1]}"
    finally:
        listener.close()
        for connection in list(state.connections):
            connection.shutdown()
        if state.tasks:
            _, late = await asyncio.wait(state.tasks, timeout=_GRACE_SECONDS)
            for task in late:
                task.cancel()
        listener.abort_clients()
        await listener.wait_closed()
