"""The app in memory behind a port, in a thread: for clients outside its event loop, such as browsers.

`served` puts any application there, and `site` the console with the API. In place of App Service authentication, a
cookie says who is signed in.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.functions_host.sign_in import ACCOUNTS, COLLEAGUES, headers_for
from sandbox.graph.options import Options
from sandbox.graph.server import serve_application
from sandbox.people import Staff
from shared.api.app import ROOT as API
from shared.api.app import build as build_api
from shared.app import App
from shared.console.app import build as build_console
from testing.in_memory import InMemory, in_memory

SESSION = "signed-in-as"
_SIGNED_IN_BY_PLATFORM = {"AUTH_MODE": "entra", "WEBSITE_AUTH_ENABLED": "True"}


@dataclass
class Served:
    """`url` is the site's; `run` runs a coroutine on the app's event loop."""

    url: str
    inside: InMemory
    loop: asyncio.AbstractEventLoop
    stopped: asyncio.Event

    def run[T](self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def pump(self) -> None:
        """Let the host deliver all messages."""
        self.run(self.inside.pump())


type Build = Callable[[App], ASGIApp]


@contextmanager
def served(staff: Staff, settings: Mapping[str, str], build: Build, options: Options | None = None) -> Iterator[Served]:
    """Serves what `build` makes of the app, until the block is left."""
    ready: Future[Served] = Future()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(staff, settings, build, options, ready)))
    thread.start()
    found = ready.result()
    try:
        yield found
    finally:
        found.loop.call_soon_threadsafe(found.stopped.set)
        thread.join()


async def _serve(
    staff: Staff, settings: Mapping[str, str], build: Build, options: Options | None, ready: Future[Served]
) -> None:
    async with in_memory(staff, settings, options) as inside, serve_application(build(inside.app)) as url:
        for colleague in ACCOUNTS:
            inside.stand_in.tenant.put(colleague)
        stopped = asyncio.Event()
        ready.set_result(Served(url, inside, asyncio.get_running_loop(), stopped))
        await stopped.wait()


def site(staff: Staff, settings: Mapping[str, str]) -> AbstractContextManager[Served]:
    """Serves the console and the API."""
    return served(staff, {**_SIGNED_IN_BY_PLATFORM, **settings}, _site_of)


def api_of(app: App) -> ASGIApp:
    """The API at its URL, as the Functions host mounts it."""
    api = build_api(app)

    async def rooted(scope: Scope, receive: Receive, send: Send) -> None:
        await api({**scope, "root_path": API}, receive, send)

    return rooted


def _site_of(app: App) -> ASGIApp:
    console, api = build_console(app), api_of(app)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        scope = {**scope, "headers": _signed_in(scope["headers"])}
        await (api if scope["path"].startswith(API) else console)(scope, receive, send)

    return application


def _signed_in(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    cookies = SimpleCookie("; ".join(value.decode() for name, value in headers if name == b"cookie"))
    who = next((one for one in COLLEAGUES if SESSION in cookies and one.object_id == cookies[SESSION].value), None)
    added = headers_for(who) if who else {}
    return [*headers, *((name.encode(), value.encode("latin-1")) for name, value in added.items())]
