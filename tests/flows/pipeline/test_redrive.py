"""Redrive and second thoughts: what was left undone is planned again, and only that."""

from __future__ import annotations

import json

import pytest

from sandbox.exports import write_export
from sandbox.graph.faults import Fault
from sandbox.people import PersonKind, Staff
from shared.core.values.errors import PermanentError
from shared.core.values.states import RunState
from testing.in_memory import in_memory


async def test_failed_rows_are_done_once_the_weather_has_cleared(staff: Staff) -> None:
    """Writes that Graph refused for good reasons of its own fail; redriven later they succeed, the rest is kept."""
    async with in_memory(staff) as world:
        world.stand_in.faults.add(Fault(kind="status", on="phoneMethods.create", status=400, count=5))
        run = await world.run_to_end("staff.xlsx", write_export(staff))
        first = json.loads(await world.app.results.read(f"{run.id}/summary.json"))
        assert 5 == first["counts"]["failed"]

        await world.app.redrive(run.id, "a test")
        await world.pump()

        again = await world.stored(run.id)
        second = json.loads(await world.app.results.read(f"{run.id}/summary.json"))
        assert RunState.FINISHED is again.state
        assert "failed" not in second["counts"]
        assert first["counts"]["created"] + 5 == second["counts"]["created"]
        assert run.total == sum(second["counts"].values())


async def test_only_an_export_that_is_over_and_left_something_can_be_redriven(staff: Staff) -> None:
    """Otherwise it says why not; people who are not known might be by now, so their rows would be something."""
    known = Staff(tuple(member for member in staff.members if member.kind is not PersonKind.UNKNOWN_USER))
    async with in_memory(known, {"MAX_WRITES_UNAPPROVED": "1"}) as world:
        held = await world.run_to_end("staff.xlsx", write_export(known))
        preview = await world.run_to_end("preview/staff.xlsx", write_export(known))
        await world.app.decisions.approve(held.id, held.digest, "a test")
        for run, code in ((held, "runNotRedrivable"), (preview, "runNotRedrivable")):
            with pytest.raises(PermanentError) as refused:
                await world.app.redrive(run.id, "a test")
            assert code == refused.value.code
        await world.pump()
        with pytest.raises(PermanentError) as refused:
            await world.app.redrive(held.id, "a test")
        assert "nothingToRedrive" == refused.value.code


async def test_a_rejected_run_can_be_redriven_and_is_judged_again(staff: Staff) -> None:
    """It does not get past the gate by the back door."""
    async with in_memory(staff, {"MAX_WRITES_UNAPPROVED": "1"}) as world:
        held = await world.run_to_end("staff.xlsx", write_export(staff))
        await world.app.decisions.reject(held.id, "a test")
        await world.pump()
        assert RunState.REJECTED is (await world.stored(held.id)).state

        await world.app.redrive(held.id, "a test")
        await world.pump()

        assert RunState.HELD is (await world.stored(held.id)).state
        assert 0 == world.writes


async def test_the_second_person_has_to_be_another_one(staff: Staff) -> None:
    """Whoever started a run cannot approve it, in whatever spelling."""
    async with in_memory(staff, {"MAX_WRITES_UNAPPROVED": "1", "REQUIRE_SECOND_PERSON": "true"}) as world:
        held = await world.run_to_end("staff.xlsx", write_export(staff))

        with pytest.raises(PermanentError) as refused:
            await world.app.decisions.approve(held.id, held.digest, held.started_by.upper())
        assert "secondPersonRequired" == refused.value.code
        assert "a colleague" == (await world.app.decisions.approve(held.id, held.digest, "a colleague")).approved_by
