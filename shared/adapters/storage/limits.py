"""The limits of tables and queues, checked without Azure, so that tables and queues in memory have them too.

Sources: "Understanding the Table service data model", "Querying tables and entities", "Performing entity group
transactions", "Put Message", "Get Messages" (learn.microsoft.com/rest/api/storageservices).
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime

from shared.core.values.errors import PermanentError
from shared.core.values.storage import PropertyValue, Values

MOST_RECEIVED = 32
"""The most messages that a queue returns at once."""

_PROPERTY_BYTES = 64 * 1024
_SURELY_STORED = _PROPERTY_BYTES // 4
"""A text of up to this many characters fits into a property, whatever they are."""
_KEY_BYTES = 1024
_MESSAGE_BYTES = 48 * 1024
_TRANSACTION_ROWS = 100
_TRANSACTION_BYTES = 1024 * 1024
_COMPARISONS = 15
_RANGE_COMPARISONS = 3
"""Comparisons of partition, first and last key in a filter."""
MOST_KEYS = _COMPARISONS - _RANGE_COMPARISONS
"""The most keys that one query can name."""
_LONGEST_DELAY = 7 * 24 * 3600

_FORBIDDEN_IN_KEYS = re.compile(r"[/\\#?\x00-\x1f\x7f-\x9f]")
_TABLE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{2,62}")


def checked_key(key: str) -> str:
    """The key, unchanged. Raises PermanentError, without the key in its text, when a table cannot store it."""
    if found := _FORBIDDEN_IN_KEYS.search(key):
        raise PermanentError(
            "keyNotStorable", f"A key holds {found[0]!a}; table keys may not hold / \\ # ? or controls."
        )
    if (size := _utf16_bytes(key)) > _KEY_BYTES:
        raise PermanentError("keyNotStorable", f"A key has {size} bytes; table keys may have {_KEY_BYTES}.")
    return key


def checked_values(values: Values) -> dict[str, PropertyValue]:
    """The values as a later read returns them: plain strings, and datetimes in UTC.

    Raises PermanentError when one is too large, ValueError for a datetime without time zone.
    """
    return {
        name: value if type(value) is str and len(value) <= _SURELY_STORED else _checked(name, value)
        for name, value in values.items()
    }


def checked_table_name(name: str) -> str:
    """The name, unchanged. Raises ValueError when the service would refuse it."""
    if not _TABLE_NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not a table name: 3 to 63 letters and digits, a letter first.")
    return name


def checked_where(where: Mapping[str, Collection[str | bool]] | None) -> dict[str, list[str | bool]]:
    """The values that each property may have, sorted. Raises ValueError when they are too many for one query."""
    wanted = {name: sorted(values) for name, values in (where or {}).items()}
    if (count := _RANGE_COMPARISONS + sum(map(len, wanted.values()))) > _COMPARISONS:
        raise ValueError(f"The query has {count} comparisons; the Table service takes {_COMPARISONS}.")
    return wanted


def in_transactions(rows: Mapping[str, Values]) -> Iterator[dict[str, Values]]:
    """The rows in portions that each fit one entity group transaction: at most 100 rows and about 1 MiB.

    The service takes 4 MiB, but above 1 MiB aiohttp warns that the event loop may stall.
    """
    portion: dict[str, Values] = {}
    size = 0
    for key, row in rows.items():
        row_size = _request_bytes(row)
        if portion and (len(portion) == _TRANSACTION_ROWS or size + row_size > _TRANSACTION_BYTES):
            yield portion
            portion, size = {}, 0
        portion[key] = row
        size += row_size
    if portion:
        yield portion


def checked_together(keys: Iterable[str]) -> None:
    """Raises ValueError unless one transaction can write the keys: at most 100, none twice."""
    listed = list(keys)
    if len(listed) > _TRANSACTION_ROWS:
        raise ValueError(f"{len(listed)} writes; one transaction takes {_TRANSACTION_ROWS}.")
    if len(set(listed)) < len(listed):
        raise ValueError("A transaction may write each key once.")


def to_message_text(body: str) -> str:
    """The base64 text that host.json's `messageEncoding` expects. Raises PermanentError for more than 48 KiB."""
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
    """A delay as queues accept it: rounded up, from 0 to 7 days."""
    return min(max(math.ceil(delay), 0), _LONGEST_DELAY)


def _checked(name: str, value: PropertyValue) -> PropertyValue:
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
    return 2 * len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass"))


def _request_bytes(row: Values) -> int:
    """An estimate of what a row adds to a request: its JSON, and the headers, keys and property types around it.

    In JSON a quote takes two bytes, and two bytes of UTF-16 outside ASCII take six.
    """
    size, around_each = 2048, 32
    for name, value in row.items():
        size += around_each + len(name)
        if isinstance(value, str):
            size += 2 * len(value) if value.isascii() else 3 * _utf16_bytes(value)
    return size
