"""A column whose values have become placeholders holds the run."""

from __future__ import annotations

from shared.core.values.states import RunState
from testing.in_memory import InMemory
from tests.flows.small_tenant import csv, number, person, tenant_of

HEADER = "Employee ID,Mobile,Office phone"


async def test_a_column_that_was_emptied_by_placeholders_is_held() -> None:
    """Ten of twelve mobiles have become N/A since the last export: the file names column and run."""
    people = [person(index, phones={}) for index in range(1, 13)]
    numbers = [(f"E{index}", number(20 + index), number(50 + index)) for index in range(1, 13)]
    emptied = [(key, mobile if index < 2 else "N/A", office) for index, (key, mobile, office) in enumerate(numbers)]
    async with tenant_of(people) as world:
        first = await world.run_to_end("first.csv", csv(HEADER, *numbers))
        assert RunState.FINISHED is first.state
        second = await world.run_to_end("second.csv", csv(HEADER, *emptied))
        assert RunState.HELD is second.state
        assert f"most cells of column B (Mobile) say nothing, such as N/A; in run {first.id}" in second.message


async def test_placeholders_from_the_beginning_are_ordinary() -> None:
    """Where the last export had placeholders too, or there was none, nothing is held."""
    people = [person(index, phones={}) for index in range(1, 13)]
    rows = [(f"E{index}", "N/A", number(50 + index)) for index in range(1, 13)]
    async with tenant_of(people) as world:
        for name in ("first.csv", "second.csv"):
            run = await world.run_to_end(name, csv(HEADER, *rows, (name, "-", "")))
            assert RunState.FINISHED is run.state


async def test_a_run_that_cannot_be_read_may_have_had_values() -> None:
    """Whether a column was emptied since a damaged run is not known, so the file is held once and names the run."""
    people = [person(index, phones={}) for index in range(1, 13)]
    rows = [(f"E{index}", "N/A", number(50 + index)) for index in range(1, 13)]
    async with tenant_of(people) as world:
        await world.run_to_end("first.csv", csv(HEADER, *rows))
        damaged = await world.run_to_end("second.csv", csv(HEADER, *rows, ("E13", "-", "")))
        await damage(world, damaged.id)
        held = await world.run_to_end("third.csv", csv(HEADER, *rows, ("E14", "-", "")))
        assert RunState.HELD is held.state
        assert f"run {damaged.id}, which may have had values there, cannot be read" in held.message

        await world.app.decisions.approve(held.id, held.digest, "somebody")
        await world.pump()
        later = await world.run_to_end("fourth.csv", csv(HEADER, *rows, ("E15", "-", "")))
        assert RunState.FINISHED is later.state


async def test_a_damaged_first_run_may_have_had_values() -> None:
    """There is no other run to compare with."""
    people = [person(index, phones={}) for index in range(1, 13)]
    rows = [(f"E{index}", "N/A", number(50 + index)) for index in range(1, 13)]
    async with tenant_of(people) as world:
        damaged = await world.run_to_end("first.csv", csv(HEADER, *rows))
        await damage(world, damaged.id)
        held = await world.run_to_end("second.csv", csv(HEADER, *rows, ("E13", "-", "")))
        assert (RunState.HELD, True) == (held.state, damaged.id in held.message)


async def damage(world: InMemory, run: str) -> None:
    runs = world.storage.table("Runs")
    entity = await runs.get("run", run)
    assert entity is not None
    await runs.upsert("run", run, {**entity.values, "mapping": "[1"})
