"""Runs the contenders in turns: each turn has its own stand-in, and a turn of the whole app has its own sandbox.

Each contender runs in its own process, the whole app in the sandbox.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from bench.peers.contenders import OUR_SETTINGS, outcomes
from bench.peers.job import (
    GREENFIELD,
    NOTHING,
    PHASES,
    Job,
    Measurement,
    Stopwatch,
    export_is_due,
    exports_of,
    staff_of,
)
from sandbox.exports import write_export
from sandbox.functions_host.host import Listeners
from sandbox.functions_host.microsoft import NAME
from sandbox.graph.faults import Fault
from sandbox.people import Staff
from sandbox.processes import ChildProcess
from sandbox.system import Sandbox
from shared.adapters.storage.connection import resolve
from shared.adapters.storage.connection_names import data_connection_name
from shared.app import App
from shared.core.run.run import Run
from testing.storage_operations import StorageOperations, requests_at_azurite, work

WHOLE, ALONE, SEQUENTIAL, FIFTY = "whole", "flows_alone", "sequential", "fifty_at_a_time"
MICROSOFT = "whole_under_microsoft"
"""As `WHOLE`, under Microsoft's listeners."""
REPEATS = 3
TEN, SMALL, BETWEEN, MIDDLE, LARGE = 10, 100, 300, 1_000, 10_000
LATENCY_MS, LOW_LATENCY_MS = 250, 25
FAULTY_SHARE = 0.001
FAULTS = (Fault(kind="commit-then-status", on="phoneMethods.[cu]*", status=503, probability=FAULTY_SHARE),)
CONTENDER_SECONDS = 3_600.0
LOOK_EVERY = 0.1
LEASE_SECONDS = 30.0
"""Azure leases 600 s. Azurite sometimes resets a connection, and delivered messages then stay hidden for this time."""


@dataclass(frozen=True, slots=True)
class Round:
    """One turn of one contender."""

    contender: str
    people: int
    repeat: int
    phases: tuple[str, ...] = PHASES
    faults: bool = False
    latency_ms: int = LATENCY_MS

    def __str__(self) -> str:
        return f"{self.contender}, {self.people} people, {'faults on, ' if self.faults else ''}turn {self.repeat + 1}"


