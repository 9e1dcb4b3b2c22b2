"""The interfaces through which flows use queues and blobs; `errors` has the conflicts that any store may report.

The Azure adapters and the in-memory doubles implement them. `adapters/storage/limits.py` has each service's limits.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Received:
    """A message under lease. `body` is None when it is not base64 of UTF-8 text; then this app did not send it."""

    id: str
    pop_receipt: str
    body: str | None = field(repr=False)
    dequeue_count: int
    """How often the message has been received, including this time."""


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """A blob's properties. `etag` is without quotes, as Event Grid spells it; metadata keys are lower case."""

    name: str
    etag: str
    last_modified: datetime
    """With time zone UTC, in whole seconds."""
    size: int
    """Bytes."""
    metadata: dict[str, str] = field(repr=False)
    copy: str = ""
    """Names a snapshot or an earlier version of the blob; "" = the blob itself."""


class QueuePort(Protocol):
    @property
    def name(self) -> str: ...

    async def ensure(self) -> None: ...

    async def reachable(self) -> None: ...

    async def send(self, body: str, *, delay: float = 0.0) -> None: ...

    async def send_many(self, bodies: Sequence[str]) -> None: ...

    async def receive(self, count: int = 32, *, lease: float) -> list[Received]: ...

    async def delete(self, received: Received) -> None: ...


class ContainerPort(Protocol):
    @property
    def name(self) -> str: ...

    async def ensure(self) -> None: ...

    async def reachable(self) -> None: ...

    async def info(self, name: str) -> BlobInfo | None: ...

    async def read(self, name: str, *, if_match: str | None = None) -> bytes: ...

    async def write(
        self, name: str, data: bytes, *, overwrite: bool = True, metadata: Mapping[str, str] | None = None
    ) -> None:
        """Without `overwrite`, AlreadyExistsError is raised when there is such a blob."""
        ...

    def list(self, prefix: str = "", *, copies: bool = False) -> AsyncIterator[BlobInfo]: ...

    async def delete(self, name: str, *, copy: str = "", if_match: str | None = None) -> None:
        """Raises ConcurrencyError when the blob's ETag differs from `if_match`."""
        ...

    async def append(self, name: str, data: bytes, *, at: int) -> None:
        """Append to a blob that has exactly `at` bytes; at 0 it need not exist. Raises ConcurrencyError if it differs.

        After an answer that was lost, the error may mean that this very append was made.
        """
        ...

    async def read_from(self, name: str, start: int) -> bytes:
        """What the blob has from byte `start` on; nothing if it has no more, or does not exist."""
        ...
