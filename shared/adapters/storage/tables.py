"""One Azure table with typed values and ETag conflicts.

The SDK's pipeline retries requests after bad answers, and here after lost answers too, writes included. An insert or a
conditional write that was done, but whose answer was lost, therefore reports a conflict. That is harmless, because a
caller treats what it finds as the work of another process.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from shared.adapters.storage.entities import entity_of, with_keys
from shared.adapters.storage.gathering import GatheringTable, SingleWrite
from shared.adapters.storage.limits import (
    checked_key,
    checked_table_name,
    checked_together,
    checked_where,
    in_transactions,
)
from shared.adapters.storage.requests import ErrorsByCode, Explaining, OnOperation, not_counted, sdk_error
from shared.adapters.storage.table_requests import (
    TableRequest,
    code_of,
    etags_of,
    literal,
    query_of,
    read_of,
    transaction_of,
    upsert_of,
    write_of,
)
from shared.core.values.errors import AlreadyExistsError, ConcurrencyError
from shared.core.values.storage import Delete, Entity, Insert, TableWrite, Values

if TYPE_CHECKING:
    from azure.core.rest import AsyncHttpResponse, HttpRequest
    from azure.data.tables.aio import TableClient

_GONE = frozenset({"ResourceNotFound", "EntityNotFound"})
_TAKEN = "EntityAlreadyExists"
_CONDITION_FAILED = _GONE | {_TAKEN, "UpdateConditionNotSatisfied", "ConditionNotMet"}
_RETRIED = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE"})
"""Makes azure.core's RetryPolicy retry writes too when a connection breaks, for instance because it was idle."""

_OK, _FOUND = range(200, 300), 200
_ONWARD = ("NextPartitionKey", "NextRowKey")
"""The parameters of the next page's request; a page names them in headers that have these names after a prefix."""


