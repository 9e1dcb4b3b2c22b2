"""The API on a port, with the app in memory behind it, in a thread: for clients that have no event loop of ours."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from starlette.types import Receive, Scope, Send

from sandbox.graph.options import Options
from sandbox.graph.server import serve_application
from sandbox.people import Staff
from shared.api.app import ROOT, build
from testing.in_memory import InMemory, in_memory


@dataclass
class Served:
    """`url` is the API's root; `run` carries something out beside the app, on its event loop."""

    url: str
    inside: InMemory
    loop: asyncio.AbstractEventLoop
    stopped: asyncio.Event

    def run[T](self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()


@contextmanager
def served(staff: Staff, settings: dict[str, str]) -> Iterator[Served]:
    """Serves until the block is left; the app may also read and write e-mail methods."""
    ready: Future[Served] = Future()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(staff, settings, ready)))
    thread.start()
    found = ready.result()
    try:
        yield found
    finally:
        found.loop.call_soon_threadsafe(found.stopped.set)
        thread.join()


async def _serve(staff: Staff, settings: dict[str, str], ready: Future[Served]) -> None:
    async with in_memory(staff, settings, Options(email_role=True)) as inside:
        api = build(inside.app)

        async def rooted(scope: Scope, receive: Receive, send: Send) -> None:
            await api({**scope, "root_path": ROOT}, receive, send)

        async with serve_application(rooted) as url:
            stopped = asyncio.Event()
            ready.set_result(Served(url + ROOT, inside, asyncio.get_running_loop(), stopped))
            await stopped.wait()
