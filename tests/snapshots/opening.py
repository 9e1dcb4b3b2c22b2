"""Snapshots for tests: which there are, and one opened under the present app, looked at from outside."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import httpx

from sandbox.graph.control import dumped
from sandbox.graph.stand_in import StandIn
from testing.in_memory import InMemory
from tools.snapshot.load import reopened
from tools.snapshot.stored import Json, Snapshot, read
from tools.snapshot.world import api_of

SNAPSHOTS = sorted(about.parent for about in Path(__file__).parent.glob("*/about.json"))


@dataclass(frozen=True)
class Opened:
    """The app where the snapshot was taken, and its API."""

    snapshot: Snapshot
    world: InMemory
    http: httpx.AsyncClient

    async def run(self, label: str) -> Json:
        return await run_of(self.http, self.snapshot.run(label))

    async def states(self, label: str) -> Counter[str]:
        """How many rows of the run are in which state, as its rows say."""
        answer = await self.http.get(f"/runs/{self.snapshot.run(label)}/rows?$top=1000")
        return Counter(row["state"] for row in answer.raise_for_status().json()["value"])

    async def plan(self, label: str) -> Json:
        """That of its present attempt."""
        attempts = len((await self.run(label))["attempts"])
        folder = self.snapshot.run(label) if attempts == 1 else f"{self.snapshot.run(label)}/{attempts}"
        return await self._document(f"{folder}/plan.json")

    async def summary(self, label: str) -> Json:
        return await self._document(f"{self.snapshot.run(label)}/summary.json")

    async def _document(self, name: str) -> Json:
        content: Json = json.loads(await self.world.app.results.read(name))
        return content

    async def pump(self, *labels: str) -> None:
        """Until these runs wait for a person or are over; none named = until no message is left."""
        await self.pump_runs(*map(self.snapshot.run, labels))

    async def pump_runs(self, *identities: str) -> None:
        """The same by id. A day of the world's time is enough for all that these worlds hold."""
        late = self.world.clock.now() + timedelta(days=1)

        async def nothing_moves() -> bool:
            if self.world.clock.now() > late:
                raise TimeoutError("the runs have not come to rest in a day")
            runs = [await run_of(self.http, identity) for identity in identities]
            return bool(runs) and all(run["isFinished"] or run["state"] == "held" for run in runs)

        await self.world.pump(until=nothing_moves)

    def set_open_runs_aside(self) -> None:
        """Drop all messages, so that a test has the runs alone that it moves."""
        for queue in self.world.storage.queues.values():
            queue.messages.clear()

    async def approve(self, label: str, digest: str) -> httpx.Response:
        return await approved(self.http, self.snapshot.run(label), digest)

    async def sweep(self, later: timedelta) -> None:
        """Some time later, and all that follows."""
        self.world.clock.leap_to(self.world.clock.now() + later)
        (await self.http.post("/sweep")).raise_for_status()
        await self.pump()

    async def put(self, call: Json, number: str = "") -> httpx.Response:
        """A call for one person with the id that it had."""
        return await self.http.put(
            f"/users/{call['user']}/phoneMethods/mobile",
            json={"phoneNumber": number or call["phoneNumber"]},
            headers={"Repeatability-Request-ID": call["id"]},
        )

    def mobiles(self, label: str) -> dict[str, str]:
        """What the people of this run's export have now, as far as it is a mobile."""
        return {user: phones(self.world.stand_in)[user].get("mobile", "") for user in self.wanted(label)}

    def wanted(self, label: str) -> dict[str, str]:
        """What this run's export wants, by object id; who is not in the directory is left out."""
        return wanted(self.snapshot, label)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Opened]:
    snapshot = read(folder)
    async with reopened(snapshot) as world, api_of(world.app) as http:
        yield Opened(snapshot, world, http)


async def run_of(http: httpx.AsyncClient, identity: str) -> Json:
    run: Json = (await http.get(f"/runs/{identity}")).raise_for_status().json()
    return run


async def approved(http: httpx.AsyncClient, identity: str, digest: str) -> httpx.Response:
    return await http.post(f"/runs/{identity}/approve", headers={"If-Match": f'"{digest}"'})


def phones(stand_in: StandIn) -> dict[str, Any]:
    """Everybody's phone methods by object id."""
    return {person["id"]: person["phones"] for person in dumped(stand_in)["people"]}


def wanted(snapshot: Snapshot, label: str) -> dict[str, str]:
    ids = {person["employeeId"]: person["id"] for person in snapshot.tenant["people"]}
    exports = {blob.properties["name"]: blob.data for blob in snapshot.containers["results"]}
    rows = csv.DictReader(StringIO(exports[f"{snapshot.run(label)}/input.csv"].decode()))
    return {ids[row["employeeId"]]: row["mobile"] for row in rows if row["employeeId"] in ids}
