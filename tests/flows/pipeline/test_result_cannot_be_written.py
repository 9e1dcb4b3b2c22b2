"""A result that cannot be written never keeps a run from ending, however it fails."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook

from shared.core.run.returned import result_name
from shared.core.values.states import RunState
from testing.in_memory import InMemory
from tests.flows.intake.test_layouts import five_people, written
from tests.flows.small_tenant import csv, number

EXPORT = csv("employeeId,mobile", ("E1", number(11)))


class DiedError(BaseException):
    """As the end of a process, it passes every handler."""


def writing(world: InMemory, write: Callable[[bool], bytes]) -> list[bool]:
    """Has the workbook written by `write`; returns the list of its calls: whether only values were asked for."""
    calls: list[bool] = []

    def write_result(*arguments: object) -> bytes:
        calls.append(bool(arguments[-1]))
        return write(calls[-1])

    vars(vars(world.app.source_parts)["_workbooks"])["write_result"] = write_result
    return calls


@pytest.mark.parametrize("error", [MemoryError, RecursionError, KeyError, ValueError])
@pytest.mark.parametrize("values_fail", [False, True])
async def test_values_are_the_fallback_and_then_the_outcomes(error: type[Exception], *, values_fail: bool) -> None:
    def write(values_only: bool) -> bytes:  # noqa: FBT001 - as the writer is called
        if values_only and not values_fail:
            return b"values"
        raise error

    async with five_people() as world:
        calls = writing(world, write)
        run = await world.run_to_end("staff.csv", EXPORT)

        assert [False, True] == calls
        assert (RunState.FINISHED, True) == (run.state, run.closed)
        assert result_name(run) == run.attempt.result_blob
        assert values_fail == any("export could not be written again" in note for note in run.all_notes)
        workbook = await world.app.returns.read(run)
        if values_fail:
            rows = load_workbook(BytesIO(workbook))["Outcomes by row"]
            outcome = (2, "person1@contoso.example", "✓ Done: mobile number added")
            assert outcome == tuple(cell.value for cell in rows[2])[:3]
        else:
            assert b"values" == workbook
        assert "11" == written(world)[0]


async def test_a_result_that_ends_the_process_is_given_up() -> None:
    """Twice it is written in full, twice as values; then the outcomes come back without the export."""

    def write(_: bool) -> bytes:  # noqa: FBT001 - as above
        raise DiedError

    async with five_people() as world:
        calls = writing(world, write)
        await world.app.exports.write("staff.csv", EXPORT)
        identity = await world.app.split("staff.csv")
        assert identity is not None
        for _ in range(8):
            with suppress(DiedError, BaseExceptionGroup):
                await world.pump()
            world.clock.leap_to(world.clock.now() + timedelta(minutes=3))
            await world.app.sweep()
        run = await world.stored(identity)

        assert [False, False, True, True] == calls
        assert (True, result_name(run)) == (run.closed, run.attempt.result_blob)
