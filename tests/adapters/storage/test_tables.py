"""The contract of a table, kept by Azurite and by the double in memory; then what only a service can do wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from azure.core.exceptions import ResourceNotFoundError

from shared.adapters.storage.connection import StorageConnection
from shared.adapters.storage.requests import not_counted
from shared.adapters.storage.tables import AzureTable
from shared.core.values.errors import AlreadyExistsError, ConcurrencyError, PermanentError
from shared.core.values.storage import Insert, Merge, PropertyValue, Values
from testing.doubles import MemoryTable

AnyTable = AzureTable | MemoryTable
P = "20261121T101500Z-0123456789-0"


class Outcome(StrEnum):
    CREATED = "created"


@pytest.fixture
def operations() -> list[str]:
    return []


@pytest.fixture(params=["azurite", "memory"])
async def table(request: pytest.FixtureRequest, azurite: str, operations: list[str]) -> AsyncIterator[AnyTable]:
    if request.param == "memory":
        yield MemoryTable("Contract", operations.append)
        return
    async with azure_table(azurite, operations.append) as real:
        operations.clear()
        yield real


@asynccontextmanager
async def azure_table(connection_string: str, on_operation: Callable[[str], None]) -> AsyncIterator[AzureTable]:
    connection = StorageConnection(connection_string, on_operation=on_operation)
    try:
        table = connection.table(f"Contract{uuid4().hex}")
        await table.ensure()
        yield table
        await table.close()
    finally:
        await connection.close()


def rows(count: int, mark: str = "new") -> dict[str, Values]:
    return {f"{number:06}": {"number": number, "mark": mark} for number in range(count)}


async def stored(table: AnyTable, partition: str = P) -> dict[str, dict[str, PropertyValue]]:
    return {entity.key: entity.values async for entity in table.query(partition)}


async def test_a_scan_goes_through_partitions_in_order(table: AnyTable) -> None:
    """From the partition named on, everything comes in the order of partitions and of keys in them."""
    for partition in ("ab", "aa", "c0", "a9"):
        await table.insert_missing(partition, {"2": {"n": 2}, "10": {"n": 10}})

    found = [(entity.partition, entity.key) async for entity in table.scan("aa")]

    assert [("aa", "10"), ("aa", "2"), ("ab", "10"), ("ab", "2"), ("c0", "10"), ("c0", "2")] == found


async def test_values_come_back_as_they_were(table: AnyTable) -> None:
    """Every kind of value keeps its type and every character of its text, and keys keep theirs."""
    at = datetime(2026, 11, 21, 11, 15, 0, 123456, timezone(timedelta(hours=1)))
    key = "O'Neil =ü% +"
    values: Values = {
        "text": "Grüße 'x' \U0001f642\n",
        "empty": "",
        "outcome": Outcome.CREATED,
        "yes": True,
        "small": -(2**31),
        "large": 2**31,
        "largest": 2**63 - 1,
        "share": 0.25,
        "whole": 3.0,
        "at": at,
    }

    await table.insert(P, key, values)

    found = await table.get(P, key)
    assert found is not None
    assert found.values == {**values, "outcome": "created", "at": at.astimezone(UTC)}
    assert {name: type(value) for name, value in found.values.items()} == {
        **{name: type(value) for name, value in values.items()},
        "outcome": str,
    }
    assert (found.partition, found.key) == (P, key)


async def test_get_of_nothing_is_none(table: AnyTable) -> None:
    """A key that is not there gives None."""
    assert await table.get(P, "nobody") is None


async def test_an_entity_tells_when_it_was_stored(table: AnyTable) -> None:
    """By every way of reading, by the service's clock, and anew with every change."""
    before = datetime.now(UTC) - timedelta(seconds=1)
    await table.insert(P, "k", {"a": "1"})
    first = await table.get(P, "k")
    await asyncio.sleep(0.01)
    await table.merge(P, "k", {"a": "2"})
    (queried,) = [entity async for entity in table.query(P)]

    assert first is not None
    assert first.stored_at is not None
    assert queried.stored_at is not None
    assert before < first.stored_at < queried.stored_at < datetime.now(UTC) + timedelta(seconds=1)


