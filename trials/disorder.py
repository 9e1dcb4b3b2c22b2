"""Disorder: messages and events that come twice, late, in the wrong order, or never, and hosts that crash.

The scenarios run in virtual time on queues that do all this. At the end the directory must match the newest export, and
no row may have a false outcome.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any

from sandbox.exports import write_export
from sandbox.people import Staff, make_staff
from shared.adapters.storage.requests import not_counted
from shared.core.run.run import Run
from shared.core.values.states import RowState, RunState
from testing.in_memory import InMemory, hosted
from trials.checks import OPTIONS, SETTINGS, TrialResult, left_at_last, people_not_as, untrue, wrong_with
from trials.transient_faults import BadStorage, Disorder

PATIENCE_SECONDS = 8 * 3600.0
"""The sweep notices lost messages of rows after 20 minutes without progress, and that may happen several times."""
POLL_SECONDS = 5.0
CHANGED_SHARE = 0.25


async def every_message_twice(people: int, seed: int) -> TrialResult:
    """Each message comes twice, up to two minutes late, and out of order."""
    disorder = Disorder(Random(seed), twice=1.0, late=60.0)
    return await _one_run(people, disorder, lambda: f"{disorder.copies} messages came twice")


async def messages_lost(people: int, seed: int) -> TrialResult:
    """One message in twenty is lost, of rows and of steps."""
    disorder = Disorder(Random(seed), lost=0.05)
    return await _one_run(people, disorder, lambda: f"{disorder.losses} messages were lost")


async def host_dies_again_and_again(people: int, seed: int) -> TrialResult:
    """The host crashes ten times, and another takes over."""
    rng, staff = Random(seed), make_staff(people)
    async with hosted(staff, SETTINGS, OPTIONS) as world:
        world.host.start()
        await world.host.drop("staff.xlsx", write_export(staff))
        for _ in range(10):
            await world.clock.sleep(rng.uniform(0.2, 3.0))
            await world.host.crash()
            world.host.start()
        return await _ended(world, staff, "10 crashes")


async def blob_event_twice(people: int, seed: int) -> TrialResult:
    """The event of one upload comes again at once, a little later, and after the run has finished."""
    staff = make_staff(people)
    async with hosted(staff, SETTINGS, OPTIONS) as world:
        world.host.start()
        await world.host.drop("staff.xlsx", write_export(staff))
        world.host.blob_event("staff.xlsx")
        await world.clock.sleep(Random(seed).uniform(0.1, 5.0))
        world.host.blob_event("staff.xlsx")
        await world.host.runs_over(1, within=PATIENCE_SECONDS)
        world.host.blob_event("staff.xlsx")
        await world.clock.sleep(60)
        return await _ended(world, staff, "4 events of one upload")


async def blob_event_lost(people: int, seed: int) -> TrialResult:
    """No event comes; the sweep finds the export."""
    staff = make_staff(people, seed)
    async with hosted(staff, SETTINGS, OPTIONS, poll=POLL_SECONDS) as world:
        world.host.start()
        await world.app.exports.write("staff.xlsx", write_export(staff))
        return await _ended(world, staff, "no event")


async def old_export_after_new(people: int, seed: int) -> TrialResult:
    """The event of an older export comes after the newer one has finished."""
    old = make_staff(people)
    new = _newer(old, seed)
    async with hosted(old, SETTINGS, OPTIONS) as world:
        world.host.start()
        await world.app.exports.write("old.xlsx", write_export(old))
        await world.clock.sleep(5)
        await world.host.drop("new.xlsx", write_export(new))
        (newer,) = await world.host.runs_over(1, within=PATIENCE_SECONDS)
        world.host.blob_event("old.xlsx")
        runs = await world.host.runs_over(2, within=PATIENCE_SECONDS)
        older = next(run for run in runs if run.id != newer.id)
        wrong = people_not_as(new, world.directory()) + await untrue(world.app, newer, new, world.directory())
        superseded = older.counts.get(RowState.SUPERSEDED, 0)
        if not superseded or set(older.counts) & {RowState.CREATED, RowState.UPDATED}:
            wrong.append(f"the older export ended as {_states(older)}")
        wrong += await left_at_last(world)
        return TrialResult(f"{people} people, {superseded} rows superseded", tuple(wrong))


async def two_exports_at_once(people: int, seed: int) -> TrialResult:
    """Two exports of the same people, a second apart, run side by side; a redrive completes stale rows."""
    old = make_staff(people)
    new = _newer(old, seed)
    async with hosted(old, SETTINGS, OPTIONS) as world:
        world.host.start()
        await world.app.exports.write("old.xlsx", write_export(old))
        await world.clock.sleep(1.5)
        await world.app.exports.write("new.xlsx", write_export(new))
        world.host.blob_event("old.xlsx")
        world.host.blob_event("new.xlsx")
        runs = await world.host.runs_over(2, within=PATIENCE_SECONDS)
        newer = next(run for run in runs if run.name == "new.xlsx")
        directory = world.directory()
        wrong = await untrue(world.app, newer, new, directory)
        stale = newer.counts.get(RowState.STALE, 0)
        if stale:
            await world.app.redrive(newer.id, "chaos")
            await asyncio.sleep(0)
            runs = await world.host.runs_over(2, within=PATIENCE_SECONDS)
        wrong += [f"{run.name} is {run.state}: {run.message}" for run in runs if run.state is not RunState.FINISHED]
        wrong += people_not_as(new, world.directory()) + await left_at_last(world)
        return TrialResult(f"{people} people, {stale} rows of the newer were stale and redriven", tuple(wrong))


DISORDERS: tuple[Callable[[int, int], Coroutine[Any, Any, TrialResult]], ...] = (
    every_message_twice,
    messages_lost,
    host_dies_again_and_again,
    blob_event_twice,
    blob_event_lost,
    old_export_after_new,
    two_exports_at_once,
)


async def _one_run(people: int, disorder: Disorder, facts: Callable[[], str]) -> TrialResult:
    staff = make_staff(people)

    async with hosted(
        staff,
        SETTINGS,
        OPTIONS,
        storage=lambda now: BadStorage(now, disorder=disorder, on_operation=not_counted),
        poll=POLL_SECONDS,
    ) as world:
        world.host.start()
        await world.host.drop("staff.xlsx", write_export(staff))
        verdict = await _ended(world, staff, "")
        return TrialResult(f"{people} people, {facts()}", verdict.wrong)


async def _ended(world: InMemory, staff: Staff, facts: str) -> TrialResult:
    try:
        runs = await world.host.runs_over(1, within=PATIENCE_SECONDS)
    except TimeoutError:
        stuck = [f"{run.state} {_states(run)}: {run.message}" async for run in world.app.runs.all()]
        return TrialResult(facts, (f"not over after {PATIENCE_SECONDS:.0f} s: {'; '.join(stuck)}",))
    wrong = [] if len(runs) == 1 else [f"{len(runs)} runs of one upload"]
    wrong += await wrong_with(world.app, runs[0], staff, world.directory())
    return TrialResult(f"{len(staff.members)} people, {facts}", (*wrong, *await left_at_last(world)))


def _newer(old: Staff, seed: int) -> Staff:
    """The next export: some of the people have another number in one slot."""
    return old.with_changed_numbers(CHANGED_SHARE, seed)


def _states(run: Run) -> dict[str, int]:
    return dict(Counter({state.value: count for state, count in run.counts.items() if count}))
