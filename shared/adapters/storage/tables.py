"""One Azure table as typed calls with ETag conflicts; built by `storage_connection`, used by the ledger and flows.

The SDK repeats requests after bad answers, and here after lost ones too, writes included: an insert or a conditional
write that was done although its answer was lost reports a conflict. Rows are insert-only and a ConcurrencyError means
"read again", so both end well.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from shared.adapters.storage.service_errors import Explaining, Meaning, error_code
from shared.core.values.storage import (
    AlreadyExistsError,
    ConcurrencyError,
    Entity,
    Insert,
    Merge,
    OnOperation,
    Value,
    Values,
    checked_key,
    checked_table_name,
    checked_together,
    checked_values,
    checked_where,
    in_transactions,
    not_counted,
)

if TYPE_CHECKING:
    from azure.data.tables import TableEntity
    from azure.data.tables.aio import TableClient

_GONE = frozenset({"ResourceNotFound", "EntityNotFound"})
_CONDITION_FAILED = _GONE | {"EntityAlreadyExists", "UpdateConditionNotSatisfied", "ConditionNotMet"}
_LONG_FROM = 2**31
_REPEATED: dict[str, Any] = {"retry_on_methods": frozenset({"POST", "PATCH"})}
"""Has azure.core's RetryPolicy repeat writes too when a connection breaks, as when the service closed an idle one."""

type _Operation = tuple[Literal["create", "update", "delete"], dict[str, Any], dict[str, Any]]


class Table:
    """Values in, values out: property types are kept, datetimes come back in UTC.

    PermanentError when a key or a value cannot be stored; whatever else the service says is raised as the SDK raises
    it.
    """

    def __init__(self, client: TableClient, on_operation: OnOperation = not_counted) -> None:
        self.name = checked_table_name(client.table_name)
        self._client = client
        self._on_operation = on_operation

    async def ensure(self) -> None:
        """Create the table unless it is there."""
        self._on_operation("table.ensure")
        with Meaning(TableAlreadyExists=None):
            await self._client.create_table()

    async def reachable(self) -> None:
        """Raises ExplainedError when the table is missing, forbidden or out of reach."""
        self._on_operation("table.reachable")
        with Explaining("Table", f"Table {self.name}"):
            async for _page in self._client.query_entities(_filter("", None, None, {}), results_per_page=1).by_page():
                return  # an empty page tells as much as a full one

    async def close(self) -> None:
        await self._client.close()

    async def get(self, partition: str, key: str, *, select: Sequence[str] | None = None) -> Entity | None:
        """The entity, or None. `select` names the properties wanted; an empty one gives key and ETag only."""
        checked_key(partition)
        checked_key(key)
        self._on_operation("table.get")
        with Meaning(ResourceNotFound=None, EntityNotFound=None):
            return _entity(await self._client.get_entity(partition, key, select=_with_keys(select)))
        return None

    async def insert(self, partition: str, key: str, values: Values) -> str:
        """The new ETag; AlreadyExistsError when the key is taken."""
        from azure.core.exceptions import ResourceExistsError  # the one answer that the SDK raises without its code

        properties = _properties(partition, key, values)
        self._on_operation("table.insert")
        try:
            written = await self._client.create_entity(properties, **_REPEATED)
        except ResourceExistsError as error:
            raise AlreadyExistsError(f"{self.name}: {partition}/{key} is there already.") from error
        return str(written["etag"])

    async def merge(self, partition: str, key: str, values: Values, *, etag: str | None = None) -> str:
        """Update the named properties; the new ETag. ConcurrencyError when gone or, with `etag`, when it differs."""
        properties = _properties(partition, key, values)
        self._on_operation("table.merge")
        changed = ConcurrencyError(f"{self.name}: {partition}/{key} was changed or deleted meanwhile.")
        with Meaning(**dict.fromkeys(_CONDITION_FAILED, changed)):
            written = await self._client.update_entity(properties, **_condition(etag), **_REPEATED)
        return str(written["etag"])

    async def upsert(self, partition: str, key: str, values: Values) -> str:
        """Merge or insert, whatever is there; the new ETag."""
        properties = _properties(partition, key, values)
        self._on_operation("table.upsert")
        written = await self._client.upsert_entity(properties, **_REPEATED)
        return str(written["etag"])

    async def delete(self, partition: str, key: str) -> None:
        """Absent afterwards, whether or not it was there."""
        checked_key(partition)
        checked_key(key)
        self._on_operation("table.delete")
        await self._client.delete_entity(partition, key)

    async def insert_missing(self, partition: str, rows: Mapping[str, Values]) -> int:
        """Insert the rows whose key is free, 100 at a time, and leave the others untouched; how many were new.

        After a crash the same call finishes the work. Rows of a transaction that was done but whose answer was lost
        count as old.
        """
        new = 0
        for portion in in_transactions(rows):
            missing = portion
            while missing and not await self._write([_create(partition, key, row) for key, row in missing.items()]):
                taken = {
                    entity.key
                    async for entity in self.query(partition, first=min(missing), last=max(missing), select=())
                }
                missing = {key: row for key, row in missing.items() if key not in taken}
            new += len(missing)
        return new

    async def merge_many(self, partition: str, rows: Mapping[str, Values]) -> None:
        """Merge into entities that all exist, 100 at a time.

        ConcurrencyError when one is gone: its transaction and those after it are then not done, those before it are.
        """
        for portion in in_transactions(rows):
            if not await self._write([_update(partition, key, row, None) for key, row in portion.items()]):
                raise ConcurrencyError(f"{self.name}: one of {len(portion)} entities of {partition} is gone.")

    async def write_together(self, partition: str, writes: Sequence[Insert | Merge]) -> bool:
        """All writes in one transaction, or none and False when a key was taken, gone or had another ETag.

        ValueError for more than 100 writes or a key written twice.
        """
        checked_together(write.key for write in writes)
        operations: list[_Operation] = []
        for write in writes:
            match write:
                case Insert(key, values):
                    operations.append(_create(partition, key, values))
                case Merge(key, values, etag):
                    operations.append(_update(partition, key, values, etag))
        return await self._write(operations) if operations else True

    async def query(
        self,
        partition: str,
        *,
        first: str | None = None,
        last: str | None = None,
        where: Mapping[str, Collection[str]] | None = None,
        select: Sequence[str] | None = None,
    ) -> AsyncIterator[Entity]:
        """Entities of one partition in the order of their keys, `first` and `last` included.

        `where` asks that each named property has one of its values; `select` is as in `get`.
        """
        wanted = checked_where(where)
        if not all(wanted.values()):
            return
        filter_text = _filter(partition, first, last, wanted)
        async for page in self._client.query_entities(filter_text, select=_with_keys(select)).by_page():
            self._on_operation("table.query")
            async for found in page:
                yield _entity(found)

    async def scan(self, first_partition: str) -> AsyncIterator[Entity]:
        """Everything from this partition on, in the order of partitions and of keys in them."""
        filter_text = f"PartitionKey ge {_quoted(checked_key(first_partition))}"
        async for page in self._client.query_entities(filter_text).by_page():
            self._on_operation("table.query")
            async for found in page:
                yield _entity(found)

    async def delete_partition(self, partition: str) -> int:
        """Delete what the partition holds, 100 at a time; how many entities were found."""
        keys = [entity.key async for entity in self.query(partition, select=())]
        for start in range(0, len(keys), 100):
            portion = keys[start : start + 100]
            if not await self._write([_delete(partition, key) for key in portion]):
                for key in portion:  # somebody else deletes here too: a transaction fails when one key is gone
                    await self.delete(partition, key)
        return len(keys)

    async def _write(self, operations: Sequence[_Operation]) -> bool:
        """One transaction; False when a condition failed, and then nothing was written."""
        from azure.data.tables import TableTransactionError

        self._on_operation("table.transaction")
        try:
            await self._client.submit_transaction(operations, **_REPEATED)
        except TableTransactionError as error:
            if error_code(error) in _CONDITION_FAILED:
                return False
            raise
        return True


