"""Converts properties of entities between the Azure SDK and JSON, with their Edm types; knows nothing of the app."""

from __future__ import annotations

from datetime import UTC, datetime

from azure.data.tables import EdmType, EntityProperty

from tools.snapshot.stored import TYPE, Json

INT32, INT64, DOUBLE, DATETIME = "Edm.Int32", "Edm.Int64", "Edm.Double", "Edm.DateTime"


def to_json(name: str, value: object) -> Json:
    """The property as the SDK reads it, which marks 64-bit integers by a tuple."""
    match value:
        case str() | bool():
            return {name: value}
        case EntityProperty(long, EdmType.INT64):
            return {name: str(long), name + TYPE: INT64}
        case int():
            return {name: value, name + TYPE: INT32}
        case float():
            return {name: value, name + TYPE: DOUBLE}
        case datetime():
            return {name: value.astimezone(UTC).isoformat(), name + TYPE: DATETIME}
        case _:
            raise TypeError(f"{name} has the type {type(value).__name__}, which snapshots do not know yet")


def from_json(entity: Json) -> dict[str, str | bool | int | float | datetime]:
    """The plain values of an entity's own properties."""
    system = {"PartitionKey", "RowKey", "Timestamp", "etag"}
    return {
        name: _plain(value, entity.get(name + TYPE))
        for name, value in entity.items()
        if name not in system and not name.endswith(TYPE)
    }


def for_sdk(entity: Json) -> dict[str, object]:
    """The entity as the SDK writes it, with each property's type."""
    wide = {name for name in entity if entity.get(name + TYPE) == INT64}
    values: dict[str, object] = {
        name: EntityProperty(value, EdmType.INT64) if name in wide else value
        for name, value in from_json(entity).items()
    }
    return {"PartitionKey": entity["PartitionKey"], "RowKey": entity["RowKey"], **values}


def _plain(value: str | float, edm: str | None) -> str | bool | int | float | datetime:
    match edm:
        case "Edm.Int32" | "Edm.Int64":
            return int(value)
        case "Edm.Double":
            return float(value)
        case "Edm.DateTime":
            return datetime.fromisoformat(str(value))
        case _:
            return value
