"""Where the storage account is and how to sign in to it, read from the same settings as the Functions host.

The SDK clients of the three services are built on first use, each with one HTTP session, and `close` closes all of
them. Settings: "Connect to host storage with an identity"
(learn.microsoft.com/azure/azure-functions/functions-reference).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from shared.adapters.storage.blobs import AzureContainer
from shared.adapters.storage.connection_names import (
    DATA_CONNECTION,
    EXPORTS_CONNECTION,
    HOST_CONNECTION,
    JOURNAL_CONNECTION,
)
from shared.adapters.storage.gathering import GATHER_SECONDS
from shared.adapters.storage.queues import AzureQueue
from shared.adapters.storage.requests import OnOperation, not_counted
from shared.adapters.storage.tables import AzureTable
from shared.core.values.errors import PermanentError

if TYPE_CHECKING:
    from azure.core.pipeline.transport import AioHttpTransport
    from azure.data.tables.aio import TableServiceClient
    from azure.identity.aio import ManagedIdentityCredential
    from azure.storage.blob.aio import BlobServiceClient
    from azure.storage.queue.aio import QueueServiceClient

_CONNECTIONS = (HOST_CONNECTION, DATA_CONNECTION, EXPORTS_CONNECTION, JOURNAL_CONNECTION)
ALL_SERVICES = ("blob", "queue", "table")
EXPORTS_SERVICES = ("blob", "queue")
"""The services of the account with exports; a queue of it names the blobs that the host gave up on."""

_ACCOUNT = re.compile("(.+)__(?:accountName|blobServiceUri|queueServiceUri|tableServiceUri)")

_CONNECT_SECONDS = 10
_READ_SECONDS = 60
_RETRIES: dict[str, Any] = {"retry_total": 4, "initial_backoff": 1, "increment_base": 2, "random_jitter_range": 1}
"""Blob and queue clients wait 15 s before their first retry by default: too long, as a message about a row has 5
minutes."""

_UPLOADS: dict[str, Any] = {"max_single_put_size": 1024 * 1024, "max_block_size": 1024 * 1024}
"""aiohttp warns that a body beyond 1 MiB may stall the event loop."""


def unused_accounts(env: Mapping[str, str]) -> tuple[str, ...]:
    """Names of settings that look as if they described a storage account, and are not read."""
    accounts = ((name, _ACCOUNT.fullmatch(name)) for name in env)
    return tuple(sorted(name for name, of in accounts if of and of[1] not in _CONNECTIONS))


@dataclass(frozen=True)
class StorageConnection:
    """A storage account, given by connection string, or by service URLs and the managed identity."""

    connection_string: str = field(default="", repr=False)
    uris: Mapping[str, str] = field(default_factory=dict)
    """The URL of each service in use, by `blob`, `queue` and `table`; without a connection string."""
    client_id: str = ""
    """The client id of a user-assigned identity; "" = the system-assigned one."""
    on_operation: OnOperation = field(default=not_counted, repr=False)
    _closing: AsyncExitStack = field(default_factory=AsyncExitStack, init=False, repr=False)

    def table(self, name: str) -> AzureTable:
        return AzureTable(self._tables.get_table_client(name), self.on_operation, GATHER_SECONDS)

    def queue(self, name: str) -> AzureQueue:
        return AzureQueue(self._queues.get_queue_client(name), self.on_operation)

    def container(self, name: str) -> AzureContainer:
        return AzureContainer(self._blobs.get_container_client(name), self.on_operation)

    async def close(self) -> None:
        """Close every session opened so far; clients of this connection do not work afterwards."""
        await self._closing.aclose()

    @cached_property
    def _tables(self) -> TableServiceClient:
        from azure.data.tables.aio import TableServiceClient

        options = {"transport": _transport(), "auto_request_id": False}
        if self.connection_string:
            with _explaining_connection_strings():
                client = TableServiceClient.from_connection_string(self.connection_string, **options)
        else:
            client = TableServiceClient(self.uris["table"], credential=self._credential, **options)
        self._closing.push_async_callback(client.close)
        return client

    @cached_property
    def _queues(self) -> QueueServiceClient:
        from azure.storage.queue.aio import QueueServiceClient

        options = {"transport": _transport(), **_RETRIES}
        if self.connection_string:
            with _explaining_connection_strings():
                client = QueueServiceClient.from_connection_string(self.connection_string, **options)
        else:
            client = QueueServiceClient(self.uris["queue"], credential=self._credential, **options)
        self._closing.push_async_callback(client.close)
        return client

    @cached_property
    def _blobs(self) -> BlobServiceClient:
        from azure.storage.blob.aio import BlobServiceClient

        options = {"transport": _transport(), **_RETRIES, **_UPLOADS}
        if self.connection_string:
            with _explaining_connection_strings():
                client = BlobServiceClient.from_connection_string(self.connection_string, **options)
        else:
            client = BlobServiceClient(self.uris["blob"], credential=self._credential, **options)
        self._closing.push_async_callback(client.close)
        return client

    @cached_property
    def _credential(self) -> ManagedIdentityCredential:
        from azure.identity.aio import ManagedIdentityCredential

        credential = ManagedIdentityCredential(client_id=self.client_id or None)
        self._closing.push_async_callback(credential.close)
        return credential


def resolve(
    name: str,
    env: Mapping[str, str],
    on_operation: OnOperation = not_counted,
    *,
    services: Sequence[str] = ALL_SERVICES,
) -> StorageConnection:
    """The connection that the settings `name` or `name__...` describe, with the URLs of `services`.

    Raises PermanentError that names what is missing.
    """
    if connection_string := env.get(name):
        return StorageConnection(connection_string=connection_string, on_operation=on_operation)
    credential = env.get(f"{name}__credential", "managedidentity")
    if credential != "managedidentity":
        raise PermanentError(
            "storageSettings", f"{name}__credential is {credential!r}; only 'managedidentity' is known."
        )
    uris, missing = {}, []
    for service in services:
        setting = f"{name}__{service}ServiceUri"
        account = env.get(f"{name}__accountName")
        uri = env.get(setting) or (f"https://{account}.{service}.core.windows.net" if account else "")
        if uri.startswith("https://"):
            uris[service] = uri
        else:
            missing.append(setting)
    if missing:
        raise PermanentError(
            "storageSettings",
            f"Set {name} to a connection string, or {', '.join(missing)} to https:// URLs.",
        )
    return StorageConnection(uris=uris, client_id=env.get(f"{name}__clientId", ""), on_operation=on_operation)


@contextmanager
def _explaining_connection_strings() -> Iterator[None]:
    try:
        yield
    except ValueError:  # not chained: the SDK's message may quote parts of the string
        raise PermanentError(
            "storageSettings",
            "The storage account's connection string is malformed or incomplete.",
            remedy="Copy it again from the storage account.",
        ) from None


def _transport() -> AioHttpTransport:
    """A transport that ignores the environment's proxy and `.netrc`, which aiohttp would read for every request."""
    from azure.core.pipeline.transport import AioHttpTransport

    return AioHttpTransport(use_env_settings=False, connection_timeout=_CONNECT_SECONDS, read_timeout=_READ_SECONDS)
