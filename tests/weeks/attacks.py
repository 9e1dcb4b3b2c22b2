"""Attacks and accidents in the midst of ordinary weeks; each works on a fork of the year.

It says whether it was caught: without a person's approval, no more people were written to than its docstring allows.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from shared.core.values.slot import PhoneNumber, Slot
from tests.weeks.company import Number
from tests.weeks.decided import DecidedYear, Line

type Attack = Callable[[Target], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Target:
    app: DecidedYear
    rng: random.Random

    @property
    def most_writes(self) -> int:
        return self.app.limits.safety.max_writes_unapproved

    def mobiles(self) -> list[tuple[str, Number]]:
        """The people whose mobile the app manages, in the order of a file, with their numbers."""
        found = []
        for person, record in sorted(self.app.people.records.items()):
            value = record.base().get(Slot.MOBILE)
            if isinstance(value, PhoneNumber) and self.app.methods[person].value(Slot.MOBILE) == value:
                found.append((person, Number(int(value.national))))
        return found

    def some(self, count: int) -> list[str]:
        return [person for person, _ in sorted(self.rng.sample(self.mobiles(), count))]

    def block(self, count: int) -> list[tuple[str, Number]]:
        """People one below the other, each with a number of their own."""
        everybody = self.mobiles()
        start = self.rng.randrange(len(everybody) - count)
        return everybody[start : start + count]

    def number(self) -> Number:
        return Number(self.rng.randrange(7_042_000_000, 7_050_000_000))

    async def passes(self, lines: Sequence[Line], *, others: int = 0) -> int:
        """Drop a file that nobody approves; returns how many people it writes to."""
        return (await self.app.file(lines, others=others, approves=False)).written


def mobile(person: str, number: Number) -> Line:
    return Line(person, {Slot.MOBILE: number})


def _strangers(count: int) -> list[str]:
    """People whom the app has never written to."""
    return [f"00000000-0000-4000-9000-{index:012}" for index in range(count)]


async def many_small_files(target: Target) -> bool:
    """Files of nine updates each: together they change at most 30 % of the people managed, and at most the quota."""
    everybody = target.some(min(target.most_writes + 40, len(target.mobiles()) // 2))
    written = 0
    for start in range(0, len(everybody), 9):
        written += await target.passes([mobile(one, target.number()) for one in everybody[start : start + 9]])
    managed = (await target.app.people.managed()).by_slot[Slot.MOBILE]
    return written < len(everybody) and written <= min(target.most_writes, 0.3 * managed)


async def small_files_of_first_values(target: Target) -> bool:
    """Files of nine first values each: together at most a fifth of the people managed, and at most the quota."""
    strangers = _strangers(target.most_writes + 40)
    written = 0
    for start in range(0, len(strangers), 9):
        written += await target.passes([mobile(one, target.number()) for one in strangers[start : start + 9]])
    return written <= min(target.most_writes, 0.2 * (await target.app.people.managed()).people)


async def one_number_in_small_files(target: Target) -> bool:
    """Files of two people, all with one number: two people get it."""
    everybody, number = target.some(60), target.number()
    pairs = [everybody[start : start + 2] for start in range(0, 60, 2)]
    return sum([await target.passes([mobile(one, number) for one in pair]) for pair in pairs]) <= 2


async def one_office_for_many(target: Target) -> bool:
    """One new number as the office of a hundred people: nobody gets it."""
    number = target.number()
    return not await target.passes([Line(one, {Slot.OFFICE: number}) for one in target.some(100)])


async def one_alternate_for_many(target: Target) -> bool:
    """One new number as the alternate mobile of nine people, below every share: nobody gets it."""
    number = target.number()
    return not await target.passes([Line(one, {Slot.ALTERNATE_MOBILE: number}) for one in target.some(9)])


async def updates_beside_blank_rows(target: Target) -> bool:
    """Two of five people get another number, in a file that blank rows make long: nobody gets it."""
    everybody = target.some(2 * len(target.mobiles()) // 5)
    lines = [mobile(one, target.number()) for one in everybody]
    return not await target.passes(lines, others=10 * len(everybody))


async def partial_sort(target: Target) -> bool:
    """Twenty people have one another's numbers: nobody is written to."""
    people = target.block(20)
    sorted_numbers = sorted((number for _, number in people), key=lambda number: number.digits)
    return not await target.passes([mobile(one, new) for (one, _), new in zip(people, sorted_numbers, strict=True)])


async def pasted_one_row_off(target: Target) -> bool:
    """A block of eight has the numbers of the rows above: nobody is written to."""
    people = target.block(9)
    return not await target.passes([mobile(one, people[row][1]) for row, (one, _) in enumerate(people[1:])])


async def filled_down(target: Target) -> bool:
    """Fifteen people have numbers that count up from the first: nobody is written to."""
    people = target.block(15)
    first = target.number().digits
    return not await target.passes([mobile(one, Number(first + row)) for row, (one, _) in enumerate(people)])


async def copied_in_pairs(target: Target) -> bool:
    """Twelve people have the number of the one above: nobody is written to."""
    people = target.block(12)
    numbers = [target.number() for _ in range(6)]
    return not await target.passes([mobile(one, numbers[row // 2]) for row, (one, _) in enumerate(people)])


async def own_numbers_of_strangers(target: Target) -> bool:
    """Three people whom the app never touched, with their own numbers: nobody is written to."""
    strangers = _strangers(3)
    for one in strangers:
        target.app.register(one, target.number())
    decided = await target.app.file([mobile(one, target.number()) for one in strangers], approves=False)
    return decided.asked == tuple(strangers)


async def old_values_again(target: Target) -> bool:
    """A file changes a few people more than may be taken back, and another one brings the old numbers: nobody."""
    people = target.block(target.app.limits.accidents.max_taken_back + 7)
    if not await target.passes([mobile(one, target.number()) for one, _ in people]):
        return True
    return not await target.passes([mobile(one, before) for one, before in people])


ATTACKS: tuple[Attack, ...] = (
    many_small_files,
    small_files_of_first_values,
    one_number_in_small_files,
    one_office_for_many,
    one_alternate_for_many,
    updates_beside_blank_rows,
    partial_sort,
    pasted_one_row_off,
    filled_down,
    copied_in_pairs,
    own_numbers_of_strangers,
    old_values_again,
)
