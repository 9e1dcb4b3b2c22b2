"""What flows see of tables, queues and blobs: stored values, conflicts, and the limits every store enforces.

Spoken by the storage adapters, by their in-memory doubles and by the flows that catch the conflicts.
Limits: "Understanding the Table service data model", "Performing entity group transactions", "Put Message"
(learn.microsoft.com/rest/api/storageservices).
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from shared.core.values.errors import PermanentError, RetryLaterError

Value = str | int | float | bool | datetime
Values = Mapping[str, Value]
"""Property values of an entity. What is absent is not stored; datetimes are aware and come back in UTC."""

OnOperation = Callable[[str], None]
"""Told of every request to a store, for instance `table.get`; repeats by the service's client are not told."""

MOST_RECEIVED = 32
"""Messages that a queue hands out at once."""

_PROPERTY_BYTES = 64 * 1024
_KEY_BYTES = 1024
_MESSAGE_BYTES = 48 * 1024
_TRANSACTION_ROWS = 100
_TRANSACTION_BYTES = 1024 * 1024
_COMPARISONS = 15
_LONGEST_DELAY = 7 * 24 * 3600

_FORBIDDEN_IN_KEYS = re.compile(r"[/\\#?\x00-\x1f\x7f-\x9f]")
_TABLE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{2,62}")


class AlreadyExistsError(PermanentError):
    """An insert found its key taken; what is stored was left as it is."""

    def __init__(self, message: str) -> None:
        super().__init__("entityAlreadyExists", message)


class ConcurrencyError(RetryLaterError):
    """What was read is no longer what is stored: another ETag, another holder, or gone. Read again, then decide."""

    def __init__(self, message: str) -> None:
        super().__init__("concurrentChange", message, delay=1.0)


class BlobNotFoundError(PermanentError):
    """The blob does not exist, or no longer."""

    def __init__(self, message: str) -> None:
        super().__init__("blobNotFound", message)


@dataclass(frozen=True, slots=True)
class Entity:
    """One stored row of a table; `repr` hides the values because they may hold numbers."""

    partition: str
    key: str
    values: dict[str, Value] = field(repr=False)
    etag: str
    stored_at: datetime | None = None
    """When it was last written, by the service's clock; None where that was not told."""


@dataclass(frozen=True, slots=True)
class Insert:
    """One write of a transaction: the key must be free."""

    key: str
    values: Values = field(repr=False)


@dataclass(frozen=True, slots=True)
class Merge:
    """One write of a transaction: updates the named properties of an entity that must still have this ETag.

    With `etag` None it must only exist.
    """

    key: str
    values: Values = field(repr=False)
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """A message under lease. `body` is None when it was not base64 of UTF-8, so not sent by this app."""

    id: str
    pop_receipt: str
    body: str | None = field(repr=False)
    dequeue_count: int
    """How often it has been received, this time included."""


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """A blob's properties. `etag` is without quotes, as Event Grid spells it; metadata keys are lower case."""

    name: str
    etag: str
    last_modified: datetime
    """Aware, UTC, whole seconds."""
    size: int
    """Bytes."""
    metadata: dict[str, str] = field(repr=False)


class TablePort(Protocol):
    async def ensure(self) -> None: ...

    async def reachable(self) -> None: ...

    async def get(self, partition: str, key: str, *, select: Sequence[str] | None = None) -> Entity | None: ...

    async def insert(self, partition: str, key: str, values: Values) -> str: ...

    async def merge(self, partition: str, key: str, values: Values, *, etag: str | None = None) -> str: ...

    async def upsert(self, partition: str, key: str, values: Values) -> str: ...

    async def insert_missing(self, partition: str, rows: Mapping[str, Values]) -> int: ...

    async def merge_many(self, partition: str, rows: Mapping[str, Values]) -> None: ...

    async def write_together(self, partition: str, writes: Sequence[Insert | Merge]) -> bool: ...

    def query(
        self,
        partition: str,
        *,
        first: str | None = None,
        last: str | None = None,
        where: Mapping[str, Collection[str]] | None = None,
        select: Sequence[str] | None = None,
    ) -> AsyncIterator[Entity]: ...

    def scan(self, first_partition: str) -> AsyncIterator[Entity]: ...

    async def delete(self, partition: str, key: str) -> None: ...

    async def delete_partition(self, partition: str) -> int: ...


class QueuePort(Protocol):
    async def ensure(self) -> None: ...

    async def reachable(self) -> None: ...

    async def send(self, body: str, *, delay: float = 0.0) -> None: ...

    async def send_many(self, bodies: Sequence[str]) -> None: ...

    async def receive(self, count: int = MOST_RECEIVED, *, lease: float) -> list[Received]: ...

    async def delete(self, received: Received) -> None: ...


