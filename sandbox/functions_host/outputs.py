"""Output bindings: what a function put into `func.Out` goes to a queue or a blob.

Called by `host` after every invocation that succeeded; calls the storage SDK.
"""

from __future__ import annotations

import base64
import json
import re
import uuid
from collections.abc import Mapping
from typing import Any

from sandbox.functions_host.config import ConfigurationError, resolve
from sandbox.functions_host.runtime import Function, Result
from sandbox.functions_host.storage import HOST_CONNECTION, Storage

SUPPORTED = ("queue", "blob", "http")


class Outputs:
    """Delivers results; queue items one after another, as the real host does."""

    def __init__(self, storage: Storage, settings: Mapping[str, str], *, base64_queues: bool) -> None:
        self._storage = storage
        self._settings = settings
        self._base64 = base64_queues

    async def deliver(self, function: Function, result: Result, metadata: Mapping[str, object]) -> None:
        values = dict(result.outputs) if result.returned is None else {**result.outputs, "$return": result.returned}
        for name, value in values.items():
            binding = function.outputs[name]
            match binding["type"]:
                case "queue":
                    await self._to_queue(binding, value)
                case "blob":
                    await self._to_blob(binding, value, metadata)

    async def _to_queue(self, binding: Mapping[str, Any], value: object) -> None:
        queue = self._storage.queues(binding.get("connection") or HOST_CONNECTION).get_queue_client(
            resolve(binding["queueName"], self._settings)
        )
        for item in value if isinstance(value, list) else [value]:
            body = _bytes(item)
            await queue.send_message(base64.b64encode(body).decode() if self._base64 else body.decode())

    async def _to_blob(self, binding: Mapping[str, Any], value: object, metadata: Mapping[str, object]) -> None:
        path = _fill(resolve(binding["path"], self._settings), metadata)
        container, _, name = path.partition("/")
        service = self._storage.blobs(binding.get("connection") or HOST_CONNECTION)
        await service.get_blob_client(container, name).upload_blob(_bytes(value), overwrite=True)


def _fill(template: str, metadata: Mapping[str, object]) -> str:
    """Binding expressions: `{rand-guid}` and every `{name}` the trigger provides; raises ConfigurationError."""

    def value(match: re.Match[str]) -> str:
        if match[1] == "rand-guid":
            return str(uuid.uuid4())
        if match[1] not in metadata:
            raise ConfigurationError(f"The output path {template!r} needs {{{match[1]}}}, which the trigger has not.")
        return str(metadata[match[1]])

    return re.sub(r"\{([\w-]+)\}", value, template)


def _bytes(value: object) -> bytes:
    match value:
        case bytes():
            return value
        case str():
            return value.encode()
        case {"body": str(body)}:  # a func.QueueMessage
            return body.encode()
        case _:
            return json.dumps(value).encode()
