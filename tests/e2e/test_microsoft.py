"""A thousand people under Microsoft's listeners: every outcome is true, also when worker and listeners are killed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from sandbox.exports import write_export
from sandbox.functions_host.host import Listeners
from sandbox.people import make_staff
from sandbox.system import WITHOUT_QUESTIONS, Sandbox
from shared.core.values.states import RunState
from tests.conformance.checker import needs_checker
from tests.e2e.test_sandbox import numbers_in_graph, summary_of, wanted_numbers

pytestmark = [needs_checker, pytest.mark.long]

PEOPLE, SECONDS = 1_000, 2_400
"""A killed host's messages stay hidden for ten minutes."""
SETTINGS = {
    **WITHOUT_QUESTIONS,
    "LOOK_UP_RETRY_SECONDS": "1",
    "MAX_WRITES_UNAPPROVED": "100000",
    "SMALL_SET": str(PEOPLE),
}
"""No safety limit holds the run."""


async def killed_when(sandbox: Sandbox, run_id: str, state: RunState, completed: int) -> None:
    """Kill worker and listeners once the run is in a state with so many rows complete, and start new ones."""
    while True:
        run = await sandbox.app.runs.get(run_id)
        if run is not None and run.state is state and run.completed >= completed:
            await sandbox.restart_host_after_crash()
            return
        assert run is None or not (run.closed or run.state is RunState.HELD), f"{run_id} will not come that far"
        await asyncio.sleep(0.2)


@pytest.mark.parametrize("kills", [(), ((RunState.PLANNING, 0), (RunState.APPLYING, 200))], ids=["calm", "killed"])
async def test_a_thousand_people(tmp_path: Path, kills: tuple[tuple[RunState, int], ...]) -> None:
    """The summary counts what was expected, and the directory holds exactly the wanted numbers."""
    staff = make_staff(PEOPLE)
    async with Sandbox(tmp_path, staff, settings=SETTINGS, listeners=Listeners.MICROSOFT) as sandbox:
        run_id = await sandbox.drop("staff.xlsx", write_export(staff))
        for state, completed in kills:
            await killed_when(sandbox, run_id, state, completed)
        run = await sandbox.run_over(run_id, within=SECONDS)
        assert RunState.FINISHED is run.state
        assert staff.expected_counts == (await summary_of(sandbox, run))["counts"]
        assert wanted_numbers(staff) == await numbers_in_graph(sandbox)
