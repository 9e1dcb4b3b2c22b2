"""Retention deletes data after its number of days, and never data that is still needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from sandbox.exports import write_export
from sandbox.people import Staff, make_staff
from shared.core.export.export_folders import ExportFolders
from shared.core.values.errors import PermanentError
from shared.core.values.states import RunState
from shared.flows.upkeep.retention import Retention
from shared.read_settings import read_settings
from testing.doubles import MemoryStorage
from testing.in_memory import InMemory, in_memory

SHORT = {
    "KEEP_EXPORTS_DAYS": "2",
    "KEEP_RETURNS_DAYS": "1",
    "KEEP_QUARANTINE_DAYS": "3",
    "KEEP_RESULTS_DAYS": "4",
    "KEEP_CHANGES_DAYS": "4",
    "KEEP_ROWS_DAYS": "5",
    "KEEP_RUNS_DAYS": "6",
}


@pytest.fixture(scope="module")
def staff() -> Staff:
    return make_staff(20)


async def left(world: InMemory) -> dict[str, int]:
    """How many of each kind are stored."""
    runs = world.storage.table("Runs").partitions
    return {
        "exports": len(world.storage.container("hr-exports").blobs),
        "quarantine": len(world.storage.container("quarantine").blobs),
        "returns": len(world.storage.container("hr-returns").blobs),
        "results": len([name for name in world.storage.container("results").blobs if "/" in name]),
        "rows": sum(len(rows) for rows in world.storage.table("Rows").partitions.values()),
        "runs": len(runs.get("run", {})),
        "contents": len(runs.get("content", {})),
    }


async def test_each_kind_of_data_is_deleted_after_its_days(staff: Staff) -> None:
    """Returns, exports, refused files, results, rows and runs go on their day and not on the day before."""
    async with in_memory(staff, SHORT) as world:
        await world.run_to_end("staff.xlsx", write_export(staff))
        await world.run_to_end("broken.xlsx", b"no workbook")
        await world.app.reconcile()
        await world.pump()
        begun = world.clock.now()
        current = await left(world)
        assert {"exports": 2, "returns": 2, "quarantine": 2, "runs": 3} == {
            name: current[name] for name in ("exports", "returns", "quarantine", "runs")
        }
        assert current["rows"] >= 20

        for day, gone in ((1, "returns"), (2, "exports"), (3, "quarantine"), (4, "results"), (5, "rows"), (6, "runs")):
            world.clock.leap_to(begun + timedelta(days=day))
            await world.app.sweep()
            await world.pump()
            current |= {gone: 0} if gone else {}
            if gone == "runs":
                current["contents"] = 0
            assert current == await left(world)
        assert (await world.app.newest_drift()) is not None


async def test_a_held_run_and_its_files_are_not_deleted(staff: Staff) -> None:
    """They stay until the run has expired."""
    async with in_memory(staff, {**SHORT, "APPROVAL": "always", "HELD_DAYS": "30"}) as world:
        held = await world.run_to_end("staff.xlsx", write_export(staff))
        current = await left(world)
        world.clock.leap_to(world.clock.now() + timedelta(days=20))
        await world.app.sweep()

        assert {**current, "contents": 0} == await left(world)
        await world.app.decisions.approve(held.id, held.digest, "a test")
        await world.pump()
        assert RunState.FINISHED is (await world.stored(held.id)).state


async def test_a_file_that_was_refused_unread_stays(staff: Staff) -> None:
    """So does its run, without which it would be read. Settings that are changed later change nothing."""
    async with in_memory(staff, {**SHORT, "MAX_FILE_BYTES": "1000"}) as world:
        runs = [await world.run_to_end(name, b"x" * 1_001) for name in ("large.csv", "archive/a.csv")]
        assert ["fileTooLarge", "folderNotForExports"] == [run.code for run in runs]
        assert isinstance(world.app.sweep.retention, Retention)
        retention = replace(world.app.sweep.retention, folders=ExportFolders(("archive",)))
        world.clock.leap_to(world.clock.now() + timedelta(days=20))
        await replace(world.app.sweep, retention=retention)()

        assert {"large.csv", "archive/a.csv"} == set(world.storage.container("hr-exports").blobs)
        assert {"quarantine": 0, "runs": 2} == {name: (await left(world))[name] for name in ("quarantine", "runs")}


async def test_retention_works_once_a_day(staff: Staff) -> None:
    """The sweep calls it every five minutes; most calls make one request. Once a day it reads the journal too."""
    operations: list[str] = []
    async with in_memory(staff, SHORT, storage=partial(MemoryStorage, on_operation=operations.append)) as world:
        await world.app.sweep()
        operations.clear()
        await world.app.sweep()
        second = operations.count("blob.list")
        world.clock.leap_to(world.clock.now() + timedelta(days=1))
        operations.clear()
        await world.app.sweep()

        assert (1, 7) == (second, operations.count("blob.list"))


@pytest.mark.parametrize("name", ["KEEP_EXPORTS_DAYS", "KEEP_ROWS_DAYS"])
def test_a_run_is_stored_longer_than_its_data(name: str) -> None:
    """Otherwise its export would count as one that was never read."""
    assert 40 == read_settings({name: "40", "KEEP_RUNS_DAYS": "40", "KEEP_ROWS_DAYS": "40"}).keep_runs_days
    with pytest.raises(PermanentError, match=f"KEEP_RUNS_DAYS.*{name}"):
        read_settings({"KEEP_ROWS_DAYS": "1", "KEEP_RUNS_DAYS": "39", name: "40"})
