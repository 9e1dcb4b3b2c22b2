"""Calls for one person count together: people whose value is replaced, also for each caller, and people without one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from sandbox.graph.faults import Fault
from shared.core.call import Mode, RemovePhone, SetPhone, SingleCall, SingleCallResult
from shared.core.values.errors import ExplainedError, PermanentError, StorageUnavailableError
from shared.core.values.slot import PhoneNumber, PhoneType, Slot
from testing.in_memory import InMemory
from tests.flows.small_tenant import person, rows_of, tenant_of

PEOPLE = range(1, 41)
MOBILE = PhoneType.MOBILE


def mobile(index: int) -> str:
    return f"+1 20255{(index * 7919) % 100_000:05}"


async def call(
    world: InMemory, index: int, number: str = "", *, caller: str = "desk", repeatability_id: str = ""
) -> SingleCallResult:
    action = SetPhone(MOBILE, number or mobile(index), Mode.PUT)
    user = f"person{index}@contoso.example"
    return await world.app.single_calls.do(SingleCall(user, action, caller, repeatability_id))


async def refusals(world: InMemory, people: range, number: str = "", *, caller: str = "desk") -> list[str]:
    """The codes of the calls that were refused."""
    found = []
    for index in people:
        try:
            await call(world, index, number, caller=caller)
        except ExplainedError as error:
            found.append(error.code)
    return found


@pytest.mark.parametrize(
    ("settings", "callers", "written"),
    [
        ({"MAX_CALLS_PER_CALLER": "5"}, ["desk"], 5),
        ({"MAX_CALLS_PER_CALLER": "5"}, ["desk", "night desk"], 10),
        ({"MAX_CALLS_PER_DAY": "7", "MAX_CALLS_PER_CALLER": "5"}, ["desk", "night desk"], 7),
    ],
)
async def test_replaced_values_are_counted_for_all_and_for_each_caller(
    settings: dict[str, str], callers: list[str], written: int
) -> None:
    """At the quota a call passes; one person more is refused, whoever calls."""
    async with tenant_of([person(index) for index in PEOPLE], (), None, **settings) as world:
        for start, caller in zip((1, 20), callers, strict=False):
            assert {"quotaReached"} == set(await refusals(world, range(start, start + 12), caller=caller))

        assert written == world.writes


async def test_people_without_a_value_have_a_wide_quota_of_their_own() -> None:
    """The flow that does 1,000 people row by row still runs; corrections are counted apart."""
    settings = {"MAX_CALLS_PER_CALLER": "1", "MAX_CREATES_BY_CALL_PER_DAY": "12"}
    async with tenant_of([person(index, phones={}) for index in PEOPLE], (), None, **settings) as world:
        assert ["quotaReached"] * 3 == await refusals(world, range(1, 16))
        assert [] == await refusals(world, range(1, 2), mobile(30))


async def test_a_person_counts_once_and_what_writes_nothing_is_free() -> None:
    """Previews, unchanged, refused and repeated calls are free, and so is the same person again."""
    async with tenant_of([person(index) for index in PEOPLE], MAX_CALLS_PER_CALLER="2") as world:
        first = await call(world, 1, repeatability_id="once")
        for _ in range(3):
            await call(world, 1)  # unchanged
            assert (await call(world, 1, repeatability_id="once")).run == first.run
            await world.app.single_calls.preview(SingleCall("person2@contoso.example", RemovePhone(MOBILE), "desk"))
        assert 3 == len(await refusals(world, range(3, 6), "+1 20"))  # no number
        await call(world, 1, mobile(31))

        assert [] == await refusals(world, range(2, 3))
        assert ["quotaReached"] == await refusals(world, range(3, 4))


async def test_the_refusal_says_when_the_quota_frees_and_then_it_does() -> None:
    """A flow does not repeat a 403; a person reads the time and the way out."""
    async with tenant_of([person(index) for index in PEOPLE], MAX_CALLS_PER_CALLER="2") as world:
        await refusals(world, range(1, 3))
        with pytest.raises(PermanentError) as refused:
            await call(world, 3)

        frees_at = world.clock.now() + timedelta(days=1)
        assert f"it has room again at {frees_at:%Y-%m-%d %H:%M} UTC" in refused.value.message
        assert "the quota MAX_CALLS_PER_CALLER is 2" in refused.value.message
        assert "upload" in refused.value.remedy
        world.clock.leap_to(frees_at + timedelta(seconds=1))
        assert [] == await refusals(world, range(3, 4))


async def test_calls_at_the_same_moment_in_two_processes_count_exactly() -> None:
    """Each process remembers what it has seen; the number of a call is free only once."""
    async with tenant_of([person(index) for index in PEOPLE], MAX_CALLS_PER_CALLER="7") as world:
        other = world.app.__class__(world.settings, clock=world.clock, storage=world.storage)
        calls = [
            app.single_calls.do(SingleCall(f"person{index}@contoso.example", SetPhone(MOBILE, mobile(index)), "desk"))
            for index, app in zip(PEOPLE, [world.app, other] * 20, strict=True)
        ]
        done = await asyncio.gather(*calls, return_exceptions=True)
        await other.close()

        assert 7 == world.writes == sum(isinstance(one, SingleCallResult) for one in done)


async def test_a_call_that_graph_refuses_is_given_back() -> None:
    """Nothing was written, so it takes no place."""
    async with tenant_of([person(index) for index in PEOPLE], MAX_CALLS_PER_CALLER="1") as world:
        world.stand_in.faults.add(Fault(kind="status", on="phoneMethods.update", count=1, status=400))
        assert 1 == len(await refusals(world, range(1, 2)))

        assert [] == await refusals(world, range(2, 3))


def leave_the_write_in_doubt(world: InMemory) -> None:
    """The write is not answered, and no token is good for a read after it."""
    world.stand_in.faults.add(Fault(kind="commit-then-drop", on="phoneMethods.update", count=1))
    world.stand_in.faults.add(Fault(kind="status", on="phoneMethods.list", status=401, skip=1))


def forbid_the_read(world: InMemory) -> None:
    """The write is not answered, and Graph refuses to show the methods after it."""
    world.stand_in.faults.add(Fault(kind="commit-then-drop", on="phoneMethods.update", count=1))
    world.stand_in.faults.add(Fault(kind="status", on="phoneMethods.list", status=403, skip=1))


def lose_the_record(world: InMemory) -> None:
    """The write is done, and the ownership record cannot be stored."""
    failures = [StorageUnavailableError("The account cannot be reached (503 ServerBusy).", delay=5.0)]

    def fail_once(_operation: str) -> None:
        if world.writes and failures:
            raise failures.pop()

    table = world.storage.table("People")
    table._on_operation = fail_once  # noqa: SLF001 - the double fails for tests


@pytest.mark.parametrize("fail", [leave_the_write_in_doubt, forbid_the_read, lose_the_record])
async def test_a_failed_call_that_may_have_written_is_not_given_back(fail: Callable[[InMemory], None]) -> None:
    """The person has the number although the caller got an error; the app goes on, and says so."""
    async with tenant_of([person(index) for index in PEOPLE], MAX_CALLS_PER_CALLER="1") as world:
        fail(world)
        (ended,) = await refusals(world, range(1, 2))
        world.stand_in.faults.withdraw()

        assert mobile(1) == world.stand_in.tenant.people[person(1).id].methods[MOBILE]
        assert "outcomeUnknown" == ended
        assert ["quotaReached"] == await refusals(world, range(2, 3))

        await world.pump()
        rows = [row async for run in world.app.runs.all() for row in await rows_of(world, run)]
        assert [("updated", "applied")] == [(row.state, row.code) for row in rows if row.object_id == person(1).id]
        record = await world.app.people.get(person(1).id)
        assert record is not None
        assert PhoneNumber(1, mobile(1).partition(" ")[2]) == record.slots[Slot.MOBILE].written


async def test_a_doubt_soon_after_another_write_is_kept() -> None:
    """The write is sent again at once, because a late replica may answer; no token is good for that."""
    async with tenant_of([person(1)]) as world:
        await call(world, 1, mobile(7))
        await world.clock.sleep(1)  # of two calls at the same instant the one with the higher id would be the later
        world.stand_in.faults.add(Fault(kind="commit-then-drop", on="phoneMethods.update", count=1))
        world.stand_in.faults.add(Fault(kind="status", on="phoneMethods.*", status=401, skip=1))
        assert ["outcomeUnknown"] == await refusals(world, range(1, 2))
        assert mobile(1) == world.stand_in.tenant.people[person(1).id].methods[MOBILE]
        world.stand_in.faults.withdraw()

        await world.pump()
        rows = [row async for run in world.app.runs.all() for row in await rows_of(world, run)]
        assert [("updated", "applied")] * 2 == [(row.state, row.code) for row in rows]


async def test_an_ordinary_call_costs_one_request_for_the_quota_and_one_for_the_index() -> None:
    """The process remembers the calls that it has seen, and a number that nobody had is claimed by one transaction."""
    async with tenant_of([person(index) for index in PEOPLE]) as world:
        await call(world, 1)
        seen: list[str] = []
        table = world.storage.table("Runs")
        table._on_operation = seen.append  # noqa: SLF001 - the double counts for tests
        await call(world, 2)

        checked, recorded = ["table.get"], ["table.get", "table.get", "table.get", "table.transaction"]
        assert [*checked, "table.insert", "table.transaction", "table.insert", *recorded, "table.replace"] == seen


async def test_one_number_for_many_people_by_calls_stops_at_the_limit() -> None:
    """What was written counts for calls too; the message has no number."""
    async with tenant_of([person(index) for index in PEOPLE]) as world:
        assert ["valueShared"] * 8 == await refusals(world, range(1, 11), mobile(77))
        assert 2 == world.writes
