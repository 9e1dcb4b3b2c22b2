"""What earlier versions stored is read by this one: every run, row, person and document says what it said then."""

from __future__ import annotations

from collections import Counter
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.snapshots.opening import SNAPSHOTS, Opened, opened
from tools.snapshot.stored import read

RUN_STATES = {"reading", "planning", "held", "applying", "finished", "rejected", "cancelled", "failed"}
ROW_STATES = {
    *("queued", "planned", "writing", "created", "updated", "removed", "unchanged", "kept", "merged", "refused"),
    *("stale", "superseded", "failed", "unconfirmed", "unprocessed"),
}
SOURCES = {"blob", "http", "reconcile", "directory", "leavers"}

each = pytest.mark.parametrize("folder", SNAPSHOTS, ids=lambda folder: folder.name)


def rows_stored(of: Opened, label: str) -> Counter[str]:
    """How many rows of a run the snapshot holds in which state."""
    identity = of.snapshot.run(label)
    rows = of.snapshot.tables["Rows"]
    return Counter(row["state"] for row in rows if row["PartitionKey"].startswith(f"{identity}-"))


@each
def test_a_snapshot_holds_every_state(folder: Path) -> None:
    """Of runs and of rows, and runs from every source: no state is left for a later version to stumble over."""
    snapshot = read(folder)
    runs = [entity for entity in snapshot.tables["Runs"] if entity["PartitionKey"] == "run"]

    assert RUN_STATES == {run["state"] for run in runs}
    assert SOURCES == {run["source"] for run in runs}
    assert ROW_STATES == {row["state"] for row in snapshot.tables["Rows"]}
    assert {run["id"] for run in snapshot.about["runs"].values()} == {run["RowKey"] for run in runs}


@each
async def test_every_run_says_the_state_it_was_in(folder: Path) -> None:
    """One by one and in the list, with its source, its plan's digest and its rows."""
    async with opened(folder) as then:
        stored = {entity["RowKey"]: entity for entity in then.snapshot.tables["Runs"]}
        listed = (await then.http.get("/runs?$top=200")).json()["value"]
        assert {run["id"] for run in then.snapshot.about["runs"].values()} == {run["id"] for run in listed}

        for label, known in then.snapshot.about["runs"].items():
            run, entity = await then.run(label), stored[known["id"]]
            sources = {"http": {"upload", "call"}}.get(known["source"], {known["source"]})
            assert (known["state"], True) == (run["state"], run["source"] in sources), label
            assert (entity["digest"], entity["message"], entity["total"]) == (
                run["digest"], run["message"], run["rows"],
            ), label  # fmt: skip
            assert rows_stored(then, label) == await then.states(label), label


@each
async def test_stored_workbooks_are_handed_out(folder: Path) -> None:
    """Plans of held runs and results of finished ones."""
    async with opened(folder) as then:
        for label, kind in (("held", "plan"), ("finished", "result"), ("outcomes", "result")):
            answer = await then.http.get(f"/runs/{then.snapshot.run(label)}/{kind}")
            assert load_workbook(BytesIO(answer.raise_for_status().content)).sheetnames, label


@each
async def test_the_drift_that_was_found_is_told(folder: Path) -> None:
    """The newest report, as it was kept."""
    async with opened(folder) as then:
        report = (await then.http.get("/drift")).raise_for_status().json()

        assert then.snapshot.run("reconcile") == report["run"]
        assert {"changedByPerson", "removedByPerson", "writeLost", "missingFromExport"} == {
            drift["kind"] for drift in report["drifted"]
        }


@each
async def test_everybody_on_record_is_known(folder: Path) -> None:
    """A reconcile over what was written of people finds what the last one found, and everybody whom it looked at."""
    async with opened(folder) as then:
        before = (await then.http.get("/drift")).json()
        then.set_open_runs_aside()
        started = await then.http.post("/runs", json={"source": "reconcile"})
        await then.pump()
        after = (await then.http.get("/drift")).json()

        assert started.raise_for_status().json()["id"] == after["run"]
        told = [{(drift["id"], drift["kind"], drift["slot"]) for drift in one["drifted"]} for one in (before, after)]
        assert told[0] == told[1]
        assert (before["people"] <= after["people"], []) == (True, after["notRead"])
