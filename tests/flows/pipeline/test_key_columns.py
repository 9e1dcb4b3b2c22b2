"""A run whose key column finds nearly nobody says once which other column identifies people."""

from __future__ import annotations

from shared.core.values.states import RunState
from tests.flows.small_tenant import csv, number, outcomes, person, tenant_of

PEOPLE = [person(index, phones={}) for index in range(1, 13)]


async def test_a_key_that_finds_nobody_names_the_other_column() -> None:
    """Never a fall-back row by row: the run is held, and an approver chooses the other column for all rows."""
    rows = [(f"X{index}", f"p{index}@example.com", number(20 + index)) for index in range(1, 13)]
    async with tenant_of(PEOPLE) as world:
        run = await world.run_to_end("staff.csv", csv("Employee ID,E-mail,Mobile", *rows))

        assert RunState.HELD is run.state
        assert "12 of 12 people are not found by column A (Employee ID)" in run.message
        assert "column B (E-mail) as mail" in run.message

        await world.app.decisions.choose_columns(run.id, run.digest, {"A": "ignore", "B": "mail"}, "someone")
        await world.split_as_is("staff.csv")  # a repeated event changes nothing
        await world.pump()
        planned = await world.stored(run.id)
        assert (RunState.HELD, 0) == (planned.state, world.writes)

        await world.app.decisions.approve(run.id, planned.digest, "someone")
        await world.pump()
        again = await world.stored(run.id)
        assert (RunState.FINISHED, {("created", "applied")}) == (again.state, set(await outcomes(world, again)))


async def test_one_key_column_alone_says_nothing_of_another() -> None:
    """Without another key column the share of unknown people is all that holds the run."""
    rows = [(f"X{index}", number(20 + index)) for index in range(1, 13)]
    async with tenant_of(PEOPLE) as world:
        run = await world.run_to_end("staff.csv", csv("Employee ID,Mobile", *rows))

        assert RunState.HELD is run.state
        assert "instead" not in run.message
