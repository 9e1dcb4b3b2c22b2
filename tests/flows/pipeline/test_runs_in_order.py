"""Several exports about one person: the newest counts, whatever is approved or delivered first."""

from __future__ import annotations

import pytest

from sandbox.exports import write_export
from sandbox.people import PersonKind, Staff
from shared.core.record.ownership_record import Confirmation
from shared.core.run.run import Run
from shared.core.values.states import RunState
from testing.in_memory import InMemory, in_memory
from tests.flows.small_tenant import rows_of

HELD = {"approval": "always"}


@pytest.fixture(scope="module")
def completed(staff: Staff) -> Staff:
    """Five people whose numbers are those of the export already."""
    alike = [member for member in staff.members if member.kind is PersonKind.SAME_NUMBER_OTHER_SPELLING]
    return Staff(tuple(alike[:5]))


async def held(world: InMemory, name: str, staff: Staff) -> Run:
    """A planned run that waits; each is of a later second than the one before."""
    await world.clock.sleep(5)
    await world.storage.container("hr-exports").write(name, write_export(staff), metadata=HELD)
    identity = await world.split_as_is(name)
    await world.pump()
    run = await world.stored(identity)
    assert RunState.HELD is run.state
    return run


async def approved(world: InMemory, run: Run) -> set[tuple[str, str]]:
    """State and code of the run's rows after its approval."""
    await world.app.decisions.approve(run.id, run.digest, "a test")
    await world.pump()
    assert RunState.FINISHED is (await world.stored(run.id)).state
    return {(row.state, row.code) for row in await rows_of(world, run)}


async def test_an_older_export_approved_later_is_superseded(completed: Staff) -> None:
    """The newer one found everybody right; the older one's other numbers are not written any more."""
    async with in_memory(completed) as world:
        old = await held(world, "old.xlsx", completed.with_changed_numbers(1.0))
        new = await held(world, "new.xlsx", completed)

        assert {("unchanged", "alreadySet")} == await approved(world, new)
        assert {("superseded", "newerExport")} == await approved(world, old)
        assert 0 == world.writes


async def test_a_newer_export_is_planned_again_when_an_older_one_wrote_in_between(completed: Staff) -> None:
    """What it found right is not right any more: as the app itself changed it, the rows are decided again."""
    async with in_memory(completed) as world:
        old = await held(world, "old.xlsx", completed.with_changed_numbers(1.0))
        new = await held(world, "new.xlsx", completed)

        assert {("updated", "applied")} == await approved(world, old)
        assert {("updated", "applied")} == await approved(world, new)


async def test_an_export_older_than_what_is_settled_is_superseded_when_it_is_planned(completed: Staff) -> None:
    """A late event of an old upload: nothing is read or written for people whom a newer export settled."""
    async with in_memory(completed) as world:
        await world.app.exports.write("old.xlsx", write_export(completed.with_changed_numbers(1.0)))
        await world.clock.sleep(5)
        await world.run_to_end("new.xlsx", write_export(completed))

        old = await world.stored(await world.split_as_is("old.xlsx"))
        await world.pump()

        assert {("superseded", "newerExport")} == {(row.state, row.code) for row in await rows_of(world, old)}
        assert 0 == world.writes


async def test_a_release_that_died_before_it_settled_what_it_had_stamped_is_repeated(completed: Staff) -> None:
    """The stamp is recognised as its own: no row becomes stale and nobody is read from Graph again."""
    async with in_memory(completed) as world:
        run = await held(world, "staff.xlsx", completed)
        for row in await rows_of(world, run):
            record = await world.app.people.get(row.object_id)
            assert "" == record.etag == row.record_etag
            lock = await world.app.person_parts.lock.take(row.object_id, run, row.number)
            assert row.plan is not None
            await world.app.person_parts.lock.complete(lock, row, row.plan, run, Confirmation.CONFIRMED)
        asked = world.stand_in.stats.units_offered

        assert {("unchanged", "alreadySet")} == await approved(world, run)
        assert asked == world.stand_in.stats.units_offered