async def test_get_selects(table: AnyTable) -> None:
    """`select` brings the named properties that exist; an empty one brings the key and a usable ETag."""
    etag = await table.insert(P, "k", {"a": "1", "b": "2"})

    some, none = await table.get(P, "k", select=["a", "missing"]), await table.get(P, "k", select=[])

    assert some is not None
    assert {"a": "1"} == some.values
    assert none is not None
    assert (none.key, none.values, none.etag) == ("k", {}, etag)


async def test_insert_takes_no_key_twice(table: AnyTable) -> None:
    """A second insert is refused and leaves what is stored."""
    await table.insert(P, "k", {"a": "first"})

    with pytest.raises(AlreadyExistsError):
        await table.insert(P, "k", {"a": "second"})

    assert {"k": {"a": "first"}} == await stored(table)


async def test_merge_changes_the_named_properties_only(table: AnyTable) -> None:
    """What a merge does not name stays; the ETag it returns is the one stored."""
    await table.insert(P, "k", {"a": "1", "b": "2"})

    etag = await table.merge(P, "k", {"b": "3", "c": "4"})

    found = await table.get(P, "k")
    assert found is not None
    assert (found.values, found.etag) == ({"a": "1", "b": "3", "c": "4"}, etag)


async def test_merge_with_the_current_etag(table: AnyTable) -> None:
    """Each write gives another ETag, and the newest one is accepted."""
    first = await table.insert(P, "k", {"a": "1"})
    second = await table.merge(P, "k", {"a": "2"}, etag=first)
    third = await table.merge(P, "k", {"a": "3"}, etag=second)

    assert 3 == len({first, second, third})


async def test_replace_leaves_only_the_named_properties(table: AnyTable) -> None:
    """What a replacement does not name is gone; a stale ETag changes nothing."""
    first = await table.insert(P, "k", {"a": "1", "b": "2"})
    second = await table.replace(P, "k", {"b": "3"}, etag=first)

    with pytest.raises(ConcurrencyError):
        await table.replace(P, "k", {"c": "4"}, etag=first)
    found = await table.get(P, "k")
    assert found is not None
    assert ({"b": "3"}, second) == (found.values, found.etag)


async def test_merge_with_a_stale_etag(table: AnyTable) -> None:
    """A merge with an ETag of before somebody's write changes nothing."""
    stale = await table.insert(P, "k", {"a": "1"})
    await table.merge(P, "k", {"a": "2"})

    with pytest.raises(ConcurrencyError):
        await table.merge(P, "k", {"a": "3"}, etag=stale)

    assert {"k": {"a": "2"}} == await stored(table)


@pytest.mark.parametrize("conditional", [True, False])
async def test_merge_of_what_is_gone(table: AnyTable, *, conditional: bool) -> None:
    """A merge never brings a deleted entity back."""
    etag = await table.insert(P, "k", {"a": "1"})
    await table.delete(P, "k")

    with pytest.raises(ConcurrencyError):
        await table.merge(P, "k", {"a": "2"}, etag=etag if conditional else None)

    assert {} == await stored(table)


async def test_one_of_two_wins(table: AnyTable) -> None:
    """Of two who read the same ETag and write at once, exactly one succeeds."""
    etag = await table.insert(P, "k", {"lockedBy": ""})

    answers = await asyncio.gather(
        *(table.merge(P, "k", {"lockedBy": name}, etag=etag) for name in ("first", "second")), return_exceptions=True
    )

    assert [False, True] == sorted(isinstance(answer, ConcurrencyError) for answer in answers)


async def test_upsert(table: AnyTable) -> None:
    """An upsert inserts what is missing and merges into what is there."""
    await table.upsert(P, "k", {"a": "1", "b": "2"})
    etag = await table.upsert(P, "k", {"b": "3"})

    found = await table.get(P, "k")
    assert found is not None
    assert (found.values, found.etag) == ({"a": "1", "b": "3"}, etag)


async def test_delete(table: AnyTable) -> None:
    """What is deleted is gone, and deleting it again is fine."""
    await table.insert(P, "k", {})

    await table.delete(P, "k")
    await table.delete(P, "k")

    assert await table.get(P, "k") is None


