"""Full exports that shrink step by step are compared with the largest of the last 90 days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from shared.core.run.full_exports import COMPARED_FOR, FullExport
from shared.core.run.run import Run
from shared.core.values.states import RunState
from testing.in_memory import InMemory
from tests.flows.small_tenant import csv, number, person, tenant_of

PEOPLE = [person(index) for index in range(1, 61)]
NOW = datetime(2026, 11, 21, tzinfo=UTC)


async def dropped(world: InMemory, count: int, metadata: Mapping[str, str] | None = None, folder: str = "full/") -> Run:
    """The run of a file with the first `count` people, whose numbers are already there."""
    rows = [(f"E{index}", number(index)) for index in range(1, count + 1)]
    world.clock.leap_to(world.clock.now() + timedelta(seconds=1))
    name = f"{folder}staff {world.clock.now():%H-%M-%S} {count}.csv"
    exports = world.storage.container("hr-exports")
    await exports.write(name, csv("employeeId,mobile", *rows), metadata=metadata)
    identity = await world.split_as_is(name)
    await world.pump()
    return await world.stored(identity)


async def approve(world: InMemory, run: Run) -> None:
    await world.app.decisions.approve(run.id, run.digest, "somebody")
    await world.pump()


async def test_full_exports_that_shrink_step_by_step_are_held() -> None:
    """Each is at most 30 % smaller than the last one; an approved shrink sets the measure anew."""
    async with tenant_of(PEOPLE) as world:
        assert [RunState.FINISHED] * 2 == [(await dropped(world, count)).state for count in (60, 42)]
        held = await dropped(world, 41)
        assert RunState.HELD is held.state
        assert "19 of 60 people (31.7%) of the largest full export of the last 90 days are missing" in held.message

        await approve(world, held)
        assert [RunState.FINISHED, RunState.HELD] == [(await dropped(world, count)).state for count in (29, 28)]


async def test_after_90_days_an_export_is_no_measure_any_more() -> None:
    """The last one always is."""
    async with tenant_of(PEOPLE) as world:
        for count, days, state in ((60, 0, "finished"), (43, 1, "finished"), (31, 88, "held"), (31, 3, "finished")):
            world.clock.leap_to(world.clock.now() + timedelta(days=days))
            run = await dropped(world, count)
            assert state == run.state, (count, days)
            if run.state is RunState.HELD:
                await world.app.decisions.reject(run.id, "somebody")
                await world.pump()


async def test_an_approval_for_another_reason_is_no_approved_shrink() -> None:
    """Whoever approved it saw no shrink."""
    async with tenant_of(PEOPLE) as world:
        await dropped(world, 60)
        small_step = await dropped(world, 45, {"approval": "always"})
        await approve(world, small_step)

        assert RunState.HELD is (await dropped(world, 41)).state


@pytest.mark.parametrize(("scope", "state"), [("partial", "held"), ("full", "finished"), (" PARTIAL ", "held")])
@pytest.mark.parametrize(("setting", "folder"), [("full", ""), ("partial", "full/")])
async def test_a_file_may_not_make_a_full_export_partial(scope: str, state: str, setting: str, folder: str) -> None:
    """It would escape the comparison with the one before."""
    async with tenant_of(PEOPLE, (), None, EXPORT_SCOPE=setting) as world:
        run = await dropped(world, 12, {"scope": scope}, folder)

        assert (state, True) == (run.state, run.options.full)
        assert ("scope" in run.message) == (state == "held")


def test_only_larger_exports_are_remembered() -> None:
    """Nothing grows without an end, and the last export counts whatever its age."""
    last, now = FullExport("0", 1_000), NOW
    for count in range(999, 700, -1):
        now += timedelta(hours=1)
        last = FullExport(str(count), count).after(last, now, is_shrink_approved=False)
        assert 1_000 == last.largest(now)
    assert len(last.larger) <= 100
    assert 701 == last.largest(now + COMPARED_FOR + timedelta(days=13))
    grown = FullExport("1", 2_000).after(last, now, is_shrink_approved=False)
    assert ((), 2_000) == (grown.larger, grown.largest(now))
    assert () == FullExport("1", 5).after(last, now, is_shrink_approved=True).larger


def test_remembering_twice_changes_nothing() -> None:
    """After a crash the same export is remembered again."""
    first = FullExport("a", 10).after(FullExport("b", 20), NOW, is_shrink_approved=False)
    assert first == FullExport("a", 10).after(first, NOW + timedelta(days=1), is_shrink_approved=False)
