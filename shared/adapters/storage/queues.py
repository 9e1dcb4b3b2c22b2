"""One Azure queue of base64 text messages; built by `storage_connection`, used by flows.

The SDK repeats a request after a lost or bad answer, so a message may be sent twice: whoever receives it expects that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from shared.adapters.storage.service_errors import Explaining, Meaning
from shared.core.values.storage import (
    MOST_RECEIVED,
    ConcurrencyError,
    OnOperation,
    Received,
    from_message_text,
    not_counted,
    to_message_text,
    whole_seconds,
)

if TYPE_CHECKING:
    from azure.storage.queue import QueueMessage
    from azure.storage.queue.aio import QueueClient

_NEVER_EXPIRES = -1


class Queue:
    """Sends and receives; a queue that was never created receives nothing, but sending to it fails."""

    def __init__(self, client: QueueClient, on_operation: OnOperation = not_counted) -> None:
        self.name = client.queue_name
        self._client = client
        self._on_operation = on_operation

    async def ensure(self) -> None:
        """Create the queue unless it is there."""
        self._on_operation("queue.ensure")
        with Meaning(QueueAlreadyExists=None):
            await self._client.create_queue()

    async def reachable(self) -> None:
        """Raises ExplainedError when the queue is missing, forbidden or out of reach."""
        self._on_operation("queue.reachable")
        with Explaining("Queue", f"Queue {self.name}"):
            await self._client.get_queue_properties()

    async def close(self) -> None:
        await self._client.close()

    async def send(self, body: str, *, delay: float = 0.0) -> None:
        """Visible after `delay` seconds, rounded up, at most 7 days; PermanentError past 48 KiB.

        A message never expires: an expired one would be work lost without a trace.
        """
        text = to_message_text(body)
        self._on_operation("queue.send")
        await self._client.send_message(text, visibility_timeout=whole_seconds(delay), time_to_live=_NEVER_EXPIRES)

    async def send_many(self, bodies: Sequence[str], *, concurrency: int = 32) -> None:
        """Send them in no particular order; the first failure stops the rest and is raised as it is."""
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
        """Up to `count` visible messages, at most 32, hidden from others for `lease` seconds."""
        count = min(count, MOST_RECEIVED)
        self._on_operation("queue.receive")
        pages = self._client.receive_messages(
            messages_per_page=count, max_messages=count, visibility_timeout=whole_seconds(lease)
        )
        with Meaning(QueueNotFound=None):  # a poison queue comes to be with its first message
            async for page in pages.by_page():
                return [_received(message) async for message in page]  # further pages would be further requests
        return []

    async def delete(self, received: Received) -> None:
        """Gone already is fine; ConcurrencyError when the lease had ended and somebody else received it."""
        self._on_operation("queue.delete")
        with Meaning(MessageNotFound=None, PopReceiptMismatch=ConcurrencyError(f"{self.name}: the lease had ended.")):
            await self._client.delete_message(received.id, received.pop_receipt)

    async def depth(self) -> int:
        """About how many messages there are, hidden ones included; 0 when there is no queue."""
        self._on_operation("queue.depth")
        with Meaning(QueueNotFound=None):
            return (await self._client.get_queue_properties()).approximate_message_count or 0
        return 0


def _received(message: QueueMessage) -> Received:
    """The SDK types every property as optional because it also uses the class for messages to send."""
    return Received(
        id=str(message.id),
        pop_receipt=str(message.pop_receipt),
        body=from_message_text(message.content),
        dequeue_count=int(message.dequeue_count or 0),
    )