async def test_insert_missing_in_batches(table: AnyTable, operations: list[str]) -> None:
    """250 rows go in with three requests."""
    new = await table.insert_missing(P, rows(250))

    assert (250, ["table.transaction"] * 3) == (new, operations)
    assert await stored(table) == rows(250)


async def test_insert_missing_after_a_half_done_attempt(table: AnyTable) -> None:
    """Rows of an earlier attempt stay as they are, wherever it stopped, and each row is there once."""
    earlier = {key: row for key, row in rows(130, "earlier").items() if int(row["number"]) % 7 == 0}  # type: ignore[arg-type]
    await table.insert_missing(P, earlier)

    new = await table.insert_missing(P, rows(130))

    assert new == 130 - len(earlier)
    assert await stored(table) == rows(130) | earlier


async def test_insert_missing_again(table: AnyTable, operations: list[str]) -> None:
    """A complete earlier attempt costs one refused transaction and one query for each portion."""
    await table.insert_missing(P, rows(130))
    operations.clear()

    assert 0 == await table.insert_missing(P, rows(130))
    assert ["table.transaction", "table.query"] * 2 == operations


async def test_insert_missing_by_two_at_once(table: AnyTable) -> None:
    """Two who insert the same rows at once leave each row there once, and count it once."""
    counts = await asyncio.gather(table.insert_missing(P, rows(70)), table.insert_missing(P, rows(130)))

    assert 130 == sum(counts)
    assert await stored(table) == rows(130)


async def test_merge_many(table: AnyTable, operations: list[str]) -> None:
    """130 merges take three requests and change the named properties only."""
    await table.insert_missing(P, rows(130))
    operations.clear()

    await table.merge_many(P, {key: {"mark": "merged"} for key in rows(130)})

    assert ["table.transaction"] * 2 == operations
    assert await stored(table) == rows(130, "merged")


async def test_merge_many_into_what_is_gone(table: AnyTable) -> None:
    """One missing entity fails its whole transaction."""
    await table.insert_missing(P, rows(2))

    with pytest.raises(ConcurrencyError):
        await table.merge_many(P, {key: {"mark": "merged"} for key in rows(3)})

    assert await stored(table) == rows(2)


async def test_write_together(table: AnyTable) -> None:
    """Inserts and merges, with and without ETag, are done in one go."""
    etag = await table.insert(P, "run", {"step": 1, "state": "planning"})
    await table.insert(P, "other", {"a": "1"})

    done = await table.write_together(
        P, [Insert("new", {"b": "1"}), Merge("run", {"step": 2}, etag), Merge("other", {"a": "2"})]
    )

    assert done is True
    assert {"new": {"b": "1"}, "other": {"a": "2"}, "run": {"step": 2, "state": "planning"}} == await stored(table)


@pytest.mark.parametrize(
    "failing",
    [
        Insert("k", {"a": "taken"}),
        Merge("k", {"a": "stale"}, "W/\"datetime'2020-01-01T00%3A00%3A00Z'\""),
        Merge("gone", {}),
    ],
    ids=["taken", "stale", "gone"],
)
async def test_write_together_or_not_at_all(table: AnyTable, failing: Insert | Merge) -> None:
    """One failed condition, and nothing is written."""
    await table.insert(P, "k", {"a": "1"})
    await table.insert(P, "other", {"a": "1"})

    done = await table.write_together(P, [Insert("new", {}), Merge("other", {"a": "2"}), failing])

    assert done is False
    assert {"k": {"a": "1"}, "other": {"a": "1"}} == await stored(table)


async def test_write_together_nothing(table: AnyTable, operations: list[str]) -> None:
    """No writes are done at once, without a request."""
    assert await table.write_together(P, []) is True
    assert [] == operations


@pytest.mark.parametrize("keys", [["same", "same"], [f"{number}" for number in range(101)]], ids=["twice", "101"])
async def test_write_together_refuses_what_no_transaction_takes(table: AnyTable, keys: list[str]) -> None:
    """A key written twice and more than 100 writes are mistakes of the caller."""
    with pytest.raises(ValueError, match="transaction"):
        await table.write_together(P, [Insert(key, {}) for key in keys])


