"""Microsoft's own listeners in place of this package's: the program `microsoft-referee` over one local endpoint.

Called by `host`. The program's source and what it contains are in tests/conformance/referee; it listens to queues,
blobs and timers, takes Event Grid's POSTs, and asks for each invocation by a POST to the endpoint that is served here.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aiohttp import ClientSession, web

from sandbox.functions_host.app import LoadedApp
from sandbox.functions_host.config import ConfigurationError
from sandbox.functions_host.runtime import Function, FunctionFailedError, model_binding_data

log = logging.getLogger(__name__)

NAME = "microsoft-referee"
_LISTENING = "listening "
_HEADERS_OF_EVENTS = ("aeg-event-type", "content-type", "webhook-request-origin")


class ListenersError(Exception):
    """Microsoft's listeners did not start, or ended by themselves; standard error has their log."""


def program(settings: Mapping[str, str]) -> Path | None:
    """The program that `REFEREE` names, else the one on the PATH; None = there is none."""
    found = settings.get("REFEREE") or shutil.which(NAME)
    return Path(found) if found and Path(found).is_file() else None


class MicrosoftListeners:
    """A running program; `microsoft_listeners` starts and ends it."""

    def __init__(self, process: asyncio.subprocess.Process, url: str, session: ClientSession) -> None:
        self._process = process
        self._url = url
        self._session = session

    async def listen(self, stop: asyncio.Event) -> None:
        """Let the program listen until `stop`; then it fetches nothing more, and ends once running work has ended.

        Raises ListenersError.
        """
        stopped = asyncio.create_task(stop.wait())
        ended = asyncio.create_task(self._process.wait())
        try:
            await asyncio.wait([stopped, ended], return_when=asyncio.FIRST_COMPLETED)
            if not ended.done():
                self._process.terminate()
            if code := await ended:
                raise ListenersError(f"Microsoft's listeners ended with code {code}.")
        finally:
            stopped.cancel()
            ended.cancel()

    async def take_events(self, request: web.Request) -> web.Response:
        """Pass a POST of Event Grid on, and the answer back."""
        headers = {name: value for name, value in request.headers.items() if name.lower() in _HEADERS_OF_EVENTS}
        address = f"{self._url}/runtime/webhooks/blobs"
        body = await request.read()
        async with self._session.request(
            request.method, address, params=request.query, data=body, headers=headers
        ) as answer:
            return web.Response(status=answer.status, body=await answer.read(), content_type=answer.content_type)


@asynccontextmanager
async def microsoft_listeners(app: LoadedApp, app_dir: Path) -> AsyncIterator[MicrosoftListeners]:
    """Start the program for an app and kill it at the end, if it still runs.

    Raises ConfigurationError when there is no program, ListenersError when it does not start.
    """
    found = program(app.settings)
    if found is None:
        raise ConfigurationError(
            f"Microsoft's listeners need the program {NAME}. Set REFEREE to it, or put it on the PATH; "
            "tests/conformance/README.md says how to build it."
        )
    async with AsyncExitStack() as undo:
        folder = Path(undo.enter_context(TemporaryDirectory(prefix="listeners-")))
        functions = folder / "functions.json"
        functions.write_text(json.dumps({name: list(one.bindings) for name, one in app.functions.items()}))
        endpoint = await _serve(app, undo)
        process = await asyncio.create_subprocess_exec(
            *(str(found), "listeners", "--app", str(app_dir), "--functions", str(functions), "--invoke", endpoint),
            env={**os.environ, **app.settings, "AzureFunctionsWebHost__hostid": app.host_id},
            stdout=asyncio.subprocess.PIPE,
        )
        undo.push_async_callback(_end, process)
        url = await _address(process)
        session = await undo.enter_async_context(ClientSession())
        yield MicrosoftListeners(process, url, session)


async def _serve(app: LoadedApp, undo: AsyncExitStack) -> str:
    """Serve the endpoint that runs one invocation; its URL, with a secret that only the program gets."""
    secret = secrets.token_urlsafe(32)

    async def run(request: web.Request) -> web.Response:
        function = app.functions.get(request.match_info["name"])
        if function is None:
            return web.Response(status=404)
        given = await request.json()
        try:
            await app.invoke(function, _value(function, given), given["metadata"])
        except (FunctionFailedError, UnicodeDecodeError) as error:
            return web.Response(status=500, text=type(error).__name__)
        return web.Response(status=204)

    application = web.Application(client_max_size=0)  # no limit, because a blob comes whole
    application.router.add_post(f"/{secret}/{{name}}", run)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    undo.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    return f"http://{host}:{port}/{secret}"


def _value(function: Function, given: Mapping[str, Any]) -> object:
    """What the real host makes of the program's bytes for a Python worker; raises UnicodeDecodeError."""
    if place := given.get("modelBindingData"):
        return model_binding_data(*(place[name] for name in ("version", "source", "contentType", "content")))
    data = base64.b64decode(given["data"])
    match function.trigger["type"]:
        case "queueTrigger":
            return data.decode()
        case "timerTrigger":
            return json.loads(data)
        case _:
            return data


async def _address(process: asyncio.subprocess.Process) -> str:
    """The program's own URL. Raises ListenersError."""
    assert process.stdout is not None  # noqa: S101 # asked for above
    line = (await process.stdout.readline()).decode().strip()
    if not line.startswith(_LISTENING):
        raise ListenersError(f"Microsoft's listeners ended with code {await process.wait()} before they listened.")
    return line.removeprefix(_LISTENING)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.wait()
