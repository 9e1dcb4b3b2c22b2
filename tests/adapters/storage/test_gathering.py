"""Single reads and writes that come together share a request, and each gets the answer that it would get alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.storage.connection import StorageConnection
from shared.core.values.errors import AlreadyExistsError, ConcurrencyError, PermanentError
from shared.core.values.storage import Entity, Insert, TablePort, TableWrite
from testing.doubles import MemoryTable
from testing.doubles.dying import Dying, Killed

P, OTHER = "run-0", "run-1"


@pytest.fixture
def operations() -> list[str]:
    return []


@pytest.fixture(params=["azurite", "memory"])
async def table(request: pytest.FixtureRequest, azurite: str, operations: list[str]) -> AsyncIterator[TablePort]:
    if request.param == "memory":
        yield MemoryTable("Gathered", operations.append)
        return
    connection = StorageConnection(azurite, on_operation=operations.append)
    real = connection.table(f"Gathered{uuid4().hex}")
    await real.ensure()
    operations.clear()
    yield real
    await connection.close()


def key(number: int) -> str:
    return f"{number:07}"


async def filled(table: TablePort, operations: list[str], numbers: Sequence[int], partition: str = P) -> dict[int, str]:
    """Entities with these numbers as keys; returns their ETags."""
    etags = await table.transact(partition, [Insert(key(number), {"n": number}) for number in numbers])
    assert etags is not None
    operations.clear()
    return dict(zip(numbers, etags, strict=True))


async def together(*calls: Awaitable[object]) -> list[object]:
    return await asyncio.gather(*calls, return_exceptions=True)


def keys_of(found: Sequence[object]) -> list[str | None]:
    return [one.key if isinstance(one, Entity) else None for one in found]


async def test_reads_that_come_together_are_one_query(table: TablePort, operations: list[str]) -> None:
    """Twelve keys at most, as a query takes 15 comparisons; each caller gets its entity, or None."""
    await filled(table, operations, range(0, 24, 2))

    found = await together(*(table.get(P, key(number)) for number in range(24)))

    assert [key(number) if number % 2 == 0 else None for number in range(24)] == keys_of(found)
    assert ["table.query"] * 2 == operations


async def test_readers_of_one_entity_share_a_read(table: TablePort, operations: list[str]) -> None:
    """As hundreds of messages read their run."""
    await filled(table, operations, [1])

    found = await together(*(table.get(P, key(1)) for _ in range(50)))

    assert [key(1)] * 50 == keys_of(found)
    assert ["table.get"] == operations


async def test_keys_with_an_unknown_number_between_them_are_read_alone(table: TablePort, operations: list[str]) -> None:
    """The service would read everything between two object ids, and between two far numbers."""
    ids = ["0a1b", "0f00", "0fff", key(1), key(1001)]

    await together(*(table.get(P, one) for one in ids))

    assert ["table.get"] * 5 == operations


async def test_a_single_read_is_a_read_of_its_own(table: TablePort, operations: list[str]) -> None:
    """One after the other, nobody waits, and a read with `select` shares with none."""
    await filled(table, operations, [1, 2])

    await table.get(P, key(1))
    await together(table.get(P, key(2), select=["n"]), table.get(P, key(1)))

    assert ["table.get"] * 3 == operations


async def test_writes_that_come_together_are_one_transaction(table: TablePort, operations: list[str]) -> None:
    """Of each partition; every kind; and each caller gets the ETag of its entity."""
    etags = await filled(table, operations, [1, 2])

    given = await together(
        table.merge(P, key(1), {"m": 1}, etag=etags[1]),
        table.replace(P, key(2), {"m": 2}, etag=etags[2]),
        table.insert(P, key(3), {"m": 3}),
        table.insert(OTHER, key(4), {"m": 4}),
        table.insert(OTHER, key(5), {"m": 5}),
    )

    assert ["table.transaction"] * 2 == operations
    stored = [entity for partition in (P, OTHER) for entity in [one async for one in table.query(partition)]]
    assert given == [entity.etag for entity in stored]
    assert [{"n": 1, "m": 1}, {"m": 2}, {"m": 3}, {"m": 4}, {"m": 5}] == [entity.values for entity in stored]


async def test_of_a_hundred_writes_only_the_conflict_fails(table: TablePort, operations: list[str]) -> None:
    """The others are written apart, and each caller gets its own answer."""
    etags = await filled(table, operations, range(10))
    await table.merge(P, key(3), {"by": "another"})
    operations.clear()

    answers = await together(
        *(table.merge(P, key(number), {"by": "us"}, etag=etag) for number, etag in etags.items()),
        table.insert(P, key(4), {}),
        table.merge(P, key(99), {}),
    )

    failed = {position: type(answer) for position, answer in enumerate(answers) if isinstance(answer, Exception)}
    assert {3: ConcurrencyError, 10: AlreadyExistsError, 11: ConcurrencyError} == failed
    stored = {entity.key: entity.values.get("by") async for entity in table.query(P)}
    assert {key(number): "another" if number == 3 else "us" for number in range(10)} == stored


async def test_a_value_that_cannot_be_stored_fails_alone(table: TablePort) -> None:
    """And a key that cannot."""
    answers = await together(
        table.insert(P, key(1), {"a": "x"}), table.insert(P, key(2), {"a": "x" * 40_000}), table.insert(P, "a/b", {})
    )

    assert [str, PermanentError, PermanentError] == [type(answer) for answer in answers]
    assert [key(1)] == [entity.key async for entity in table.query(P)]


async def test_the_same_key_twice(table: TablePort) -> None:
    """The second write finds what the first one stored, as if it had come a moment later."""
    etag = await table.insert(P, key(1), {"a": 0})

    answers = await together(
        *(table.merge(P, key(1), {"a": number}, etag=etag) for number in (1, 2)), table.insert(P, key(2), {"a": 1})
    )

    assert [str, ConcurrencyError, str] == [type(answer) for answer in answers]
    assert {key(1): 1, key(2): 1} == {entity.key: entity.values["a"] async for entity in table.query(P)}


async def test_large_writes_are_split(table: TablePort, operations: list[str]) -> None:
    """A transaction takes 4 MiB; the app stays below one."""
    await together(*(table.insert(P, key(number), {"a": "ü" * 30_000}) for number in range(12)))

    assert 3 == operations.count("table.transaction")


async def test_a_caller_that_gives_up_harms_no_other(table: TablePort) -> None:
    """Its own write may be made, as after any lost answer."""
    writes = [asyncio.create_task(table.insert(P, key(number), {})) for number in range(5)]
    await asyncio.sleep(0)
    writes[0].cancel()

    answers = await together(*writes)

    assert [asyncio.CancelledError, *[str] * 4] == [type(answer) for answer in answers]


class Lost(MemoryTable):
    """Makes a transaction, and loses the answer to it."""

    async def transact(self, partition: str, writes: Sequence[TableWrite]) -> list[str] | None:
        await super().transact(partition, writes)
        return await super().transact(partition, writes)


async def test_a_lost_answer_to_a_transaction_is_a_conflict_for_each() -> None:
    """As a lost answer to a write alone; nothing is written twice."""
    table = Lost()
    etag = await table.insert(P, key(0), {"a": 0})

    answers = await together(table.merge(P, key(0), {"a": 1}, etag=etag), table.insert(P, key(1), {"a": 1}))

    assert [ConcurrencyError, AlreadyExistsError] == [type(answer) for answer in answers]
    assert {key(0): 1, key(1): 1} == {entity.key: entity.values["a"] async for entity in table.query(P)}


class Failing(MemoryTable):
    async def transact(self, *_: object) -> list[str] | None:
        raise ConnectionError

    def query(self, *_: object, **__: object) -> AsyncIterator[Entity]:
        raise ConnectionError


async def test_a_service_that_fails_fails_every_caller() -> None:
    """Each sees the error; none waits for ever."""
    table = Failing()

    answers = await together(*(table.insert(P, key(number), {}) for number in (1, 2)))
    answers += await together(*(table.get(P, key(number)) for number in (1, 2)))

    assert [ConnectionError] * 4 == [type(answer) for answer in answers]


@pytest.mark.parametrize("dies_at", range(1, 6))
async def test_a_process_that_dies_has_written_each_or_none(dies_at: int) -> None:
    """At whichever request: the entities of a transaction are all as before, or all as after."""
    dying = Dying()
    table = MemoryTable("Dying", dying)
    etags = await table.transact(P, [Insert(key(number), {"a": 0}) for number in range(3)])
    assert etags is not None
    dying.left = dies_at

    answers = await together(
        *(table.merge(P, key(number), {"a": 1}, etag=etag) for number, etag in enumerate(etags)),
        *(table.insert(OTHER, key(number), {"a": 1}) for number in range(3)),
    )

    dying.left = 0
    after = [{entity.values["a"] async for entity in table.query(partition)} for partition in (P, OTHER)]
    assert after[0] in ({0}, {1})
    assert after[1] in (set(), {1})
    died = [isinstance(answer, Killed) for answer in answers]
    assert [any(died[:3]), any(died[3:])] == [all(died[:3]), all(died[3:])]


@given(
    st.lists(
        st.tuples(st.sampled_from(["insert", "merge", "stale", "get"]), st.sampled_from([P, OTHER]), st.integers(0, 5)),
        max_size=25,
    )
)
def test_gathered_or_one_by_one_the_answers_are_the_same(calls: list[tuple[str, str, int]]) -> None:
    """Of writes that do not touch the same entity: errors, values and what is stored."""
    distinct = {(partition, number): what for what, partition, number in calls}

    async def outcome(*, at_once: bool) -> tuple[list[object], object]:
        table = MemoryTable()
        await table.insert_missing(P, {key(number): {"a": 0} for number in range(3)})

        def call(what: str, partition: str, number: int) -> Awaitable[object]:
            match what:
                case "insert":
                    return table.insert(partition, key(number), {"a": 1})
                case "merge":
                    return table.merge(partition, key(number), {"a": 2})
                case "stale":
                    return table.merge(partition, key(number), {"a": 3}, etag="stale")
                case _:
                    return table.get(partition, key(number))

        asked = [call(what, *place) for place, what in distinct.items()]
        answers = await together(*asked) if at_once else [(await together(one))[0] for one in asked]
        shown = [
            type(answer) if isinstance(answer, str | Exception) else answer and answer.values["a"]  # type: ignore[attr-defined]
            for answer in answers
        ]
        return shown, {name: {one: rows[one].values for one in rows} for name, rows in table.partitions.items()}

    assert asyncio.run(outcome(at_once=True)) == asyncio.run(outcome(at_once=False))
