"""Transactions with a body of our own: kept by Azurite and by the double, and cheaper than the SDK's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from cProfile import Profile
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from azure.core.exceptions import HttpResponseError

from shared.adapters.storage.connection import StorageConnection
from shared.adapters.storage.table_requests import Refused, etags_of
from shared.core.values.storage import Delete, Insert, Merge, Replace, TablePort, TableWrite, Values
from testing.doubles import MemoryTable

P = "20261121T101500Z-0123456789-0"
KEY = "O'Neil =ü% +"
ALL_KINDS: Values = {
    "text": "Grüße 'x' \"y\" \U0001f642\r\n--changeset\r\n",
    "empty": "",
    "yes": True,
    "small": -(2**31),
    "large": 2**31,
    "largest": 2**63 - 1,
    "share": 0.25,
    "whole": 3.0,
    "at": datetime(2026, 11, 21, 10, 15, 0, 123456, UTC),
}


@pytest.fixture
async def connection(azurite: str) -> AsyncIterator[StorageConnection]:
    connection = StorageConnection(azurite)
    yield connection
    await connection.close()


@pytest.fixture(params=["azurite", "memory"])
async def table(request: pytest.FixtureRequest, connection: StorageConnection) -> TablePort:
    if request.param == "memory":
        return MemoryTable()
    real = connection.table(f"Transact{uuid4().hex}")
    await real.ensure()
    return real


@pytest.mark.parametrize("kind", [Insert, Merge, Replace])
async def test_every_kind_of_value_and_key(table: TablePort, kind: type[Insert | Merge | Replace]) -> None:
    """They come back with their types, whatever characters are in them, with the ETag that the write gave."""
    etag = "" if kind is Insert else await table.insert(P, KEY, {"empty": "not yet"})
    write = Insert(KEY, ALL_KINDS) if kind is Insert else kind(KEY, ALL_KINDS, etag)  # type: ignore[call-arg]

    etags = await table.transact(P, [write])

    found = await table.get(P, KEY)
    assert found is not None
    assert [found.etag] == etags
    assert ALL_KINDS == found.values
    assert {name: type(value) for name, value in ALL_KINDS.items()} == {
        name: type(value) for name, value in found.values.items()
    }


async def test_each_write_has_its_own_etag(table: TablePort) -> None:
    """In the order of the writes, so that each can be changed on; a deleted entity has none."""
    etags = {key: await table.insert(P, key, {"a": "1", "b": "1"}) for key in ("merged", "replaced", "deleted")}
    writes: list[TableWrite] = [
        Merge("merged", {"a": "2"}, etags["merged"]),
        Delete("deleted"),
        Insert("inserted", {"a": "2"}),
        Replace("replaced", {"a": "2"}, etags["replaced"]),
    ]

    given = await table.transact(P, writes)

    assert given is not None
    stored = {entity.key: entity async for entity in table.query(P)}
    assert ["", *given[2:]] == [given[1], stored["inserted"].etag, stored["replaced"].etag]
    assert given[0] == stored["merged"].etag
    assert {"inserted": {"a": "2"}, "merged": {"a": "2", "b": "1"}, "replaced": {"a": "2"}} == {
        key: entity.values for key, entity in stored.items()
    }


@pytest.mark.parametrize(
    "failing",
    [
        Insert("k", {"a": "taken"}),
        Merge("k", {"a": "stale"}, "W/\"datetime'2020-01-01T00%3A00%3A00Z'\""),
        Replace("k", {"a": "stale"}, "W/\"datetime'2020-01-01T00%3A00%3A00Z'\""),
        Merge("gone", {}),
        Delete("gone"),
        Delete("k", "W/\"datetime'2020-01-01T00%3A00%3A00Z'\""),
    ],
    ids=["taken", "stale", "replaced", "gone", "deleted", "stale delete"],
)
async def test_one_conflict_and_nothing_is_written(table: TablePort, failing: TableWrite) -> None:
    """Whatever kind of write meets it."""
    await table.insert(P, "k", {"a": "1"})

    assert await table.transact(P, [Insert("new", {}), failing]) is None
    assert {"k": {"a": "1"}} == {entity.key: entity.values async for entity in table.query(P)}


async def test_a_table_that_is_missing_is_an_error(connection: StorageConnection) -> None:
    """It is no conflict, which a caller would take for another process's write."""
    with pytest.raises(HttpResponseError, match="404 TableNotFound") as refused:
        await connection.table("NeverCreated").transact(P, [Insert("k", {})])

    assert "TableNotFound" == getattr(refused.value, "error_code", None)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (202, b'HTTP/1.1 204 No Content\r\nETag: W/"1"\r\n', ['W/"1"']),
        (202, b'HTTP/1.1 204 No Content\r\netag:W/"1"\n', ['W/"1"']),
        (
            202,
            b'HTTP/1.1 500 Error\r\n\r\n{"odata.error":{"code":"OperationTimedOut"}}',
            Refused(500, "OperationTimedOut"),
        ),
        (202, b"", Refused(202, "UnreadableAnswer")),
        (202, b"HTTP/1.1 204 No Content\r\n\r\n", Refused(202, "UnreadableAnswer")),
        (403, b'{"odata.error":{"code":"AuthenticationFailed"}}', Refused(403, "AuthenticationFailed")),
        (413, b"", Refused(413, "")),
    ],
)
def test_answers(status: int, body: bytes, expected: list[str] | Refused) -> None:
    """An answer that does not show that each write was made is none."""
    assert expected == etags_of(status, body, [Insert("k", {})])


async def test_a_transaction_costs_less_than_half_of_the_sdk_s(connection: StorageConnection) -> None:
    """Of CPU, which decides how many people one process takes."""
    name = f"Transact{uuid4().hex}"
    table = connection.table(name)
    await table.ensure()
    keys = [f"{number:03}" for number in range(50)]
    client = connection._tables.get_table_client(name)  # noqa: SLF001 - the same session

    ours = await _calls(lambda: table.merge_many(P, dict.fromkeys(keys, ALL_KINDS)), first=table, keys=keys)
    theirs = await _calls(
        lambda: client.submit_transaction(
            [("update", {"PartitionKey": P, "RowKey": key, "text": "x"}) for key in keys]
        ),
        first=table,
        keys=keys,
    )

    assert ours < theirs / 2


async def _calls(write: Callable[[], Awaitable[object]], *, first: TablePort, keys: list[str]) -> int:
    """How many functions a write calls: the same on every machine, however busy."""
    await first.insert_missing(P, {key: {} for key in keys})
    await write()
    with Profile() as profile:
        await write()
    return sum(entry.callcount for entry in profile.getstats())
