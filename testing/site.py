"""The console and the API on a port, with the app in memory behind them; a cookie says as whom a browser is signed in.

In place of App Service authentication, which adds the header of whoever has a session.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

from starlette.types import Receive, Scope, Send

from sandbox.functions_host.sign_in import COLLEAGUES, headers_for
from sandbox.graph.server import serve_application
from sandbox.people import Staff
from shared.api.app import ROOT as API
from shared.api.app import build as build_api
from shared.console.app import build
from shared.core.run.run import Run
from testing.in_memory import InMemory, in_memory

SESSION = "signed-in-as"
_SIGNED_IN_BY_PLATFORM = {"AUTH_MODE": "entra", "WEBSITE_AUTH_ENABLED": "True"}


@dataclass
class Served:
    """`url` is the site's; `run` carries something out beside the app, on its event loop."""

    url: str
    inside: InMemory
    loop: asyncio.AbstractEventLoop
    stopped: asyncio.Event

    def run[T](self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def pump(self) -> None:
        """Let the host do all that waits."""
        self.run(self.inside.pump())

    def run_of(self, identity: str) -> Run:
        return self.run(self.inside.stored(identity))


@contextmanager
def served(staff: Staff, settings: dict[str, str]) -> Iterator[Served]:
    """Serves until the block is left."""
    ready: Future[Served] = Future()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(staff, _SIGNED_IN_BY_PLATFORM | settings, ready)))
    thread.start()
    found = ready.result()
    try:
        yield found
    finally:
        found.loop.call_soon_threadsafe(found.stopped.set)
        thread.join()


async def _serve(staff: Staff, settings: dict[str, str], ready: Future[Served]) -> None:
    async with in_memory(staff, settings) as inside:
        console, api = build(inside.app), build_api(inside.app)

        async def site(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                return
            scope = {**scope, "headers": _signed_in(scope["headers"])}
            if scope["path"].startswith(API):
                await api({**scope, "root_path": API}, receive, send)
            else:
                await console(scope, receive, send)

        async with serve_application(site) as url:
            stopped = asyncio.Event()
            ready.set_result(Served(url.replace("127.0.0.1", "localhost"), inside, asyncio.get_running_loop(), stopped))
            await stopped.wait()


def _signed_in(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    cookies = SimpleCookie("; ".join(value.decode() for name, value in headers if name == b"cookie"))
    who = next((one for one in COLLEAGUES if SESSION in cookies and one.object_id == cookies[SESSION].value), None)
    added = headers_for(who) if who else {}
    return [*headers, *((name.encode(), value.encode("latin-1")) for name, value in added.items())]
