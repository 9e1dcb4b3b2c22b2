"""Rows are counted by person, in whatever order they come and however much of each is known."""

from __future__ import annotations

from random import Random

from shared.core.run.people_of_rows import Identity, by_person


def test_rows_with_one_account_or_one_key_are_one_person() -> None:
    rows = {2: Identity("E1", "a"), 3: Identity("e1", ""), 4: Identity("ana@x", "a"), 5: Identity("", "")}
    more = {6: Identity("", ""), 7: Identity("E2", ""), 8: Identity("E2", "")}
    assert [[2, 3, 4], [5], [6], [7, 8]] == by_person(rows | more)


def test_every_row_is_of_one_person_whatever_is_known_of_it() -> None:
    """Of people with one key each, some rows were not looked up; the order of the rows makes no difference."""
    random = Random(7)
    for _ in range(200):
        people = [random.randint(1, 5) for _ in range(random.randint(0, 12))]
        looked_up = {person: random.random() < 0.7 for person in people}
        rows = {
            number: Identity(f"E{person}", f"id {person}" if looked_up[person] and random.random() < 0.6 else "")
            for number, person in enumerate(people)
        }
        shuffled = dict(random.sample([*rows.items()], len(rows)))
        found = by_person(shuffled)
        assert len(set(people)) == len(found)
        assert sorted(rows) == sorted(number for numbers in found for number in numbers)
        assert all(len({people[number] for number in numbers}) == 1 for numbers in found)
