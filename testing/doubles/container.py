"""A blob container in memory: it behaves like `shared.adapters.storage.blobs.AzureContainer`, without a service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

from azure.core.exceptions import ResourceExistsError

from shared.adapters.storage.requests import OnOperation, not_counted
from shared.core.values.errors import AlreadyExistsError, BlobNotFoundError, ConcurrencyError
from shared.core.values.storage import BlobInfo
from testing.doubles.store import MemoryStore


@dataclass(frozen=True, slots=True)
class Blob:
    info: BlobInfo
    data: bytes = field(repr=False)
    content_type: str


class MemoryContainer(MemoryStore):
    """`blobs` is the content by name; `copies` are snapshots and versions.

    `undeletable` ones are on hold, `unreadable` ones archived. Only `reachable` checks whether the container exists.
    """

    service = "blob"
    kind = "Container"

    def __init__(
        self,
        name: str = "memory",
        on_operation: OnOperation = not_counted,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(name, on_operation)
        self.blobs: dict[str, Blob] = {}
        self.copies: list[BlobInfo] = []
        self.undeletable: set[str] = set()
        self.unreadable: set[str] = set()
        self._clock = clock
        self._versions = count(1)

    async def info(self, name: str) -> BlobInfo | None:
        await self._request("info")
        blob = self.blobs.get(name)
        return blob.info if blob else None

    async def read(self, name: str, *, if_match: str | None = None) -> bytes:
        await self._request("read")
        if name in self.unreadable:
            raise ResourceExistsError("This operation is not permitted on an archived blob.")
        blob = self.blobs.get(name)
        if blob is None:
            raise BlobNotFoundError(f"A blob of {self.name} does not exist.")
        if if_match not in {None, blob.info.etag}:
            raise ConcurrencyError(f"A blob of {self.name} was overwritten in the meantime.")
        return blob.data

    async def write(
        self,
        name: str,
        data: bytes,
        *,
        overwrite: bool = True,
        metadata: Mapping[str, str] | None = None,
        content_type: str = "application/octet-stream",
    ) -> None:
        await self._request("write")
        if not overwrite and name in self.blobs:
            raise AlreadyExistsError(f"container {self.name} has such a blob already")
        self._put(name, data, metadata or {}, content_type)

    def _put(self, name: str, data: bytes, metadata: Mapping[str, str], content_type: str) -> None:
        info = BlobInfo(
            name=name,
            etag=f"0x{next(self._versions):015X}",
            last_modified=self._clock().astimezone(UTC).replace(microsecond=0),  # HTTP dates have whole seconds
            size=len(data),
            metadata={key.lower(): value for key, value in metadata.items()},
        )
        self.blobs[name] = Blob(info, data, content_type)

    async def append(self, name: str, data: bytes, *, at: int) -> None:
        if at == 0:
            await self._request("create")
            if name not in self.blobs:
                self._put(name, b"", {}, "application/octet-stream")
        await self._request("append")
        before = self.blobs[name].data if name in self.blobs else None
        if before is None or len(before) != at:
            raise ConcurrencyError(f"A blob of {self.name} was appended to in the meantime.")
        self._put(name, before + data, {}, "application/octet-stream")

    async def read_from(self, name: str, start: int) -> bytes:
        await self._request("read")
        blob = self.blobs.get(name)
        return blob.data[start:] if blob else b""

    async def list(self, prefix: str = "", *, copies: bool = False) -> AsyncIterator[BlobInfo]:
        await self._request("list")
        infos = [blob.info for blob in self.blobs.values()] + (self.copies if copies else [])
        for info in sorted(infos, key=lambda info: info.name):
            if info.name.startswith(prefix):
                yield info

    async def delete(self, name: str, *, copy: str = "", if_match: str | None = None) -> None:
        await self._request("delete")
        blob = self.blobs.get(name)
        if blob is not None and if_match not in {None, blob.info.etag}:
            raise ConcurrencyError(f"A blob of {self.name} was overwritten in the meantime.")
        if name in self.undeletable:
            raise ResourceExistsError("There is currently a lease on the blob and no lease ID was specified.")
        if not copy:
            self.blobs.pop(name, None)
        self.copies = [info for info in self.copies if info.name != name or copy not in {"", info.copy}]