def _properties(partition: str, key: str, values: Values) -> dict[str, Any]:
    keys = {"PartitionKey": checked_key(partition), "RowKey": checked_key(key)}
    return keys | {name: _to_property(value) for name, value in checked_values(values).items()}


def _create(partition: str, key: str, values: Values) -> _Operation:
    return "create", _properties(partition, key, values), {}


def _update(partition: str, key: str, values: Values, etag: str | None) -> _Operation:
    return "update", _properties(partition, key, values), _condition(etag)


def _delete(partition: str, key: str) -> _Operation:
    return "delete", _properties(partition, key, {}), {}


def _condition(etag: str | None) -> dict[str, Any]:
    from azure.core import MatchConditions

    if etag is None:
        return {}  # the SDK then asks that the entity exists
    return {"etag": etag, "match_condition": MatchConditions.IfNotModified}


def _to_property(value: Value) -> object:
    """The SDK refuses ints past 32 bits unless their type is named."""
    from azure.data.tables import EdmType, EntityProperty

    if isinstance(value, int) and not -_LONG_FROM <= value < _LONG_FROM:
        return EntityProperty(value, EdmType.INT64)
    return value


def _from_property(value: object) -> Value:
    """The plain value: the SDK wraps 64-bit ints in a tuple and datetimes in a class of its own."""
    match value:
        case (int(long), _):
            return long
        case datetime():
            return datetime.fromisoformat(value.isoformat())
        case str() | int() | float():
            return value
        case _:
            raise TypeError(f"A property of type {type(value).__name__} was not written by this app.")


def _entity(found: TableEntity) -> Entity:
    values = {name: _from_property(value) for name, value in found.items() if value is not None}
    keys, stored_at = (str(values.pop("PartitionKey")), str(values.pop("RowKey"))), found.metadata.get("timestamp")
    return Entity(*keys, values, str(found.metadata["etag"]), stored_at.astimezone(UTC) if stored_at else None)


def _with_keys(select: Sequence[str] | None) -> list[str] | None:
    """With `Timestamp`, from which the SDK builds the ETag where the service leaves that out of a projection."""
    return None if select is None else ["PartitionKey", "RowKey", "Timestamp", *select]


def _filter(partition: str, first: str | None, last: str | None, where: Mapping[str, Sequence[str]]) -> str:
    """OData: every part must hold, a property may have any of its values."""
    parts = [f"PartitionKey eq {_quoted(partition)}"]
    if first is not None:
        parts.append(f"RowKey ge {_quoted(first)}")
    if last is not None:
        parts.append(f"RowKey le {_quoted(last)}")
    parts += [
        "(" + " or ".join(f"{name} eq {_quoted(value)}" for value in values) + ")" for name, values in where.items()
    ]
    return " and ".join(parts)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
