"""What flows see of queues and blobs, and the conflicts that any store may report.

Obeyed by the Azure adapters and by the in-memory doubles. The limits of each service: `adapters/storage/limits.py`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from shared.core.values.errors import PermanentError, RetryLaterError


class AlreadyExistsError(PermanentError):
    """The key of an insert is taken; the stored entity was not changed."""

    def __init__(self, message: str) -> None:
        super().__init__("entityAlreadyExists", message)


class ConcurrencyError(RetryLaterError):
    """What was read has changed since: its ETag or holder differs, or it is gone. Read it again, then decide."""

    def __init__(self, message: str) -> None:
        super().__init__("concurrentChange", message, delay=1.0)


class BlobNotFoundError(PermanentError):
    """The blob does not exist, or no longer exists."""

    def __init__(self, message: str) -> None:
        super().__init__("blobNotFound", message)


@dataclass(frozen=True, slots=True)
class Received:
    """A message under lease. `body` is None when it was not base64 of UTF-8, so not sent by this app."""

    id: str
    pop_receipt: str
    body: str | None = field(repr=False)
    dequeue_count: int
    """How often it has been received, including this time."""


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """A blob's properties. `etag` is without quotes, as Event Grid spells it; metadata keys are lower case."""

    name: str
    etag: str
    last_modified: datetime
    """Aware, UTC, whole seconds."""
    size: int
    """Bytes."""
    metadata: dict[str, str] = field(repr=False)


class QueuePort(Protocol):
    async def ensure(self) -> None: ...

    async def reachable(self) -> None: ...

    async def send(self, body: str, *, delay: float = 0.0) -> None: ...

    async def send_many(self, bodies: Sequence[str]) -> None: ...

    async def receive(self, count: int = 32, *, lease: float) -> list[Received]: ...

    async def delete(self, received: Received) -> None: ...


class ContainerPort(Protocol):
    async def ensure(self) -> None: ...

    async def reachable(self) -> None: ...

    async def info(self, name: str) -> BlobInfo | None: ...

    async def read(self, name: str, *, if_match: str | None = None) -> bytes: ...

    async def write(self, name: str, data: bytes) -> None: ...

    def list(self, prefix: str = "") -> AsyncIterator[BlobInfo]: ...

    async def delete(self, name: str) -> None: ...
