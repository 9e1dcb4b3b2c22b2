"""The host: indexes an app, listens for its triggers, invokes its functions, drains when it is told to stop.

Called by `__main__` and by tests; calls every other module of the package.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import azure_functions_runtime as worker  # type: ignore[import-untyped] # Microsoft ships no types
from aiohttp import web
from azure.core.exceptions import AzureError
from azure.storage.queue import QueueMessage

from sandbox.functions_host import outputs
from sandbox.functions_host.blobs import POISON_QUEUE, BlobPath, BlobRunner, BlobScanner, BlobTrigger, blob_source
from sandbox.functions_host.clock import Clock, SystemClock
from sandbox.functions_host.config import ConfigurationError, HostConfig, resolve
from sandbox.functions_host.queues import QueueListener, poison_queue
from sandbox.functions_host.routes import parse_routes
from sandbox.functions_host.runtime import Function, FunctionFailedError, invoke, load
from sandbox.functions_host.storage import HOST_CONNECTION, Storage
from sandbox.functions_host.timers import Schedule, TimerListener
from sandbox.functions_host.web import Keys, Web

log = logging.getLogger(__name__)

HOST_CONTAINER = "azure-webjobs-hosts"
TRIGGERS = ("httpTrigger", "queueTrigger", "blobTrigger", "timerTrigger")


class FunctionsHost:
    """`async with FunctionsHost(app_dir, settings) as host:` runs the app until the block ends.

    `settings` are put over the environment while it runs. `lease` is the seconds a queue message stays hidden while
    it is worked on (600 in Azure), `poll` the seconds between two scans of a container (10 in Azure), `grace` the
    seconds running invocations get to finish at the end. Raises IndexingError and ConfigurationError on entry.
    """

    def __init__(
        self,
        app_dir: Path,
        settings: Mapping[str, str],
        *,
        lease: float = 5.0,
        poll: float = 10.0,
        grace: float = 30.0,
        clock: Clock | None = None,
        port: int = 0,
    ) -> None:
        self.functions: Mapping[str, Function] = {}
        self.keys = Keys.read(settings)
        self.url = ""
        self.drained = True
        """False when running invocations had to be abandoned at the end; their messages come back."""
        self._app_dir = app_dir.absolute()
        self._given = settings
        self._lease = lease
        self._poll = poll
        self._grace = grace
        self._clock = clock or SystemClock()
        self._port = port
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._timers: dict[str, TimerListener] = {}
        self._blob_triggers: dict[str, BlobTrigger] = {}
        self._lifetime = self._live()

    @property
    def master_key(self) -> str:
        return self.keys.master

    @property
    def function_key(self) -> str:
        return self.keys.function

    def metadata(self) -> dict[str, list[Mapping[str, Any]]]:
        """Function name to its bindings, as the real runtime indexed them."""
        return {name: list(function.bindings) for name, function in self.functions.items()}

    async def fire(self, name: str, *, past_due: bool = False) -> None:
        """Run a timer function by hand and wait for it. Raises FunctionFailedError."""
        await self._timers[name].fire(past_due=past_due)

    async def failed(self) -> None:
        """Wait until a listener dies, which only a defect of the host makes it do; raises what it died of."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()

    async def __aenter__(self) -> Self:
        await self._lifetime.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._lifetime.__aexit__(kind, error, trace)

    @asynccontextmanager
    async def _live(self) -> AsyncIterator[None]:
        with _environment(self._given):
            self._settings = dict(os.environ)
            self._config = HostConfig.read(self._app_dir)
            self.functions = {function.name: function for function in await load(self._app_dir)}
            _check(self.functions.values())
            worker.start_threadpool_executor()
            async with Storage(self._settings) as self._storage:
                self._outputs = outputs.Outputs(self._storage, self._settings, base64_queues=self._config.queues.base64)
                await self._open_host_container()
                listeners = [*self._queue_listeners(), *await self._blob_listeners(), *self._timer_listeners()]
                runner = await self._serve()
                self._tasks = [asyncio.create_task(listener) for listener in listeners]
                try:
                    yield
                finally:
                    await self._drain(runner)
            if self.drained:  # else a thread may still be busy, and waiting for it has no bound
                await asyncio.to_thread(worker.stop_threadpool_executor)

    async def _open_host_container(self) -> None:
        container = self._storage.blobs().get_container_client(HOST_CONTAINER)
        if not await container.exists():
            await container.create_container()

    def _queue_listeners(self) -> Iterator[Coroutine[None, None, None]]:
        for function in self._triggered_by("queueTrigger"):
            name = resolve(function.trigger["queueName"], self._settings)
            queues = self._storage.queues(function.trigger.get("connection") or HOST_CONNECTION)

            async def run(message: QueueMessage, body: str, function: Function = function) -> None:
                await self._invoke(function, body, _queue_metadata(message))

            listener = QueueListener(
                queues.get_queue_client(name), poison_queue(queues, name), run, self._config.queues, self._lease
            )
            yield listener.listen(self._stop)

    async def _blob_listeners(self) -> list[Coroutine[None, None, None]]:
        """A scanner per scanned function and, per account, one listener on the queue that notices pass through."""
        listeners = []
        for function in self._triggered_by("blobTrigger"):
            connection = function.trigger.get("connection") or HOST_CONNECTION
            trigger = BlobTrigger(
                function=function,
                path=BlobPath.parse(resolve(function.trigger["path"], self._settings)),
                source=blob_source(function.trigger),
                blobs=self._storage.blobs(connection),
                control=self._storage.queues(connection).get_queue_client(f"azure-webjobs-blobtrigger-{self._host_id}"),
            )
            self._blob_triggers[trigger.id] = trigger
            if trigger.is_scanned:
                receipts = self._storage.blobs().get_container_client(HOST_CONTAINER)
                listeners.append(BlobScanner(trigger, receipts, self._host_id, self._poll).listen(self._stop))
        runner = BlobRunner(self._blob_triggers, self._invoke)
        for connection in {
            t.function.trigger.get("connection") or HOST_CONNECTION for t in self._blob_triggers.values()
        }:
            queues = self._storage.queues(connection)
            control = queues.get_queue_client(f"azure-webjobs-blobtrigger-{self._host_id}")
            await control.create_queue()
            poison = queues.get_queue_client(POISON_QUEUE)
            listener = QueueListener(control, poison, runner.run, self._config.blobs, self._lease)
            listeners.append(listener.listen(self._stop))
        return listeners

    def _timer_listeners(self) -> Iterator[Coroutine[None, None, None]]:
        for function in self._triggered_by("timerTrigger"):
            trigger = function.trigger

            async def run(body: Mapping[str, Any], function: Function = function) -> None:
                await self._invoke(function, body, {})

            listener = TimerListener(
                Schedule(resolve(trigger["schedule"], self._settings)),
                self._storage.blobs().get_blob_client(
                    HOST_CONTAINER, f"timers/{self._host_id}/Host.Functions.{function.name}/status"
                ),
                run,
                self._clock,
                monitor=trigger.get("useMonitor", True),
                run_on_startup=trigger.get("runOnStartup", False),
            )
            self._timers[function.name] = listener
            yield listener.listen(self._stop)

    async def _serve(self) -> web.AppRunner:
        routes = parse_routes(list(self.functions.values()), self._config.route_prefix)
        site = Web(routes, self.keys, self._blob_triggers, self._invoke, self._start_by_hand)
        runner = web.AppRunner(site.application(), access_log=None, shutdown_timeout=self._grace)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self._port).start()
        self.url = "http://{}:{}".format(*runner.addresses[0])
        return runner

    def _triggered_by(self, kind: str) -> list[Function]:
        return [function for function in self.functions.values() if function.trigger["type"] == kind]

    @property
    def _host_id(self) -> str:
        return self._settings.get("AzureFunctionsWebHost__hostid", "sandbox")

    async def _invoke(self, function: Function, value: object, metadata: Mapping[str, object]) -> Any:  # noqa: ANN401 # an HTTP answer or nothing
        """Run one function and deliver its outputs. Raises FunctionFailedError, already logged."""
        try:
            async with asyncio.timeout(self._config.function_timeout):
                result = await invoke(function, value, metadata)
            await self._outputs.deliver(function, result, metadata)
        except (FunctionFailedError, ConfigurationError, AzureError, TimeoutError) as error:
            reason = str(error) if isinstance(error, FunctionFailedError) else f"{type(error).__name__}: {error}"
            log.error("%s failed: %s", function.name, reason)  # noqa: TRY400 # a traceback could quote data
            raise FunctionFailedError(reason) from None
        return result.returned

    def _start_by_hand(self, name: str, given: str) -> bool:
        function = self.functions.get(name)
        if function is None or function.trigger["type"] == "httpTrigger":
            return False
        self._tasks.append(asyncio.create_task(self._run_by_hand(function, given)))
        return True

    async def _run_by_hand(self, function: Function, given: str) -> None:
        """A queue function gets `given` as its message, a blob function as `container/name`."""
        try:
            match function.trigger["type"]:
                case "timerTrigger":
                    await self.fire(function.name)
                case "blobTrigger":
                    await self._blob_triggers[f"Host.Functions.{function.name}"].notify(given.partition("/")[2], "")
                case _:
                    await self._invoke(function, given, {})
        except FunctionFailedError:
            return  # logged; the caller had its answer before the function ran

    async def _drain(self, runner: web.AppRunner) -> None:
        """Fetch nothing more; give what runs `grace` seconds, then abandon it."""
        self._stop.set()
        cleanup = asyncio.create_task(runner.cleanup())
        _, late = await asyncio.wait([*self._tasks, cleanup], timeout=self._grace)
        for task in late:
            task.cancel()
        if late:
            self.drained = False
            log.error("running invocations abandoned after %g s; their messages come back", self._grace)
        for outcome in await asyncio.gather(*self._tasks, cleanup, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome


def _check(functions: Iterable[Function]) -> None:
    for function in functions:
        kinds = [b["type"] for b in function.bindings if b is not function.trigger]
        unknown = [kind for kind in kinds if kind not in outputs.SUPPORTED]
        if function.trigger["type"] not in TRIGGERS or unknown:
            raise ConfigurationError(f"{function.name} has bindings this host does not know: {unknown}")
        if function.has_retry_policy:
            log.warning("%s has a retry policy, which this host ignores", function.name)


def _queue_metadata(message: QueueMessage) -> dict[str, object]:
    def text(when: datetime | None) -> str | None:
        return when.astimezone(UTC).isoformat() if when else None

    return {
        "Id": message.id,
        "DequeueCount": message.dequeue_count,
        "InsertionTime": text(message.inserted_on),
        "ExpirationTime": text(message.expires_on),
        "NextVisibleTime": text(message.next_visible_on),
        "PopReceipt": message.pop_receipt,
    }


@contextmanager
def _environment(given: Mapping[str, str]) -> Iterator[None]:
    """The app reads its settings from the environment, from its import on."""
    before = dict(os.environ)
    os.environ.update(given)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
