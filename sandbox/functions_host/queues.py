"""The queue trigger: fetches in batches, renews leases, deletes on success, releases on failure, and moves to poison.

Called by `host` for queue functions and by `blobs` for its control queue; calls the storage SDK.
Follows `QueueListener.cs` and `QueueProcessor.cs` of Azure/azure-sdk-for-net.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import math
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from sandbox.functions_host.app import LoadedApp
from sandbox.functions_host.clock import pause
from sandbox.functions_host.config import QueuePolicy
from sandbox.functions_host.runtime import Function, FunctionFailedError

log = logging.getLogger(__name__)

FIRST_POLL = 0.1
"""Seconds until the next poll after the first that finds nothing; the time doubles while the queue stays empty."""
POISON_SUFFIX = "-poison"
LONGEST_NAME = 63

PoisonOf = Callable[[QueueMessage], QueueClient | None]
"""The poison queue of a message; None = it has none."""

Run = Callable[[QueueMessage, str], Awaitable[None]]
"""Handles a message and its decoded body; raises FunctionFailedError when the message is to be delivered again."""


@dataclass(slots=True)
class _Leased:
    """A leased message; every renewal changes the receipt that later calls must send."""

    message: QueueMessage
    receipt: str


class QueueListener:
    """Listens to one queue until it is stopped; then waits for running invocations."""

    def __init__(self, queue: QueueClient, poison_of: PoisonOf, run: Run, policy: QueuePolicy, lease: float) -> None:
        self._queue = queue
        self._poison_of = poison_of
        self._run = run
        self._policy = policy
        self._lease = math.ceil(lease)
        self._in_flight = 0
        self._finished = asyncio.Event()

    async def listen(self, stop: asyncio.Event) -> None:
        delay = FIRST_POLL
        async with asyncio.TaskGroup() as running:
            while not stop.is_set():
                messages = await self._receive()
                for message in messages:
                    self._in_flight += 1
                    running.create_task(self._process(message))
                if messages:
                    delay = FIRST_POLL
                    await self._room()
                else:
                    await pause(delay * random.uniform(0.8, 1.2), stop)
                    delay = min(delay * 2, self._policy.max_polling_interval)

    async def _receive(self) -> list[QueueMessage]:
        pages = self._queue.receive_messages(
            messages_per_page=self._policy.batch_size,
            max_messages=self._policy.batch_size,
            visibility_timeout=self._lease,
            retry_total=0,  # the next poll retries
        )
        try:
            return [message async for message in pages]
        except ResourceNotFoundError:  # the host does not create the queues it listens to
            return []
        except AzureError as error:
            log.warning("%s cannot be read, polling on: %s", self._queue.queue_name, _brief(error))
            return []

    async def _room(self) -> None:
        """Wait until so few are in flight that another batch may be fetched."""
        while self._in_flight > self._policy.new_batch_threshold:
            self._finished.clear()
            await self._finished.wait()

    async def _process(self, message: QueueMessage) -> None:
        try:
            await self._handle(_Leased(message, str(message.pop_receipt)))
        except AzureError as error:  # the lease ends and the message becomes visible again
            log.warning(
                "message %s of %s not deleted or released: %s",
                message.id,
                self._queue.queue_name,
                _brief(error),
            )
        finally:
            self._in_flight -= 1
            self._finished.set()

    async def _handle(self, leased: _Leased) -> None:
        message = leased.message
        deliveries = message.dequeue_count or 1
        try:
            body = self._decoded(message)
        except ValueError:
            log.warning("message %s of %s is not base64 of UTF-8 text", message.id, self._queue.queue_name)
            await self._move_to_poison(leased)
            return
        if deliveries > self._policy.max_dequeue_count:  # the host has died each time
            await self._move_to_poison(leased)
            return
        try:
            async with self._renewed(leased):
                await self._run(message, body)
        except FunctionFailedError:
            if deliveries >= self._policy.max_dequeue_count or self._poison_of(message) is None:
                await self._move_to_poison(leased)
            else:
                timeout = round(self._policy.visibility_timeout)
                await self._queue.update_message(message.id, leased.receipt, visibility_timeout=timeout)
        else:
            await self._queue.delete_message(message.id, leased.receipt)

    def _decoded(self, message: QueueMessage) -> str:
        """Raises ValueError."""
        text = message.content or ""
        return base64.b64decode(text, validate=True).decode() if self._policy.base64 else text

    @asynccontextmanager
    async def _renewed(self, leased: _Leased) -> AsyncIterator[None]:
        """Renew the lease at half its time, and end between two renewals so that the last receipt is known."""
        done = asyncio.Event()
        renewal = asyncio.create_task(self._renew(leased, done))
        try:
            yield
        finally:
            done.set()
            await renewal

    async def _renew(self, leased: _Leased, done: asyncio.Event) -> None:
        while True:
            await pause(self._lease / 2, done)
            if done.is_set():
                return
            try:
                # By id and receipt: given the message object, the SDK would send its content again.
                renewed = await self._queue.update_message(
                    leased.message.id, leased.receipt, visibility_timeout=self._lease
                )
            except AzureError as error:
                log.warning("lease of message %s not renewed: %s", leased.message.id, _brief(error))
            else:
                leased.receipt = str(renewed.pop_receipt)

    async def _move_to_poison(self, leased: _Leased) -> None:
        poison = self._poison_of(leased.message)
        if poison is None:  # as in Azure, the message only stays invisible until its lease runs out
            return
        try:
            await poison.send_message(leased.message.content)
        except ResourceNotFoundError:
            await ensure(poison)
            await poison.send_message(leased.message.content)
        await self._queue.delete_message(leased.message.id, leased.receipt)
        log.warning("message %s moved to %s", leased.message.id, poison.queue_name)


def _brief(error: AzureError) -> str:
    return f"{type(error).__name__}: {str(error.message).splitlines()[0]}"


async def ensure(queue: QueueClient) -> None:
    """Create the queue unless it exists."""
    with suppress(ResourceExistsError):
        await queue.create_queue()


def queue_listeners(app: LoadedApp) -> list[QueueListener]:
    """One listener per queue function; raises ConfigurationError."""
    return [_listener(app, function) for function in app.triggered_by("queueTrigger")]


def _listener(app: LoadedApp, function: Function) -> QueueListener:
    name = app.setting(function, "queueName")
    queues = app.queues(function)

    async def run(message: QueueMessage, body: str) -> None:
        await app.invoke_triggered(function, body, {"QueueTrigger": body, **metadata_of(message)})

    poison = _poison_queue(queues, name)
    return QueueListener(queues.get_queue_client(name), lambda _: poison, run, app.config.queues, app.lease)


def _poison_queue(queues: QueueServiceClient, name: str) -> QueueClient | None:
    """The queue's poison queue; None for a poison queue itself, or when the name would be too long."""
    if name.endswith(POISON_SUFFIX) or len(name + POISON_SUFFIX) > LONGEST_NAME:
        return None
    return queues.get_queue_client(name + POISON_SUFFIX)


def metadata_of(message: QueueMessage) -> dict[str, object]:
    """The metadata that the worker gets with the body of a message."""

    def text(when: datetime | None) -> str | None:
        return when.isoformat() if when else None

    return {
        "Id": message.id,
        "DequeueCount": message.dequeue_count,
        "InsertionTime": text(message.inserted_on),
        "ExpirationTime": text(message.expires_on),
        "NextVisibleTime": text(message.next_visible_on),
        "PopReceipt": message.pop_receipt,
    }
