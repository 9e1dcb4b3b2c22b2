"""changes.json: what was there before is kept once, in whatever state an attempt ends, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest

from sandbox.graph.faults import Fault
from sandbox.graph.person import Person
from sandbox.people import Staff
from shared.core.call import RemovePhone, SetPhone, SingleCall
from shared.core.run.run import Run
from shared.core.values.slot import PhoneType
from shared.core.values.states import RunState
from testing.doubles import MemoryStorage
from testing.doubles.dying import Dying, Killed
from testing.in_memory import InMemory, in_memory

OLD, NEW, THIRD = "+1 2025550101", "+1 2025550102", "+1 2025550103"
PEOPLE = tuple(f"00000000-0000-4000-8000-{number:012d}" for number in range(1, 4))
HOLDER, WITHOUT, SAME = PEOPLE
EXPORT = f"objectId,mobile\n{HOLDER},{NEW}\n{WITHOUT},{THIRD}\n{SAME},{OLD}\n".encode()
CHANGED = [(HOLDER, "mobile", OLD, NEW, "updated"), (WITHOUT, "mobile", None, THIRD, "created")]


def person(object_id: str, mobile: str | None) -> Person:
    phones = {"mobile": mobile} if mobile else {}
    return Person(id=object_id, userPrincipalName=f"{object_id[-3:]}@contoso.example", phones=phones)


def text_of(data: bytes) -> str:
    """All parts of a workbook, or the file itself."""
    if not data.startswith(b"PK"):
        return data.decode()
    with ZipFile(BytesIO(data)) as package:
        return "".join(package.read(name).decode() for name in package.namelist())


@asynccontextmanager
async def world_of(storage: Any = MemoryStorage, **settings: str) -> AsyncIterator[InMemory]:
    async with in_memory(Staff(()), {"APPROVAL": "always", **settings}, storage=storage) as world:
        for object_id, mobile in zip(PEOPLE, (OLD, None, OLD), strict=True):
            world.stand_in.tenant.put(person(object_id, mobile))
        yield world


def kept(world: InMemory, run: str, attempt: int = 1) -> list[tuple[str, str, str | None, str | None, str]]:
    """(person, slot, old, new, state) of the file of an attempt."""
    blob = world.storage.container("results").blobs.get(f"{run}/{attempt}/changes.json")
    changes = json.loads(blob.data)["changes"] if blob else []
    return [
        (one["id"], each["slot"], each["old"], each["new"], each["state"]) for one in changes for each in one["slots"]
    ]


async def approved(world: InMemory) -> Run:
    held = await world.run_to_end("a.csv", EXPORT)
    assert RunState.HELD is held.state
    return await world.app.decisions.approve(held.id, held.digest, "someone")


async def test_a_finished_run_keeps_old_and_new_and_its_rows_do_not() -> None:
    """Only what was written is in the file; the unchanged person is not."""
    async with world_of() as world:
        run = await approved(world)
        await world.pump()

        assert RunState.FINISHED is (await world.stored(run.id)).state
        assert CHANGED == kept(world, run.id)
        assert [None, None, None] == [row.plan async for row in world.app.rows.in_order(await world.stored(run.id))]
        texts = {name: text_of(blob.data) for name, blob in world.storage.container("results").blobs.items()}
        with_old = {name.rpartition("/")[2] for name, text in texts.items() if OLD.removeprefix("+1 ") in text}
        assert {"changes.json", "plan.xlsx", "input.csv"} == with_old  # SAME has it in the export itself
        result = text_of(await world.app.returns.read(await world.stored(run.id)))
        assert 1 == result.count(OLD.removeprefix("+1 "))


async def test_a_cancelled_run_keeps_what_was_written_before() -> None:
    """One row is written, the others are not reached."""
    async with world_of(APPLY_WINDOW="1") as world:
        world.work_by_messages()
        run = await approved(world)

        async def one_is_written() -> bool:
            return world.writes == 1

        await world.pump(one_is_written)
        await world.app.decisions.cancel(run.id, "someone")
        await world.pump()

        assert RunState.CANCELLED is (await world.stored(run.id)).state
        assert CHANGED[:1] == kept(world, run.id)


async def test_a_run_that_fails_keeps_what_was_written_before() -> None:
    """A row is missing from the ledger in the end; what the others wrote is known."""
    async with world_of() as world:
        run = await approved(world)
        partition = next(iter(world.storage.table("Rows").partitions.values()))
        partition.pop(max(partition))
        stored = await world.stored(run.id)
        await world.app.runs.save(stored.in_attempt(plan=replace(stored.attempt.plan, is_verified=True)))
        await world.pump()

        assert RunState.FAILED is (await world.stored(run.id)).state
        assert CHANGED == kept(world, run.id)


async def test_a_redrive_keeps_the_changes_of_each_attempt() -> None:
    """The first file stays as it is; the second has what the redrive wrote."""
    async with world_of(MAX_FAILURES="1") as world:
        world.stand_in.faults.add(Fault(kind="status", on="phoneMethods.create", status=500))
        run = await approved(world)
        await world.pump()
        assert CHANGED[:1] == kept(world, run.id)

        world.stand_in.faults.withdraw()
        await world.app.redrive(run.id, "someone")
        await world.pump()
        again = await world.stored(run.id)
        await world.app.decisions.approve(run.id, again.digest, "someone")
        await world.pump()

        assert (CHANGED[:1], CHANGED[1:]) == (kept(world, run.id), kept(world, run.id, 2))


async def test_calls_keep_theirs() -> None:
    """A change and a removal; a call that changes nothing leaves no file."""
    async with world_of() as world:
        calls = world.app.single_calls
        changed = await calls.do(SingleCall(HOLDER, SetPhone(PhoneType.MOBILE, NEW), "x"))
        unchanged = await calls.do(SingleCall(HOLDER, SetPhone(PhoneType.MOBILE, NEW), "x"))
        removed = await calls.do(SingleCall(HOLDER, RemovePhone(PhoneType.MOBILE), "x"))

        assert [(HOLDER, "mobile", OLD, NEW, "updated")] == kept(world, changed.run)
        assert [] == kept(world, unchanged.run)
        assert [(HOLDER, "mobile", NEW, None, "removed")] == kept(world, removed.run)


async def requests_until_end() -> int:
    """How many requests to storage the run makes after its approval."""
    counted = Dying()
    async with world_of(partial(MemoryStorage, on_operation=counted)) as world:
        await approved(world)
        counted.left = 1_000_000
        await world.pump()
    return 1_000_000 - counted.left


@pytest.mark.parametrize("last", [12, pytest.param(1_000, marks=pytest.mark.long)], ids=["while closing", "always"])
async def test_no_crash_loses_a_change(last: int) -> None:
    """The process is killed at each of the last requests to storage between the approval and the end, once each."""
    requests = await requests_until_end()
    for position in range(max(1, requests - last), requests):
        dying = Dying()
        async with world_of(partial(MemoryStorage, on_operation=dying)) as world:
            run = await approved(world)
            dying.left = position
            with suppress(Killed):
                await world.pump()
            for _ in range(4):
                world.clock.leap_to(world.clock.now() + timedelta(minutes=6))
                await world.app.sweep()
                await world.pump()

            stored = await world.stored(run.id)
            assert (RunState.FINISHED, True) == (stored.state, stored.closed), position
            people = {HOLDER: NEW, WITHOUT: THIRD, SAME: OLD}
            assert people == {user: numbers.get("mobile") for user, numbers in world.directory().items()}
            assert CHANGED == kept(world, run.id), position
            assert all([row.plan is None async for row in world.app.rows.in_order(stored)]), position


async def test_the_file_goes_after_its_days() -> None:
    """With plan.xlsx and plan.json, before the result."""
    async with world_of(KEEP_CHANGES_DAYS="2", KEEP_RESULTS_DAYS="5") as world:
        run = await approved(world)
        await world.pump()
        of_values = {"changes.json", "plan.xlsx", "plan.json"}
        for days, expected in ((1, of_values), (2, set())):
            world.clock.leap_to(run.updated_at + timedelta(days=days, minutes=days))
            await world.app.sweep()
            await world.pump()
            left = {name.rpartition("/")[2] for name in world.storage.container("results").blobs}
            assert (expected, True) == (left & of_values, "result.xlsx" in left or "summary.json" in left)
