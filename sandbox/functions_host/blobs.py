"""The blob trigger: finds blobs by scans or by Event Grid, sends notices through a control queue, and runs functions.

Called by `host` and `events`; calls the storage SDK and `queues`. Follows `BlobListenerFactory.cs`,
`BlobReceiptManager.cs` and `BlobQueueTriggerExecutor.cs` of Azure/azure-sdk-for-net.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.blob import BlobProperties
from azure.storage.blob.aio import BlobClient, BlobServiceClient, ContainerClient
from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueClient

from sandbox.functions_host.app import HOST_CONTAINER, LoadedApp
from sandbox.functions_host.clock import pause
from sandbox.functions_host.config import ConfigurationError
from sandbox.functions_host.queues import QueueListener, ensure
from sandbox.functions_host.runtime import Function, FunctionFailedError, blob_reference

log = logging.getLogger(__name__)

EVENT_GRID = "EventGrid"
SCAN = "LogsAndContainerScan"
POISON_QUEUE = "webjobs-blobtrigger-poison"


@dataclass(frozen=True, slots=True)
class BlobPath:
    """A binding's path `container/{name}.xlsx`."""

    container: str
    pattern: re.Pattern[str]

    @classmethod
    def parse(cls, path: str) -> BlobPath:
        container, _, name = path.partition("/")
        pieces = re.split(r"\{(\w+)\}", name or "{name}")
        texts, names = pieces[::2], pieces[1::2]
        pattern = re.escape(texts[0])
        for group, text in zip(names, texts[1:], strict=True):
            pattern += f"(?P<{group}>.*)" + re.escape(text)
        return cls(container, re.compile(pattern))

    def names(self, container: str, blob: str) -> dict[str, str]:
        """What the path's names stand for in a blob's name."""
        match = self.pattern.fullmatch(blob) if container == self.container else None
        return match.groupdict() if match else {}


@dataclass(frozen=True, slots=True)
class BlobTrigger:
    """One blob function: its container, the blobs it reacts to, and the queue that its notices pass through."""

    function: Function
    path: BlobPath
    is_scanned: bool
    """False: the function waits for Event Grid."""
    blobs: BlobServiceClient
    control: QueueClient
    poison: QueueClient

    async def notify(self, container: str, blob_name: str, etag: str) -> None:
        """Put the notice that leads to an invocation on the control queue."""
        notice = {
            "Type": "BlobTrigger",
            "FunctionId": self.function.host_id,
            "BlobType": "BlockBlob",
            "ContainerName": container,
            "BlobName": blob_name,
            "ETag": etag,
        }
        await self.control.send_message(base64.b64encode(json.dumps(notice).encode()).decode())


