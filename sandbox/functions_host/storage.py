"""Storage clients by connection name, one per service and connection, closed together.

Called by `host`; calls the storage SDK. Queue clients have no encode policy: a policy that fails on one message
raises for the whole batch, so bodies are decoded one by one where they are used.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from azure.core.pipeline.transport import AioHttpTransport
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient

from sandbox.functions_host.config import ConfigurationError

HOST_CONNECTION = "AzureWebJobsStorage"


class Storage:
    """The storage accounts an app's bindings name."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._settings = settings
        self._blobs: dict[str, BlobServiceClient] = {}
        self._queues: dict[str, QueueServiceClient] = {}

    def blobs(self, connection: str = HOST_CONNECTION) -> BlobServiceClient:
        """Raises ConfigurationError when the connection is not a connection string."""
        if connection not in self._blobs:
            self._blobs[connection] = BlobServiceClient.from_connection_string(
                self._connection_string(connection), **_options()
            )
        return self._blobs[connection]

    def queues(self, connection: str = HOST_CONNECTION) -> QueueServiceClient:
        """Raises ConfigurationError when the connection is not a connection string."""
        if connection not in self._queues:
            self._queues[connection] = QueueServiceClient.from_connection_string(
                self._connection_string(connection), **_options()
            )
        return self._queues[connection]

    def _connection_string(self, connection: str) -> str:
        if connection in self._settings:
            return self._settings[connection]
        if any(name.startswith(f"{connection}__") for name in self._settings):
            raise ConfigurationError(
                f"The connection {connection} is set up for a managed identity ({connection}__…), which this host "
                f"cannot use. Set {connection} to a connection string, or run the app with `func start`."
            )
        raise ConfigurationError(f"The connection {connection} is not set; set {connection} to a connection string.")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for blobs in self._blobs.values():
            await blobs.close()
        for queues in self._queues.values():
            await queues.close()


def _options() -> dict[str, Any]:
    """A transport per client, and the SDK's exponential retry without its first wait of 15 s."""
    transport = AioHttpTransport(use_env_settings=False)
    return {"transport": transport, "initial_backoff": 1, "increment_base": 2, "random_jitter_range": 1}
