"""The whole pipeline in one process: the real app, in-memory storage, an in-memory host and a Graph stand-in.

The stand-in listens on a loopback port and the real gateway speaks to it. A test drives `in_memory` step by step on a
clock that stands still; `hosted` runs by itself in virtual time.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from sandbox.environment import environment
from sandbox.graph.options import Options
from sandbox.graph.server import serve
from sandbox.graph.stand_in import StandIn
from sandbox.graph.state import Tenant
from sandbox.people import Staff
from shared.app import App
from shared.core.run.run import Run
from shared.core.values.clock import Clock
from shared.core.values.states import RunState
from shared.core.values.storage import StoragePort
from testing.doubles import MemoryStorage
from testing.host_in_memory import HostInMemory
from testing.virtual_time import Now, VirtualClock, running_loop

type OpenStorage = Callable[[Now], MemoryStorage]
"""Makes the storage account, given the time."""


@dataclass
class InMemory:
    """The app on its host, its clock, the stand-in that it talks to, and its settings."""

    host: HostInMemory
    clock: VirtualClock
    stand_in: StandIn
    settings: Mapping[str, str]

    @property
    def app(self) -> App:
        return self.host.app

    @property
    def storage(self) -> MemoryStorage:
        return self.host.storage

    @property
    def writes(self) -> int:
        """Writes that reached Graph so far and were not refused by a limit."""
        return self.stand_in.stats.writes_served

    def directory(self) -> dict[str, dict[str, str]]:
        """Every person's numbers in the directory, by object id."""
        people = self.stand_in.tenant.people.values()
        return {user.person.id: {str(kind): number for kind, number in user.methods.items()} for user in people}

    async def drop(self, name: str, data: bytes) -> str:
        """Put an export into its container and let the blob trigger see it; returns the run's id.

        The clock moves on by a second first, because the order of two exports of the same second is undefined.
        """
        self.clock.leap_to(self.clock.now() + timedelta(seconds=1))
        await self.app.exports.write(name, data)
        return await self.split_as_is(name)

    async def split_as_is(self, name: str) -> str:
        """Let the blob trigger handle the blob in its present version; returns the run's id."""
        identity = await self.app.split(name)
        if identity is None:
            raise LookupError(f"{name} is gone")
        return identity

    async def pump(self, until: Callable[[], Awaitable[bool]] | None = None) -> None:
        await self.host.pump(until)

    async def deliver_visible(self) -> bool:
        return await self.host.deliver_visible()

    async def run_to_end(self, name: str, data: bytes) -> Run:
        identity = await self.drop(name, data)
        await self.pump()
        return await self.stored(identity)

    def work_by_messages(self) -> None:
        """Let every row be planned and applied by a message of its own, as after a step that was delivered again."""
        advance = self.app.advance_run
        planning, applying = advance.by_messages[RunState.PLANNING], advance.by_messages[RunState.APPLYING]
        vars(self.app)["advance_run"] = replace(advance, planning=planning, applying=applying)

    async def stored(self, identity: str) -> Run:
        run = await self.app.runs.get(identity)
        if run is None:
            raise LookupError(f"unknown run {identity}")
        return run


@asynccontextmanager
async def app_beside(
    stand_in: StandIn, settings: Mapping[str, str] | None, clock: Clock, storage: StoragePort
) -> AsyncIterator[tuple[App, dict[str, str]]]:
    """The real app on this storage, with the stand-in on a loopback port; and its settings."""
    async with serve(stand_in) as url:
        settings_of_world = {
            "GRAPH_BASE_URL": f"{url}/v1.0",
            "IDENTITY_ENDPOINT": f"{url}/msi/token",
            "IDENTITY_HEADER": "sandbox",
            "DEFAULT_REGION": "US",
            "VALUE_INDEX_KEY": "a secret of the tests, no vault's",
            "MAX_UNMANAGED_REPLACED": "1000000",  # most tests begin in a tenant with numbers that await a decision
            **(settings or {}),
        }
        with environment(settings_of_world):
            app = App(settings_of_world, clock=clock, storage=storage)
            await app.prepare_storage()
            try:
                yield app, settings_of_world
            finally:
                await app.close()


@asynccontextmanager
async def in_memory(
    staff: Staff,
    settings: Mapping[str, str] | None = None,
    options: Options | None = None,
    *,
    storage: OpenStorage = MemoryStorage,
) -> AsyncIterator[InMemory]:
    """A fresh world for this staff, driven by step; `settings` override those of `app_beside`."""
    clock = VirtualClock()
    stand_in = StandIn(staff.people, groups=staff.groups, options=options or Options(), random=random.Random(0))
    # Stale reads end by the app's clock; tokens and rate limits use real time, as sockets do.
    stand_in.tenant = Tenant(staff.people, staff.groups, options=stand_in.options, clock=clock.timestamp)
    stored = storage(clock.now)
    async with app_beside(stand_in, settings, clock, stored) as (app, of_world):
        yield InMemory(HostInMemory(app, stored, clock), clock, stand_in, of_world)


@asynccontextmanager
async def hosted(
    staff: Staff,
    settings: Mapping[str, str] | None = None,
    options: Options | None = None,
    *,
    storage: OpenStorage = MemoryStorage,
    poll: float = 1.0,
    seed: int = 0,
) -> AsyncIterator[InMemory]:
    """A fresh world on the time of the running VirtualLoop; its host is not started yet. `seed` is the stand-in's."""
    clock = VirtualClock(loop=running_loop())
    stand_in = StandIn(
        staff.people,
        groups=staff.groups,
        options=options or Options(),
        random=random.Random(seed),
        clock=clock.timestamp,
    )
    stored = storage(clock.now)
    async with app_beside(stand_in, settings, clock, stored) as (app, of_world):
        host = HostInMemory(app, stored, clock, poll=poll)
        try:
            yield InMemory(host, clock, stand_in, of_world)
        finally:
            await host.crash()
