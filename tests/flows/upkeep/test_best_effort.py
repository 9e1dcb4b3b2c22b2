"""One blob, run or row that cannot be handled is named by the doctor and skipped; all others are handled."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

from sandbox.exports import write_export
from sandbox.people import make_staff
from shared.core.values.states import RunState
from shared.core.values.storage import BlobInfo
from shared.doctor.findings import DoctorCheck, Finding
from shared.flows.intake.lost_exports import LOST_AFTER
from testing.doubles import MemoryStorage
from testing.doubles.container import MemoryContainer
from testing.in_memory import InMemory, in_memory

STAFF = make_staff(3)
SHORT = dict.fromkeys(("KEEP_EXPORTS_DAYS", "KEEP_QUARANTINE_DAYS", "KEEP_RESULTS_DAYS", "KEEP_ROWS_DAYS"), "2")
SHORT |= {"KEEP_RUNS_DAYS": "3", "KEEP_CHANGES_DAYS": "2"}


def exports_of(world: InMemory) -> MemoryContainer:
    return container_of(world.storage, "hr-exports")


def container_of(storage: MemoryStorage, name: str) -> MemoryContainer:
    return storage.container(name)


async def upkeep(world: InMemory) -> Finding:
    return next(finding for finding in await world.app.doctor() if finding.check is DoctorCheck.UPKEEP)


async def later(world: InMemory, days: float) -> None:
    world.clock.leap_to(world.clock.now() + timedelta(days=days))
    await world.app.sweep()
    await world.pump()


async def test_an_export_that_cannot_be_read_stops_no_other() -> None:
    """An archived blob answers 409; the export behind it, whose event was lost, is read all the same."""
    async with in_memory(STAFF, {}) as world:
        exports = exports_of(world)
        await world.app.sweep()
        world.clock.leap_to(world.clock.now() + timedelta(minutes=1))
        for name in ("archived.xlsx", "odd name \N{BLACK STAR}%2F?#.xlsx", "staff.xlsx"):
            await exports.write(name, write_export(STAFF))
        exports.unreadable.add("archived.xlsx")
        world.clock.leap_to(world.clock.now() + 2 * LOST_AFTER)
        await world.app.sweep()
        await world.pump()

        runs = {run.name: run.state async for run in world.app.clients.runs.all()}
        assert RunState.READING is runs["archived.xlsx"]
        assert RunState.READING not in {state for name, state in runs.items() if name != "archived.xlsx"}
        finding = await upkeep(world)
        assert "export archived.xlsx: ResourceExistsError" in finding.sentence

        exports.unreadable.clear()
        world.clock.leap_to(world.clock.now() + 2 * LOST_AFTER)
        await world.app.sweep()
        await world.pump()
        assert "The sweep and retention could do all their work." == (await upkeep(world)).sentence


async def test_a_file_on_hold_keeps_no_other_from_being_deleted() -> None:
    """Neither exports, nor results, nor rows; the run of what stays is kept, or the file would be read anew."""
    async with in_memory(STAFF, SHORT) as world:
        for name in ("a.xlsx", "b.xlsx"):
            await world.run_to_end(name, write_export(STAFF))
        exports, results = exports_of(world), container_of(world.storage, "results")
        exports.undeletable.add("a.xlsx")
        held = next(name for name in sorted(results.blobs) if "/" in name)
        results.undeletable.add(held)
        await later(world, 4)

        assert ({"a.xlsx"}, {held}) == (set(exports.blobs), {name for name in results.blobs if "/" in name})
        assert ["a.xlsx"] == [run.name async for run in world.app.clients.runs.all()]
        assert not [row for rows in world.storage.table("Rows").partitions.values() for row in rows]
        finding = await upkeep(world)
        assert f"export a.xlsx: ResourceExistsError, file {held}: ResourceExistsError" in finding.sentence

        exports.undeletable.clear()
        await later(world, 1)
        assert {} == exports.blobs
        await later(world, 1)
        assert [] == [run async for run in world.app.clients.runs.all()]


async def test_snapshots_and_earlier_versions_are_deleted_too() -> None:
    """They hold the same data, also those of a blob that is gone or was overwritten."""
    async with in_memory(STAFF, SHORT) as world:
        await world.run_to_end("a.xlsx", write_export(STAFF))
        exports = exports_of(world)
        info = exports.blobs["a.xlsx"].info
        young = replace(info, copy="version=2", last_modified=info.last_modified + timedelta(days=3))
        exports.copies += [replace(info, copy="snapshot=1"), replace(info, name="gone.xlsx", copy="version=1"), young]
        await later(world, 2.5)

        assert {} == exports.blobs
        assert [] == [copy for copy in exports.copies if copy.name == "gone.xlsx"]


async def test_a_damaged_run_keeps_no_other_from_being_handled() -> None:
    async with in_memory(STAFF, SHORT) as world:
        run = await world.run_to_end("a.xlsx", write_export(STAFF))
        await world.run_to_end("b.xlsx", write_export(STAFF))
        runs = world.storage.table("Runs")
        entity = await runs.get("run", run.id)
        assert entity is not None
        await runs.upsert("run", run.id, {**entity.values, "state": "melted", "closed": False})
        await later(world, 4)

        assert [] == [run async for run in world.app.clients.runs.all()]
        assert f"run {run.id}: its entity cannot be read" in (await upkeep(world)).sentence


async def test_retention_runs_although_sweeping_fails() -> None:
    """A container that cannot be listed ends only the work on it."""
    async with in_memory(STAFF, SHORT) as world:
        await world.run_to_end("a.xlsx", write_export(STAFF))
        results = container_of(world.storage, "results")
        world.clock.leap_to(world.clock.now() + timedelta(days=4))
        sweep = replace(world.app.sweep, lost_exports=replace(world.app.sweep.lost_exports, exports=Unlistable()))
        await sweep()

        assert [] == [name for name in results.blobs if "/" in name]
        assert "list of exports: PermissionError" in (await upkeep(world)).sentence


class Unlistable(MemoryContainer):
    """A container whose list is refused."""

    async def list(self, prefix: str = "", *, copies: bool = False) -> AsyncIterator[BlobInfo]:
        if prefix or not copies:
            raise PermissionError
        async for info in super().list():
            yield info


async def test_a_huge_file_is_refused_before_a_byte_of_it_is_read() -> None:
    """Blobs may have 5 TiB; the size stands in the properties."""
    async with in_memory(STAFF, {"MAX_FILE_BYTES": "1000"}) as world:
        exports = exports_of(world)
        exports.unreadable.add("huge.xlsx")
        run = await world.run_to_end("huge.xlsx", b"x" * 1_001)

        assert (RunState.FAILED, "fileTooLarge") == (run.state, run.code)
        assert "huge.xlsx" in exports.blobs
        assert {f"{run.id}/huge.xlsx.error.json"} == set(container_of(world.storage, "quarantine").blobs)
