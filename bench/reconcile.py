"""`make bench-reconcile`: a reconcile with repair at three sizes, over HTTP in real time, against its bars.

The app runs in its own process on in-memory storage, and the Graph stand-in in another with the documented limits.
The app wrote a mobile number for every person; 1 % have changed theirs since then. The tenant also has disabled
accounts without a number, a tenth as many as people. Prints a table; exits non-zero when a bar is missed.
`--scale` lowers the stand-in's limits; `--people` chooses other sizes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from sandbox.graph.person import Person
from sandbox.processes import ChildProcess
from shared.app import App
from shared.core.record.ownership_record import OwnershipRecord, SlotRecord
from shared.core.run.messages import decode_row, decode_step
from shared.core.run.run import Run
from shared.core.values.slot import PhoneNumber, Slot
from shared.core.values.states import RunState
from shared.core.values.storage import Received
from testing.doubles import MemoryStorage
from testing.process_memory import peak_mib
from testing.storage_operations import StorageOperations, work

SIZES = (1_000, 10_000, 30_000)
DRIFTED_SHARE, DISABLED_SHARE, LATENCY_MS = 0.01, 0.1, 250
UNITS, UNITS_SECONDS = 8_000, 10.0
LEAST_CEILING, MOST_READS, MOST_CHECK, MOST_OPERATIONS, MOST_APART, MOST_MIB = 0.9, 1.08, 9, 0.4, 0.05, 10
CHECK = {
    *("users.get", "groups.list", "memberOf.list", "ownedObjects.list"),
    *("roleAssignments.list", "roleEligibility.schedules"),
}
"""The reads of the protected-accounts check. They have a limit of their own, because their number depends on how many
people are written to, not on how many are compared."""
FROM_HERE = 30_000
"""Below this size the burst alone covers nearly all reads, so the share of the ceiling means nothing."""
THEIRS = "+1 2015550199"
LEASE = 600.0


def ids(people: int) -> list[str]:
    rng = random.Random(2026)
    return [str(uuid.UUID(int=rng.getrandbits(128), version=4)) for _ in range(people)]


def wanted(number: int) -> PhoneNumber:
    return PhoneNumber(1, f"{202 + number // 100 % 700}55501{number % 100:02}")


def drifted(people: int) -> set[str]:
    every = round(1 / DRIFTED_SHARE)
    return set(ids(people)[::every])


def directory(people: int) -> list[Person]:
    theirs = drifted(people)
    known = [
        Person(
            id=user,
            userPrincipalName=f"person{number}@contoso.example",
            phones={"mobile": THEIRS if user in theirs else wanted(number).spelled_for_graph()},
        )
        for number, user in enumerate(ids(people))
    ]
    return known + [
        Person(
            id=str(uuid.uuid5(uuid.NAMESPACE_OID, str(number))),
            userPrincipalName=f"disabled{number}@contoso.example",
            accountEnabled=False,
        )
        for number in range(round(people * DISABLED_SHARE))
    ]


class Pump:
    """Delivers visible messages in real time in place of the host, 32 of each queue at once."""

    def __init__(self, app: App, storage: MemoryStorage) -> None:
        self._storage = storage
        names = app.settings
        self._verbs: dict[str, Callable[[str], Awaitable[None]]] = {
            names.plan_queue: lambda body: app.plan_row(decode_row(body)),
            names.apply_queue: lambda body: app.apply_row(decode_row(body)),
            names.steps_queue: lambda body: app.advance_run(decode_step(body)),
        }

    async def until(self, reached: Callable[[], Awaitable[bool]]) -> None:
        while not await reached():
            if not await self._deliver():
                await asyncio.sleep(0.05)

    async def _deliver(self) -> bool:
        delivered = False
        for name, verb in self._verbs.items():
            queue = self._storage.queue(name)
            received = await queue.receive(lease=LEASE)
            await asyncio.gather(*(self._done(name, verb, message) for message in received))
            delivered = delivered or bool(received)
        return delivered

    async def _done(self, name: str, verb: Callable[[str], Awaitable[None]], message: Received) -> None:
        await verb(message.body or "")
        await self._storage.queue(name).delete(message)


async def work_through(people: int) -> dict[str, Any]:
    """Fill `People`, reconcile, and return the cost; runs in its own process."""
    operations = StorageOperations()
    storage = MemoryStorage(lambda: datetime.now(UTC), operations)
    app = App(os.environ, storage=storage)
    await app.prepare_storage()
    long_ago = datetime.now(UTC) - timedelta(days=1)
    for number, user in enumerate(ids(people)):
        slots = {Slot.MOBILE: SlotRecord(wanted(number), wanted(number))}
        await app.people.save(OwnershipRecord(user, slots, export_time=long_ago, run="earlier"))
    await app.person_parts.shared_values.key()  # the first run of a deployment builds this index; later ones find it
    operations.counts.clear()
    before = peak_mib()
    started, cpu = time.perf_counter(), time.process_time()
    begun = await app.reconcile("bench")

    async def stored() -> Run:
        run = await app.runs.get(begun.id)
        if run is None:
            raise LookupError(f"there is no run {begun.id}")
        return run

    async def is_over() -> bool:
        return bool(storage.table(app.settings.runs_table).partitions["run"][begun.id].values["closed"])

    await Pump(app, storage).until(is_over)
    spent, counts = time.perf_counter() - started, dict(operations.counts)
    run, report = await stored(), await app.newest_drift()
    reading = next(at for state, at in run.state_history if state is not RunState.READING) - run.state_history[0][1]
    await app.close()
    return {
        "state": run.state.value,
        "message": run.message,
        "reading": reading.total_seconds(),
        "seconds": spent,
        "operations": counts,
        "mib": peak_mib() - before,
        "cpu": time.process_time() - cpu,
        "drifted": [drift["id"] for drift in (report or {}).get("drifted", [])],
        "outcomes": {state.value: count for state, count in run.counts.items()},
    }


def in_a_process(people: int, url: str) -> dict[str, Any]:
    settings = {
        "GRAPH_BASE_URL": f"{url}/v1.0",
        "IDENTITY_ENDPOINT": f"{url}/msi/token",
        "IDENTITY_HEADER": "sandbox",
        "RECONCILE_MODE": "repair",
        "ON_EXISTING": "overwrite",
        "EXPECTED_WORKERS": "1",
    }
    command = [sys.executable, "-m", "bench.reconcile", "--work", str(people)]
    done = subprocess.run(command, env={**os.environ, **settings}, check=True, capture_output=True, text=True)  # noqa: S603 # ours
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


async def measure(people: int, scale: float) -> dict[str, Any]:
    staff = directory(people)
    with TemporaryDirectory() as folder:
        seed = Path(folder) / "people.json"
        switches = {"latency_ms": LATENCY_MS, "time_scale": scale, "units": {"amount": UNITS, "seconds": UNITS_SECONDS}}
        content = {"people": [person.to_json() for person in staff], "options": switches}
        seed.write_text(json.dumps(content), encoding="utf-8")
        graph = ChildProcess(
            "The Graph stand-in", ["sandbox.graph", "--seed-file", str(seed)], {}, Path(folder) / "graph.log"
        )
        await graph.start()
        try:
            result = await asyncio.to_thread(in_a_process, people, graph.url)
            async with httpx.AsyncClient(timeout=120) as control:
                stats = (await control.get(f"{graph.url}/control/stats")).json()
                after = (await control.get(f"{graph.url}/control/dump")).json()["people"]
        finally:
            await graph.stop()
    mobiles = {person["id"]: person["phones"].get("mobile") for person in after}
    return {
        **result,
        "stats": stats,
        "right": sum(mobiles[user] == wanted(number).spelled_for_graph() for number, user in enumerate(ids(people))),
    }


def judged(people: int, result: dict[str, Any], scale: float) -> dict[str, float | bool]:
    """The figures of one size, and whether the reconcile found and repaired exactly the people who drifted."""
    stats = result["stats"]
    units = Counter(stats["unitsServedByKind"])
    check = sum(units[kind] for kind in CHECK)
    reads = units.total() - stats["writesServed"] - check
    floor = (people - UNITS) / (UNITS / UNITS_SECONDS * scale)
    theirs = drifted(people)
    exact = (
        sorted(result["drifted"]) == sorted(theirs)
        and result["right"] == people
        and stats["writesServed"] == len(theirs)
        and result["state"] == "finished"
    )
    return {
        "exact": exact,
        "ceiling": floor / result["reading"],
        "reads": reads / people,
        "check": check / stats["writesServed"],
        "operations": work(Counter(result["operations"])) / people,
    }


def main() -> int:
    arguments = _arguments()
    if arguments.work:
        print(json.dumps(asyncio.run(work_through(arguments.work))))
        return 0
    results = {people: asyncio.run(measure(people, arguments.scale)) for people in arguments.people}
    return report(results, arguments.scale)


def report(results: dict[int, dict[str, Any]], scale: float) -> int:
    figures = {people: judged(people, result, scale) for people, result in results.items()}
    print(
        f"{DRIFTED_SHARE:.0%} drifted and repaired, median latency {LATENCY_MS} ms, limits at {scale:g} of the "
        f"documented, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {platform.machine()}"
    )
    print(
        "   people  reading s  whole s   CPU s  of ceiling  reads/person  check/written  storage/person"
        "  MiB more  exactly"
    )
    for people, result in results.items():
        of = figures[people]
        ceiling = f"{of['ceiling']:10.0%}" if people >= FROM_HERE else "         -"
        print(
            f"{people:>9}  {result['reading']:9.1f}  {result['seconds']:7.1f}  {result['cpu']:6.1f}  {ceiling}"
            f"  {of['reads']:12.3f}  {of['check']:13.2f}"
            f"  {of['operations']:14.3f}  {result['mib']:8.0f}  {'yes' if of['exact'] else 'NO'}"
        )
    complaints = [*_of_each(results, figures), *_of_all(results)]
    for complaint in complaints:
        print(f"missed: {complaint}")
    return 1 if complaints else 0


def _of_each(results: dict[int, dict[str, Any]], figures: dict[int, dict[str, Any]]) -> Iterator[str]:
    for people, of in figures.items():
        if not of["exact"]:
            result = results[people]
            yield f"{people}: {result['message']} {result['outcomes']}, {result['right']} as wanted afterwards"
        if people >= FROM_HERE and of["ceiling"] < LEAST_CEILING:
            yield f"{people}: {of['ceiling']:.0%} of the read ceiling; at least {LEAST_CEILING:.0%}"
        if of["reads"] > MOST_READS:
            yield f"{people}: {of['reads']:.3f} read items per person; at most {MOST_READS}"
        if of["check"] > MOST_CHECK:
            yield f"{people}: {of['check']:.2f} items of the check per person written; at most {MOST_CHECK}"
        if of["operations"] > MOST_OPERATIONS:
            yield f"{people}: {of['operations']:.3f} storage operations per person; at most {MOST_OPERATIONS}"


def _of_all(results: dict[int, dict[str, Any]]) -> Iterator[str]:
    """Check that each additional person costs the same at every size, without the fixed cost of a run."""
    sizes = sorted(results)
    spent = {people: work(Counter(results[people]["operations"])) for people in sizes}
    steps = [(spent[b] - spent[a]) / (b - a) for a, b in pairwise(sizes)]
    if steps:
        own = spent[sizes[0]] - steps[0] * sizes[0]
        each = ", ".join(f"{step:.4f}" for step in steps)
        print(f"storage operations: {own:.0f} fixed per run, and for each additional person, from size to size, {each}")
        if max(steps) > min(steps) * (1 + MOST_APART):
            yield f"an additional person costs from {min(steps):.4f} to {max(steps):.4f}; limit {MOST_APART:.0%} apart"
    growth = results[sizes[-1]]["mib"] - results[sizes[0]]["mib"]
    if growth > MOST_MIB:
        yield f"{sizes[-1]} people took {growth:.0f} MiB more than {sizes[0]}; at most {MOST_MIB}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=SIZES)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--work", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
