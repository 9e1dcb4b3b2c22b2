"""One Azure queue with messages in base64.

The SDK retries a request after a lost or bad answer, so a message may be sent twice; every receiver expects duplicates.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.adapters.storage.limits import MOST_RECEIVED, from_message_text, to_message_text, whole_seconds
from shared.adapters.storage.requests import ErrorsByCode, Explaining, OnOperation, not_counted
from shared.core.values.errors import ConcurrencyError
from shared.core.values.storage import Received

if TYPE_CHECKING:
    from azure.storage.queue import QueueMessage
    from azure.storage.queue.aio import QueueClient

_NEVER_EXPIRES = -1


class AzureQueue:
    """Sends and receives messages. A queue that does not exist reads as empty, but sending to it fails."""

    def __init__(self, client: QueueClient, on_operation: OnOperation = not_counted) -> None:
        self.name = client.queue_name
        self._client = client
        self._on_operation = on_operation

    async def ensure(self) -> None:
        """Create the queue unless it exists."""
        self._on_operation("queue.ensure")
        with ErrorsByCode(QueueAlreadyExists=None):
            await self._client.create_queue()

    async def reachable(self) -> None:
        """Raises ExplainedError when the queue does not exist, may not be read or cannot be reached."""
        self._on_operation("queue.reachable")
        with Explaining("Queue", f"Queue {self.name}"):
            await self._client.get_queue_properties()

    async def close(self) -> None:
        await self._client.close()

    async def send(self, body: str, *, delay: float = 0.0, lifetime: timedelta | None = None) -> None:
        """Send a message that becomes visible after `delay` seconds, rounded up, at most 7 days.

        Raises PermanentError when it is larger than 48 KiB. Without a `lifetime` a message never expires, because its
        work would be lost.
        """
        text = to_message_text(body)
        self._on_operation("queue.send")
        seconds = _NEVER_EXPIRES if lifetime is None else int(lifetime.total_seconds())
        await self._client.send_message(text, visibility_timeout=whole_seconds(delay), time_to_live=seconds)

    async def send_many(self, bodies: Sequence[str], *, concurrency: int = 32) -> None:
        """Send the messages in no particular order; the first failure stops the rest and is raised unchanged."""
        waiting = iter(bodies)

        async def sender() -> None:
            for body in waiting:
                await self.send(body)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(concurrency, len(bodies))):
                    group.create_task(sender())
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from failures

    async def receive(self, count: int = MOST_RECEIVED, *, lease: float) -> list[Received]:
        """Up to `count` visible messages, at most 32, hidden from other receivers for `lease` seconds, rounded up."""
        count = min(count, MOST_RECEIVED)
        self._on_operation("queue.receive")
        pages = self._client.receive_messages(
            messages_per_page=count, max_messages=count, visibility_timeout=whole_seconds(lease)
        )
        with ErrorsByCode(QueueNotFound=None):  # the host creates a poison queue with its first message
            async for page in pages.by_page():
                return [_received(message) async for message in page]  # every page would be another request
        return []

    async def delete(self, received: Received) -> None:
        """Delete the message if it exists. Raises ConcurrencyError when it was received again after its lease."""
        self._on_operation("queue.delete")
        ended = ConcurrencyError(f"{self.name}: the lease of the message had ended.")
        with ErrorsByCode(MessageNotFound=None, PopReceiptMismatch=ended):
            await self._client.delete_message(received.id, received.pop_receipt)

    async def depth(self) -> int:
        """The approximate number of messages, hidden ones included; 0 when the queue does not exist."""
        self._on_operation("queue.depth")
        with ErrorsByCode(QueueNotFound=None):
            return (await self._client.get_queue_properties()).approximate_message_count or 0
        return 0


def _received(message: QueueMessage) -> Received:
    """The SDK types every property as optional, because it uses the same class for messages to send."""
    return Received(
        id=str(message.id),
        pop_receipt=str(message.pop_receipt),
        body=from_message_text(message.content),
        dequeue_count=int(message.dequeue_count or 0),
    )
