"""An export whose reading never completed is read again three times, then quarantined."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.core.export.options import RunOptions
from shared.core.run.run import Run
from shared.core.run.run_ids import run_id
from shared.core.values.states import RunState
from shared.flows.intake.export_ports import ExportSheet
from shared.flows.intake.lost_exports import LOST_AFTER, MAX_READS
from shared.flows.intake.read_export import ReadExport
from shared.flows.intake.upload import UploadedFile
from testing.in_memory import InMemory
from tests.flows.small_tenant import csv, notified, number, outcomes, person, tenant_of

EXPORT = csv("employeeId,mobile", ("E1", number(11)))


class DiedError(BaseException):  # as the end of a process, it passes every handler
    """The process ends here."""


def deadly(data: bytes, name: str) -> ExportSheet:  # noqa: ARG001 - the protocol's
    """Stands for a workbook whose reading ends the process."""
    raise DiedError


def with_deadly_reading(world: InMemory) -> ReadExport:
    return replace(world.app.source_parts.read_export, open_export=deadly)


async def sweep_later(world: InMemory, *, deadly_split: bool) -> None:
    """Sweep when every export is due again."""
    world.clock.leap_to(world.clock.now() + LOST_AFTER + timedelta(seconds=1))
    sweep = world.app.sweep
    if deadly_split:
        split = replace(world.app.split, read_export=with_deadly_reading(world))
        sweep = replace(sweep, lost_exports=replace(sweep.lost_exports, split=split))
    await sweep()


async def run_of(world: InMemory, name: str) -> Run:
    info = await world.app.exports.info(name)
    assert info is not None
    return await world.stored(run_id(info.last_modified, "hr-exports", name, info.etag))


async def test_an_export_that_always_ends_the_process_is_quarantined() -> None:
    """After the trigger and three sweeps the run fails with its reason, and each step of this is an event."""
    async with tenant_of([person(1)]) as world:
        await world.app.exports.write("bad.csv", EXPORT)
        with pytest.raises(DiedError):
            await replace(world.app.split, read_export=with_deadly_reading(world))("bad.csv")
        for _ in range(MAX_READS):
            with pytest.raises(DiedError):
                await sweep_later(world, deadly_split=True)
            assert RunState.READING is (await run_of(world, "bad.csv")).state

        await sweep_later(world, deadly_split=True)

        run = await run_of(world, "bad.csv")
        assert (RunState.FAILED, "readingFailed") == (run.state, run.code)
        quarantine = world.storage.container("quarantine")
        assert EXPORT == await quarantine.read(f"{run.id}/bad.csv")
        assert "readingFailed" == json.loads(await quarantine.read(f"{run.id}/bad.csv.error.json"))["code"]
        assert ["stalled"] * MAX_READS + ["failed"] == [event["event"] for event in await notified(world)]
        await sweep_later(world, deadly_split=True)
        assert run == await run_of(world, "bad.csv")


async def test_an_export_whose_split_died_once_is_read_again() -> None:
    """The sweep splits it once more, and the run finishes."""
    async with tenant_of([person(1)]) as world:
        await world.app.exports.write("good.csv", EXPORT)
        with pytest.raises(DiedError):
            await replace(world.app.split, read_export=with_deadly_reading(world))("good.csv")
        await sweep_later(world, deadly_split=False)
        await world.pump()

        run = await run_of(world, "good.csv")
        assert (RunState.FINISHED, 1) == (run.state, run.export_reads)
        assert [("updated", "applied")] == await outcomes(world, run)


async def test_an_upload_whose_reading_never_completes_is_failed() -> None:
    """Its first step goes to the poison queue each time; after three more steps the run fails with its reason."""
    async with tenant_of([person(1)]) as world:
        run = await world.app.upload(UploadedFile(EXPORT, "bad.csv", RunOptions(), "a test"))
        for _ in range(MAX_READS):
            world.storage.queue("run-steps").messages.clear()
            await sweep_later(world, deadly_split=False)
            assert 1 == len(world.storage.queue("run-steps").messages)
        await sweep_later(world, deadly_split=False)

        assert (RunState.FAILED, "readingFailed") == (
            (await world.stored(run.id)).state,
            (await world.stored(run.id)).code,
        )
        await world.pump()
        assert 0 == world.writes


async def test_a_refused_file_sends_an_event() -> None:
    """An unusable file fails its run at once, and the event does not name the file."""
    async with tenant_of([person(1)]) as world:
        await world.drop("staff.csv", b"Department,Colour\nClaims,red")

        (event,) = await notified(world)
        assert ("failed", "failed") == (event["event"], event["state"])
        assert "staff.csv" not in json.dumps(event)
