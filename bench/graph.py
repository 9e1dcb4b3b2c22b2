"""`make bench-graph`: the gateway against typed SDK calls on one stand-in, and batch reading against the read ceiling.

The contenders run in turns, each in its own process, against a stand-in with a median latency of 250 ms and limits too
high to be reached. All handle the same 1,000 people, of whom 30 % need a write. Afterwards 30,000 people are read in
batches under the documented limits. Exits non-zero when a bar is missed.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from bench.sdk import sdk_client
from sandbox.graph.person import Person
from sandbox.processes import ChildProcess
from shared.adapters.graph import Pacing
from shared.adapters.graph.opening import open_gateway
from shared.core.person.account import Methods
from shared.core.plan.operations import CreatePhone, UpdatePhone
from shared.core.values.slot import PhoneNumber, PhoneType, number_from_graph

PEOPLE, WRITE_SHARE, BATCH_PEOPLE, REPEATS = 1_000, 0.3, 30_000, 3
LATENCY_MS = 250
OURS_IN_FLIGHT, SDK_IN_FLIGHT = 256, 50
UNITS, UNITS_SECONDS = 8_000, 10.0
LEAST_SPEED, MOST_CPU, LEAST_CEILING = 4.0, 1 / 3, 0.9
HEADER = "sandbox"


def people(count: int) -> list[Person]:
    """All people have the desired mobile number except the first 30 %: half of those have another, half have none."""
    return [
        Person(id=_id(number), userPrincipalName=f"person{number}@contoso.example", phones=_phones(number, count))
        for number in range(count)
    ]


def wanted(number: int) -> PhoneNumber:
    return PhoneNumber(1, f"{201 + number // 100 % 700}55501{number % 100:02}")


def _phones(number: int, count: int) -> dict[str, str]:
    if number >= count * WRITE_SHARE:
        return {"mobile": wanted(number).spelled_for_graph()}
    return {"mobile": "+1 2025550199"} if number % 2 else {}


def _id(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000000000"


async def in_flight(count: int, limit: int, one: Callable[[int], Awaitable[int]]) -> int:
    """Run `one` for this many people, at most `limit` at once; returns the number of calls made."""
    gate = asyncio.Semaphore(limit)

    async def gated(number: int) -> int:
        async with gate:
            return await one(number)

    return sum(await asyncio.gather(*(gated(number) for number in range(count))))


def gateway(root: str) -> Any:  # noqa: ANN401 # msgraph's types are only known once it is imported
    from azure.identity.aio import ManagedIdentityCredential

    credential = ManagedIdentityCredential()
    pace = Pacing(expected_workers=1, max_concurrency=OURS_IN_FLIGHT)
    return credential, open_gateway(
        cloud="global", base_url=root, credential=credential, user_agent="bench process/ours", pace=pace
    )


async def ours(root: str) -> int:
    """The gateway: list the methods, decide, write what differs."""
    credential, graph = gateway(root)

    async def one(number: int) -> int:
        current: Methods = await graph.methods(_id(number))
        found = current.number(PhoneType.MOBILE)
        if found == wanted(number):
            return 1
        change = UpdatePhone(PhoneType.MOBILE, found, wanted(number)) if found else None
        await graph.execute(_id(number), change or CreatePhone(PhoneType.MOBILE, wanted(number)))
        return 2

    calls = await in_flight(PEOPLE, OURS_IN_FLIGHT, one)
    await graph.close()
    await credential.close()
    return calls


async def typed_sdk(root: str) -> int:
    """The same as `ours` by msgraph's own models and default middleware, 50 at a time."""
    from msgraph.generated.models.authentication_phone_type import AuthenticationPhoneType
    from msgraph.generated.models.phone_authentication_method import PhoneAuthenticationMethod

    async with sdk_client(root) as client:

        async def one(number: int) -> int:
            methods = client.users.by_user_id(_id(number)).authentication.phone_methods
            page = await methods.get()
            mobiles = [item for item in (page.value if page and page.value else []) if item.phone_type == "mobile"]
            if mobiles and number_from_graph(mobiles[0].phone_number or "") == wanted(number):
                return 1
            body = PhoneAuthenticationMethod(
                phone_number=wanted(number).spelled_for_graph(), phone_type=AuthenticationPhoneType.Mobile
            )
            if mobiles:
                await methods.by_phone_authentication_method_id(str(mobiles[0].id)).patch(body)
            else:
                await methods.post(body)
            return 2

        return await in_flight(PEOPLE, SDK_IN_FLIGHT, one)


