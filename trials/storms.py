"""Storms: for some time, Graph, its token endpoint or the storage account fail in known ways.

A run in progress must finish by itself once the storm is over, with nothing lost and nothing in a poison queue. Each
storm has its own run in virtual time, so that waits of minutes take no real time; one also has a run in real time,
under Microsoft's listeners.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

from sandbox.exports import write_export
from sandbox.functions_host.host import Listeners
from sandbox.graph.faults import TOKEN, Fault
from sandbox.graph.options import Options
from sandbox.people import make_staff
from sandbox.system import WITHOUT_QUESTIONS, Sandbox
from shared.core.values.states import RunState
from testing.in_memory import InMemory, OpenStorage, hosted
from trials.checks import TrialResult, left_at_last, wrong_with
from trials.kills import wrong_in
from trials.transient_faults import BadStorage, Disorder, Forgetting, Outage

WRITES = "phoneMethods.[cu]*"
LATENCY_MS = 250
STAGES = (RunState.PLANNING, RunState.APPLYING)
"""The states of the run in which a storm begins."""
SETTINGS = {
    "MAX_WRITES_UNAPPROVED": "100000",
    "MAX_CREATE_SHARE": "1",
    "MAX_UPDATE_SHARE": "1",
    "LOOK_UP_RETRY_SECONDS": "5",
}
PATIENCE_SECONDS = 1_800.0
"""How long a run may take to finish by itself after the storm."""


@dataclass(frozen=True, slots=True)
class Storm:
    """For `seconds`, requests to Graph meet `faults`, and `share` of those to the storage service `outage` fail."""

    name: str
    seconds: float
    faults: tuple[Fault, ...] = ()
    outage: str = ""
    share: float = 1.0
    forgotten: float = 0.0
    """Share of table writes whose answer is lost, during the whole run."""


STORMS = (
    Storm("429 to everything for a minute", 60, (Fault(kind="throttle", seconds=10),)),
    Storm("Retry-After of three minutes", 10, (Fault(kind="throttle", seconds=180, probability=0.5),)),
    Storm("Retry-After as a date, four minutes ahead", 10, (Fault(kind="throttle", seconds=240, retry_after="date"),)),
    Storm("429 without any Retry-After", 60, (Fault(kind="throttle", retry_after="none", probability=0.7),)),
    Storm(
        "bursts of 500, 503 and 504",
        60,
        tuple(Fault(kind="status", status=status, probability=0.4) for status in (500, 503, 504)),
    ),
    Storm(
        "writes done and answered with 5xx",
        60,
        tuple(Fault(kind="commit-then-status", on=WRITES, status=status, probability=0.3) for status in (500, 504)),
    ),
    Storm(
        "answers after 55 seconds, and after 70",
        90,
        (Fault(kind="slow", seconds=55, probability=0.3), Fault(kind="slow", seconds=70, probability=0.2)),
    ),
    Storm(
        "dropped connections",
        60,
        (Fault(kind="drop", probability=0.4), Fault(kind="commit-then-drop", on=WRITES, probability=0.3)),
    ),
    Storm("replicas twenty seconds late", 60, (Fault(kind="stale-reads", on=WRITES, seconds=20),)),
    Storm("no token for two minutes", 120, (Fault(kind="status", on=TOKEN, status=500),)),
    Storm("tables down for three minutes", 180, outage="table"),
    Storm("every third table request fails for five minutes", 300, outage="table", share=0.33),
    Storm("queues down for three minutes", 180, outage="queue"),
    Storm("every third queue request fails for five minutes", 300, outage="queue", share=0.33),
    Storm("blobs down for a minute", 60, outage="blob"),
    Storm("answers of table writes lost", 0, forgotten=0.2),
)

BURSTS = next(storm for storm in STORMS if storm.name.startswith("bursts"))


async def survive(storm: Storm, people: int, stage: RunState) -> TrialResult:
    """One run of one export through one storm, which begins when the run is in the state `stage`."""
    staff = make_staff(people)
    outage = Outage(Random(1), storm.outage or "nothing", storm.share)
    forgetting = Forgetting(Random(2), storm.forgotten)
    options = Options(latency_ms=LATENCY_MS, token_seconds=600 if _about_tokens(storm) else 86_400)
    async with hosted(staff, SETTINGS, options, storage=_storage(forgetting, outage)) as world:
        world.host.start()
        await world.host.drop("staff.xlsx", write_export(staff))
        await _come_to(world, stage)
        for fault in storm.faults:
            world.stand_in.faults.add(fault)
        outage.on = True
        await world.clock.sleep(storm.seconds)
        world.stand_in.faults.withdraw()
        outage.on = False
        over = world.clock.now()
        try:
            (run,) = await world.host.runs_over(1, within=PATIENCE_SECONDS)
        except TimeoutError:
            stuck = [f"{run.state}: {run.message}" async for run in world.app.runs.all()]
            return TrialResult("", (f"not finished {PATIENCE_SECONDS:.0f} s after the storm: {'; '.join(stuck)}",))
        after = (world.clock.now() - over).total_seconds()
        wrong = await wrong_with(world.app, run, staff, world.directory())
        wrong += await left_at_last(world)
        struck = world.stand_in.stats.faults.total() + outage.refused + forgetting.lost
        if not struck:
            wrong.append("the storm had no effect")
        return TrialResult(
            f"{people} people, struck {struck} times, finished {after:.0f} s after the storm", tuple(wrong)
        )


async def survive_under_microsoft(storm: Storm, people: int, folder: Path) -> TrialResult:
    """As `survive`, for faults of Graph: on Azurite and the real runtime, with Microsoft's listeners."""
    staff = make_staff(people)
    switches = {"latency_ms": LATENCY_MS, "token_seconds": 86_400}
    async with Sandbox(
        folder, staff, settings=WITHOUT_QUESTIONS | SETTINGS, graph_switches=switches, listeners=Listeners.MICROSOFT
    ) as sandbox:
        run_id = await sandbox.drop("staff.xlsx", write_export(staff))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                run = await sandbox.app.runs.get(run_id)
                if run is not None and run.state is RunState.APPLYING:
                    break
                await asyncio.sleep(0.1)
        await sandbox.graph_control("POST", "inject", [fault.to_json() for fault in storm.faults])
        await asyncio.sleep(storm.seconds)
        await sandbox.graph_control("POST", "withdraw")
        over = time.monotonic()
        run = await sandbox.run_over(run_id, within=PATIENCE_SECONDS)
        after = time.monotonic() - over
        wrong = await wrong_in(sandbox, run, staff)
        struck = sum((await sandbox.graph_control("GET", "stats"))["faults"].values())
    if not struck:
        wrong.append("the storm had no effect")
    return TrialResult(f"{people} people, struck {struck} times, finished {after:.0f} s after the storm", tuple(wrong))


async def _come_to(world: InMemory, stage: RunState) -> None:
    while not [run async for run in world.app.runs.all() if run.state is stage]:
        await world.clock.sleep(0.1)
    await world.clock.sleep(0.25)  # by now its rows are in progress


def _about_tokens(storm: Storm) -> bool:
    return any(fault.on == TOKEN for fault in storm.faults)


def _storage(forgetting: Forgetting, outage: Outage) -> OpenStorage:
    orderly = Disorder(Random(2))
    return lambda now: BadStorage(now, disorder=orderly, forgetting=forgetting, on_operation=outage)
