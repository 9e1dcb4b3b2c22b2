"""A queue whose messages carry the span that sends them, so that one trace leads from message to message.

Storage queues themselves have no field for a trace (Azure/azure-sdk issue 8789).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from shared.core.run.messages import traced
from shared.core.values.storage import QueuePort, Received
from shared.telemetry.signals import is_on, traceparent


def with_trace(queue: QueuePort) -> QueuePort:
    """The queue, with traces if telemetry is on."""
    return TracedQueue(queue) if is_on() else queue


@dataclass(frozen=True, slots=True)
class TracedQueue:
    queue: QueuePort

    @property
    def name(self) -> str:
        return self.queue.name

    async def ensure(self) -> None:
        await self.queue.ensure()

    async def reachable(self) -> None:
        await self.queue.reachable()

    async def send(self, body: str, *, delay: float = 0.0, lifetime: timedelta | None = None) -> None:
        await self.queue.send(traced(body, traceparent()), delay=delay, lifetime=lifetime)

    async def send_many(self, bodies: Sequence[str]) -> None:
        sender = traceparent()
        await self.queue.send_many([traced(body, sender) for body in bodies])

    async def receive(self, count: int = 32, *, lease: float) -> list[Received]:
        return await self.queue.receive(count, lease=lease)

    async def delete(self, received: Received) -> None:
        await self.queue.delete(received)
