"""What each further person of a run costs at storage, in requests; messages are received 32 at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from sandbox.graph.person import Person
from sandbox.people import Staff
from shared.adapters.storage.gathering import GATHER_SECONDS
from shared.core.values.storage import Entity
from testing.doubles import MemoryStorage, MemoryTable
from testing.in_memory import in_memory
from testing.storage_operations import StorageOperations, work
from testing.virtual_time import run as in_virtual_time

FEW, MANY = 32, 96
MOST_NEW, MOST_UNCHANGED = 1.5, 1.5
"""The record is read once, and a message for apply is sent and deleted; the rest is shared."""


def export(people: int) -> bytes:
    rows = "".join(f"p{number}@contoso.example,+1 20255501{number % 100:02}\n" for number in range(people))
    return f"userPrincipalName,mobile\n{rows}".encode()


async def cost(people: int) -> tuple[int, int]:
    """Of an export of new people, and of the same export again."""
    operations = StorageOperations()
    async with in_memory(
        Staff(()),
        {"MAX_SAME_MOBILE": "100", "MAX_WRITES_UNAPPROVED": "1000"},
        storage=lambda now: MemoryStorage(now, operations, GATHER_SECONDS),
    ) as world:
        for number in range(people):
            object_id = f"{number % 16:x}{number:07x}-0000-4000-8000-000000000000"
            name = f"p{number}@contoso.example"
            world.stand_in.tenant.put(Person(id=object_id, userPrincipalName=name, phones={}))
        spent = []
        for name in ("new.csv", "again.csv"):
            operations.counts.clear()
            await world.run_to_end(name, export(people))
            spent.append(work(operations.counts))
        assert people == len(world.directory())
        assert people == world.writes
    return spent[0], spent[1]


def test_a_further_person_shares_requests() -> None:
    """Without sharing, a new person takes 14 and an unchanged one 5. A busy machine does not delay virtual time."""
    few, many = in_virtual_time(cost(FEW)), in_virtual_time(cost(MANY))
    new, unchanged = ((after - before) / (MANY - FEW) for before, after in zip(few, many, strict=True))

    assert new <= MOST_NEW
    assert unchanged <= MOST_UNCHANGED


class People(MemoryTable):
    """Counts the reads of single records."""

    reads = 0

    async def _read_alone(self, partition: str, key: str, select: Sequence[str] | None) -> Entity | None:
        self.reads += 1
        return await super()._read_alone(partition, key, select)


async def test_a_first_record_is_not_read_before_it_is_locked() -> None:
    """Nobody had it when the row was planned, and an insert fails if somebody has it by now."""
    async with in_memory(Staff(())) as world:
        object_id = "00000001-0000-4000-8000-000000000000"
        world.stand_in.tenant.put(Person(id=object_id, userPrincipalName="p0@contoso.example", phones={}))
        world.storage.tables["People"] = people = People("People")

        await world.run_to_end("new.csv", export(1))

        assert 1 == people.reads


class Rows(MemoryTable):
    """Counts the rows that are read whole by queries."""

    read = 0

    async def query(self, partition: str, **wanted: Any) -> AsyncIterator[Entity]:
        async for entity in super().query(partition, **wanted):
            self.read += "select" not in wanted and "state" in entity.values
            yield entity


async def test_how_often_the_rows_of_an_unchanged_file_are_read() -> None:
    """To be planned, by the gate for itself and the files of the plan, for the digest, to be released, for the
    changes that are kept, for the result, and for the journal."""
    async with in_memory(Staff(())) as world:
        object_id = "00000001-0000-4000-8000-000000000000"
        world.stand_in.tenant.put(Person(id=object_id, userPrincipalName="p0@contoso.example", phones={}))
        world.storage.tables["Rows"] = rows = Rows("Rows")
        await world.run_to_end("new.csv", export(1))
        rows.read = 0

        await world.run_to_end("again.csv", export(1))

        assert 7 == rows.read
