"""The running app as the triggers use it: its functions, settings and storage, and how to invoke it.

Made by `host`; used by `queues`, `blobs`, `timers` and `web`.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient

from sandbox.functions_host.clock import HostClock
from sandbox.functions_host.config import ConfigurationError, HostConfig, resolve
from sandbox.functions_host.runtime import Function, FunctionFailedError, invoke
from sandbox.functions_host.storage import HOST_CONNECTION, Storage

log = logging.getLogger(__name__)

HOST_CONTAINER = "azure-webjobs-hosts"
_TRIGGERS = {"httpTrigger", "queueTrigger", "blobTrigger", "timerTrigger"}


@dataclass(frozen=True, slots=True)
class LoadedApp:
    functions: Mapping[str, Function]
    """By name."""
    settings: Mapping[str, str]
    config: HostConfig
    storage: Storage
    clock: HostClock
    lease: float
    """Seconds a queue message stays hidden while it is handled."""
    poll: float
    """Seconds between two scans of a blob container."""

    @property
    def host_id(self) -> str:
        """A part of the names of what the host stores; hosts with the same id share receipts and timers."""
        return self.settings.get("AzureFunctionsWebHost__hostid", "sandbox")

    def triggered_by(self, kind: str) -> list[Function]:
        return [function for function in self.functions.values() if function.trigger["type"] == kind]

    def setting(self, function: Function, name: str) -> str:
        """A value of the trigger with every `%SETTING%` replaced; raises ConfigurationError."""
        return resolve(str(function.trigger[name]), self.settings)

    def connection(self, function: Function) -> str:
        """The connection that the trigger names, or the host's own."""
        return str(function.trigger.get("connection") or HOST_CONNECTION)

    def blobs(self, function: Function) -> BlobServiceClient:
        """The account that the trigger names; raises ConfigurationError."""
        return self.storage.blobs(self.connection(function))

    def queues(self, function: Function) -> QueueServiceClient:
        """The account that the trigger names; raises ConfigurationError."""
        return self.storage.queues(self.connection(function))

    def check(self) -> None:
        """Raises ConfigurationError for bindings that this host does not know, instead of running a part of the app."""
        for function in self.functions.values():
            kinds = {function.trigger["type"]} - _TRIGGERS | {binding["type"] for binding in function.others} - {"http"}
            if kinds:
                raise ConfigurationError(f"{function.name} has bindings this host does not know: {', '.join(kinds)}.")
            if function.has_retry_policy:
                log.warning("%s has a retry policy, which this host ignores", function.name)

    async def invoke_triggered(self, function: Function, value: object, metadata: Mapping[str, object]) -> None:
        """As `invoke`, with what the real host adds to every trigger's metadata."""
        system = {"MethodName": function.name, "UtcNow": self.clock.now().isoformat(), "RandGuid": str(uuid.uuid4())}
        await self.invoke(function, value, {**metadata, "sys": system})

    async def invoke(self, function: Function, value: object, metadata: Mapping[str, object]) -> Any:  # noqa: ANN401 # what the function returned
        """Run one function. Raises FunctionFailedError, already logged."""
        try:
            return await invoke(function, value, metadata, self.config.function_timeout)
        except FunctionFailedError as error:
            log.error("%s failed: %s", function.name, error)  # noqa: TRY400 # a traceback could quote data
            raise