class BlobScanner:
    """Looks through one function's container at an interval; a receipt per ETag makes each version count once."""

    def __init__(self, trigger: BlobTrigger, receipts: ContainerClient, folder: str, interval: float) -> None:
        self._trigger = trigger
        self._receipts = receipts
        self._folder = folder
        self._interval = interval
        self._known: dict[str, str] = {}

    async def listen(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self._scan()
            except ResourceNotFoundError:  # the container may appear later
                log.debug("container %s does not exist", self._trigger.path.container)
            except AzureError as error:
                log.warning("container %s not scanned: %s", self._trigger.path.container, type(error).__name__)
            await pause(self._interval, stop)

    async def _scan(self) -> None:
        container = self._trigger.blobs.get_container_client(self._trigger.path.container)
        async for blob in container.list_blobs():
            if blob.name.endswith("/"):  # a folder's marker
                continue
            if self._known.get(blob.name) != blob.etag and self._trigger.path.pattern.fullmatch(blob.name):
                await self._notice(blob)
                self._known[blob.name] = blob.etag

    async def _notice(self, blob: BlobProperties) -> None:
        etag = f'"{blob.etag}"'  # a listing leaves the quotes out
        receipt = self._receipts.get_blob_client(f"{self._folder}/{etag}/{self._trigger.path.container}/{blob.name}")
        if not await receipt.exists():
            await self._trigger.notify(
                self._trigger.path.container, blob.name, etag
            )  # before the receipt: a notice may be sent twice but must not be lost
            await receipt.upload_blob(b"", overwrite=True)


class BlobRunner:
    """Turns notices from a control queue into invocations."""

    def __init__(self, app: LoadedApp, triggers: Mapping[str, BlobTrigger]) -> None:
        self._app = app
        self._triggers = triggers

    async def run(self, _: QueueMessage, body: str) -> None:
        """Raises FunctionFailedError; a notice is dropped when its function, blob or version no longer exists."""
        notice = json.loads(body)
        trigger = self._triggers.get(notice["FunctionId"])
        if trigger is None:
            return
        container, name = notice["ContainerName"], notice["BlobName"]
        blob = trigger.blobs.get_blob_client(container, name)
        try:
            properties = await blob.get_blob_properties()
            value = await self._value(trigger, blob)
        except ResourceNotFoundError:
            return
        except AzureError as error:
            raise FunctionFailedError(f"the blob could not be read: {type(error).__name__}") from error
        if trigger.is_scanned and properties.etag != notice["ETag"]:
            return  # the scan has seen, or will see, the newer version
        metadata: dict[str, object] = {
            **trigger.path.names(container, name),
            "BlobTrigger": f"{container}/{name}",
            "Uri": blob.url,
            "Properties": {
                "ContentLength": properties.size,
                "ContentType": properties.content_settings.content_type,
                "ETag": {},  # so it leaves the real host's serializer
                "LastModified": properties.last_modified.isoformat(),
            },
            "Metadata": properties.metadata,
        }
        await self._app.invoke_triggered(trigger.function, value, metadata)

    def poison_of(self, message: QueueMessage) -> QueueClient | None:
        """The poison queue in the blob's account; None for a notice that names no function of this app."""
        try:
            trigger = self._triggers.get(json.loads(base64.b64decode(message.content or ""))["FunctionId"])
        except (ValueError, KeyError):
            return None
        return trigger.poison if trigger else None

    async def _value(self, trigger: BlobTrigger, blob: BlobClient) -> object:
        if trigger.function.takes_reference:
            connection = self._app.connection(trigger.function)
            return blob_reference(connection, blob.container_name, blob.blob_name)
        return await (await blob.download_blob()).readall()


def blob_triggers(app: LoadedApp) -> dict[str, BlobTrigger]:
    """Every blob function by its host id; raises ConfigurationError."""
    return {function.host_id: _trigger(app, function) for function in app.triggered_by("blobTrigger")}


async def blob_listeners(app: LoadedApp, triggers: Mapping[str, BlobTrigger]) -> list[BlobScanner | QueueListener]:
    """A scanner per scanned function, and a listener on the queue of the host's account that notices pass through."""
    receipts = app.storage.blobs().get_container_client(HOST_CONTAINER)
    listeners: list[BlobScanner | QueueListener] = [
        BlobScanner(trigger, receipts, f"blobreceipts/{app.host_id}/{host_id}", app.poll)
        for host_id, trigger in triggers.items()
        if trigger.is_scanned
    ]
    if triggers:
        control = _control_queue(app)
        await ensure(control)
        runner = BlobRunner(app, triggers)
        listeners.append(QueueListener(control, runner.poison_of, runner.run, app.config.blobs, app.lease))
    return listeners


def _trigger(app: LoadedApp, function: Function) -> BlobTrigger:
    source = str(function.trigger.get("source", SCAN))
    if source.lower() not in (SCAN.lower(), EVENT_GRID.lower()):
        raise ConfigurationError(f"{source!r} of {function.name} is no blob source; use {EVENT_GRID} or {SCAN}.")
    return BlobTrigger(
        function=function,
        path=BlobPath.parse(app.setting(function, "path")),
        is_scanned=source.lower() == SCAN.lower(),
        blobs=app.blobs(function),
        control=_control_queue(app),
        poison=app.queues(function).get_queue_client(POISON_QUEUE),
    )


def _control_queue(app: LoadedApp) -> QueueClient:
    return app.storage.queues().get_queue_client(f"azure-webjobs-blobtrigger-{app.host_id}")
