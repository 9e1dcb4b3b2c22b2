"""The scenario app under one kind of listeners, and what a scenario sees of it: storage, Event Grid and the trace.

Names end in the world's own mark, which `plain` takes out, so that two worlds can be compared. A host that is left by
a scenario is killed: nothing is to be waited for.
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
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
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
from tests.conformance.accounts import Accounts

ROOT = Path(__file__).parents[2]
APP = Path(__file__).parent / "scenario_app"
BLOBS_KEY = "blobs-key"
EVENTS, SCANS = "EventGrid", "LogsAndContainerScan"
NOTIFICATION = {"aeg-event-type": "Notification"}
NAMED_IN_BINDINGS = ("WORK", "LATER", "BURIED", "SCANNED", "APPEARING", "EVENTED")
PATIENCE = 120.0
"""Seconds until a condition counts as never met; long, because the machine may be busy."""

PAST = {
    "Last": "2020-01-01T03:00:00+00:00",
    "Next": "2021-01-01T03:00:00+00:00",
    "LastUpdated": "2020-01-01T03:00:00+00:00",
}
MISSED = timedelta(hours=5)
"""For how long no host ran before; the hourly timer was due several times."""

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?")
_ETAG = re.compile(r"0x[0-9A-F]{10,}")
_PORT = re.compile(r"127\.0\.0\.1:\d+")
_UNLIKE = {"PopReceipt": "<receipt>", "TimerTrigger": "<time>"}


async def until[T](look: Callable[[], Awaitable[T]], *, within: float = PATIENCE) -> T:
    """What `look` gives as soon as it is truthy."""
    deadline = time.monotonic() + within
    while not (found := await look()):
        assert time.monotonic() < deadline, f"still {found!r} after {within} s"
        await asyncio.sleep(0.1)
    return found


@dataclass
class World:
    """A storage of its own, and the hosts that run on it."""

    listeners: Listeners
    blob_source: str
    accounts: Accounts
    folder: Path
    more: Mapping[str, str] = field(default_factory=dict)
    """Further settings of the hosts."""
    mark: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    _hosts: list[asyncio.subprocess.Process] = field(default_factory=list)
    url: str = ""
    """Of the host that was started last."""

    def name(self, base: str) -> str:
        return f"{base}-{self.mark}"

    @property
    def log(self) -> Path:
        return self.folder / f"{self.listeners}.log"

    @property
    def trace(self) -> Path:
        return self.folder / f"{self.listeners}.jsonl"

    def queue(self, name: str) -> QueueClient:
        return self.accounts.keyed.queues(self.accounts.data).get_queue_client(name)

    def blob(self, container: str, name: str) -> BlobClient:
        return self.accounts.keyed.blobs(self.accounts.data).get_blob_client(container, name)

    async def prepare(self) -> None:
        """What is there before the first host starts."""
        with suppress(ResourceExistsError):  # the other world's host has the same one
            await self.accounts.keyed.blobs().create_container(HOST_CONTAINER)
        now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        await self.keep_status("overdue", PAST)
        await self.keep_status("changed", {**PAST, "Next": "2020-06-01T00:00:00+00:00"})
        times = {"Last": now - MISSED, "Next": now - MISSED + timedelta(hours=1), "LastUpdated": now - MISSED}
        await self.keep_status("missed", {name: time.isoformat() for name, time in times.items()})

    async def start(self) -> None:
        """Start a host; another one where one runs."""
        settings = {
            **self.accounts.settings,
            "AzureFunctionsWebHost__hostid": self.mark,
            "HOST_BLOBS_KEY": BLOBS_KEY,
            "BLOB_SOURCE": self.blob_source,
            "TRACE": str(self.trace),
            **{name: self.name(name.lower()) for name in NAMED_IN_BINDINGS},
            **self.more,
        }
        self.trace.touch()
        flags = ("--listeners", self.listeners, "--lease", "600", "--poll", "1")
        with self.log.open("ab") as log:
            host = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.conformance.traced_host", str(APP), *flags),
                cwd=ROOT,
                env={**os.environ, **settings},
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        self._hosts.append(host)
        assert host.stdout is not None
        line = (await host.stdout.readline()).decode()
        assert line.startswith("listening "), self.log.read_text()
        self.url = line.split()[1]

    async def drain(self) -> None:
        """Stop the host that was started last, as a platform does that takes it away."""
        host = self._hosts.pop()
        host.send_signal(signal.SIGTERM)
        await host.communicate()

    async def kill(self) -> None:
        """Kill every host, and what it started."""
        while self._hosts:
            host = self._hosts.pop()
            os.killpg(host.pid, signal.SIGKILL)
            await host.communicate()

    def raw(self, function: str) -> list[dict[str, Any]]:
        """Every invocation of a function so far, as the host wrote it down."""
        records = map(json.loads, self.trace.read_text().splitlines())
        return [record for record in records if record["function"] == function]

    def given(self, function: str) -> list[Any]:
        """As `raw`, comparable between worlds."""
        return [self.plain({name: one[name] for name in ("value", "metadata")}) for one in self.raw(function)]

    async def emptied(self, queue: str) -> bool:
        return await _is_empty(self.queue(queue))

    async def control_queue_emptied(self) -> None:
        """Until every blob that was noticed is handled."""
        control = self.accounts.keyed.queues().get_queue_client(f"azure-webjobs-blobtrigger-{self.mark}")
        await until(lambda: _is_empty(control))

    async def poison(self, queue: str) -> list[Any]:
        """What is visible in a queue's poison queue: how often each message was taken, and for how long it lives."""
        try:
            messages = await self.queue(f"{queue}-poison").peek_messages(32)
        except ResourceNotFoundError:
            return []
        return [
            {
                "content": message.content,
                "taken": message.dequeue_count,
                "days": (message.expires_on - message.inserted_on).days,
            }
            for message in messages
            if message.expires_on and message.inserted_on
        ]

    async def raw_poison_notices(self, container: str) -> list[Any]:
        """What is in the blob trigger's poison queue about a container."""
        await ensure(self.queue(POISON_QUEUE))
        messages = await self.queue(POISON_QUEUE).peek_messages(32)
        notices = [json.loads(base64.b64decode(message.content)) for message in messages]
        return [notice for notice in notices if notice["ContainerName"] == container]

    async def poison_notices(self, container: str) -> list[Any]:
        """As `raw_poison_notices`, comparable between worlds."""
        return [self.plain(notice) for notice in await self.raw_poison_notices(container)]

    async def send(self, queue: str, raw: str) -> None:
        await ensure(self.queue(queue))
        await self.queue(queue).send_message(raw)

    async def put(self, container: str, name: str, data: bytes) -> str:
        """Write a blob, in a container that is made for it; its ETag."""
        client = self.accounts.keyed.blobs(self.accounts.data).get_container_client(container)
        if not await client.exists():
            await client.create_container()
        answer = await client.get_blob_client(name).upload_blob(data, overwrite=True)
        return str(answer["etag"])

    async def event_grid(
        self,
        body: object,
        headers: Mapping[str, str] = NOTIFICATION,
        *,
        function: str = "Host.Functions.event",
        method: str = "POST",
    ) -> Any:
        """A request as Event Grid sends it: its status and answer."""
        query = {"functionName": function, "code": BLOBS_KEY}
        data = body if isinstance(body, str) else json.dumps(body)
        headers = {"content-type": "application/json", **headers}
        address = f"{self.url}/runtime/webhooks/blobs"
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, address, params=query, data=data, headers=headers) as answer,
        ):
            text = await answer.text()
            return {"status": answer.status, "body": json.loads(text) if answer.status == 200 else ""}

    async def keep_status(self, timer: str, status: object) -> None:
        """Store a timer's status as a host that ran before."""
        await self._status(timer).upload_blob(json.dumps(status), overwrite=True)

    async def kept_status(self, timer: str) -> Any:
        """The timer's status as the host has stored it."""
        return json.loads(await (await self._status(timer).download_blob()).readall())

    def _status(self, timer: str) -> BlobClient:
        name = f"timers/{self.mark}/Host.Functions.{timer}/status"
        return self.accounts.keyed.blobs().get_blob_client(HOST_CONTAINER, name)

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


async def _is_empty(queue: QueueClient) -> bool:
    try:
        return not (await queue.get_queue_properties()).approximate_message_count
    except ResourceNotFoundError:
        return True


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
