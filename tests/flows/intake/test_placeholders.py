"""A column whose values have become placeholders holds the run."""

from __future__ import annotations

from shared.core.values.states import RunState
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
