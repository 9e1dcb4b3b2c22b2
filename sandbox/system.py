"""The sandbox as a whole: Azurite, the Graph stand-in and the Functions host, wired by settings alone.

Used by `make demo`, `make up` and the end-to-end tests; calls `azurite`, `processes` and the app itself.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from sandbox import packaged
from sandbox.azurite import Azurite
from sandbox.functions_host.config import read_local_settings
from sandbox.functions_host.host import Listeners
from sandbox.functions_host.sign_in import ACCOUNTS
from sandbox.people import Staff
from sandbox.processes import ChildProcess
from shared.app import App
from shared.core.run.run import Run
from shared.core.run.run_ids import run_id

ROOT = Path(__file__).parents[1]
SAMPLE_SETTINGS = ROOT / "local.settings.sample.json"
SETTINGS_FILE, DUMP_FILE = "settings.json", "dump.json"
IDENTITY_HEADER = "sandbox"
DEMO_LEASE, DEMO_POLL = 5.0, 0.25
"""Seconds. The sandbox looks for new files often, because Event Grid reports them at once too."""
WITHOUT_QUESTIONS = {"MAX_UNMANAGED_REPLACED": "1000000"}
"""Settings for tests and trials, where no person decides about the numbers that the made-up people have already."""
LOOK_EVERY = 0.25
_FUNCTION_KEY, _MASTER_KEY = "sandbox-function-key", "sandbox-master-key"


def _with_colleagues(staff: Staff) -> dict[str, Any]:
    """The tenant of this staff, with the accounts of the colleagues who sign in to the console."""
    tenant = staff.as_tenant()
    return {**tenant, "people": [*tenant["people"], *(account.to_json() for account in ACCOUNTS)]}


class Sandbox:
    """`async with Sandbox(folder, staff) as sandbox:` runs everything; data, logs and settings are in `folder`.

    Without `staff` it goes on with the data and the people that an earlier sandbox has left in `folder`.
    `settings` override those of local.settings.sample.json. `graph_switches` are options of the stand-in.
    `host` is the module to start as the Functions host, followed by arguments that come before those of the host.
    """

    def __init__(
        self,
        folder: Path,
        staff: Staff | None,
        *,
        settings: Mapping[str, str] | None = None,
        graph_switches: Mapping[str, Any] | None = None,
        lease: float = DEMO_LEASE,
        listeners: Listeners = Listeners.SANDBOX,
        log_storage_requests: bool = False,
        host: Sequence[str] = ("sandbox.functions_host",),
    ) -> None:
        self.folder = folder
        self._staff = staff
        self._overrides = settings or {}
        self._switches = graph_switches or {}
        self._lease = lease
        self._listeners = listeners
        self._host_command = host
        self._seed, self._dump = folder / "people.json", folder / DUMP_FILE
        self._exit = AsyncExitStack()
        self.azurite = Azurite(folder / "azurite", log_requests=log_storage_requests)

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as undo:
            self.folder.mkdir(parents=True, exist_ok=True)
            await self.azurite.start()
            undo.push_async_callback(self.azurite.stop)
            tenant = self._left() if self._staff is None else _with_colleagues(self._staff)
            self.graph = await self._run_graph(0, tenant)
            undo.push_async_callback(self._stop_graph)
            self.settings = self._settings()
            self.app = App(self.settings)
            undo.push_async_callback(self.app.close)
            await self.app.prepare_storage()
            self.http = httpx.AsyncClient(timeout=120)
            undo.push_async_callback(self.http.aclose)
            self.host = await self.start_host()
            undo.push_async_callback(self._stop_host)
            self._exit = undo.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exit.__aexit__(kind, error, trace)

    async def start_host(self) -> ChildProcess:
        """Another Functions host on the same storage; the first is started with the sandbox."""
        package = os.environ.get(packaged.VARIABLE)
        start = (
            ["sandbox.packaged", package, *self._host_command, package] if package else [*self._host_command, str(ROOT)]
        )
        arguments = [*start, "--lease", str(self._lease), "--poll", str(DEMO_POLL), "--listeners", self._listeners]
        # A package holds compiled modules already; the host of this checkout may write them.
        compiled = {} if package else {"PYTHONDONTWRITEBYTECODE": ""}
        host = ChildProcess("The Functions host", arguments, {**self.settings, **compiled}, self.folder / "host.log")
        await host.start()
        return host

    async def restart_graph(self, *, refusing: float) -> None:
        """Stop the stand-in, so that connections are refused for `refusing` seconds, and start it from its own dump."""
        await self.graph.stop()
        await asyncio.sleep(refusing)
        self.graph = await self._run_graph(urlsplit(self.graph.url).port or 0, self._left())

    async def restart_azurite(self, *, down: float) -> None:
        """Stop Azurite by SIGTERM, and start it on the same ports and data after `down` seconds."""
        await self.azurite.stop()
        await asyncio.sleep(down)
        await self.azurite.start()

    async def restart_host_after_crash(self) -> None:
        """SIGKILL the host and start a new one."""
        await self.host.kill()
        self.host = await self.start_host()

    async def drop(self, name: str, data: bytes) -> str:
        """Drop an export into the exports container; returns the id of its run."""
        return await drop(self.app, name, data)

    async def run_over(self, run_id: str, *, within: float) -> Run:
        """The run once it is closed; TimeoutError after `within` seconds."""
        async with asyncio.timeout(within):
            while True:
                run = await self.app.runs.get(run_id)
                if run is not None and run.closed:
                    return run
                await asyncio.sleep(LOOK_EVERY)

    async def fire(self, function: str) -> None:
        """Run a timer function by hand; returns when it was accepted."""
        address = f"{self.host.url}/admin/functions/{function}"
        answer = await self.http.post(address, json={"input": ""}, headers={"x-functions-key": _MASTER_KEY})
        answer.raise_for_status()

    async def call(self, method: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 # httpx's own
        """One HTTP call to the app with its function key."""
        return await self.http.request(
            method, f"{self.host.url}/api/{path}", headers={"x-functions-key": _FUNCTION_KEY}, **options
        )

    async def graph_control(self, method: str, path: str, content: Any = None) -> Any:  # noqa: ANN401 # any JSON
        """One call to the stand-in's control path."""
        answer = await self.http.request(method, f"{self.graph.url}/control/{path}", json=content)
        answer.raise_for_status()
        return answer.json()

    def _left(self) -> dict[str, Any]:
        """The tenant as the stand-in of this folder left it when it stopped."""
        left: dict[str, Any] = json.loads(self._dump.read_text(encoding="utf-8"))
        return left

    async def _run_graph(self, port: int, tenant: Mapping[str, Any]) -> ChildProcess:
        self._seed.write_text(json.dumps({**tenant, "options": dict(self._switches)}), encoding="utf-8")
        files = ["--seed-file", str(self._seed), "--dump-file", str(self._dump)]
        arguments = ["sandbox.graph", "--port", str(port), *files]
        graph = ChildProcess("The Graph stand-in", arguments, {}, self.folder / "graph.log")
        await graph.start()
        return graph

    async def _stop_graph(self) -> None:
        await self.graph.stop()

    async def _stop_host(self) -> None:
        await self.host.stop()

    def _settings(self) -> dict[str, str]:
        settings = {
            **read_local_settings(SAMPLE_SETTINGS),
            "AzureWebJobsStorage": self.azurite.connection_string,
            "GRAPH_BASE_URL": f"{self.graph.url}/v1.0",
            "IDENTITY_ENDPOINT": f"{self.graph.url}/msi/token",
            "IDENTITY_HEADER": IDENTITY_HEADER,
            "HOST_FUNCTION_KEY": _FUNCTION_KEY,
            "HOST_MASTER_KEY": _MASTER_KEY,
            **self._overrides,
        }
        written = {"IsEncrypted": False, "Values": settings}
        (self.folder / SETTINGS_FILE).write_text(json.dumps(written, indent=2), encoding="utf-8")
        return settings


async def drop(app: App, name: str, data: bytes) -> str:
    """Drop an export into the exports container; returns the id that its run has, or will have."""
    await app.exports.write(name, data)
    info = await app.exports.info(name)
    if info is None:
        raise LookupError(f"{name} was dropped but no longer exists")
    return run_id(info.last_modified, app.settings.exports_container, info.name, info.etag)
