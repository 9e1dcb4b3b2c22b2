"""One Azure table with typed values and ETag conflicts. `connection` builds it; the ledger uses it.

The SDK retries requests after bad answers, and here after lost answers too, writes included. An insert or a conditional
write that was done, but whose answer was lost, therefore reports a conflict. That is harmless: inserts are idempotent,
and after a ConcurrencyError the caller reads again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from shared.adapters.storage.entities import entity_of, properties, with_keys
from shared.adapters.storage.limits import (
    checked_key,
    checked_table_name,
    checked_together,
    checked_where,
    in_transactions,
)
from shared.adapters.storage.ports import Delete, Entity, Insert, Merge, Values, Write
from shared.adapters.storage.requests import ErrorsByCode, Explaining, OnOperation, not_counted, with_code
from shared.adapters.storage.transactions import Refused, answer_of, request_of
from shared.core.values.errors import AlreadyExistsError, ConcurrencyError

if TYPE_CHECKING:
    from azure.data.tables.aio import TableClient

_GONE = frozenset({"ResourceNotFound", "EntityNotFound"})
_CONDITION_FAILED = _GONE | {"EntityAlreadyExists", "UpdateConditionNotSatisfied", "ConditionNotMet"}
_RETRIED: dict[str, Any] = {"retry_on_methods": frozenset({"POST", "PATCH"})}
"""Makes azure.core's RetryPolicy retry writes too when a connection breaks, such as an idle one that was closed."""


