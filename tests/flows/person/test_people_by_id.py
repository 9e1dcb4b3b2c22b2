"""Pages show people by name, and never wait for that, nor fail by it."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from dataclasses import dataclass, field

from shared.core.person.account import Account
from shared.core.values.errors import GraphUnavailableError, PersonNotFoundError
from shared.core.values.said import Said
from shared.flows.person.people_by_id import PeopleById
from testing.virtual_time import VirtualClock

ANNA, BERT, GONE, SLOW = (str(uuid.UUID(int=number, version=4)) for number in (0xABC, 0xDEF, 3, 4))


@dataclass
class Directory:
    """Anna and Bert have accounts; one question is never answered."""

    is_down: bool = False
    asked: Counter[str] = field(default_factory=Counter)

    async def account(self, object_id: str) -> Account:
        self.asked[object_id] += 1
        if self.is_down:
            raise GraphUnavailableError("graphUnavailable", "down", delay=1)
        if object_id == SLOW:
            await asyncio.Event().wait()
        if object_id == GONE:
            raise PersonNotFoundError("personNotFound", Said("gone"))
        return Account(object_id, display_name=object_id[-3:])


async def test_people_are_asked_for_once_and_nobody_else_is() -> None:
    """By the id as it was recorded; a person who is gone is remembered as well."""
    directory = Directory()
    people = PeopleById(directory.account, VirtualClock())
    for _ in range(2):
        found = await people(["key", "timer", "", f"app:{ANNA}", "local:root", ANNA.upper(), GONE, BERT, BERT])
        assert {ANNA.upper(): ANNA, BERT: BERT} == {one: account.id for one, account in found.items()}
    assert {ANNA: 1, GONE: 1, BERT: 1} == directory.asked
    assert {} == await people(["key"])


async def test_who_is_known_is_told_although_another_question_is_not_answered() -> None:
    people = PeopleById(Directory().account, VirtualClock(), answer_seconds=0.05)
    assert {ANNA} == set(await people([SLOW, ANNA]))


async def test_a_directory_that_is_down_is_asked_again() -> None:
    directory = Directory(is_down=True)
    people = PeopleById(directory.account, VirtualClock())
    assert {} == await people([ANNA])
    directory.is_down = False
    assert {ANNA} == set(await people([ANNA]))


async def test_a_page_asks_for_a_hundred_people_at_most() -> None:
    directory = Directory()
    many = [str(uuid.UUID(int=1000 + number, version=4)) for number in range(101)]
    assert set(many[:100]) == set(await PeopleById(directory.account, VirtualClock())(many))
