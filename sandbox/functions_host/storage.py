"""Storage clients by connection name, one per service and connection, closed together.

Called by `host`; calls the SDKs of storage and identity. Queue clients have no decode policy: one that fails on one
message raises for the whole batch, so bodies are decoded one by one where they are used.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

from azure.core.pipeline.transport import AioHttpTransport
from azure.identity.aio import ManagedIdentityCredential
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient

from sandbox.functions_host.config import ConfigurationError

HOST_CONNECTION = "AzureWebJobsStorage"
MANAGED_IDENTITY = "managedidentity"
_SCOPE = "https://storage.azure.com/.default"


class Storage:
    """The storage accounts an app's bindings name, by connection string or by the managed identity."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._settings = settings
        self._blobs: dict[str, BlobServiceClient] = {}
        self._queues: dict[str, QueueServiceClient] = {}
        self._credentials: list[ManagedIdentityCredential] = []
        self._closing = AsyncExitStack()

    def blobs(self, connection: str = HOST_CONNECTION) -> BlobServiceClient:
        """Raises ConfigurationError when the connection's settings do not lead to the account's blobs."""
        if connection not in self._blobs:
            self._blobs[connection] = self._open(BlobServiceClient, connection, "blob")
        return self._blobs[connection]

    def queues(self, connection: str = HOST_CONNECTION) -> QueueServiceClient:
        """Raises ConfigurationError when the connection's settings do not lead to the account's queues."""
        if connection not in self._queues:
            self._queues[connection] = self._open(QueueServiceClient, connection, "queue")
        return self._queues[connection]

    async def sign_in(self) -> None:
        """Ask for a token for every connection by identity that is open; raises ClientAuthenticationError."""
        for credential in self._credentials:
            await credential.get_token(_SCOPE)

    def _open[C: (BlobServiceClient, QueueServiceClient)](self, kind: type[C], connection: str, service: str) -> C:
        if connection in self._settings:
            client = kind.from_connection_string(self._settings[connection], **_options())
        else:
            address = self._address(connection, service)
            client = kind(address, credential=self._identity(connection), **_options())
        self._closing.push_async_callback(client.close)
        return client

    def _address(self, connection: str, service: str) -> str:
        if account := self._settings.get(f"{connection}__accountName"):
            return f"https://{account}.{service}.core.windows.net"
        if address := self._settings.get(f"{connection}__{service}ServiceUri"):
            return address
        raise ConfigurationError(
            f"The connection {connection} does not lead to the account's {service}s: set {connection} to a connection "
            f"string, or {connection}__{service}ServiceUri to a URL."
        )

    def _identity(self, connection: str) -> ManagedIdentityCredential:
        """Without `__credential`, the real host's default credential finds the same identity."""
        kind = self._settings.get(f"{connection}__credential", MANAGED_IDENTITY)
        if kind.lower() != MANAGED_IDENTITY:
            raise ConfigurationError(f"{connection}__credential is {kind!r}; this host knows only {MANAGED_IDENTITY}.")
        credential = ManagedIdentityCredential(client_id=self._settings.get(f"{connection}__clientId"))
        self._credentials.append(credential)
        self._closing.push_async_callback(credential.close)
        return credential

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._closing.aclose()


def _options() -> dict[str, Any]:
    """A transport per client, and the SDK's exponential retry without its first wait of 15 s."""
    transport = AioHttpTransport(use_env_settings=False)
    return {"transport": transport, "initial_backoff": 1, "increment_base": 2, "random_jitter_range": 1}