class AzureTable:
    """Entities by partition and key. Property types are kept; datetimes come back in UTC.

    Every write raises PermanentError when a key or a value cannot be stored. Other errors of the service are raised as
    the SDK raises them.
    """

    def __init__(self, client: TableClient, on_operation: OnOperation = not_counted) -> None:
        self.name = checked_table_name(client.table_name)
        self._client = client
        self._on_operation = on_operation

    async def ensure(self) -> None:
        """Create the table unless it exists."""
        self._on_operation("table.ensure")
        with ErrorsByCode(TableAlreadyExists=None):
            await self._client.create_table()

    async def reachable(self) -> None:
        """Raises ExplainedError when the table does not exist, may not be read or cannot be reached."""
        self._on_operation("table.reachable")
        with Explaining("Table", f"Table {self.name}"):
            async for _page in self._client.query_entities(**_query("", None, None, {}), results_per_page=1).by_page():
                return  # an empty page also shows that the table can be read

    async def close(self) -> None:
        await self._client.close()

    async def get(self, partition: str, key: str, *, select: Sequence[str] | None = None) -> Entity | None:
        """The entity, or None. `select` names the properties to read; an empty one reads only key and ETag."""
        checked_key(partition)
        checked_key(key)
        self._on_operation("table.get")
        with ErrorsByCode(ResourceNotFound=None, EntityNotFound=None):
            return entity_of(await self._client.get_entity(partition, key, select=with_keys(select)))
        return None

    async def insert(self, partition: str, key: str, values: Values) -> str:
        """Insert an entity; returns its ETag. Raises AlreadyExistsError when the key is taken."""
        from azure.core.exceptions import ResourceExistsError  # the only error that the SDK raises without its code

        entity = properties(partition, key, values)
        self._on_operation("table.insert")
        try:
            written = await self._client.create_entity(entity, **_RETRIED)
        except ResourceExistsError as error:
            raise AlreadyExistsError(f"{self.name}: {partition}/{key} already exists.") from error
        return str(written["etag"])

    async def merge(self, partition: str, key: str, values: Values, *, etag: str | None = None) -> str:
        """Update the named properties; returns the new ETag.

        Raises ConcurrencyError when the entity is gone or its ETag differs from `etag`.
        """
        entity = properties(partition, key, values)
        self._on_operation("table.merge")
        changed = ConcurrencyError(f"{self.name}: {partition}/{key} was changed or deleted in the meantime.")
        with ErrorsByCode(**dict.fromkeys(_CONDITION_FAILED, changed)):
            written = await self._client.update_entity(entity, **_condition(etag), **_RETRIED)
        return str(written["etag"])

    async def replace(self, partition: str, key: str, values: Values, *, etag: str) -> str:
        """Store these properties in place of all others; returns the new ETag.

        Raises ConcurrencyError when the entity is gone or its ETag differs from `etag`.
        """
        from azure.data.tables import UpdateMode

        entity = properties(partition, key, values)
        self._on_operation("table.replace")
        changed = ConcurrencyError(f"{self.name}: {partition}/{key} was changed or deleted in the meantime.")
        with ErrorsByCode(**dict.fromkeys(_CONDITION_FAILED, changed)):
            written = await self._client.update_entity(entity, mode=UpdateMode.REPLACE, **_condition(etag), **_RETRIED)
        return str(written["etag"])

    async def upsert(self, partition: str, key: str, values: Values) -> str:
        """Merge into the entity, or insert it; returns the new ETag."""
        entity = properties(partition, key, values)
        self._on_operation("table.upsert")
        written = await self._client.upsert_entity(entity, **_RETRIED)
        return str(written["etag"])

    async def delete(self, partition: str, key: str) -> None:
        """Delete the entity if it exists."""
        checked_key(partition)
        checked_key(key)
        self._on_operation("table.delete")
        await self._client.delete_entity(partition, key)

    async def insert_missing(self, partition: str, rows: Mapping[str, Values]) -> int:
        """Insert the rows whose key is free, 100 at a time; returns how many were new. Existing rows are not changed.

        The call is idempotent: after a crash the same call inserts the rest. Rows of a transaction that was done, but
        whose answer was lost, are not counted as new.
        """
        new = 0
        for portion in in_transactions(rows):
            missing = portion
            while missing and not await self.write_together(partition, [Insert(*item) for item in missing.items()]):
                taken = {
                    entity.key
                    async for entity in self.query(partition, first=min(missing), last=max(missing), select=())
                }
                missing = {key: row for key, row in missing.items() if key not in taken}
            new += len(missing)
        return new

    async def merge_many(self, partition: str, rows: Mapping[str, Values]) -> None:
        """Merge into entities that all exist, 100 at a time.

        Raises ConcurrencyError when one is gone: earlier transactions are done, its own and later ones are not.
        """
        for portion in in_transactions(rows):
            if not await self.write_together(partition, [Merge(*item) for item in portion.items()]):
                raise ConcurrencyError(f"{self.name}: one of {len(portion)} entities of {partition} is gone.")

    async def write_together(self, partition: str, writes: Sequence[Write]) -> bool:
        """As `transact`; returns whether the writes were made."""
        return await self.transact(partition, writes) is not None

    async def transact(self, partition: str, writes: Sequence[Write]) -> list[str] | None:
        """Make all writes in one transaction; returns their new ETags. None, and nothing is written, after a conflict:

        a key was taken or gone, or its ETag differed. Raises ValueError for over 100 writes or a key written twice.
        """
        checked_together(write.key for write in writes)
        return await self._transact(partition, writes) if writes else []

    async def query(
        self,
        partition: str,
        *,
        first: str | None = None,
        last: str | None = None,
        where: Mapping[str, Collection[str | bool]] | None = None,
        select: Sequence[str] | None = None,
    ) -> AsyncIterator[Entity]:
        """The entities of one partition ordered by key, `first` and `last` included.

        With `where`, each named property must have one of the given values; `select` is as in `get`.
        """
        wanted = checked_where(where)
        if not all(wanted.values()):
            return
        query = _query(partition, first, last, wanted)
        async for page in self._client.query_entities(**query, select=with_keys(select)).by_page():
            self._on_operation("table.query")
            async for found in page:
                yield entity_of(found)

    async def scan(self, first_partition: str, *, select: Sequence[str] | None = None) -> AsyncIterator[Entity]:
        """All entities from this partition on, ordered by partition and key; `select` is as in `get`."""
        parameters = {"first": checked_key(first_partition)}
        found_from = self._client.query_entities(
            "PartitionKey ge @first", parameters=parameters, select=with_keys(select)
        )
        async for page in found_from.by_page():
            self._on_operation("table.query")
            async for found in page:
                yield entity_of(found)

    async def delete_partition(self, partition: str) -> int:
        """Delete all entities of the partition, 100 at a time; returns how many were found."""
        keys = [entity.key async for entity in self.query(partition, select=())]
        for start in range(0, len(keys), 100):
            portion = keys[start : start + 100]
            if not await self.write_together(partition, [Delete(key) for key in portion]):
                for key in portion:  # another process deletes here too: a transaction fails when one key is gone
                    await self.delete(partition, key)
        return len(keys)

    async def _transact(self, partition: str, writes: Sequence[Write]) -> list[str] | None:
        from azure.core.exceptions import HttpResponseError

        client = self._client
        service = urlsplit(client.url)._replace(query="").geturl()
        request = request_of(service, client.api_version, client.table_name, partition, writes)
        self._on_operation("table.transaction")
        response = await client._client.send_request(request, stream=True, **_RETRIED)  # noqa: SLF001 - see decision 57
        answer = answer_of(response.status_code, await response.read(), writes)
        if not isinstance(answer, Refused):
            return answer
        if answer.code in _CONDITION_FAILED:
            return None
        raise with_code(HttpResponseError(f"transaction refused: {answer.status} {answer.code}", response), answer.code)


def _condition(etag: str | None) -> dict[str, Any]:
    from azure.core import MatchConditions

    if etag is None:
        return {}  # the SDK then requires only that the entity exists
    return {"etag": etag, "match_condition": MatchConditions.IfNotModified}


def _query(
    partition: str, first: str | None, last: str | None, where: Mapping[str, Sequence[str | bool]]
) -> dict[str, Any]:
    """The arguments of `query_entities`: every comparison must hold, and each property must have one of its values.

    The SDK replaces words that start with @ by quoted values.
    """
    filters, values = ["PartitionKey eq @partition"], dict[str, str | bool](partition=partition)
    for name, comparison, key in (("first", "RowKey ge", first), ("last", "RowKey le", last)):
        if key is not None:
            filters.append(f"{comparison} @{name}")
            values[name] = key
    for name, wanted in where.items():
        parameters = {f"{name}{position}": value for position, value in enumerate(wanted)}
        filters.append(f"( {' or '.join(f'{name} eq @{parameter}' for parameter in parameters)} )")
        values |= parameters
    return {"query_filter": " and ".join(filters), "parameters": values}
