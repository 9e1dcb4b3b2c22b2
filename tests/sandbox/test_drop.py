"""`sandbox drop` names the run that the file gets."""

from __future__ import annotations

from sandbox.system import drop
from tests.flows.intake.test_layouts import five_people
from tests.flows.small_tenant import csv, number


async def test_a_drop_prints_the_id_of_its_run() -> None:
    """The id is known before the trigger has seen the file."""
    async with five_people() as world:
        identity = await drop(world.app, "full/staff.csv", csv("employeeId,mobile", ("E1", number(11))))
        assert await world.app.split("full/staff.csv") == identity
