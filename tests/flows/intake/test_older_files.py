"""Files that were in the container before the app first ran are listed, and never run as the newest exports."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from shared.app import App
from shared.core.run.run import Run
from shared.core.run.run_ids import run_id
from shared.core.values.states import RunState
from shared.doctor.findings import DoctorCheck, Finding, Status
from shared.flows.intake.lost_exports import LOST_AFTER
from shared.telemetry.events import EventName
from testing.in_memory import InMemory
from testing.telemetry import events
from tests.flows.small_tenant import csv, number, person, tenant_of

EXPORT = csv("employeeId,mobile", ("E1", number(11)))
OLD = tuple(f"staff-{year}.csv" for year in range(2010, 2026))


async def sweep_by(app: App, world: InMemory) -> None:
    """An app process starts, and sweeps when every file has been there for long enough."""
    world.clock.leap_to(world.clock.now() + LOST_AFTER * 2)
    await app.sweep()
    await world.pump()


async def runs(world: InMemory) -> list[Run]:
    return [run async for run in world.app.runs.all()]


async def older_files(app: App) -> Finding:
    return next(finding for finding in await app.doctor() if finding.check is DoctorCheck.UNREAD_FILES)


@asynccontextmanager
async def started_anew(world: InMemory) -> AsyncIterator[App]:
    """Another process of the same installation, on the same storage."""
    app = App(world.settings, clock=world.clock, storage=world.storage)
    yield app
    await app.close()


async def test_the_first_sweep_over_years_of_files_starts_none_of_them(caplog: pytest.LogCaptureFixture) -> None:
    """It says once how many there are, the doctor names them, and later starts of the app change nothing."""
    async with tenant_of([person(1)]) as world:
        for name in (*OLD, ".DS_Store", "archive/a.csv"):
            await world.app.exports.write(name, EXPORT)
        world.clock.leap_to(world.clock.now() + timedelta(days=1))
        for _ in range(2):
            async with started_anew(world) as app:
                await sweep_by(app, world)

        assert [] == await runs(world)
        assert [{"files": 17}] == events(caplog.records, EventName.OLDER_FILES)
        finding = await older_files(world.app)
        assert Status.WARNING is finding.status
        assert "(17)" in finding.sentence
        assert "archive/a.csv, staff-2010.csv" in finding.sentence
        assert finding.sentence.endswith(" and 7 more.")
        assert ".DS_Store" not in finding.sentence
        assert EXPORT == await world.app.exports.read(OLD[0])


async def test_an_old_file_that_is_written_again_is_a_new_one() -> None:
    """By its event, and by the sweep where the event is lost."""
    async with tenant_of([person(1)]) as world:
        for name in ("a.csv", "b.csv", "c.csv"):
            await world.app.exports.write(name, EXPORT)
        world.clock.leap_to(world.clock.now() + timedelta(days=1))
        async with started_anew(world) as app:
            await sweep_by(app, world)
            assert [] == await runs(world)

            await world.run_to_end("a.csv", EXPORT)
            await world.app.exports.write("b.csv", EXPORT)
            await sweep_by(app, world)

            assert ["a.csv", "b.csv"] == sorted(run.name for run in await runs(world))
            found = (await older_files(app)).sentence
            assert "Files from before the app first ran, which are not read (1): c.csv." == found


async def test_an_export_whose_event_was_lost_just_after_the_start_is_found() -> None:
    """The app's first start counts, not its first sweep."""
    async with tenant_of([person(1)]) as world:
        await world.app.exports.write("staff.csv", EXPORT)
        await sweep_by(world.app, world)

        assert [RunState.FINISHED] == [run.state for run in await runs(world)]
        assert Status.OK is (await older_files(world.app)).status


async def test_an_app_that_noted_no_start_yet_ran_when_its_oldest_run_was_created() -> None:
    """After an upgrade, an export whose event was lost before it is still found, and a read that died is repeated."""
    async with tenant_of([person(1)]) as world:
        await world.run_to_end("first.csv", EXPORT)
        world.clock.leap_to(world.clock.now() + timedelta(days=1))
        await world.app.exports.write("lost.csv", EXPORT)
        info = await world.app.exports.info("lost.csv")
        assert info is not None
        world.clock.leap_to(world.clock.now() + timedelta(days=1))

        async with started_anew(world) as app:
            await sweep_by(app, world)

        found = await world.app.runs.get(run_id(info.last_modified, "hr-exports", "lost.csv", info.etag))
        assert found is not None
        assert RunState.FINISHED is found.state
