"""Files outside the folders of exports: refused by their name or left alone, by the trigger and by the sweep alike."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import PurePosixPath

import pytest

from shared.core.run.run_ids import run_id
from shared.core.values.states import RunState
from shared.flows.intake.lost_exports import LOST_AFTER
from testing.in_memory import InMemory
from tests.flows.small_tenant import csv, number, person, tenant_of

EXPORT = csv("employeeId,mobile", ("E1", number(11)))
BY = pytest.mark.parametrize("by", ["trigger", "sweep"])


async def seen(world: InMemory, name: str, data: bytes, by: str, metadata: dict[str, str] | None = None) -> str:
    """The blob as trigger or sweep see it; returns the id that its run has, if there is one."""
    await world.storage.container("hr-exports").write(name, data, metadata=metadata)
    info = await world.app.exports.info(name)
    assert info is not None
    if by == "trigger":
        await world.app.split(name)
    else:
        world.clock.leap_to(world.clock.now() + LOST_AFTER + timedelta(seconds=1))
        await world.app.sweep()
    await world.pump()
    return run_id(info.last_modified, "hr-exports", name, info.etag)


@BY
@pytest.mark.parametrize(
    "name", ["hr/preview/a.csv", "Preview /a.csv", "archive/a.csv", "fulll/a.csv", "hr/2024/a.csv"]
)
async def test_a_near_miss_is_a_failed_run_that_says_where_to_put_the_file(name: str, by: str) -> None:
    """Nothing is read or written; the file stays where it is, for retention too, and the message names the folders."""
    async with tenant_of([person(1)], EXPORT_FOLDERS="hr") as world:
        run = await world.stored(await seen(world, name, EXPORT, by))

        assert (RunState.FAILED, "folderNotForExports", True) == (run.state, run.code, run.closed)
        assert run.message.endswith("Move the file to the top level or into one of preview/, full/, hr/.")
        assert ("preview" in name.lower()) == ("resembles preview/" in run.message)
        explained = await world.storage.container("quarantine").read(f"{run.id}/{PurePosixPath(name).name}.error.json")
        assert "folderNotForExports" == json.loads(explained)["code"]
        assert (0, 0) == (world.writes, run.total)
        world.clock.leap_to(world.clock.now() + timedelta(days=40))
        await world.app.sweep()
        assert EXPORT == await world.app.exports.read(name)


@BY
@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("a.csv", RunState.FINISHED),
        ("PREVIEW/a.csv", RunState.FINISHED),
        ("Full/a.csv", RunState.FINISHED),
        ("hr/a.csv", RunState.FINISHED),
        ("preview-a.csv", RunState.HELD),
    ],
)
async def test_exports_are_run_wherever_they_may_lie(name: str, state: RunState, by: str) -> None:
    """Markers count in any case; a file that is only called a preview waits for a person."""
    async with tenant_of([person(1)], EXPORT_FOLDERS="hr") as world:
        run = await world.stored(await seen(world, name, EXPORT, by))

        assert state is run.state
        assert (name.startswith("PREVIEW"), name.startswith("Full")) == (run.options.preview, run.options.full)
        assert (0 if run.options.preview or state is RunState.HELD else 1) == world.writes


@BY
@pytest.mark.parametrize(
    ("name", "data", "metadata"),
    [
        ("~$staff.xlsx", b"x", {}),
        (".DS_Store", b"x", {}),
        ("archive/Thumbs.db", b"x", {}),
        ("archive", b"", {"hdi_isfolder": "true"}),
        ("archive/", b"", {}),
    ],
)
async def test_what_nobody_dropped_as_an_export_leaves_no_run(
    name: str, data: bytes, metadata: dict[str, str], by: str
) -> None:
    """No run, no file in quarantine, no event."""
    async with tenant_of([person(1)]) as world:
        identity = await seen(world, name, data, by, metadata)

        assert await world.app.runs.get(identity) is None
        assert {} == world.storage.container("quarantine").blobs
        assert {} == world.storage.queue("run-events").messages


async def test_a_repeated_event_of_a_misplaced_file_changes_nothing() -> None:
    """The host may deliver it again, and the sweep sees it every time."""
    async with tenant_of([person(1)]) as world:
        identity = await seen(world, "archive/a.csv", EXPORT, "trigger")
        run = await world.stored(identity)

        await world.app.split("archive/a.csv")
        world.clock.leap_to(world.clock.now() + LOST_AFTER * 2)
        await world.app.sweep()

        assert run == await world.stored(identity)
        assert 1 == len(world.storage.queue("run-events").messages)
