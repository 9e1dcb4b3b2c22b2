"""Table entities as the SDK has them, and as the app has them: keys, plain values, ETag, time of storage."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from shared.adapters.storage.limits import checked_key, checked_values
from shared.adapters.storage.ports import Entity, PropertyValue, Values

if TYPE_CHECKING:
    from azure.data.tables import TableEntity

LONG_FROM = 2**31
"""Integers from here on, and below its negative, have 64 bits and state their type."""


def properties(partition: str, key: str, values: Values) -> dict[str, Any]:
    keys = {"PartitionKey": checked_key(partition), "RowKey": checked_key(key)}
    return keys | {name: _to_property(value) for name, value in checked_values(values).items()}


def _to_property(value: PropertyValue) -> object:
    """The SDK refuses integers of more than 32 bits unless their type is given."""
    from azure.data.tables import EdmType, EntityProperty

    if isinstance(value, int) and not -LONG_FROM <= value < LONG_FROM:
        return EntityProperty(value, EdmType.INT64)
    return value


def _from_property(value: object) -> PropertyValue:
    """The plain value: the SDK returns 64-bit integers in a tuple and datetimes in a class of its own."""
    match value:
        case (int(long), _):
            return long
        case datetime():
            return datetime.fromisoformat(value.isoformat())
        case str() | int() | float():
            return value
        case _:
            raise TypeError(f"A property of type {type(value).__name__} was not written by this app.")


def entity_of(found: TableEntity) -> Entity:
    values = {name: _from_property(value) for name, value in found.items() if value is not None}
    keys, stored_at = (str(values.pop("PartitionKey")), str(values.pop("RowKey"))), found.metadata.get("timestamp")
    return Entity(*keys, values, str(found.metadata["etag"]), stored_at.astimezone(UTC) if stored_at else None)


def with_keys(select: Sequence[str] | None) -> list[str] | None:
    """Adds the keys, and `Timestamp`, from which the SDK builds the ETag where a projection lacks it."""
    return None if select is None else ["PartitionKey", "RowKey", "Timestamp", *select]
