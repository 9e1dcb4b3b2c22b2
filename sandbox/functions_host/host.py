"""The host: indexes an app, listens for its triggers, and drains when it is stopped.

Called by `__main__` and by tests; calls every other module of the package.
"""

from __future__ import annotations

import asyncio
import logging
import os
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, assert_never

from aiohttp import web

from sandbox.environment import environment
from sandbox.functions_host.app import HOST_CONTAINER, LoadedApp
from sandbox.functions_host.blobs import blob_listeners, blob_triggers
from sandbox.functions_host.clock import HostClock, SystemHostClock
from sandbox.functions_host.config import HostConfig
from sandbox.functions_host.events import EventGrid
from sandbox.functions_host.microsoft import microsoft_listeners
from sandbox.functions_host.queues import queue_listeners
from sandbox.functions_host.runtime import Function, FunctionFailedError, load, start_threads, stop_threads
from sandbox.functions_host.sign_in import SignIn
from sandbox.functions_host.storage import Storage
from sandbox.functions_host.timers import TimerListener, timer_listeners
from sandbox.functions_host.web import Keys, TakeEvents, Web

log = logging.getLogger(__name__)


class Listeners(StrEnum):
    """Whose code listens to queues, blobs, timers and Event Grid."""

    SANDBOX = "sandbox"
    MICROSOFT = "microsoft"


class Listener(Protocol):
    async def listen(self, stop: asyncio.Event) -> None:
        """Listen until `stop` is set; then end once what runs has finished."""


class FunctionsHost:
    """`async with FunctionsHost(app_dir, settings) as host:` runs the app until the block ends.

    `settings` override the environment while it runs. `lease` is the seconds a queue message stays hidden while
    it is handled (600 in Azure), `poll` the seconds between two scans of a container (10 in Azure), `grace` the
    seconds running invocations get to finish at the end; Microsoft's `listeners` do not take `lease`, `poll` and
    `clock`. Raises ConfigurationError, on entry IndexingError too.
    """

    def __init__(
        self,
        app_dir: Path,
        settings: Mapping[str, str],
        *,
        lease: float = 5.0,
        poll: float = 10.0,
        grace: float = 30.0,
        clock: HostClock | None = None,
        port: int = 0,
        listeners: Listeners = Listeners.SANDBOX,
    ) -> None:
        self.functions: dict[str, Function] = {}
        """By name; filled on entry, when the app is indexed."""
        self.url = ""
        self.drained = True
        """False when running invocations had to be abandoned at the end; their messages become visible again."""
        self._settings = {**os.environ, **settings}
        self._keys = Keys.read(self._settings)
        self._app_dir = app_dir.absolute()
        self._app = LoadedApp(
            functions=self.functions,
            settings=self._settings,
            config=HostConfig.read(app_dir),
            storage=Storage(self._settings),
            clock=clock or SystemHostClock(),
            lease=lease,
            poll=poll,
        )
        self._grace = grace
        self._port = port
        self._whose = listeners
        self._stop = asyncio.Event()
        self._listeners: list[asyncio.Task[None]] = []
        self._by_hand: set[asyncio.Task[None]] = set()
        self._timers: dict[str, TimerListener] = {}
        self._lifetime = self._live()

    @property
    def master_key(self) -> str:
        return self._keys.master

    @property
    def function_key(self) -> str:
        return self._keys.function

    def metadata(self) -> dict[str, list[Mapping[str, Any]]]:
        """Function name to its bindings, as the real runtime indexed them."""
        return {name: list(function.bindings) for name, function in self.functions.items()}

    async def fire(self, name: str, *, past_due: bool = False) -> None:
        """Run a timer function by hand and wait for it. Raises FunctionFailedError."""
        await self._timers[name].run_by_hand(past_due=past_due)

    async def run_until(self, stopped: asyncio.Event) -> None:
        """Wait for `stopped`, or for a listener to end with an error; leaving the block then raises that error."""
        waiting = asyncio.create_task(stopped.wait())
        await asyncio.wait([waiting, *self._listeners], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()

    async def __aenter__(self) -> Self:
        await self._lifetime.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._lifetime.__aexit__(kind, error, trace)

    @asynccontextmanager
    async def _live(self) -> AsyncIterator[None]:
        with environment(self._settings):
            self.functions.update({function.name: function for function in await load(self._app_dir)})
            self._app.check()
            start_threads()
            async with self._app.storage, AsyncExitStack() as undo:
                runner = await self._start(undo)
                try:
                    yield
                finally:
                    await self._drain(runner)
            if self.drained:  # otherwise a thread may still be busy, and waiting for it has no limit
                await asyncio.to_thread(stop_threads)

    async def _start(self, undo: AsyncExitStack) -> web.AppRunner:
        app = self._app
        container = app.storage.blobs().get_container_client(HOST_CONTAINER)
        if not await container.exists():
            await container.create_container()
        self._timers = timer_listeners(app)
        listeners, take_events = await self._choose_listeners(undo)
        await app.storage.sign_in()

        sign_in = SignIn() if app.settings.get("WEBSITE_AUTH_ENABLED", "").lower() == "true" else None
        site = Web(app, self._keys, take_events, self._start_by_hand, sign_in)
        runner = web.AppRunner(site.application(), access_log=None, shutdown_timeout=self._grace)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self._port).start()
        address = "{}:{}".format(*runner.addresses[0])
        self.url = f"http://{address}"
        os.environ["WEBSITE_HOSTNAME"] = address  # as Azure Functions Core Tools set it; the app makes links of it

        self._listeners = [asyncio.create_task(listener.listen(self._stop)) for listener in listeners]
        log.info("%d functions: %s", len(app.functions), ", ".join(app.functions))
        return runner

    async def _choose_listeners(self, undo: AsyncExitStack) -> tuple[Sequence[Listener], TakeEvents]:
        match self._whose:
            case Listeners.SANDBOX:
                triggers = blob_triggers(self._app)
                blobs = await blob_listeners(self._app, triggers)
                own = [*queue_listeners(self._app), *blobs, *self._timers.values()]
                return own, EventGrid(triggers).take_events
            case Listeners.MICROSOFT:
                program = await undo.enter_async_context(microsoft_listeners(self._app, self._app_dir))
                return [program], program.take_events
            case _:
                assert_never(self._whose)

    def _start_by_hand(self, name: str, given: str) -> bool:
        """Start a timer function, or a queue function with `given` as its message; False for any other."""
        function = self.functions.get(name)
        if function is None or function.trigger["type"] not in ("timerTrigger", "queueTrigger"):
            return False
        task = asyncio.create_task(self._run_by_hand(function, given))
        self._by_hand.add(task)
        task.add_done_callback(self._by_hand.discard)
        return True

    async def _run_by_hand(self, function: Function, given: str) -> None:
        with suppress(FunctionFailedError):  # logged; the caller had its answer before the function ran
            if function.name in self._timers:
                await self.fire(function.name)
            else:
                await self._app.invoke(function, given, {"Id": str(uuid.uuid4()), "DequeueCount": 1})

    async def _drain(self, runner: web.AppRunner) -> None:
        """Fetch no more messages, and abandon invocations that still run after `grace` seconds."""
        self._stop.set()
        log.info("stopping: nothing more is fetched, what runs has %g s to finish", self._grace)
        working = [*self._listeners, *self._by_hand, asyncio.create_task(runner.cleanup())]
        _, late = await asyncio.wait(working, timeout=self._grace)
        if late:
            self.drained = False
            log.error("running invocations abandoned after %g s; their messages come back", self._grace)
        for task in late:
            task.cancel()
        for outcome in await asyncio.gather(*working, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome
