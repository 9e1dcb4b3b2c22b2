"""MOVE_EXPORTS: an export is moved once its run is closed, whatever happens in between."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import count

import pytest

from sandbox.people import Staff
from shared.core.export.export_folders import ExportFolders
from shared.core.run.run import Run
from shared.core.values.errors import PermanentError
from shared.core.values.states import RowState, RunState
from shared.read_settings import read_settings
from testing.doubles import MemoryStorage
from testing.doubles.dying import Dying, Killed
from testing.in_memory import InMemory, in_memory
from tests.flows.intake.test_layouts import five_people
from tests.flows.small_tenant import csv, number, person

EXPORT = csv("employeeId,mobile", ("E1", number(11)))
MOVE = {"MOVE_EXPORTS": "true"}


def blobs(world: InMemory, container: str) -> dict[str, bytes]:
    return {name: blob.data for name, blob in world.storage.container(container).blobs.items()}


async def runs_of(world: InMemory) -> list[Run]:
    return [run async for run in world.app.runs.all()]


async def test_an_export_is_moved_once_its_run_is_over() -> None:
    """Not while it is held; under a name with the run's id, in the folder that it had."""
    async with five_people(**MOVE, APPROVAL="always") as world:
        run = await world.run_to_end("preview/staff.csv", EXPORT)
        held = await world.run_to_end("staff.csv", EXPORT)
        await world.app.sweep()

        assert RunState.HELD is held.state
        assert {"staff.csv": EXPORT} == blobs(world, "hr-exports")
        assert {f"preview/staff {run.id}.csv": EXPORT} == blobs(world, "hr-done")
        done = world.storage.container("hr-done").blobs[f"preview/staff {run.id}.csv"]
        assert {"run": run.id, "attempt": "1", "state": "finished"} == done.info.metadata

        await world.app.decisions.reject(held.id, "a test")
        await world.pump()
        await world.app.sweep()
        assert {} == blobs(world, "hr-exports")
        assert f"staff {held.id}.csv" in blobs(world, "hr-done")


async def test_exports_stay_unless_they_are_to_be_moved() -> None:
    async with five_people() as world:
        await world.run_to_end("staff.csv", EXPORT)
        await world.app.sweep()
        assert ({"staff.csv": EXPORT}, {}) == (blobs(world, "hr-exports"), blobs(world, "hr-done"))


async def test_what_was_never_an_export_stays() -> None:
    """The run of a file in a wrong folder, or of one that is too large, says that it stays where it is.

    Settings under which the app would read it come too late: its run is over.
    """
    async with five_people(**MOVE, MAX_FILE_BYTES="5000") as world:
        for name, data in (("archive/a.csv", EXPORT), ("large.csv", EXPORT * 400), ("~$open.xlsx", b"lock")):
            await world.app.exports.write(name, data)
            await world.app.split(name)
        await world.run_to_end("broken.xlsx", b"PK")
        world.clock.leap_to(world.clock.now() + timedelta(days=1))
        await world.app.sweep()

        assert {"archive/a.csv", "large.csv", "~$open.xlsx"} == set(blobs(world, "hr-exports"))
        assert [b"PK"] == list(blobs(world, "hr-done").values())

        sweep = world.app.sweep
        assert sweep.lost_exports.move_done is not None
        wider = replace(
            sweep.lost_exports,
            folders=ExportFolders(("archive",)),
            move_done=replace(sweep.lost_exports.move_done, max_file_bytes=1_000_000),
        )
        await replace(sweep, lost_exports=wider)()
        assert {"archive/a.csv", "large.csv", "~$open.xlsx"} == set(blobs(world, "hr-exports"))


async def test_files_of_one_name_do_not_overwrite_each_other() -> None:
    async with five_people(**MOVE) as world:
        contents = [csv("employeeId,mobile", ("E1", number(11 + turn))) for turn in range(3)]
        for content in contents:
            await world.run_to_end("staff.csv", content)
            await world.app.sweep()

        assert sorted(contents) == sorted(blobs(world, "hr-done").values())
        assert {} == blobs(world, "hr-exports")