async def batches(root: str) -> int:
    """Read all people by `$batch`; returns how many could be read."""
    credential, graph = gateway(root)
    answers = await graph.phone_methods_of([_id(number) for number in range(BATCH_PEOPLE)])
    await graph.close()
    await credential.close()
    return sum(isinstance(answer, Methods) for answer in answers.values())


CONTENDERS = {contender.__name__: contender for contender in (ours, typed_sdk, batches)}


def contend(name: str, root: str) -> None:
    """Run a contender in this process, and print seconds, CPU seconds and calls."""
    start, cpu = time.perf_counter(), time.process_time()
    calls = asyncio.run(CONTENDERS[name](root))
    print(json.dumps({"s": time.perf_counter() - start, "cpu": time.process_time() - cpu, "calls": calls}))


def measure(name: str, url: str) -> dict[str, float]:
    environment = {**os.environ, "IDENTITY_ENDPOINT": f"{url}/msi/token", "IDENTITY_HEADER": HEADER}
    command = [sys.executable, "-m", "bench.graph", name, f"{url}/v1.0"]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)  # noqa: S603 # ours
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


async def on_stand_in(staff: list[Person], switches: dict[str, Any], names: list[str]) -> list[dict[str, float]]:
    """One result per name, each on a fresh directory."""
    with TemporaryDirectory() as folder:
        seed, log = Path(folder) / "people.json", Path(folder) / "graph.log"
        content = {"people": [person.to_json() for person in staff], "options": switches}
        seed.write_text(json.dumps(content), encoding="utf-8")
        graph = ChildProcess("The Graph stand-in", ["sandbox.graph", "--seed-file", str(seed)], {}, log)
        await graph.start()
        try:
            results = []
            for name in names:
                async with httpx.AsyncClient(timeout=120) as control:
                    (await control.post(f"{graph.url}/control/seed", json=content)).raise_for_status()
                results.append(await asyncio.to_thread(measure, name, graph.url))
            return results
        finally:
            await graph.stop()


async def run() -> int:
    free = {"latency_ms": LATENCY_MS, "throttling": False}
    turns = ["ours", "typed_sdk"] * REPEATS
    results = await on_stand_in(people(PEOPLE), free, turns)
    (batch,) = await on_stand_in(people(BATCH_PEOPLE), {"latency_ms": LATENCY_MS}, ["batches"])
    return report(results[0::2], results[1::2], batch)


def report(us: list[dict[str, float]], sdk: list[dict[str, float]], batch: dict[str, float]) -> int:
    speed = {name: median(PEOPLE / one["s"] for one in many) for name, many in (("ours", us), ("typed SDK", sdk))}
    cpu = {name: median(one["cpu"] / one["calls"] for one in many) for name, many in (("ours", us), ("typed SDK", sdk))}
    print(
        f"{PEOPLE} people, {WRITE_SHARE:.0%} written, median latency {LATENCY_MS} ms, median of {REPEATS}, "
        f"{os.cpu_count()} cores, {platform.machine()}"
    )
    for name, rate in speed.items():
        print(f"  {name:<10} {rate:7.0f} people/s  {cpu[name] * 1000:6.2f} ms CPU per call")
    ratio, share = speed["ours"] / speed["typed SDK"], cpu["ours"] / cpu["typed SDK"]
    floor = (BATCH_PEOPLE - UNITS) / (UNITS / UNITS_SECONDS)
    ceiling = floor / batch["s"]
    print(f"people per second: {ratio:.1f} times the typed SDK (at least {LEAST_SPEED:g})")
    print(f"CPU per call: {share:.2f} of the typed SDK (at most {MOST_CPU:.2f})")
    print(
        f"{batch['calls']:.0f} people read in batches in {batch['s']:.1f} s: {ceiling:.0%} of the read ceiling "
        f"(at least {LEAST_CEILING:.0%}; floor {floor:.1f} s)"
    )
    good = ratio >= LEAST_SPEED and share <= MOST_CPU and ceiling >= LEAST_CEILING and batch["calls"] == BATCH_PEOPLE
    return 0 if good else 1


if __name__ == "__main__":
    if len(sys.argv) > 1:
        contend(sys.argv[1], sys.argv[2])
    else:
        sys.exit(asyncio.run(run()))
