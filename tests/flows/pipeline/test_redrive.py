"""Redrive plans the unfinished rows of a run again, and no other rows."""

from __future__ import annotations

import json

import pytest

from sandbox.exports import write_export
from sandbox.graph.faults import Fault
from sandbox.people import PersonKind, Staff
from shared.core.values.errors import PermanentError
from shared.core.values.states import RunState
from testing.in_memory import in_memory


async def test_failed_rows_succeed_after_the_fault_is_over(staff: Staff) -> None:
    """Rows whose writes Graph refused are redriven and succeed; the other rows keep their outcomes."""
    async with in_memory(staff, {"MAX_CREATE_SHARE": "1"}) as world:
        world.stand_in.faults.add(Fault(kind="status", on="phoneMethods.create", status=400, count=5))
        run = await world.run_to_end("staff.xlsx", write_export(staff))
        first = json.loads(await world.app.results.read(f"{run.id}/summary.json"))
        assert 5 == first["counts"]["failed"]

        await world.app.redrive(run.id, "a test")
        await world.pump()

        again = await world.stored(run.id)
        second = json.loads(await world.app.results.read(f"{run.id}/2/summary.json"))
        assert first == json.loads(await world.app.results.read(f"{run.id}/summary.json"))
        assert RunState.FINISHED is again.state
        assert "failed" not in second["counts"]
        assert first["counts"]["created"] + 5 == second["counts"]["created"]
        assert run.total == sum(second["counts"].values())


async def test_only_a_closed_run_with_unfinished_rows_can_be_redriven(staff: Staff) -> None:
    """Otherwise the error says why. Rows whose person was not found count as unfinished."""
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


async def test_a_redriven_run_passes_the_gate_again(staff: Staff) -> None:
    """A rejected run that is redriven is held again."""
    async with in_memory(staff, {"MAX_WRITES_UNAPPROVED": "1"}) as world:
        held = await world.run_to_end("staff.xlsx", write_export(staff))
        await world.app.decisions.reject(held.id, "a test")
        await world.pump()
        assert RunState.REJECTED is (await world.stored(held.id)).state

        await world.app.redrive(held.id, "a test")
        await world.pump()

        assert RunState.HELD is (await world.stored(held.id)).state
        assert 0 == world.writes


async def test_the_second_person_must_be_another_person(staff: Staff) -> None:
    """The author of a run cannot approve it, however spelled; of a dropped file the author is unknown."""
    async with in_memory(staff, {"MAX_WRITES_UNAPPROVED": "1", "REQUIRE_SECOND_PERSON": "true"}) as world:
        held = await world.run_to_end("staff.xlsx", write_export(staff))

        with pytest.raises(PermanentError) as refused:
            await world.app.decisions.approve(held.id, held.digest, held.started_by.upper())
        assert "secondPersonRequired" == refused.value.code
        assert "" == (await world.app.decisions.approve(held.id, held.digest, "a colleague")).approved_by
        both = "a colleague, another one"
        assert both == (await world.app.decisions.approve(held.id, held.digest, "another one")).approved_by
