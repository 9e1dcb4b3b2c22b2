"""Runs of many rows from drop to workbook: every row has its outcome, and a person costs what a person costs."""

from __future__ import annotations

import json
import logging
import time
from collections import Counter
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from sandbox.exports import write_export
from sandbox.graph.control import change_person
from sandbox.graph.options import Options
from sandbox.graph.person import Person
from sandbox.people import PersonKind, Staff, make_staff
from shared.core.run.run import Run
from shared.core.values.slot import PhoneType
from shared.core.values.states import RowState, RunState
from testing.doubles import MemoryStorage
from testing.in_memory import InMemory, in_memory
from testing.process_memory import peak_mib
from testing.storage_operations import POLLS
from testing.virtual_time import run

EVERY = 100

log = logging.getLogger(__name__)


async def storage_operations_of(staff: Staff, options: Options | None = None) -> Counter[str]:
    """What a run over the whole staff asks of storage, apart from polling."""
    operations: Counter[str] = Counter()
    settings = {**dict.fromkeys(("MAX_WRITES_UNAPPROVED", "SMALL_SET"), "100000"), "MAX_SAME_OFFICE": "1000"}
    storage = partial(MemoryStorage, on_operation=lambda name: operations.update([name]))
    async with in_memory(staff, settings, options, storage=storage) as world:
        operations.clear()
        began = time.perf_counter()
        ended = await world.run_to_end("staff.xlsx", write_export(staff))
        seconds = time.perf_counter() - began
        asked = Counter({name: count for name, count in operations.items() if name not in POLLS})
        summary = json.loads(await world.app.results.read(f"{ended.id}/summary.json"))
        assert RunState.FINISHED is ended.state
        assert staff.expected_counts == summary["counts"]
        assert len(staff.members) == sum(len(rows) for rows in summary["sets"].values())
        log.info("%d rows: %.0f s, peak %.0f MiB, stand-in and storage included", ended.total, seconds, peak_mib())
        return asked


def known(staff: Staff) -> Staff:
    """Without people who are waited for: that is a matter of time, not of people."""
    return Staff(tuple(member for member in staff.members if member.kind is not PersonKind.UNKNOWN_USER))


async def test_an_unchanged_person_costs_at_most_seven_storage_operations() -> None:
    """Of a few hundred people, the run's own steps included."""
    staff = known(make_staff(300).with_changed_numbers(0))

    assert 7 > (await storage_operations_of(staff)).total() / len(staff.members)


def number(index: int) -> str:
    return f"+1 20255501{index % 100:02}"


def in_directory(people: int) -> list[Person]:
    """Everybody's number stands in the directory; every hundredth lacks the method."""
    return [
        Person(
            id=str(UUID(int=index * 2**100 + index)),
            userPrincipalName=f"p{index}@contoso.example",
            mobilePhone=number(index),
            phones={"mobile": number(index)} if index % EVERY else {},
        )
        for index in range(people)
    ]


async def directory_rounds(people: int) -> None:
    """Everybody once, then only the one whose number has changed."""
    settings = {
        "DIRECTORY_SOURCE": "mobile=mobilePhone",
        "MAX_SAME_MOBILE": str(people),
        "MAX_REPEATED_NUMBERS": str(people),
        "MAX_WRITES_UNAPPROVED": str(people),
    }
    everybody = in_directory(people)
    advanced = everybody[1]
    async with in_memory(Staff(()), settings, Options(empty_pages=True, repeated_changes=True)) as world:
        tenant = world.stand_in.tenant
        for person in everybody:
            tenant.put(person)
        first = await directory_round(world)
        assert (people // EVERY, people - people // EVERY) == (
            first.counts[RowState.CREATED],
            first.counts[RowState.UNCHANGED],
        )
        assert {one.id: one.mobilePhone for one in everybody} == {
            one.id: tenant.people[one.id].methods.get(PhoneType.MOBILE) for one in everybody
        }

        change_person(tenant, advanced.id, {"mobilePhone": number(2)})
        world.clock.leap_to(world.clock.now() + timedelta(hours=1))
        second = await directory_round(world)
        assert ({RowState.UPDATED: 1}, people // EVERY + 1) == (dict(second.counts), world.writes)
        assert number(2) == tenant.people[advanced.id].methods[PhoneType.MOBILE]


async def directory_round(world: InMemory) -> Run:
    begun = await world.app.directory()
    assert begun is not None
    await world.pump()
    ended = await world.stored(begun.id)
    assert RunState.FINISHED is ended.state
    log.info("%d rows, peak %.0f MiB, stand-in and storage included", ended.total, peak_mib())
    return ended


def test_a_directory_of_three_hundred() -> None:
    run(directory_rounds(300))


@pytest.mark.long
def test_a_directory_of_thirty_thousand() -> None:
    """The source for tenants whose people maintain their numbers in the directory."""
    run(directory_rounds(30_000))


@pytest.mark.long
def test_twenty_thousand_rows() -> None:
    """In memory, on the real gateway and the stand-in: what a changed person costs does not grow with the run.

    The gateway keeps to Graph's limits all the same, but the waits for them, most of an hour, are leapt over.
    """
    staff = known(make_staff(20_000))

    assert 16 > run(storage_operations_of(staff, Options(throttling=False))).total() / len(staff.members)
