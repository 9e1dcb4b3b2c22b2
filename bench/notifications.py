"""`make bench-notifications`: one run of 1,000 people, without a receiver, and with receivers of every kind.

The app runs in this process on in-memory storage, beside the Graph stand-in and the receiver. Some notifications wait
already, and a sweep sends them while the run goes on, which happens to one run in many. The kinds take turns, so that
a busy machine slows all of them; the table has the median of each kind, and its ratio to that without a receiver.
CPU is that of this process, receiver included: it depends less on what else the machine does.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from contextlib import AsyncExitStack
from statistics import median

from sandbox.exports import write_export
from sandbox.people import Staff, make_staff
from sandbox.receiver import HANGS, local_receiver
from testing.in_memory import in_memory

PEOPLE, ROUNDS, WAITING = 1_000, 3, 5
MANY = 1_000
KINDS: dict[str, int | None] = {"none": None, "answers": 202, "fails": 500, "hangs": HANGS, "redirects": 302}
"""The status with which each kind answers; None = there is no receiver."""


async def measure(kind: str, staff: Staff, export: bytes) -> tuple[float, float]:
    """Seconds, and seconds of CPU, from the drop of the export to the end of its run, which is held and approved."""
    async with AsyncExitStack() as undo:
        settings, status = dict[str, str](), KINDS[kind]
        if status is not None:
            receiver = await undo.enter_async_context(local_receiver(*[status] * MANY))
            settings = {"NOTIFY_URLS": f"teams={receiver.url}", "NOTIFY_LOCAL": "true"}
        world = await undo.enter_async_context(in_memory(staff, settings))
        for number in range(WAITING):
            await world.run_to_end(f"{number}.xlsx", b"no workbook")
        began, cpu = time.perf_counter(), time.process_time()
        identity = await world.drop("staff.xlsx", export)
        sweep = asyncio.create_task(world.app.sweep())
        await world.pump()
        run = await world.stored(identity)
        await world.app.decisions.approve(run.id, run.digest, "bench")
        await world.pump()
        seconds, of_cpu = time.perf_counter() - began, time.process_time() - cpu
        run = await world.stored(identity)
        if not run.closed:
            raise RuntimeError(f"the run is {run.state}")
        await sweep
    return seconds, of_cpu


async def run(rounds: int, people: int) -> None:
    staff = make_staff(people)
    export = write_export(staff)
    taken: dict[str, list[tuple[float, float]]] = {kind: [] for kind in KINDS}
    await measure("answers", staff, export)  # so that imports and caches do not count
    for _ in range(rounds):
        for kind, times in taken.items():
            times.append(await measure(kind, staff, export))
    medians = {kind: [median(column) for column in zip(*times, strict=True)] for kind, times in taken.items()}
    base = medians["none"]
    print(f"| receiver of {people} people's run | seconds | ratio | CPU seconds | ratio |\n|---|---|---|---|---|")
    for kind, (seconds, cpu) in medians.items():
        print(f"| {kind} | {seconds:.2f} | {seconds / base[0]:.3f} | {cpu:.2f} | {cpu / base[1]:.3f} |")


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.notifications")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--people", type=int, default=PEOPLE)
    arguments = parser.parse_args()
    asyncio.run(run(arguments.rounds, arguments.people))


if __name__ == "__main__":
    main()
