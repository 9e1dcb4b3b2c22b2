"""The scenario app under one kind of listeners, and what a scenario sees of it: storage, Event Grid and the trace.

Names end in the world's own mark, which `plain` takes out, so that two worlds can be compared.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import signal
import sys
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.blob.aio import BlobClient
from azure.storage.queue.aio import QueueClient

from sandbox.functions_host.app import HOST_CONTAINER
from sandbox.functions_host.blobs import POISON_QUEUE
from sandbox.functions_host.host import Listeners
from sandbox.functions_host.queues import ensure
from sandbox.functions_host.storage import Storage

ROOT = Path(__file__).parents[2]
APP = Path(__file__).parent / "scenario_app"
BLOBS_KEY = "blobs-key"
PATIENCE = 120.0
"""Seconds until a condition counts as never met; long, because the machine may be busy."""

PAST = {
    "Last": "2020-01-01T03:00:00+00:00",
    "Next": "2021-01-01T03:00:00+00:00",
    "LastUpdated": "2020-01-01T03:00:00+00:00",
}
NAMES = ("a b.txt", "a+b%.txt", "a#?&.txt", "é.txt", "e\u0301.txt", "folder/", "deep/er/file", "empty")

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?")
_ETAG = re.compile(r"0x[0-9A-F]{10,}")
_PORT = re.compile(r"127\.0\.0\.1:\d+")
_UNLIKE = {"PopReceipt": "<receipt>", "TimerTrigger": "<time>"}


async def until[T](look: Callable[[], Awaitable[T]]) -> T:
    """What `look` gives as soon as it is truthy."""
    deadline = time.monotonic() + PATIENCE
    while not (found := await look()):
        assert time.monotonic() < deadline, f"still {found!r} after {PATIENCE} s"
        await asyncio.sleep(0.1)
    return found


@dataclass
class World:
    """One host process with its storage."""

    listeners: Listeners
    blob_source: str
    connection: str
    storage: Storage
    folder: Path
    mark: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    _process: asyncio.subprocess.Process | None = None
    url: str = ""

    def name(self, base: str) -> str:
        return f"{base}-{self.mark}"

    @property
    def log(self) -> Path:
        return self.folder / f"{self.listeners}.log"

    @property
    def trace(self) -> Path:
        return self.folder / f"{self.listeners}.jsonl"

    def queue(self, name: str) -> QueueClient:
        return self.storage.queues().get_queue_client(name)

    def blob(self, container: str, name: str) -> BlobClient:
        return self.storage.blobs().get_blob_client(container, name)

    async def prepare(self) -> None:
        """What is there before the host starts."""
        with suppress(ResourceExistsError):  # the other world's host has the same one
            await self.storage.blobs().create_container(HOST_CONTAINER)
        await self.keep_status("overdue", PAST)
        await self.keep_status("changed", {**PAST, "Next": "2020-06-01T00:00:00+00:00"})
        for name in NAMES:
            await self.put(self.name("scanned"), name, b"" if name == "empty" else b"data")

    async def start(self) -> None:
        settings = {
            "AzureWebJobsStorage": self.connection,
            "AzureFunctionsWebHost__hostid": self.mark,
            "HOST_BLOBS_KEY": BLOBS_KEY,
            "BLOB_SOURCE": self.blob_source,
            "TRACE": str(self.trace),
            **{name: self.name(name.lower()) for name in ("WORK", "LATER", "BURIED", "SCANNED", "EVENTED")},
        }
        self.trace.touch()
        flags = ("--listeners", self.listeners, "--lease", "600", "--poll", "1")
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.conformance.traced_host", str(APP), *flags),
                cwd=ROOT,
                env={**os.environ, **settings},
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        assert self._process.stdout is not None
        line = (await self._process.stdout.readline()).decode()
        assert line.startswith("listening "), self.log.read_text()
        self.url = line.split()[1]

    async def stop(self) -> None:
        """Kill the host and what it started: nothing that a scenario left is to be waited for."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.communicate()

    def given(self, function: str) -> list[Any]:
        """Every invocation of a function so far, comparable between worlds."""
        lines = self.trace.read_text().splitlines()
        return [
            self.plain({name: record[name] for name in ("value", "metadata")})
            for record in map(json.loads, lines)
            if record["function"] == function
        ]

    async def emptied(self, queue: str) -> bool:
        try:
            return not (await self.queue(queue).get_queue_properties()).approximate_message_count
        except ResourceNotFoundError:
            return True

    async def control_queue_emptied(self) -> None:
        """Until every blob that was noticed is handled."""
        await until(lambda: self.emptied(f"azure-webjobs-blobtrigger-{self.mark}"))

    async def poison(self, queue: str) -> list[str]:
        """The raw text of the messages in a queue's poison queue."""
        try:
            return [str(message.content) for message in await self.queue(f"{queue}-poison").peek_messages(32)]
        except ResourceNotFoundError:
            return []

    async def poison_notices(self, container: str) -> list[Any]:
        """What is in the blob trigger's poison queue about a container."""
        await ensure(self.queue(POISON_QUEUE))
        messages = await self.queue(POISON_QUEUE).peek_messages(32)
        notices = [json.loads(base64.b64decode(message.content)) for message in messages]
        return [self.plain(notice) for notice in notices if notice["ContainerName"] == container]

    async def send(self, queue: str, raw: str) -> None:
        await ensure(self.queue(queue))
        await self.queue(queue).send_message(raw)

    async def put(self, container: str, name: str, data: bytes) -> str:
        """Write a blob, in a container that is made for it; its ETag."""
        client = self.storage.blobs().get_container_client(container)
        if not await client.exists():
            await client.create_container()
        answer = await client.get_blob_client(name).upload_blob(data, overwrite=True)
        return str(answer["etag"])

    async def event_grid(self, body: object, *, kind: str, function: str = "Host.Functions.event") -> Any:
        """A POST as Event Grid sends it: its status and answer."""
        query = {"functionName": function, "code": BLOBS_KEY}
        data = body if isinstance(body, str) else json.dumps(body)
        headers = {"aeg-event-type": kind, "content-type": "application/json"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.url}/runtime/webhooks/blobs", params=query, data=data, headers=headers) as answer,
        ):
            text = await answer.text()
            return {"status": answer.status, "body": json.loads(text) if answer.status == 200 else ""}

    async def keep_status(self, timer: str, status: object) -> None:
        """Store a timer's status as a host that ran before."""
        blob = self.blob(HOST_CONTAINER, f"timers/{self.mark}/Host.Functions.{timer}/status")
        await blob.upload_blob(json.dumps(status), overwrite=True)

    def plain(self, value: Any, name: str = "") -> Any:
        """A value without what no two runs have in common; its JSON type stays visible."""
        match value:
            case dict():
                return {key: self.plain(item, key) for key, item in value.items()}
            case list():
                return [self.plain(item) for item in value]
            case str():
                text = _UNLIKE.get(name, value).replace(f"-{self.mark}", "")
                for pattern, instead in ((_GUID, "<guid>"), (_TIME, "<time>"), (_ETAG, "<etag>"), (_PORT, "<host>")):
                    text = pattern.sub(instead, text)
                return text
            case _:
                return value


def differences(own: Any, microsoft: Any, path: str = "") -> dict[str, tuple[Any, Any]]:
    """Where two values differ: the place, and what each has there; None = nothing."""
    if isinstance(own, dict) and isinstance(microsoft, dict):
        names = sorted(own.keys() | microsoft.keys())
        pairs = [(f"{path}.{name}".lstrip("."), own.get(name), microsoft.get(name)) for name in names]
    elif isinstance(own, list) and isinstance(microsoft, list) and len(own) == len(microsoft):
        pairs = [(f"{path}[]", left, right) for left, right in zip(own, microsoft, strict=True)]
    else:
        return {} if own == microsoft and type(own) is type(microsoft) else {path: (own, microsoft)}
    found: dict[str, tuple[Any, Any]] = {}
    for place, left, right in pairs:
        found |= differences(left, right, place)
    return found