async def test_an_export_that_was_replaced_meanwhile_stays() -> None:
    """The copy is of the old one; the new one is deleted by nobody and gets its run."""
    newer = csv("employeeId,mobile", ("E1", number(12)))
    async with five_people(**MOVE) as world:
        first = await world.run_to_end("staff.csv", EXPORT)
        done = world.storage.container("hr-done")
        write = done.write

        async def replaced_while_copied(*arguments: object, **more: object) -> None:
            await write(*arguments, **more)  # type: ignore[arg-type] # passed on
            await world.app.exports.write("staff.csv", newer)

        vars(done)["write"] = replaced_while_copied
        await world.app.sweep()
        assert {"staff.csv": newer} == blobs(world, "hr-exports")
        del vars(done)["write"]

        second = await world.split_as_is("staff.csv")
        await world.pump()
        await world.app.sweep()
        assert {f"staff {first.id}.csv": EXPORT, f"staff {second}.csv": newer} == blobs(world, "hr-done")


async def test_a_crash_at_any_request_loses_nothing_and_starts_nothing_twice() -> None:
    """The sweep that moves is killed at each of its requests to storage, and repeated."""
    for point in count(1):
        dying = Dying()
        async with in_memory(Staff(()), MOVE, storage=partial(MemoryStorage, on_operation=dying)) as world:
            world.stand_in.tenant.put(person(1))
            run = await world.run_to_end("staff.csv", EXPORT)
            writes = world.writes
            dying.left = point
            with suppress(Killed):
                await world.app.sweep()
            is_complete, dying.left = dying.left > 0, 0
            assert EXPORT in {**blobs(world, "hr-exports"), **blobs(world, "hr-done")}.values()

            world.clock.leap_to(world.clock.now() + timedelta(minutes=5))
            await world.app.sweep()
            await world.pump()
            assert ({}, {f"staff {run.id}.csv": EXPORT}) == (blobs(world, "hr-exports"), blobs(world, "hr-done"))
            assert [run.id] == [one.id for one in await runs_of(world)]
            assert (writes, {RowState.UPDATED: 1}) == (world.writes, (await world.stored(run.id)).counts)
        if is_complete:
            break
    assert point > 10


async def test_a_day_later_nothing_starts_and_later_all_is_deleted() -> None:
    """Retention covers what was moved and what came back; a redrive works without the export."""
    days = {"KEEP_EXPORTS_DAYS": "3", "KEEP_RETURNS_DAYS": "2", "KEEP_ROWS_DAYS": "9", "KEEP_RUNS_DAYS": "9"}
    async with five_people(**MOVE, **days) as world:
        run = await world.run_to_end("staff.csv", csv("employeeId,mobile", ("E1", number(11)), ("E99", number(12))))
        await world.app.sweep()
        moved = world.clock.now()
        for day, left in ((1, (1, 1)), (2, (1, 0)), (3, (0, 0))):
            world.clock.leap_to(moved + timedelta(days=day))
            writes = world.writes
            await world.app.sweep()
            await world.pump()
            assert left == (len(blobs(world, "hr-done")), len(blobs(world, "hr-returns")))
            assert (writes, [run.id]) == (world.writes, [one.id for one in await runs_of(world)])
        assert {} == blobs(world, "hr-exports")


async def test_files_of_others_are_not_deleted() -> None:
    """What HR's administrator has put into a container, the app leaves alone."""
    async with five_people(**MOVE) as world:
        for container in ("hr-done", "hr-returns"):
            await world.storage.container(container).write("read me.txt", b"hello")
        world.clock.leap_to(world.clock.now() + timedelta(days=400))
        await world.app.sweep()
        assert {"read me.txt": b"hello"} == blobs(world, "hr-done") == blobs(world, "hr-returns")


@pytest.mark.parametrize("name", ["hr-exports/done", "hr-exports", "hr-returns", "results", "HR-DONE"])
def test_done_exports_have_a_container_of_their_own(name: str) -> None:
    """A folder of the exports container would be read again."""
    with pytest.raises(PermanentError, match=r"DONE_CONTAINER: .*should"):
        read_settings({"DONE_CONTAINER": name})