def rounds(
    repeats: int = REPEATS,
    most_people: int = LARGE,
    *,
    quick: bool = False,
    listeners: Listeners = Listeners.SANDBOX,
) -> list[Round]:
    """The turns, interleaved, so that a slow minute of the machine affects every contender.

    With Microsoft's `listeners`, each turn of the whole app is followed by the same one under them.
    """
    turns = [Round(contender, SMALL // 2, 0) for contender in (SEQUENTIAL, FIFTY, WHOLE, ALONE)]
    if not quick:
        turns = [turn for turn in _all_rounds(repeats) if turn.people <= most_people]
    if listeners is Listeners.SANDBOX:
        return turns
    pairs = ((turn, replace(turn, contender=MICROSOFT)) if turn.contender == WHOLE else (turn,) for turn in turns)
    return [turn for pair in pairs for turn in pair]


def _all_rounds(repeats: int) -> list[Round]:
    """The turns of every size.

    The sequential script is measured with 100 people only, because each person costs the same; only the app's flows
    run 10,000 people, once, which takes over six minutes at the ceiling.
    """
    turns = []
    for repeat in range(repeats):
        turns += [
            Round(SEQUENTIAL, SMALL, repeat),
            Round(FIFTY, SMALL, repeat),
            Round(WHOLE, TEN, repeat, (GREENFIELD,), latency_ms=LOW_LATENCY_MS),
            Round(WHOLE, SMALL, repeat),
            Round(ALONE, SMALL, repeat),
            Round(WHOLE, BETWEEN, repeat, (GREENFIELD, NOTHING)),
            Round(FIFTY, MIDDLE, repeat),
            Round(WHOLE, MIDDLE, repeat),
            Round(ALONE, MIDDLE, repeat),
        ]
    turns.append(Round(ALONE, LARGE, 0))
    for repeat in range(repeats):
        turns += [Round(contender, MIDDLE, repeat, (GREENFIELD,), faults=True) for contender in (FIFTY, WHOLE, ALONE)]
    return turns


async def take(turn: Round) -> list[Measurement]:
    """The measurements of one turn, one per phase."""
    with TemporaryDirectory(prefix="bench-") as folder:
        run = _whole if turn.contender in (WHOLE, MICROSOFT) else _contender
        return await run(turn, staff_of(turn.people), Path(folder))


async def _contender(turn: Round, staff: Staff, folder: Path) -> list[Measurement]:
    """Run the contender in its own process, against its own stand-in."""
    graph = await _stand_in(turn, staff, folder)
    environment = {**os.environ, "IDENTITY_ENDPOINT": f"{graph.url}/msi/token", "IDENTITY_HEADER": "sandbox"}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bench.peers.contenders"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=environment,
    )
    job = json.dumps(asdict(_job(turn, graph.url))).encode()
    try:
        async with asyncio.timeout(CONTENDER_SECONDS):
            output, _ = await process.communicate(job)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await graph.stop()
    if process.returncode:
        raise RuntimeError(f"{turn} ended with code {process.returncode}")
    return [Measurement(**json.loads(line)) for line in output.splitlines()]


async def _stand_in(turn: Round, staff: Staff, folder: Path) -> ChildProcess:
    seed = folder / "people.json"
    content = {"people": [person.to_json() for person in staff.people], "options": {"latency_ms": LATENCY_MS}}
    seed.write_text(json.dumps(content), encoding="utf-8")
    arguments = ["sandbox.graph", "--seed-file", str(seed), "--random-seed", str(turn.repeat)]
    graph = ChildProcess("The Graph stand-in", arguments, {}, folder / "graph.log")
    await graph.start()
    if turn.faults:
        async with httpx.AsyncClient() as control:
            await _inject(control, graph.url)
    return graph


async def _inject(control: httpx.AsyncClient, url: str) -> None:
    faults = [fault.to_json() for fault in FAULTS]
    (await control.post(f"{url}/control/inject", json=faults)).raise_for_status()


async def _whole(turn: Round, staff: Staff, folder: Path) -> list[Measurement]:
    """(c) Azurite, the Functions host and the app as deployed; storage requests are counted at Azurite."""
    measurements: list[Measurement] = []
    async with Sandbox(
        folder,
        staff,
        settings=OUR_SETTINGS,
        graph_switches={"latency_ms": turn.latency_ms},
        lease=LEASE_SECONDS,
        listeners=Listeners.MICROSOFT if turn.contender == MICROSOFT else Listeners.SANDBOX,
        log_storage_requests=True,
    ) as sandbox:
        if turn.faults:
            await _inject(sandbox.http, sandbox.graph.url)
        ours = StorageOperations()
        watching = App(
            sandbox.settings,
            storage=resolve(data_connection_name(sandbox.settings), sandbox.settings, ours),
        )
        for count, (phase, export) in enumerate(exports_of(staff).items(), start=1):
            if phase in turn.phases:
                around = (sandbox, watching, ours, f"staff-{count}.xlsx")
                await export_is_due(phase)
                measurements.append(await measure_phase(_job(turn, sandbox.graph.url), phase, export, around))
        await watching.close()
    return measurements


async def measure_phase(
    job: Job, phase: str, export: Staff, around: tuple[Sandbox, App, StorageOperations, str]
) -> Measurement:
    sandbox, watching, ours, name = around
    data, watch = write_export(export), Stopwatch(job, phase, export, sandbox.http)
    before, pid = requests_at_azurite(sandbox.azurite.log), sandbox.host.pid
    cpu, listeners_cpu = cpu_seconds(pid), listeners_cpu_seconds(pid)
    ours.counts.clear()
    await watch.start()
    await watching.exports.write(name, data)
    async with asyncio.timeout(CONTENDER_SECONDS):
        run = await _over(watching, name)
    watch.stop()
    asked = requests_at_azurite(sandbox.azurite.log) - before
    asked.subtract(ours.counts)
    cpu, listeners_cpu = cpu_seconds(pid) - cpu, listeners_cpu_seconds(pid) - listeners_cpu
    return await watch.measurement(
        await outcomes(watching, run, export),
        cpu_seconds=cpu,
        listeners_cpu_seconds=listeners_cpu,
        peak_mib=peak_mib_of(pid),
        storage=work(asked),
        polls=asked.total() - work(asked),
    )


async def _over(app: App, name: str) -> Run:
    while True:
        async for run in app.runs.all():
            if run.name == name and run.closed:
                return run
        await asyncio.sleep(LOOK_EVERY)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def listeners_cpu_seconds(pid: int) -> float:
    """User and system time so far of the program with Microsoft's listeners, which is a child of the host."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    listeners = (child for child in children if NAME in Path(f"/proc/{child}/cmdline").read_text(encoding="utf-8"))
    return sum(cpu_seconds(int(child)) for child in listeners)


def peak_mib_of(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def _job(turn: Round, url: str) -> Job:
    return Job(turn.contender, url, turn.people, turn.phases, faulty=turn.faults)
