"""One blob container, with whole blobs and append blobs.

The SDK retries requests after a lost or bad answer. A retry of a request that was done changes nothing more, but may
report a conflict.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC
from typing import TYPE_CHECKING, Any

from shared.adapters.storage.requests import ErrorsByCode, Explaining, OnOperation, not_counted
from shared.core.values.errors import AlreadyExistsError, BlobNotFoundError, ConcurrencyError
from shared.core.values.storage import BlobInfo

if TYPE_CHECKING:
    from azure.storage.blob import BlobProperties
    from azure.storage.blob.aio import ContainerClient


_SNAPSHOT, _VERSION, _IS = "snapshot", "version", "="


class AzureContainer:
    """Blobs by name. A container that does not exist is an error, not an empty container."""

    def __init__(self, client: ContainerClient, on_operation: OnOperation = not_counted) -> None:
        self.name = client.container_name
        self._client = client
        self._on_operation = on_operation

    async def ensure(self) -> None:
        """Create the container unless it exists."""
        self._on_operation("blob.ensure")
        with ErrorsByCode(ContainerAlreadyExists=None):
            await self._client.create_container()

    async def reachable(self) -> None:
        """Raises ExplainedError when the container does not exist, may not be read or cannot be reached."""
        self._on_operation("blob.reachable")
        with Explaining("Blob", f"Container {self.name}"):
            await self._client.get_container_properties()

    async def close(self) -> None:
        await self._client.close()

    async def info(self, name: str) -> BlobInfo | None:
        """The blob's properties, or None."""
        self._on_operation("blob.info")
        with ErrorsByCode(BlobNotFound=None):
            return _info(await self._client.get_blob_client(name).get_blob_properties())
        return None

    async def read(self, name: str, *, if_match: str | None = None) -> bytes:
        """The whole content of one version. Errors leave out the name, because people have chosen it.

        Raises BlobNotFoundError, or ConcurrencyError when the blob's ETag differs from `if_match`.
        """
        condition = _condition(if_match)
        self._on_operation("blob.read")
        gone = BlobNotFoundError(f"A blob of {self.name} does not exist.")
        changed = ConcurrencyError(f"A blob of {self.name} was overwritten in the meantime.")
        try:
            with ErrorsByCode(BlobNotFound=gone, ConditionNotMet=changed):
                stream = await self._client.download_blob(name, **condition)
                data = bytes(await stream.readall())
        except ConcurrencyError:
            if await self.info(name) is None:  # the service reports a missing blob as a failed condition too
                raise gone from None
            raise
        return data

    async def write(
        self,
        name: str,
        data: bytes,
        *,
        overwrite: bool = True,
        metadata: Mapping[str, str] | None = None,
        content_type: str = "application/octet-stream",
    ) -> None:
        """Write the blob. Without `overwrite`, AlreadyExistsError is raised when there is such a blob."""
        from azure.core.exceptions import ResourceExistsError
        from azure.storage.blob import ContentSettings

        self._on_operation("blob.write")
        try:
            await self._client.upload_blob(
                name,
                data,
                overwrite=overwrite,
                metadata=dict(metadata or {}),
                content_settings=ContentSettings(content_type=content_type),
            )
        except ResourceExistsError:
            if overwrite:
                raise
            raise AlreadyExistsError(f"container {self.name} has such a blob already") from None

    async def list(self, prefix: str = "", *, copies: bool = False) -> AsyncIterator[BlobInfo]:
        """The blobs whose name starts with `prefix`, ordered by name; with `copies` also snapshots and versions."""
        include = ["metadata", *(["snapshots", "versions"] if copies else [])]
        async for page in self._client.list_blobs(name_starts_with=prefix, include=include).by_page():
            self._on_operation("blob.list")
            async for found in page:
                yield _info(found)

    async def delete(self, name: str, *, copy: str = "", if_match: str | None = None) -> None:
        """Delete the blob with its snapshots if it exists, or only the snapshot or version that `copy` names.

        Raises ConcurrencyError when the ETag differs from `if_match`.
        """
        self._on_operation("blob.delete")
        kind, _, value = copy.partition(_IS)
        changed = ConcurrencyError(f"A blob of {self.name} was overwritten in the meantime.")
        with ErrorsByCode(BlobNotFound=None, ConditionNotMet=changed):
            if kind == _SNAPSHOT:
                await self._client.get_blob_client(name, snapshot=value).delete_blob()
            elif kind == _VERSION:
                await self._client.get_blob_client(name, version_id=value).delete_blob()
            else:
                await self._client.delete_blob(name, delete_snapshots="include", **_condition(if_match))

    async def append(self, name: str, data: bytes, *, at: int) -> None:
        """Append one block to an append blob that has exactly `at` bytes. Raises ConcurrencyError if it has not.

        At 0 the blob is created first, unless it exists. A retry after a lost answer finds the blob longer, so the
        error may mean that this very append was made.
        """
        from azure.core import MatchConditions

        blob = self._client.get_blob_client(name)
        changed = ConcurrencyError(f"A blob of {self.name} was appended to in the meantime.")
        if at == 0:
            self._on_operation("blob.create")
            with ErrorsByCode(BlobAlreadyExists=None, ConditionNotMet=None, BlobImmutableDueToPolicy=None):
                await blob.create_append_blob(match_condition=MatchConditions.IfMissing)
        self._on_operation("blob.append")
        with ErrorsByCode(AppendPositionConditionNotMet=changed, BlobNotFound=changed):
            await blob.append_block(data, appendpos_condition=at)

    async def read_from(self, name: str, start: int) -> bytes:
        """The content from byte `start` on; empty if the blob ends there or before, or does not exist."""
        self._on_operation("blob.read")
        with ErrorsByCode(BlobNotFound=None, InvalidRange=None):
            return bytes(await (await self._client.download_blob(name, offset=start)).readall())
        return b""


def _condition(if_match: str | None) -> dict[str, Any]:
    """The SDK's arguments for a request with this ETag as its condition; None = without a condition."""
    from azure.core import MatchConditions

    return {} if if_match is None else {"etag": f'"{if_match}"', "match_condition": MatchConditions.IfNotModified}


def _info(found: BlobProperties) -> BlobInfo:
    """The properties: the ETag without quotes, as in lists; keys of metadata in lower case, as HTTP ignores case."""
    return BlobInfo(
        name=str(found.name),
        etag=str(found.etag).strip('"'),
        last_modified=found.last_modified.astimezone(UTC),
        size=found.size,
        metadata={key.lower(): value for key, value in (found.metadata or {}).items()},
        copy=_copy(found),
    )


def _copy(found: BlobProperties) -> str:
    """The name of the snapshot or version; "" = it is the blob itself."""
    if found.snapshot:
        return f"{_SNAPSHOT}{_IS}{found.snapshot}"
    return f"{_VERSION}{_IS}{found.version_id}" if found.version_id and not found.is_current_version else ""
