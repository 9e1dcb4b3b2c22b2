"""Hostile input: messages that the app did not write, and entities that were deleted.

The scenarios run in virtual time. A run must end as if nothing had happened, or say why it failed, and the log must
have a line for each message that cannot be read.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from sandbox.exports import write_export
from sandbox.people import make_staff
from shared.core.run.messages import RowMessage, StepMessage
from shared.core.run.run import Run
from shared.core.values.states import RunState
from shared.telemetry.events import EventName
from testing.in_memory import InMemory, hosted
from trials.checks import OPTIONS, SETTINGS, TrialResult, left_at_last, wrong_with
from trials.log import logged

PATIENCE_SECONDS = 3 * 3600.0
POLL_SECONDS = 2.0
NO_BASE64 = "not base64 at all, +1 202 555 0100"
UNKNOWN_RUN = "20200101T000000Z-0123456789"


async def foreign_messages(people: int) -> TrialResult:
    """Every queue of an open run gets messages that are altered, truncated, huge, of another version, or no JSON."""
    staff = make_staff(people)
    with logged() as log:
        async with hosted(staff, SETTINGS, OPTIONS, poll=POLL_SECONDS) as world:
            world.host.start()
            await world.host.drop("staff.xlsx", write_export(staff))
            run = await come_to(world, RunState.PLANNING)
            names = world.app.settings
            unreadable = [NO_BASE64, *map(_as_stored, _unreadable(run.id))]
            texts = [*unreadable, *map(_as_stored, _readable(run.id))]
            for name in (names.plan_queue, names.apply_queue, names.steps_queue):
                for text in texts:
                    world.storage.queue(name).put(text)
            (run,) = await world.host.runs_over(1, within=PATIENCE_SECONDS)
            wrong = await wrong_with(world.app, run, staff, world.directory()) + await left_at_last(world)
    wrong += not_logged_once(3 * len(unreadable), log)
    return TrialResult(f"{3 * len(texts)} bad messages among those of {people} people", tuple(wrong))


async def row_missing(people: int) -> TrialResult:
    """A row is deleted from the ledger after the split; the run must not be finished as if the row existed."""
    staff = make_staff(people)
    async with hosted(staff, SETTINGS, OPTIONS, poll=POLL_SECONDS) as world:
        world.host.start()
        await world.host.drop("staff.xlsx", write_export(staff))
        await come_to(world, RunState.PLANNING)
        partition = next(iter(world.storage.table("Rows").partitions.values()))
        del partition[next(iter(partition))]
        (run,) = await world.host.runs_over(1, within=PATIENCE_SECONDS)
        counted = sum(run.counts.values())
        wrong = await left_at_last(world)
        if run.state is RunState.FINISHED:
            wrong.append(f"the run is finished with {counted} of {run.total} rows: {run.message}")
        elif not run.message:
            wrong.append("the run does not say why it failed")
    return TrialResult(f"{people} people, run {run.state} ({run.code})", tuple(wrong))


async def run_missing(people: int) -> TrialResult:
    """The entity of a run is deleted while the run is planned; the sweep reads the export again."""
    staff = make_staff(people)
    async with hosted(staff, SETTINGS, OPTIONS, poll=POLL_SECONDS) as world:
        world.host.start()
        await world.host.drop("staff.xlsx", write_export(staff))
        run = await come_to(world, RunState.PLANNING)
        await world.clock.sleep(1)
        del world.storage.table("Runs").partitions["run"][run.id]
        await world.clock.sleep(1)
        (run,) = await world.host.runs_over(1, within=PATIENCE_SECONDS)
        wrong = await wrong_with(world.app, run, staff, world.directory()) + await left_at_last(world)
        return TrialResult(f"{people} people, the run began again", tuple(wrong))


async def records_missing(people: int) -> TrialResult:
    """All ownership records are deleted between two runs, and the write budget during one."""
    staff = make_staff(people)
    changed = staff.with_changed_numbers(0.2)
    async with hosted(staff, SETTINGS, OPTIONS, poll=POLL_SECONDS) as world:
        world.host.start()
        await world.host.drop("staff.xlsx", write_export(staff))
        await world.host.runs_over(1, within=PATIENCE_SECONDS)
        world.storage.table("People").partitions.clear()
        await world.clock.sleep(2)
        await world.host.drop("next.xlsx", write_export(changed))
        await come_to(world, RunState.APPLYING)
        world.storage.table("Runs").partitions.pop("budget", None)
        runs = await world.host.runs_over(2, within=PATIENCE_SECONDS)
        wrong = await wrong_with(world.app, runs[-1], changed, world.directory()) + await left_at_last(world)
        return TrialResult(f"{people} people forgotten", tuple(wrong))


HOSTILITIES: tuple[Callable[[int], Coroutine[Any, Any, TrialResult]], ...] = (
    foreign_messages,
    row_missing,
    run_missing,
    records_missing,
)


def not_logged_once(unreadable: int, log: Iterable[str]) -> list[str]:
    """What is wrong unless the log has one line for each message that cannot be read."""
    lines = sum(EventName.POISON_DROPPED in line for line in log)
    return [] if lines == unreadable else [f"{lines} lines of log for {unreadable} messages that cannot be read"]


def _unreadable(run: str) -> tuple[str | bytes, ...]:
    """Messages that the app cannot read."""
    good_row, good_step = RowMessage(run, 4).encode(), StepMessage(run, 1).encode()
    row = json.loads(good_row)
    return (
        "",
        b"\xff\xfe\x00",
        "null",
        "[1, 2, 3]",
        good_row[: len(good_row) // 2],
        good_step[:-1],
        json.dumps({**row, "v": 2}),
        json.dumps({**row, "seal": None}),
        json.dumps({**row, "row": 10**9}),
        json.dumps({**row, "row": "4"}),
        json.dumps({**row, "row": True}),
        json.dumps({**row, "failures": -1}),
        json.dumps({**row, "phone": "+1 2025550100"}),
        json.dumps({**row, "run": "../../Runs"}),
        json.dumps({"v": 1, "run": run, "n": -5}),
        json.dumps({"v": 1, "run": run, "n": 10**9}),
        "x" * 48_000,
        "[" * 20_000,
        json.dumps({**row, "run": "9" * 40_000}),
    )


def _readable(run: str) -> tuple[str, ...]:
    """Messages in the app's form about a run or row that does not exist, or with failures that nobody counted."""
    return (
        json.dumps({**json.loads(RowMessage(run, 4).encode()), "failures": 9}),
        RowMessage(UNKNOWN_RUN, 4).encode(),
        StepMessage(UNKNOWN_RUN, 4).encode(),
        RowMessage(run, 1_999_999).encode(),
    )


def _as_stored(body: str | bytes) -> str:
    """The text of the message in the queue."""
    return base64.b64encode(body if isinstance(body, bytes) else body.encode()).decode("ascii")


async def come_to(world: InMemory, state: RunState) -> Run:
    while True:
        async for run in world.app.runs.all():
            if run.state is state:
                return run
        await world.clock.sleep(0.1)
