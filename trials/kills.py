"""Kills: two worker processes are killed repeatedly while they work, and Azurite and Graph are restarted.

The scenario runs on real processes: Microsoft's runtime in two hosts, Azurite, the Graph stand-in. Hosts get SIGKILL.
Azurite gets one SIGTERM, because SIGKILL or a second SIGTERM would lose the data of its last seconds. Graph restarts
from its dump.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from sandbox.exports import write_export
from sandbox.people import Staff, make_staff
from sandbox.processes import ChildProcess
from sandbox.system import WITHOUT_QUESTIONS, Sandbox
from shared.adapters.storage.connection import resolve
from shared.adapters.storage.connection_names import data_connection_name
from shared.core.run.run import Run
from shared.core.values.states import RunState
from trials.checks import Directory, TrialResult, left_in_queues, wrong_with

LEASE_SECONDS = 5.0
SWITCHES = {"latency_ms": 300, "token_seconds": 86_400}
RUN_SECONDS = 1_800.0
AFTERWARDS_SECONDS = 90
"""Time for messages that were leased at the last kill to be delivered again and to find no work."""


@dataclass(frozen=True, slots=True)
class Killing:
    """How many people and kills; before each kill there is a random `pause` from this range of seconds.

    Small windows make the run last as long as the kills take. After `most_kills` it goes on without, because on a slow
    machine a host that is killed every few seconds may do nothing but start.
    """

    people: int
    least_kills: int
    most_kills: int
    pause: tuple[float, float]
    plan_window: int
    apply_window: int
    seed: int = 2026

    def settings(self) -> dict[str, str]:
        return {
            **WITHOUT_QUESTIONS,
            "LOOK_UP_RETRY_SECONDS": "2",
            "MAX_WRITES_UNAPPROVED": "100000",
            "MAX_CREATE_SHARE": "1",
            "MAX_UPDATE_SHARE": "1",
            "SMALL_SET": "100000",  # a share of the people whom the app manages, of whom there are none yet
            "PLAN_WINDOW": str(self.plan_window),
            "APPLY_WINDOW": str(self.apply_window),
            "EXPECTED_WORKERS": "2",
        }


LONG = Killing(people=2_000, least_kills=50, most_kills=150, pause=(0.5, 3.0), plan_window=120, apply_window=80)
SHORT = Killing(people=30, least_kills=3, most_kills=3, pause=(0.5, 1.5), plan_window=20, apply_window=15)


async def killing(plan: Killing, folder: Path) -> TrialResult:
    staff, began = make_staff(plan.people), time.monotonic()
    async with Sandbox(
        folder, staff, settings=plan.settings(), graph_switches=SWITCHES, lease=LEASE_SECONDS
    ) as sandbox:
        hunt = _Hunt(sandbox, plan, await sandbox.start_host())
        try:
            run_id = await sandbox.drop("staff.xlsx", write_export(staff))
            run = await hunt.until_over(run_id)
            wrong = [] if hunt.kills >= plan.least_kills else [f"only {hunt.kills} kills before the run was over"]
            if run is None:
                wrong.append(f"not over after {RUN_SECONDS:.0f} s")
            else:
                wrong += await wrong_in(sandbox, run, staff) if run.closed else [f"waits: {run.message}"]
        finally:
            await hunt.second.kill()
    minutes = (time.monotonic() - began) / 60
    return TrialResult(
        f"{plan.people} people, {hunt.kills} kills, {hunt.restarts}, {minutes:.1f} minutes", tuple(wrong)
    )


class _Hunt:
    """Kills one of the two hosts at random moments, and once restarts Graph and Azurite in between."""

    def __init__(self, sandbox: Sandbox, plan: Killing, second: ChildProcess) -> None:
        self.second = second
        self.kills = 0
        self._sandbox = sandbox
        self._plan = plan
        self._random = Random(plan.seed)
        self._restarts: dict[int, tuple[str, Callable[[], Awaitable[None]]]] = {
            plan.least_kills // 3: ("Graph restarted", lambda: sandbox.restart_graph(refusing=3)),
            2 * plan.least_kills // 3: ("Azurite restarted", lambda: sandbox.restart_azurite(down=2)),
        }
        self._restarted: list[str] = []

    @property
    def restarts(self) -> str:
        return " and ".join(self._restarted) or "nothing restarted"

    async def until_over(self, run_id: str) -> Run | None:
        """The run when it is closed, or waits for a person; None = neither in time."""
        until = time.monotonic() + RUN_SECONDS
        while time.monotonic() < until:
            run = await self._sandbox.app.runs.get(run_id)
            if run is not None and (run.closed or run.state is RunState.HELD):
                return run
            await asyncio.sleep(self._random.uniform(*self._plan.pause))
            if self.kills < self._plan.most_kills:
                await self._kill_one()
            if self.kills in self._restarts:
                name, restart = self._restarts.pop(self.kills)
                await restart()
                self._restarted.append(name)
        return None

    async def _kill_one(self) -> None:
        self.kills += 1
        if self._random.random() < 0.5:
            await self._sandbox.restart_host_after_crash()
        else:
            await self.second.kill()
            self.second = await self._sandbox.start_host()


async def wrong_in(sandbox: Sandbox, run: Run, staff: Staff) -> list[str]:
    """Every difference from an undisturbed run, and the messages that are left at last."""
    wrong = await wrong_with(sandbox.app, run, staff, await directory_of(sandbox))
    queues = resolve(data_connection_name(sandbox.settings), sandbox.settings)
    try:
        for _ in range(AFTERWARDS_SECONDS):
            if not (left := await left_in_queues(sandbox.app, queues)):
                break
            await asyncio.sleep(1)
    finally:
        await queues.close()
    return wrong + left


async def directory_of(sandbox: Sandbox) -> Directory:
    """Every person's numbers as the directory has them."""
    dump = await sandbox.graph_control("GET", "dump")
    return {person["id"]: person["phones"] for person in dump["people"]}