async def test_query_range(table: AnyTable) -> None:
    """Keys come in order, `first` and `last` belong to the range, either may be open, other partitions stay out."""
    for key in ("c", "a", "d", "b"):
        await table.insert(P, key, {})
    await table.insert("another", "b", {})

    async def keys(first: str | None, last: str | None) -> list[str]:
        return [entity.key async for entity in table.query(P, first=first, last=last)]

    assert ["a", "b", "c", "d"] == await keys(None, None)
    assert ["b", "c"] == await keys("b", "c")
    assert ["c", "d"] == await keys("bb", None)
    assert ["a", "b"] == await keys(None, "b")
    assert [] == await keys("x", None)


async def test_query_where(table: AnyTable) -> None:
    """Each named property has one of its values; quotes are only characters; no value allowed gives nothing."""
    await table.insert(P, "1", {"state": "queued", "who": "o'neil"})
    await table.insert(P, "2", {"state": "planned", "who": "o'neil"})
    await table.insert(P, "3", {"state": "created", "who": "o'neil"})
    await table.insert(P, "4", {"state": "queued", "who": "' or 'a' eq 'a"})
    await table.insert(P, "5", {})

    async def keys(where: dict[str, set[str]]) -> list[str]:
        return [entity.key async for entity in table.query(P, where=where)]

    assert ["1", "2", "4"] == await keys({"state": {"queued", "planned"}})
    assert ["1"] == await keys({"state": {"queued"}, "who": {"o'neil"}})
    assert ["4"] == await keys({"who": {"' or 'a' eq 'a"}})
    assert [] == await keys({"state": set()})


async def test_query_takes_fifteen_comparisons(table: AnyTable) -> None:
    """Twelve values fit beside partition and range; one more is a mistake of the caller."""

    async def keys(count: int) -> list[str]:
        values = [f"{number}" for number in range(count)]
        return [entity.key async for entity in table.query(P, first="a", last="z", where={"state": values})]

    assert [] == await keys(12)
    with pytest.raises(ValueError, match="16 comparisons"):
        await keys(13)


async def test_query_selects(table: AnyTable) -> None:
    """`select` works as in `get`, ETags included."""
    etag = await table.insert(P, "k", {"a": "1", "b": "2"})

    some = [entity async for entity in table.query(P, select=["b", "missing"])]
    none = [entity async for entity in table.query(P, select=[])]

    assert [(entity.key, entity.values, entity.etag) for entity in some] == [("k", {"b": "2"}, etag)]
    assert [(entity.key, entity.values, entity.etag) for entity in none] == [("k", {}, etag)]


async def test_query_pages(table: AnyTable, operations: list[str]) -> None:
    """More rows than a page holds come all, in order, one request a page."""
    await table.insert_missing(P, {key: {} for key in rows(1005)})
    operations.clear()

    keys = [entity.key async for entity in table.query(P)]

    assert keys == sorted(rows(1005))
    assert ["table.query"] * 2 == operations


async def test_delete_partition(table: AnyTable, operations: list[str]) -> None:
    """All of one partition goes, 100 at a time, and nothing of another."""
    await table.insert_missing(P, rows(130))
    await table.insert("another", "k", {})
    operations.clear()

    assert 130 == await table.delete_partition(P)
    assert ["table.query"] + ["table.transaction"] * 2 == operations
    assert ({}, {"k": {}}) == (await stored(table), await stored(table, "another"))
    assert 0 == await table.delete_partition(P)


async def test_delete_partition_by_two_at_once(table: AnyTable) -> None:
    """Two who delete at once both end well."""
    await table.insert_missing(P, rows(20))

    await asyncio.gather(table.delete_partition(P), table.delete_partition(P))

    assert {} == await stored(table)


@pytest.mark.parametrize("call", ["get", "insert", "merge", "upsert", "delete", "insert_missing", "write_together"])
async def test_keys_that_no_table_takes(table: AnyTable, operations: list[str], call: str) -> None:
    """A key that cannot be stored is refused for good before a request, and the message does not repeat it."""
    key = "somebody_contoso.example#EXT#"
    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "get": lambda: table.get(P, key),
        "insert": lambda: table.insert(P, key, {}),
        "merge": lambda: table.merge(P, key, {}),
        "upsert": lambda: table.upsert(P, key, {}),
        "delete": lambda: table.delete(P, key),
        "insert_missing": lambda: table.insert_missing(P, {key: {}}),
        "write_together": lambda: table.write_together(P, [Insert(key, {})]),
    }

    with pytest.raises(PermanentError) as refused:
        await calls[call]()

    assert [] == operations
    assert key not in refused.value.message


