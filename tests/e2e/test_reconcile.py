"""Reconcile on the whole system as processes: Azurite, the stand-in, the host on Microsoft's runtime."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bench.reconcile import THEIRS, directory, drifted, ids, wanted
from sandbox.people import Staff, make_staff
from sandbox.system import Sandbox
from shared.core.record.ownership_record import OwnershipRecord, SlotRecord
from shared.core.run.run import Run
from shared.core.values.slot import Slot
from shared.core.values.states import RunState

SETTINGS = {"RECONCILE_MODE": "repair", "ON_EXISTING": "overwrite", "EXPECTED_WORKERS": "1"}


async def newest(sandbox: Sandbox, within: float) -> Run:
    async with asyncio.timeout(within):
        while True:
            runs = [run async for run in sandbox.app.runs.all()]
            if runs and runs[-1].result_blob:
                return runs[-1]
            await asyncio.sleep(0.5)


async def reconciled(folder: Path, people: int, within: float) -> tuple[Run, dict[str, Any], dict[str, str]]:
    """The run, its report, and who has which mobile afterwards; nobody here is an administrator or in a group."""
    async with Sandbox(folder, Staff(make_staff(1).members), settings=SETTINGS, log_storage_requests=True) as sandbox:
        seed = {"people": [person.to_json() for person in directory(people)], "groups": []}
        await sandbox.graph_control("POST", "seed", seed)
        for number, user in enumerate(ids(people)):
            slots = {Slot.MOBILE: SlotRecord(wanted(number), wanted(number))}
            await sandbox.app.people.save(OwnershipRecord(user, slots, run="earlier"))
        await sandbox.fire("reconcile")
        run = await newest(sandbox, within)
        report = await sandbox.app.newest_drift()
        dump = await sandbox.graph_control("GET", "dump")
        findings = await sandbox.graph_control("GET", "findings")
        assert [] == [finding for finding in findings if finding["kind"] != "role-not-needed"]
        return run, report or {}, {one["id"]: one["phones"]["mobile"] for one in dump["people"] if one["phones"]}


@pytest.mark.parametrize("people", [200, pytest.param(3_000, marks=pytest.mark.long)])
async def test_exactly_the_drifted_are_found_and_repaired(tmp_path: Path, people: int) -> None:
    """Through the timer, the queues and the tables of Azurite, with every number right afterwards."""
    run, report, mobiles = await reconciled(tmp_path, people, within=60 + people / 10)

    assert RunState.FINISHED is run.state
    assert sorted(drifted(people)) == sorted(drift["id"] for drift in report["drifted"])
    assert {"updated"} == {drift["outcome"] for drift in report["drifted"]}
    assert {user: wanted(number).spelled_for_graph() for number, user in enumerate(ids(people))} == mobiles
    assert THEIRS not in str(report)
