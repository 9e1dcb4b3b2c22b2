"""A queue in memory: it behaves like `shared.adapters.storage.queues.AzureQueue`, and lets a host release messages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from shared.adapters.storage.limits import MOST_RECEIVED, from_message_text, to_message_text, whole_seconds
from shared.adapters.storage.requests import OnOperation, not_counted
from shared.core.values.errors import ConcurrencyError
from shared.core.values.storage import Received
from testing.doubles.store import MemoryStore


@dataclass(slots=True)
class Message:
    """`text` is what the service stores, which is base64 for messages of this app."""

    id: str
    text: str = field(repr=False)
    visible_at: datetime
    expires_at: datetime | None = None
    """None = never."""
    pop_receipt: str = ""
    dequeue_count: int = 0


class MemoryQueue(MemoryStore):
    """`messages` is the content, in the order of sending; a message is hidden until its `visible_at`.

    Only `reachable` checks whether it was created.
    """

    service = "queue"
    kind = "Queue"

    def __init__(
        self,
        name: str = "memory",
        on_operation: OnOperation = not_counted,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(name, on_operation)
        self.messages: dict[str, Message] = {}
        self._clock = clock
        self._numbers = count(1)

    async def send(self, body: str, *, delay: float = 0.0, lifetime: timedelta | None = None) -> None:
        text = to_message_text(body)
        await self._request("send")
        self.put(text, delay=delay, lifetime=lifetime)

    async def send_many(self, bodies: Sequence[str], *, concurrency: int = 32) -> None:
        for start in range(0, len(bodies), concurrency):
            await asyncio.gather(*(self.send(body) for body in bodies[start : start + concurrency]))

    async def receive(self, count: int = MOST_RECEIVED, *, lease: float) -> list[Received]:
        await self._request("receive")
        now = self._clock()
        self._forget_expired(now)
        visible = [message for message in self.messages.values() if message.visible_at <= now]
        return [self._leased(message, lease) for message in visible[: min(count, MOST_RECEIVED)]]

    async def delete(self, received: Received) -> None:
        await self._request("delete")
        if self._leased_message(received):
            del self.messages[received.id]

    async def depth(self) -> int:
        await self._request("depth")
        self._forget_expired(self._clock())
        return len(self.messages)

    async def release(self, received: Received, *, delay: float = 0.0) -> None:
        """Make a message visible again, as the host does when a function failed; its dequeue count stays."""
        await self._request("release")
        if message := self._leased_message(received):
            message.visible_at = self._clock() + timedelta(seconds=whole_seconds(delay))

    def put(self, text: str, *, delay: float = 0.0, lifetime: timedelta | None = None) -> None:
        """Store a text as it is, for instance one that is not base64."""
        number, now = f"{next(self._numbers)}", self._clock()
        expires_at = None if lifetime is None else now + lifetime
        self.messages[number] = Message(number, text, now + timedelta(seconds=whole_seconds(delay)), expires_at)

    def _forget_expired(self, now: datetime) -> None:
        for message in [one for one in self.messages.values() if one.expires_at is not None and one.expires_at <= now]:
            del self.messages[message.id]

    def _leased(self, message: Message, lease: float) -> Received:
        message.dequeue_count += 1
        message.pop_receipt = f"{message.id}-{message.dequeue_count}"
        message.visible_at = self._clock() + timedelta(seconds=whole_seconds(lease))
        return Received(message.id, message.pop_receipt, from_message_text(message.text), message.dequeue_count)

    def _leased_message(self, received: Received) -> Message | None:
        """The message; None when it was deleted. Raises ConcurrencyError when it was received again since."""
        message = self.messages.get(received.id)
        if message is not None and message.pop_receipt != received.pop_receipt:
            raise ConcurrencyError(f"{self.name}: the lease of the message had ended.")
        return message