class AzureTable(GatheringTable):
    """Entities by partition and key. Property types are kept; datetimes come back in UTC.

    Every write raises PermanentError when a key or a value cannot be stored. Other errors of the service are raised as
    the SDK raises them.
    """

    def __init__(
        self, client: TableClient, on_operation: OnOperation = not_counted, gather_seconds: float = 0.0
    ) -> None:
        super().__init__(gather_seconds)
        self.name = checked_table_name(client.table_name)
        self._client = client
        self._service = urlsplit(client.url)._replace(query="").geturl()
        self._url = f"{self._service}/{self.name}"
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
            await self._send(query_of(self._url, {"$top": "1"}, None))  # no entity also shows that it can be read

    async def close(self) -> None:
        await self._client.close()

    async def upsert(self, partition: str, key: str, values: Values) -> str:
        """Merge into the entity, or insert it; returns the new ETag."""
        operation = upsert_of(self._url, partition, key, values)
        self._on_operation("table.upsert")
        return (await self._send(operation)).headers["ETag"]

    async def delete(self, partition: str, key: str) -> None:
        """Delete the entity if it exists."""
        operation = write_of(self._url, partition, Delete(key))
        self._on_operation("table.delete")
        await self._send(operation, unless=_GONE)

    async def insert_missing(self, partition: str, rows: Mapping[str, Values]) -> int:
        """Insert the entities whose key is free, at most 100 at a time; returns how many were new. The others stay.

        The call is idempotent: after a crash the same call inserts the rest. Entities of a transaction that was done,
        but whose answer was lost, are not counted as new.
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

    async def transact(self, partition: str, writes: Sequence[TableWrite]) -> list[str] | None:
        """Make all writes in one transaction; returns their new ETags.

        None = nothing was written, because of a conflict: a key was taken or gone, or its ETag differed. Raises
        ValueError for over 100 writes or a key written twice.
        """
        checked_together(write.key for write in writes)
        if not writes:
            return []
        operations = [write_of(self._url, partition, write) for write in writes]
        request = transaction_of(self._service, self._client.api_version, operations)
        self._on_operation("table.transaction")
        response = await self._answer_to(request)
        etags = etags_of(response.status_code, response.content, writes)
        if isinstance(etags, list):
            return etags
        if etags.code in _CONDITION_FAILED:
            return None
        raise sdk_error(response, etags.status, etags.code)

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
        if all(wanted.values()):
            async for entity in self._pages(_filter(partition, first, last, wanted), select):
                yield entity

    async def scan(self, first_partition: str, *, select: Sequence[str] | None = None) -> AsyncIterator[Entity]:
        """All entities from this partition on, ordered by partition and key; `select` is as in `get`."""
        async for entity in self._pages(f"PartitionKey ge {literal(checked_key(first_partition))}", select):
            yield entity

    async def delete_partition(self, partition: str) -> int:
        """Delete all entities of the partition; returns how many were found."""
        keys = [entity.key async for entity in self.query(partition, select=())]
        for start in range(0, len(keys), 100):
            portion = keys[start : start + 100]
            if not await self.write_together(partition, [Delete(key) for key in portion]):
                for key in portion:  # another process deletes here too: a transaction fails when one key is gone
                    await self.delete(partition, key)
        return len(keys)

    async def _pages(self, filtered: str, select: Sequence[str] | None) -> AsyncIterator[Entity]:
        """The entities of all pages of a query. An empty page may be followed by another."""
        parameters = {"$filter": filtered}
        while True:
            operation = query_of(self._url, parameters, None if select is None else with_keys(select))
            self._on_operation("table.query")
            response = await self._send(operation)
            for found in json.loads(response.content)["value"]:
                yield entity_of(found)
            onward = {name: response.headers.get(f"x-ms-continuation-{name}") for name in _ONWARD}
            if not any(onward.values()):
                return
            parameters |= {name: value for name, value in onward.items() if value}

    async def _read_alone(self, partition: str, key: str, select: Sequence[str] | None) -> Entity | None:
        operation = read_of(self._url, partition, key, None if select is None else with_keys(select))
        self._on_operation("table.get")
        response = await self._send(operation, unless=_GONE)
        return entity_of(json.loads(response.content)) if response.status_code == _FOUND else None

    async def _write_alone(self, partition: str, write: SingleWrite) -> str:
        operation = write_of(self._url, partition, write)
        self._on_operation(f"table.{type(write).__name__.lower()}")
        response = await self._send(operation, unless=_CONDITION_FAILED)
        if response.status_code in _OK:
            return response.headers["ETag"]
        if isinstance(write, Insert):
            raise AlreadyExistsError(f"{self.name}: {partition}/{write.key} already exists.")
        raise ConcurrencyError(f"{self.name}: {partition}/{write.key} was changed or deleted in the meantime.")

    async def _send(self, operation: TableRequest, *, unless: Collection[str] = ()) -> AsyncHttpResponse:
        """The answer to one operation. Refusals with one of these codes are returned, all others raised."""
        response = await self._answer_to(operation.request(self._client.api_version))
        if response.status_code not in _OK and (code := code_of(response.content)) not in unless:
            raise sdk_error(response, response.status_code, code)
        return response

    async def _answer_to(self, request: HttpRequest) -> AsyncHttpResponse:
        pipeline = self._client._client  # noqa: SLF001 - see decision 57
        response: AsyncHttpResponse = await pipeline.send_request(request, stream=True, retry_on_methods=_RETRIED)
        await response.read()
        return response


def _filter(partition: str, first: str | None, last: str | None, where: Mapping[str, Sequence[str | bool]]) -> str:
    """The query's filter: keys within the range, and each property with one of its values."""
    comparisons = [f"PartitionKey eq {literal(partition)}"]
    if first is not None:
        comparisons.append(f"RowKey ge {literal(first)}")
    if last is not None:
        comparisons.append(f"RowKey le {literal(last)}")
    for name, wanted in where.items():
        comparisons.append(f"({' or '.join(f'{name} eq {literal(value)}' for value in wanted)})")
    return " and ".join(comparisons)