async def test_values_at_the_limit(table: AnyTable) -> None:
    """64 KiB of text are stored; one character more is refused before a request, naming the property."""
    await table.insert(P, "k", {"plan": "ü" * 32_768})

    with pytest.raises(PermanentError, match="plan has 65538 bytes"):
        await table.insert(P, "k2", {"plan": "ü" * 32_769})

    assert ["k"] == list(await stored(table))


async def test_transactions_stay_below_the_service_s_size(table: AnyTable, operations: list[str]) -> None:
    """Rows too large for one request of 100 go in smaller portions."""
    large: dict[str, Values] = {f"{number:03}": {"evidence": "ü" * 20_000} for number in range(20)}

    assert 20 == await table.insert_missing(P, large)
    assert ["table.transaction"] * 3 == operations


async def test_an_absent_table_is_not_an_empty_one(azurite: str) -> None:
    """Reading a table that was never created fails; it does not look as if nothing were stored."""
    connection = StorageConnection(azurite)
    absent = connection.table("NeverCreated")

    with pytest.raises(ResourceNotFoundError):
        await absent.get(P, "k")
    with pytest.raises(ResourceNotFoundError):
        await stored(absent)

    await connection.close()


async def test_ensure_twice(azurite: str) -> None:
    """Creating a table that is there is fine."""
    async with azure_table(azurite, not_counted) as table:
        await table.ensure()


class Unreliable:
    """A line to the table service that can lose one answer: the request is done, then the line is cut."""

    def __init__(self, connection_string: str) -> None:
        self._settings = dict(part.split("=", 1) for part in connection_string.strip(";").split(";"))
        self._service = urlsplit(self._settings["TableEndpoint"])
        self._loses = False

    def lose_next_answer(self) -> None:
        self._loses = True

    @asynccontextmanager
    async def table(self) -> AsyncIterator[AzureTable]:
        async with await asyncio.start_server(self._serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            settings = self._settings | {"TableEndpoint": self._service._replace(netloc=f"127.0.0.1:{port}").geturl()}
            async with azure_table(";".join("=".join(setting) for setting in settings.items()), not_counted) as table:
                yield table

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        service_reader, service_writer = await asyncio.open_connection(self._service.hostname, self._service.port)

        async def answers() -> None:
            while chunk := await service_reader.read(65_536):
                if self._loses:
                    self._loses = False
                    break
                writer.write(chunk)
            writer.close()

        answering = asyncio.create_task(answers())
        while chunk := await reader.read(65_536):
            service_writer.write(chunk)
        service_writer.close()
        await answering


async def test_a_lost_answer_to_insert_missing(azurite: str) -> None:
    """Rows whose first answer was lost are there once; only the count does not know them."""
    unreliable = Unreliable(azurite)
    async with unreliable.table() as table:
        unreliable.lose_next_answer()
        new = await table.insert_missing(P, rows(150))

        assert 50 == new
        assert await stored(table) == rows(150)


async def test_a_lost_answer_to_a_conditional_merge(azurite: str) -> None:
    """A done merge whose answer was lost says changed, so the caller reads again and finds its own write."""
    unreliable = Unreliable(azurite)
    async with unreliable.table() as table:
        etag = await table.insert(P, "k", {"a": "1"})
        unreliable.lose_next_answer()
        with pytest.raises(ConcurrencyError):
            await table.merge(P, "k", {"a": "2"}, etag=etag)

        assert {"k": {"a": "2"}} == await stored(table)


async def test_a_lost_answer_to_a_read_or_plain_write(azurite: str) -> None:
    """What may be repeated is repeated, and the caller does not notice."""
    unreliable = Unreliable(azurite)
    async with unreliable.table() as table:
        for write in (table.upsert, table.merge):
            unreliable.lose_next_answer()
            await write(P, "k", {"a": write.__name__})
            unreliable.lose_next_answer()
            assert await stored(table) == {"k": {"a": write.__name__}}
