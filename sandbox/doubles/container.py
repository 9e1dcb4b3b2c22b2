"""A blob container in memory: what `shared.adapters.blobs.Container` promises, without a service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

from shared.core.errors import NeverError
from shared.core.storage import BlobGoneError, BlobInfo, ChangedError, OnOperation, not_counted


@dataclass(frozen=True, slots=True)
class Blob:
    info: BlobInfo
    data: bytes = field(repr=False)
    content_type: str


class MemoryContainer:
    """`blobs` is the content by name. Only `reachable` minds whether it was created."""

    def __init__(
        self,
        name: str = "memory",
        on_operation: OnOperation = not_counted,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name = name
        self.blobs: dict[str, Blob] = {}
        self.exists = False
        self._on_operation = on_operation
        self._clock = clock
        self._versions = count(1)

    async def ensure(self) -> None:
        await self._request("ensure")
        self.exists = True

    async def reachable(self) -> None:
        await self._request("reachable")
        if not self.exists:
            raise NeverError("storageMissing", f"Container {self.name} is not there.")

    async def close(self) -> None:
        """Nothing is open."""

    async def info(self, name: str) -> BlobInfo | None:
        await self._request("info")
        blob = self.blobs.get(name)
        return blob.info if blob else None

    async def read(self, name: str, *, if_match: str | None = None) -> bytes:
        await self._request("read")
        blob = self.blobs.get(name)
        if blob is None:
            raise BlobGoneError(f"{self.name}/{name} is not there.")
        if if_match not in {None, blob.info.etag}:
            raise ChangedError(f"{self.name}/{name} was written again meanwhile.")
        return blob.data

    async def write(
        self,
        name: str,
        data: bytes,
        *,
        metadata: Mapping[str, str] | None = None,
        content_type: str = "application/octet-stream",
    ) -> None:
        await self._request("write")
        info = BlobInfo(
            name=name,
            etag=f"0x{next(self._versions):015X}",
            last_modified=self._clock().astimezone(UTC).replace(microsecond=0),  # HTTP dates have whole seconds
            size=len(data),
            metadata={key.lower(): value for key, value in (metadata or {}).items()},
        )
        self.blobs[name] = Blob(info, data, content_type)

    async def list(self, prefix: str = "") -> AsyncIterator[BlobInfo]:
        await self._request("list")
        for info in [blob.info for name, blob in sorted(self.blobs.items()) if name.startswith(prefix)]:
            yield info

    async def delete(self, name: str) -> None:
        await self._request("delete")
        self.blobs.pop(name, None)

    async def _request(self, operation: str) -> None:
        self._on_operation(f"blob.{operation}")
        await asyncio.sleep(0)
