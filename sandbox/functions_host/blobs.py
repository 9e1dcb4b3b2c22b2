"""The blob trigger: detect by scan or by Event Grid, pass through a control queue, run once per ETag.

Called by `host` and, for events, by `web`; calls the storage SDK and `queues`. Follows `BlobListenerFactory.cs`,
`BlobReceiptManager.cs` and `BlobQueueTriggerExecutor.cs` of Azure/azure-sdk-for-net.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobProperties
from azure.storage.blob.aio import BlobServiceClient, ContainerClient
from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueClient

from sandbox.functions_host.clock import pause
from sandbox.functions_host.config import ConfigurationError
from sandbox.functions_host.runtime import Function, FunctionFailedError

log = logging.getLogger(__name__)

EVENT_GRID = "eventgrid"
SCAN = "logsandcontainerscan"
POISON_QUEUE = "webjobs-blobtrigger-poison"

Invoke = Callable[[Function, object, Mapping[str, object]], Awaitable[None]]


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
            pattern += f"(?P<{group}>.+)" + re.escape(text)
        return cls(container, re.compile(pattern))


@dataclass(frozen=True, slots=True)
class BlobTrigger:
    """One blob function: where it looks, what it reacts to, and the queue its notices pass through."""

    function: Function
    path: BlobPath
    source: str
    blobs: BlobServiceClient
    control: QueueClient

    @property
    def id(self) -> str:
        return f"Host.Functions.{self.function.name}"

    @property
    def is_scanned(self) -> bool:
        return self.source == SCAN

    async def notify(self, blob_name: str, etag: str) -> None:
        """Put the notice that leads to an invocation on the control queue."""
        notice = {
            "Type": "BlobTrigger",
            "FunctionId": self.id,
            "BlobType": "BlockBlob",
            "ContainerName": self.path.container,
            "BlobName": blob_name,
            "ETag": etag,
        }
        await self.control.send_message(base64.b64encode(json.dumps(notice).encode()).decode())


def blob_source(binding: Mapping[str, Any]) -> str:
    """Raises ConfigurationError for a source the real host does not know."""
    source = str(binding.get("source", SCAN)).lower()
    if source not in (EVENT_GRID, SCAN):
        raise ConfigurationError(f"{binding['source']!r} is no blob source; use EventGrid or LogsAndContainerScan.")
    return source


class BlobScanner:
    """Looks through one function's container at an interval; a receipt per ETag makes each version count once."""

    def __init__(self, trigger: BlobTrigger, receipts: ContainerClient, host_id: str, interval: float) -> None:
        self._trigger = trigger
        self._receipts = receipts
        self._prefix = f"blobreceipts/{host_id}/{trigger.id}"
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
            if self._known.get(blob.name) != blob.etag and self._trigger.path.pattern.fullmatch(blob.name):
                await self._notice(blob)
                self._known[blob.name] = blob.etag

    async def _notice(self, blob: BlobProperties) -> None:
        receipt = self._receipts.get_blob_client(
            f"{self._prefix}/{blob.etag}/{self._trigger.path.container}/{blob.name}"
        )
        if await receipt.exists():
            return
        await self._trigger.notify(blob.name, blob.etag)  # before the receipt: twice is allowed, never is not
        try:
            await receipt.upload_blob(b"", overwrite=False)
        except ResourceExistsError:
            log.debug("another host noticed the same version of %s", self._trigger.path.container)


class BlobRunner:
    """Turns notices from the control queue into invocations."""

    def __init__(self, triggers: Mapping[str, BlobTrigger], invoke: Invoke) -> None:
        self._triggers = triggers
        self._invoke = invoke

    async def run(self, _: QueueMessage, body: str) -> None:
        """Raises FunctionFailedError; a notice whose function, blob or version is gone is done."""
        notice = json.loads(body)
        trigger = self._triggers.get(notice["FunctionId"])
        if trigger is None:
            return
        blob = trigger.blobs.get_blob_client(notice["ContainerName"], notice["BlobName"])
        try:
            download = await blob.download_blob()
            content = await download.readall()
        except ResourceNotFoundError:
            return
        except AzureError as error:
            raise FunctionFailedError(f"the blob could not be read: {type(error).__name__}") from error
        properties = download.properties
        if trigger.is_scanned and not _same(properties.etag, notice["ETag"]):
            return  # the scan has seen, or will see, the newer version
        match = trigger.path.pattern.fullmatch(notice["BlobName"])
        await self._invoke(
            trigger.function,
            content,
            {
                **(match.groupdict() if match else {}),
                "BlobTrigger": f"{notice['ContainerName']}/{notice['BlobName']}",
                "Uri": blob.url,
                "Properties": {
                    "ContentLength": properties.size,
                    "ContentType": properties.content_settings.content_type,
                    "ETag": properties.etag,
                    "LastModified": properties.last_modified.isoformat(),
                },
                "Metadata": properties.metadata,
            },
        )


def _same(etag: str, other: str) -> bool:
    """Listings and Event Grid give ETags without the quotes that headers have."""
    return etag.strip('"') == other.strip('"')
