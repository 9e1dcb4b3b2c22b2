"""The compact set of object ids."""

from __future__ import annotations

from uuid import UUID

from shared.core.record.drift import IdSet


def object_id(number: int) -> str:
    return str(UUID(int=number * 2**96 + number))


def test_everybody_is_found_again() -> None:
    """Whoever was put in is in it, in any case, also after a stay in a blob; nobody else is."""
    ids = IdSet(IdSet.of(object_id(number) for number in range(1, 200, 2)).to_bytes())

    assert set(range(1, 200, 2)) == {number for number in range(201) if object_id(number).upper() in ids}
    assert object_id(1) not in IdSet()


def test_a_person_takes_16_bytes() -> None:
    """So that a large tenant weighs little in a worker's memory, also when paging shows somebody twice."""
    ids = IdSet.of(object_id(number) for number in [*range(1000), *range(10)])

    assert 16_000 == len(ids.to_bytes())
