"""Converts entities between the Table service's JSON and the app's: keys, plain values, ETag, time of storage.

Source: "Payload format for Table service operations" (learn.microsoft.com/rest/api/storageservices).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, assert_never
from urllib.parse import quote

from shared.adapters.storage.limits import checked_key, checked_values
from shared.core.values.storage import Entity, PropertyValue, Values

_LONG_FROM = 2**31
"""Integers from this number on, and those below its negative, are sent as text of type Int64."""
_TYPE = "@odata.type"
_ETAG = "odata.etag"


def document_of(partition: str, key: str, values: Values) -> str:
    """The entity as JSON. Raises PermanentError when a key or a value cannot be stored."""
    keys = {"PartitionKey": checked_key(partition), "RowKey": checked_key(key)}
    document: dict[str, object] = dict(keys)
    for name, value in checked_values(values).items():
        if isinstance(value, str):
            document[name] = value
        else:
            document.update(_typed(name, value))
    return json.dumps(document, separators=(",", ":"))


def entity_of(found: Mapping[str, Any]) -> Entity:
    """The entity of a parsed answer with `odata=minimalmetadata`."""
    values = {name: value for name, value in found.items() if "@" not in name and "." not in name and value is not None}
    for name in [name for name in found if name.endswith(_TYPE)]:
        values[name.removesuffix(_TYPE)] = _converted(found[name.removesuffix(_TYPE)], found[name])
    partition, key, stored = values.pop("PartitionKey"), values.pop("RowKey"), str(values.pop("Timestamp"))
    return Entity(
        partition, key, values, found.get(_ETAG) or f"W/\"datetime'{quote(stored, safe='')}'\"", _time(stored)
    )


def with_keys(select: Sequence[str]) -> list[str]:
    """Add the keys, and `Timestamp`, of which `entity_of` makes an ETag if the answer has none."""
    return ["PartitionKey", "RowKey", "Timestamp", *select]


def _typed(name: str, value: bool | float | datetime) -> Iterator[tuple[str, object]]:  # noqa: FBT001 - a value
    """The property in JSON, with its type if JSON does not show it."""
    match value:
        case bool():
            yield name, value
        case int() if -_LONG_FROM <= value < _LONG_FROM:
            yield name, value
        case int():
            yield from ((name, str(value)), (f"{name}{_TYPE}", "Edm.Int64"))
        case float():
            yield from ((name, value), (f"{name}{_TYPE}", "Edm.Double"))
        case datetime():
            yield from ((name, f"{value:%Y-%m-%dT%H:%M:%S.%fZ}"), (f"{name}{_TYPE}", "Edm.DateTime"))
        case _:
            assert_never(value)


def _converted(value: object, kind: str) -> PropertyValue:
    match kind:
        case "Edm.String":
            return str(value)
        case "Edm.Int64":
            return int(str(value))
        case "Edm.Double":
            return float(str(value))
        case "Edm.DateTime":
            return _time(str(value))
        case _:
            raise TypeError(f"A property of type {kind} was not written by this app.")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
