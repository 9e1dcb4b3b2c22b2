"""Checks after a scenario: rows, counts, summary, directory and queues must be as after an undisturbed run.

They read the app's ledger and results, and change nothing.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from sandbox.exports import HEADINGS
from sandbox.graph.options import Options
from sandbox.people import Staff
from shared.app import App
from shared.core.run.row import Row
from shared.core.run.run import Run
from shared.core.values.states import SUCCEEDED_ROWS, RowState, RunState
from testing.host_in_memory import LEASE_SECONDS, SWEEP_SECONDS
from testing.in_memory import InMemory

SETTINGS = {
    "MAX_WRITES_UNAPPROVED": "100000",
    "MAX_CREATE_SHARE": "1",
    "MAX_UPDATE_SHARE": "1",
    "SMALL_SET": "1000",
    "LOOK_UP_RETRY_SECONDS": "5",
}
"""Settings with which no safety limit holds a run of a trial."""
OPTIONS = Options(latency_ms=250)
FIRST_ROW = len(HEADINGS) + 2
LAST_STEP_SECONDS = 60.0
"""Seconds between two looks at the queues; a message of a finished run is delivered and dropped in this time."""
_SHOWN = 5

Directory = Mapping[str, Mapping[str, str]]
"""Object id -> phone type -> number."""


@dataclass(frozen=True, slots=True)
class TrialResult:
    """What happened, in a few words with figures, and every promise that was broken."""

    facts: str
    wrong: tuple[str, ...] = ()


class Queue(Protocol):
    async def depth(self) -> int: ...


class Queues(Protocol):
    def queue(self, name: str) -> Queue: ...


async def wrong_with(app: App, run: Run, export: Staff, directory: Directory) -> list[str]:
    """Every difference between this run and an undisturbed run of the same export."""
    wrong = [] if run.state is RunState.FINISHED else [f"run {run.id} is {run.state}: {run.message}"]
    if not run.closed:
        return [*wrong, f"run {run.id} has no result"]
    wrong += await _rows(app.rows.in_order(run), export)
    wrong += await _summary(app, run, export)
    return wrong + people_not_as(export, directory)


def people_not_as(export: Staff, directory: Directory) -> list[str]:
    """People whose numbers in the directory are not those after a finished run of this export."""
    after = {
        person.id: {str(kind): number for kind, number in person.phones.items()}
        for person in export.with_changed_numbers(0).people
    }
    return _listed("people whose numbers differ from the plan", [who for who in after if after[who] != directory[who]])


async def left_in_queues(app: App, queues: Queues) -> list[str]:
    """Messages left in the app's own queues; the queue of run events is for other systems and is not checked."""
    names = [app.settings.plan_queue, app.settings.apply_queue, app.settings.steps_queue]
    depths = {name: await queues.queue(name).depth() for name in (*names, *(f"{name}-poison" for name in names))}
    return [f"{depth} messages left in {name}" for name, depth in depths.items() if depth]


async def left_at_last(world: InMemory) -> list[str]:
    """Messages that are left when every lease has ended and the sweep has handled the poison queues."""
    until = world.clock.now() + timedelta(seconds=LEASE_SECONDS + 2 * SWEEP_SECONDS)
    while (left := await left_in_queues(world.app, world.storage)) and world.clock.now() < until:
        await world.clock.sleep(LAST_STEP_SECONDS)
    return left


async def untrue(app: App, run: Run, export: Staff, directory: Directory) -> list[str]:
    """Rows whose outcome says that the person has the desired numbers, although the directory does not show them."""
    claims = [row async for row in app.rows.in_order(run, states=SUCCEEDED_ROWS | {RowState.UNCHANGED})]
    false = []
    for row in claims:
        member = export.members[row.number - FIRST_ROW]
        current = directory[row.object_id] if row.object_id else {}
        if any(current.get(str(kind)) != number.spelled_for_graph() for kind, number in member.wanted.items()):
            false.append(f"{row.number} ({row.state})")
    return _listed("false outcomes", false)


async def _rows(rows: AsyncIterable[Row], export: Staff) -> list[str]:
    expected = {FIRST_ROW + index: member.expected for index, member in enumerate(export.members)}
    found: dict[int, RowState] = {}
    wrong = []
    async for row in rows:
        if row.number in found:
            wrong.append(f"row {row.number} is stored twice")
        found[row.number] = row.state
    differing = [
        f"{number} ({found.get(number, 'missing')} for {state})"
        for number, state in expected.items()
        if found.get(number) is not state
    ]
    return wrong + _listed("rows with another outcome", differing) + _listed("unexpected rows", found.keys() - expected)


async def _summary(app: App, run: Run, export: Staff) -> list[str]:
    summary = json.loads(await app.results.read(f"{run.folder}/summary.json"))
    listed = [number for numbers in summary["sets"].values() for number in numbers]
    expected = range(FIRST_ROW, FIRST_ROW + len(export.members))
    wrong = [] if sorted(listed) == list(expected) else ["the sets of the summary do not add up to the input"]
    for name, counts in (("the summary", summary["counts"]), ("the run", _names(run))):
        if counts != export.expected_counts:
            wrong.append(f"counts of {name}: {counts} instead of {export.expected_counts}")
    return wrong


def _names(run: Run) -> dict[str, int]:
    return {state.value: count for state, count in run.counts.items() if count}


def _listed(what: str, which: Iterable[object]) -> list[str]:
    names = [str(one) for one in which]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return [f"{len(names)} {what}: {', '.join(names[:_SHOWN])}{more}"] if names else []
