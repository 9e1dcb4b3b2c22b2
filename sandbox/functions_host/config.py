"""Reads host.json and app settings, with the real host's defaults.

Called by `host`; calls nothing. Defaults are those of Azure/azure-sdk-for-net `QueuesOptions.cs`, `BlobsOptions.cs`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MAX_BATCH = 32


class ConfigurationError(Exception):
    """A setting or host.json value is missing or invalid; the message names it and the remedy."""


@dataclass(frozen=True, slots=True)
class QueuePolicy:
    """How a queue is listened to; times in seconds."""

    batch_size: int
    new_batch_threshold: int
    max_dequeue_count: int = 5
    visibility_timeout: float = 0.0
    max_polling_interval: float = 60.0
    base64: bool = True


@dataclass(frozen=True, slots=True)
class HostConfig:
    route_prefix: str
    function_timeout: float | None
    """Seconds, None = no limit."""
    queues: QueuePolicy
    blobs: QueuePolicy

    @classmethod
    def read(cls, app_dir: Path) -> HostConfig:
        """Read `app_dir/host.json`; raises ConfigurationError."""
        path = app_dir / "host.json"
        if not path.is_file():
            raise ConfigurationError(f"{path} is missing; a function app needs one.")
        document = _json(path)
        extensions = document.get("extensions", {})
        return cls(
            route_prefix=extensions.get("http", {}).get("routePrefix", "api"),
            function_timeout=_timeout(document.get("functionTimeout", "00:30:00")),
            queues=_queue_policy(extensions.get("queues", {})),
            blobs=_blob_policy(extensions.get("blobs", {})),
        )


def resolve(text: str, settings: Mapping[str, str]) -> str:
    """Replace every `%SETTING%`; raises ConfigurationError for one that is not set."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in settings:
            raise ConfigurationError(f"The binding value {text!r} needs the setting {match[1]}, which is not set.")
        return settings[match[1]]

    return re.sub(r"%([^%]+)%", value, text)


def read_local_settings(path: Path) -> dict[str, str]:
    """The `Values` of a file in the format of local.settings.json; raises ConfigurationError."""
    document = _json(path)
    if document.get("IsEncrypted", False):
        raise ConfigurationError(f"{path} is encrypted; decrypt it with `func settings decrypt`.")
    return {name: str(value) for name, value in document.get("Values", {}).items()}


def seconds(span: str) -> float:
    """A .NET time span `[d.]hh:mm:ss[.fff]` in seconds; raises ConfigurationError."""
    match = re.fullmatch(r"(?:(\d+)\.)?(\d\d?):(\d\d):(\d\d(?:\.\d+)?)", span)
    if match is None:
        raise ConfigurationError(f"{span!r} is not a time span; write hh:mm:ss.")
    days, hours, minutes, rest = match.groups()
    return int(days or 0) * 86400 + int(hours) * 3600 + int(minutes) * 60 + float(rest)


def _json(path: Path) -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads(path.read_text())
    except json.JSONDecodeError as error:
        raise ConfigurationError(f"{path} is not JSON: {error}") from error
    return document


def _timeout(span: str) -> float | None:
    return None if span == "-1" else seconds(span)


def _queue_policy(section: Mapping[str, Any]) -> QueuePolicy:
    batch_size = int(section.get("batchSize", 16))
    if not 1 <= batch_size <= MAX_BATCH:
        raise ConfigurationError(f"extensions.queues.batchSize is {batch_size}; it must be 1 to {MAX_BATCH}.")
    return QueuePolicy(
        batch_size=batch_size,
        new_batch_threshold=int(section.get("newBatchThreshold", batch_size // 2 * (os.cpu_count() or 1))),
        max_dequeue_count=int(section.get("maxDequeueCount", 5)),
        visibility_timeout=seconds(section.get("visibilityTimeout", "00:00:00")),
        max_polling_interval=seconds(section.get("maxPollingInterval", "00:01:00")),
        base64=section.get("messageEncoding", "base64") == "base64",
    )


def _blob_policy(section: Mapping[str, Any]) -> QueuePolicy:
    """The policy of the queue that blob notices go through; the real host splits the parallelism in the same way.

    It also wakes the queue's listener when it notices a blob; two polls a second come close to that.
    """
    parallel = int(section.get("maxDegreeOfParallelism", 8 * (os.cpu_count() or 1)))
    batch_size = min(MAX_BATCH, parallel // 2 + 1)
    return QueuePolicy(
        batch_size=batch_size,
        new_batch_threshold=parallel - batch_size,
        max_dequeue_count=int(section.get("poisonBlobThreshold", 5)),
        max_polling_interval=0.5,
    )
