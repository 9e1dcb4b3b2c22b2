"""Two thousand people through Azurite and the Functions host: exact counts, and a worker whose memory stays flat."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from pathlib import Path

import pytest

from sandbox.exports import write_export
from sandbox.people import make_staff
from sandbox.system import WITHOUT_QUESTIONS, Sandbox
from shared.core.values.states import RunState
from testing.process_memory import resident_mib

log = logging.getLogger(__name__)

PEOPLE, SECONDS = 2_000, 1_800
GROWTH_MIB = 40
"""Between the first tenth of a run's writes and its end; a leak of 25 KiB per person would show."""
SETTINGS = {
    **WITHOUT_QUESTIONS,
    "LOOK_UP_RETRY_SECONDS": "1",
    "MAX_WRITES_UNAPPROVED": "100000",
    "SMALL_SET": str(PEOPLE),
}
"""No safety limit holds the run."""


@pytest.mark.long
async def test_two_thousand_people_through_host_and_azurite(tmp_path: Path) -> None:
    """Read, planned, judged, released, applied and finished by the real triggers on Microsoft's runtime."""
    staff = make_staff(PEOPLE)
    async with Sandbox(tmp_path, staff, settings=SETTINGS) as sandbox:
        began, used = time.monotonic(), list[float]()
        run_id = await sandbox.drop("staff.xlsx", write_export(staff))
        run = await sandbox.app.runs.get(run_id)
        while run is None or not run.result_blob:
            assert time.monotonic() - began < SECONDS
            assert run is None or run.state is not RunState.HELD, run.message
            if run is not None and run.state is RunState.APPLYING and run.completed > PEOPLE * 0.4:
                used.append(resident_mib(sandbox.host.pid))
            await asyncio.sleep(1)
            run = await sandbox.app.runs.get(run_id)
        summary = json.loads(await sandbox.app.results.read(f"{run_id}/summary.json"))
        log.info("%d people: %.0f s, worker %.0f to %.0f MiB", PEOPLE, time.monotonic() - began, used[0], used[-1])

        assert RunState.FINISHED is run.state
        assert staff.expected_counts == summary["counts"]
        assert [] == await sandbox.graph_control("GET", "findings")
        assert used[-1] - used[0] < GROWTH_MIB
