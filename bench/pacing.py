"""`make bench-pacing`: four processes that do not know of each other share one Graph and its limits.

One process is the Graph stand-in; four write to it through the gateway as fast as their rate limiters allow. All clocks
run `SCALE` times as fast as real ones, so buckets, waits and latency keep their proportions. The stand-in's counters
are compared over five minutes of scaled time, in two cases: under the documented limit, from when the burst is spent;
and under a hidden limit of half of it, from the second minute on. The hidden limit shows only in 429s without headers.
Exits non-zero when a bar is missed.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from sandbox.graph.options import Options
from sandbox.graph.permissions import PHONE_WRITE
from sandbox.graph.person import Person
from sandbox.graph.server import serve
from sandbox.graph.stand_in import StandIn
from sandbox.processes import ChildProcess
from shared.adapters.graph import Pacing
from shared.adapters.graph.opening import open_gateway
from shared.core.plan.operations import UpdatePhone
from shared.core.values.errors import ThrottledError
from shared.core.values.slot import PhoneNumber, PhoneType

SCALE = 5.0
PROCESSES, CALLERS = 4, 32
LATENCY_MS = 250.0
BURST, CEILING = 3_000, 20.0
"""The documented limit: the burst of writes, and the writes per second after it."""
WINDOW, FIRST_MINUTE = 300.0, 60.0
DRY = 0.98
"""The share of the documented limit that the rate limiters use, which stay a little below it."""
NUMBERS = (PhoneNumber(1, "2025550101"), PhoneNumber(1, "2025550102"))
HEADER = "sandbox"


@dataclass(frozen=True, slots=True)
class Case:
    """One of Graph's limits, the time from which its use is measured, and the bars."""

    name: str
    ceiling: float
    least_used: float
    most_refused: float
    seconds_before: float = 0.0
    until_dry: bool = False
    """Whether the measurement waits until the burst and the refill are used up, so that the limit decides the rate."""
    switches: dict[str, Any] = field(default_factory=dict)


CASES = (
    Case("documented limit", CEILING, 0.95, 0.01, until_dry=True),
    Case(
        "hidden half of it",
        CEILING / 2,
        0.75,
        0.05,
        seconds_before=FIRST_MINUTE,
        switches={"hidden_limit": 0.5, "limit_percentage": False},
    ),
)


class ScaledTime:
    """A clock that runs `SCALE` times as fast as the real one, and the sleep that goes with it."""

    def __init__(self) -> None:
        self._epoch, self._began = time.time(), time.monotonic()

    def clock(self) -> float:
        return self._epoch + (time.monotonic() - self._began) * SCALE

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / SCALE)


def person_id(process: int, caller: int) -> str:
    return f"{process:08x}-0000-4000-8000-{caller:012x}"


async def play_graph(switches: dict[str, Any]) -> None:
    """Serve until the process is ended."""
    first, _ = NUMBERS
    people = [
        Person(
            id=person_id(process, caller),
            userPrincipalName=f"person{process}-{caller}@contoso.example",
            phones={"mobile": first.spelled_for_graph()},
        )
        for process in range(PROCESSES)
        for caller in range(CALLERS)
    ]
    scaled = ScaledTime()
    options = Options(roles=(PHONE_WRITE,), latency_ms=LATENCY_MS).changed(switches)
    stand_in = StandIn(people, random=Random(0), options=options, clock=scaled.clock, sleep=scaled.sleep)
    async with serve(stand_in) as url:
        print(f"listening {url}", flush=True)
        await asyncio.Event().wait()


async def write(root: str, process: int) -> None:
    """Change every person's number back and forth, until the process is ended."""
    from azure.identity.aio import ManagedIdentityCredential

    scaled = ScaledTime()
    graph = open_gateway(
        cloud="global",
        base_url=root,
        credential=ManagedIdentityCredential(),
        user_agent=f"bench process/{process}",
        pace=Pacing(),
        clock=scaled.clock,
        sleep=scaled.sleep,
    )

    async def caller(number: int) -> None:
        old, new = NUMBERS
        while True:
            try:
                await graph.execute(person_id(process, number), UpdatePhone(PhoneType.MOBILE, old, new))
            except ThrottledError as error:
                await scaled.sleep(error.delay)
            else:
                old, new = new, old

    await asyncio.gather(*(caller(number) for number in range(CALLERS)))


