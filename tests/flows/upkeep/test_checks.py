"""A file that is checked before it is started: it waits an hour, is started as the same run, or is purged."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sandbox.exports import write_export
from sandbox.people import Staff
from shared.core.export.options import RunOptions
from shared.core.run.attempts import DecisionKind
from shared.core.run.run import Run
from shared.core.values.errors import PermanentError
from shared.core.values.states import RunState
from shared.flows.intake.upload import UploadedFile
from shared.flows.pipeline.gate import CHECK_LASTS
from testing.in_memory import InMemory, in_memory

CHECK = RunOptions(preview=True, check=True)


async def checked(world: InMemory, staff: Staff) -> Run:
    run = await world.app.upload(UploadedFile(write_export(staff), "staff.xlsx", CHECK, "somebody"))
    await world.pump()
    return await world.stored(run.id)


async def left_of(world: InMemory, run: Run) -> tuple[int, int]:
    """How many files and rows there are of the run."""
    files = [info async for info in world.app.results.list(f"{run.id}/", copies=True)]
    return len(files), len([row async for row in world.app.rows.in_order(run)])


async def notified(world: InMemory) -> int:
    return len(world.storage.queue("run-events").messages)


async def test_a_check_waits_as_a_stored_copy(staff: Staff) -> None:
    """Nothing is written or notified, and no sweep within the hour changes it."""
    async with in_memory(staff) as world:
        run = await checked(world, staff)
        assert RunState.CHECKED is run.state
        assert run.held_until == run.updated_at + CHECK_LASTS
        world.clock.leap_to(run.updated_at + CHECK_LASTS - timedelta(seconds=1))
        await world.app.sweep()
        await world.pump()
        assert run == await world.stored(run.id)
        assert await world.app.results.read(run.input_blob) == write_export(staff)
        assert (0, 0) == (world.writes, await notified(world))


async def test_a_started_check_is_the_run(staff: Staff) -> None:
    """It ends as an upload without a check does, and says who started it."""
    async with in_memory(staff) as world:
        plain = await world.app.upload(UploadedFile(write_export(staff), "staff.xlsx", RunOptions(), "somebody"))
        await world.pump()
        expected, directory = await world.stored(plain.id), world.directory()
    async with in_memory(staff) as world:
        run = await checked(world, staff)
        with pytest.raises(PermanentError, match="checked by another person"):
            await world.app.decisions.start(run.id, "another")
        await world.app.decisions.start(run.id, "Somebody")
        await world.pump()
        ended = await world.stored(run.id)
        assert (RunState.FINISHED, True, expected.counts) == (ended.state, ended.closed, ended.counts)
        assert (expected.concerns, expected.notes) == (ended.concerns, ended.notes)
        assert directory == world.directory()
        assert await notified(world)
        assert [DecisionKind.STARTED] == [one.kind for attempt in ended.attempts for one in attempt.decisions]
        assert not ended.is_redriven
        with pytest.raises(PermanentError, match="it is finished"):
            await world.app.decisions.start(run.id, "somebody")


async def test_a_started_check_is_held_by_the_same_limits(staff: Staff) -> None:
    async with in_memory(staff, {"MAX_WRITES_UNAPPROVED": "1"}) as world:
        run = await checked(world, staff)
        await world.app.decisions.start(run.id, "somebody")
        await world.pump()
        held = await world.stored(run.id)
        assert (RunState.HELD, 0) == (held.state, world.writes)
        assert frozenset({"somebody"}) == held.touched_by.starters


@pytest.mark.parametrize("end", ["expired", "cancelled"])
async def test_a_check_that_is_not_started_is_purged(staff: Staff, end: str) -> None:
    """Nothing stays but the run, which says why; there is no notification."""
    async with in_memory(staff) as world:
        run = await checked(world, staff)
        assert all(await left_of(world, run))
        if end == "expired":
            world.clock.leap_to(run.updated_at + CHECK_LASTS)
            with pytest.raises(PermanentError, match="its time is over"):
                await world.app.decisions.start(run.id, "somebody")
            await world.app.sweep()
        else:
            await world.app.decisions.cancel(run.id, "somebody")
        await world.pump()
        ended = await world.stored(run.id)
        assert (end == "expired", True) == (ended.state is RunState.REJECTED, ended.closed)
        assert end in ended.message.lower()
        assert ended.rows_purged
        assert (0, 0) == await left_of(world, run)
        assert (0, 0) == (world.writes, await notified(world))
        audit = await world.app.journal.audit(ended)
        assert ((), ()) == (tuple(audit.journal.problems), audit.changed_files)


async def test_a_check_that_is_cancelled_while_it_is_planned_is_purged(staff: Staff) -> None:
    async with in_memory(staff) as world:
        run = await world.app.upload(UploadedFile(write_export(staff), "staff.xlsx", CHECK, "somebody"))

        async def is_planning() -> bool:
            return (await world.stored(run.id)).state is RunState.PLANNING

        await world.pump(until=is_planning)
        await world.app.decisions.cancel(run.id, "somebody")
        await world.pump()
        ended = await world.stored(run.id)
        assert (RunState.CANCELLED, True) == (ended.state, ended.closed)
        assert (0, 0) == await left_of(world, run)