class ContainerPort(Protocol):
    async def ensure(self) -> None: ...

    async def reachable(self) -> None: ...

    async def info(self, name: str) -> BlobInfo | None: ...

    async def read(self, name: str, *, if_match: str | None = None) -> bytes: ...

    async def write(self, name: str, data: bytes) -> None: ...

    def list(self, prefix: str = "") -> AsyncIterator[BlobInfo]: ...

    async def delete(self, name: str) -> None: ...


class StoragePort(Protocol):
    """An account that holds tables, queues and containers by name."""

    def table(self, name: str) -> TablePort: ...

    def queue(self, name: str) -> QueuePort: ...

    def container(self, name: str) -> ContainerPort: ...

    async def close(self) -> None: ...


def not_counted(operation: str, /) -> None:
    """The `OnOperation` of whoever does not count."""


def checked_key(key: str) -> str:
    """The key itself. Raises PermanentError when a table cannot store it; the message does not repeat it."""
    if found := _FORBIDDEN_IN_KEYS.search(key):
        raise PermanentError(
            "keyNotStorable", f"A key holds {found[0]!a}; table keys may not hold / \\ # ? or controls."
        )
    if (size := _utf16_bytes(key)) > _KEY_BYTES:
        raise PermanentError("keyNotStorable", f"A key has {size} bytes; table keys may have {_KEY_BYTES}.")
    return key


def checked_values(values: Values) -> dict[str, Value]:
    """The values as they will come back: plain strings, datetimes in UTC.

    Raises PermanentError when one is too large.
    """
    return {name: _checked(name, value) for name, value in values.items()}


def checked_table_name(name: str) -> str:
    """The name itself. Raises ValueError when the service would refuse it."""
    if not _TABLE_NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no table name: 3 to 63 letters and digits, a letter first.")
    return name


def checked_where(where: Mapping[str, Collection[str]] | None) -> dict[str, list[str]]:
    """Property -> values it may have, in a stable order. Raises ValueError when a query could not hold it."""
    wanted = {name: sorted(values) for name, values in (where or {}).items()}
    range_comparisons = 3  # partition, first and last key
    if (count := range_comparisons + sum(map(len, wanted.values()))) > _COMPARISONS:
        raise ValueError(f"The query has {count} comparisons; the Table service takes {_COMPARISONS}.")
    return wanted


def in_transactions(rows: Mapping[str, Values]) -> Iterator[dict[str, dict[str, Value]]]:
    """The rows, checked, in portions for one entity group transaction each: at most 100 rows.

    The service takes 4 MiB; 1 MiB is the most that aiohttp sends without a warning that the event loop may stall.
    """
    portion: dict[str, dict[str, Value]] = {}
    size = 0
    for key, values in rows.items():
        row = checked_values(values)
        row_size = _request_bytes(row)
        if portion and (len(portion) == _TRANSACTION_ROWS or size + row_size > _TRANSACTION_BYTES):
            yield portion
            portion, size = {}, 0
        portion[checked_key(key)] = row
        size += row_size
    if portion:
        yield portion


def checked_together(keys: Iterable[str]) -> None:
    """Raises ValueError unless the keys may be written in one transaction: at most 100, none twice."""
    listed = list(keys)
    if len(listed) > _TRANSACTION_ROWS:
        raise ValueError(f"{len(listed)} writes; one transaction takes {_TRANSACTION_ROWS}.")
    if len(set(listed)) < len(listed):
        raise ValueError("A transaction may write each key once.")


def to_message_text(body: str) -> str:
    """The base64 text that host.json's `messageEncoding` expects. Raises PermanentError past 48 KiB."""
    data = body.encode()
    if len(data) > _MESSAGE_BYTES:
        raise PermanentError("messageTooLarge", f"A message of {len(data)} bytes; a queue takes {_MESSAGE_BYTES}.")
    return base64.b64encode(data).decode("ascii")


def from_message_text(text: str) -> str | None:
    """The body, or None when the text is not base64 of UTF-8."""
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        return None


def whole_seconds(delay: float) -> int:
    """A delay as queues take it: rounded up, never negative, at most 7 days."""
    return min(max(math.ceil(delay), 0), _LONGEST_DELAY)


def _checked(name: str, value: Value) -> Value:
    if isinstance(value, str):
        if (size := _utf16_bytes(value)) > _PROPERTY_BYTES:
            raise PermanentError(
                "valueTooLarge", f"{name} has {size} bytes; a table takes {_PROPERTY_BYTES} per value."
            )
        return str(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{name} is a datetime without time zone.")
        return value.astimezone(UTC)
    return value


def _utf16_bytes(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass"))


def _request_bytes(row: Mapping[str, Value]) -> int:
    """About what a row adds to a request: its JSON, and headers, keys and property types around it."""
    around = 2048
    return around + len(json.dumps(row, default=str))