@dataclass(frozen=True, slots=True)
class Books:
    """The stand-in's counters at one moment of real time."""

    at: float
    served: int
    refused: int
    requests: int
    by_process: dict[str, int]


@dataclass(frozen=True, slots=True)
class Control:
    """The stand-in's control path."""

    client: httpx.AsyncClient

    async def books(self) -> Books:
        stats = (await self.client.get("/control/stats")).json()
        refused, requests = sum(stats["throttled"].values()), sum(stats["requestsByProcess"].values())
        return Books(time.monotonic(), stats["writesServed"], refused, requests, stats["requestsByProcess"])

    async def findings(self) -> list[str]:
        return [finding["sentence"] for finding in (await self.client.get("/control/findings")).json()]


@asynccontextmanager
async def started(part: ChildProcess) -> AsyncIterator[ChildProcess]:
    await part.start()
    try:
        yield part
    finally:
        await part.kill()


async def writer(url: str, process: int) -> asyncio.subprocess.Process:
    environment = {**os.environ, "IDENTITY_ENDPOINT": f"{url}/msi/token", "IDENTITY_HEADER": HEADER}
    arguments = ("-m", "bench.pacing", "write", f"{url}/v1.0", str(process))
    return await asyncio.create_subprocess_exec(sys.executable, *arguments, env=environment)


@dataclass(frozen=True, slots=True)
class Result:
    case: Case
    used: float
    refused: float
    least_share: float
    """The smallest share of the requests that one process got; equal shares are a quarter."""
    findings: list[str]

    @property
    def is_good(self) -> bool:
        return self.used >= self.case.least_used and self.refused <= self.case.most_refused and not self.findings


async def measure(case: Case) -> Result:
    with TemporaryDirectory() as folder:
        graph = ChildProcess(
            "Graph", ["bench.pacing", "graph", json.dumps(case.switches)], {}, Path(folder) / "graph.log"
        )
        async with started(graph), httpx.AsyncClient(base_url=graph.url, timeout=60) as client:
            control, writers = Control(client), [await writer(graph.url, process) for process in range(PROCESSES)]
            try:
                before, after = await watched(case, control)
            finally:
                for process in writers:
                    process.kill()
                    await process.wait()
            return judged(case, before, after, await control.findings())


async def watched(case: Case, control: Control) -> tuple[Books, Books]:
    """The counters when the measurement of this case begins, and five minutes later."""
    books = await control.books()
    while books.requests == 0:
        await asyncio.sleep(0.1)
        books = await control.books()
    began = books.at
    while not _may_be_measured(case, books.served, (books.at - began) * SCALE):
        await asyncio.sleep(0.1)
        books = await control.books()
    await asyncio.sleep(WINDOW / SCALE)
    return books, await control.books()


def _may_be_measured(case: Case, served: int, seconds: float) -> bool:
    given = (BURST + CEILING * seconds) * DRY if case.until_dry else 0
    return seconds >= case.seconds_before and served >= given


def judged(case: Case, before: Books, after: Books, findings: list[str]) -> Result:
    seconds = (after.at - before.at) * SCALE
    requests = after.requests - before.requests
    shares = [(count - before.by_process.get(name, 0)) / requests for name, count in after.by_process.items()]
    return Result(
        case,
        used=(after.served - before.served) / (seconds * case.ceiling),
        refused=(after.refused - before.refused) / requests,
        least_share=min(shares),
        findings=findings,
    )


async def run() -> int:
    results = [await measure(case) for case in CASES]
    print(
        f"{PROCESSES} processes, {CALLERS} callers each, {LATENCY_MS:.0f} ms latency, all time {SCALE:g} times as fast"
    )
    print(f"{'':<20}{'used':>8}{'at least':>10}{'429':>8}{'at most':>9}{'least share':>13}{'findings':>10}")
    for result in results:
        case = result.case
        print(
            f"{case.name:<20}{result.used:>8.1%}{case.least_used:>10.0%}{result.refused:>8.2%}{case.most_refused:>9.0%}"
            f"{result.least_share:>13.1%}{len(result.findings):>10}"
        )
        for finding in result.findings:
            print(f"  {finding}")
    return 0 if all(result.is_good for result in results) else 1


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["graph", switches]:
            asyncio.run(play_graph(json.loads(switches)))
        case ["write", root, process]:
            asyncio.run(write(root, int(process)))
        case _:
            sys.exit(asyncio.run(run()))
