"""The whole pipeline in one process without storage or host: the real app on in-memory storage, driven by a pump.

For tests and benchmarks of flows. Graph is a stand-in on a loopback port, spoken to by the real gateway. Time leaps:
a sleep moves the clock and returns, and when no message is visible the pump moves the clock to the next one.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sandbox.environment import environment
from sandbox.functions_host.config import HostConfig
from sandbox.graph.options import Options
from sandbox.graph.server import serve
from sandbox.graph.stand_in import StandIn
from sandbox.graph.state import Tenant
from sandbox.people import Staff
from shared.adapters.storage.ports import StoragePort
from shared.adapters.storage.requests import OnOperation, not_counted
from shared.app import App
from shared.core.run.messages import decode_row, decode_step
from shared.core.run.run import Run
from shared.core.values.clock import Clock
from shared.core.values.errors import ExplainedError
from shared.core.values.storage import Received
from shared.settings import Settings
from testing.doubles import MemoryQueue, MemoryStorage

LEASE_SECONDS = 600.0
HOST = HostConfig.read(Path(__file__).parents[1])
"""What host.json tells the real host."""
START = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)

type Verb = Callable[[Received], Awaitable[None]]


def verbs_of(app: App, names: Settings | None = None) -> Mapping[str, Verb]:
    """What the triggers do with a message, by queue; `names` where the app's own settings cannot be used."""

    async def advance_run(message: Received) -> None:
        await app.advance_run(decode_step(message.body or ""), redelivered=message.dequeue_count > 1)

    names = names or app.settings
    return {
        names.plan_queue: lambda message: app.plan_row(decode_row(message.body or "")),
        names.apply_queue: lambda message: app.apply_row(decode_row(message.body or "")),
        names.steps_queue: advance_run,
    }


class LeapingClock:
    """A clock that never waits."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    def leap_to(self, time: datetime) -> None:
        self._now = max(self._now, time)


@dataclass
class InMemory:
    """The app, its storage, its clock and the stand-in; `order` may shuffle what the pump has received."""

    app: App
    storage: MemoryStorage
    clock: LeapingClock
    stand_in: StandIn
    order: random.Random = field(default_factory=lambda: random.Random(0))
    twice: bool = False
    """Deliver every message a second time, after it was done."""

    @property
    def writes(self) -> int:
        """Writes that reached Graph so far and were not refused by a limit."""
        return self.stand_in.stats.writes_served

    async def drop(self, name: str, data: bytes) -> str:
        """Put an export into its container and let the blob trigger see it; returns the run's id.

        A second after the last: which of two exports of the same second is the newer one is left to chance.
        """
        self.clock.leap_to(self.clock.now() + timedelta(seconds=1))
        await self.app.exports.write(name, data)
        return await self.split_as_is(name)

    async def split_as_is(self, name: str) -> str:
        """Let the blob trigger see what is there; returns the run's id."""
        identity = await self.app.split(name)
        if identity is None:
            raise LookupError(f"{name} is gone")
        return identity

    async def pump(self, until: Callable[[], Awaitable[bool]] | None = None) -> None:
        """Deliver messages until no queue has any, or `until` says so."""
        while until is None or not await until():
            if not await self.deliver_visible() and not self._leap():
                return

    async def run_to_end(self, name: str, data: bytes) -> Run:
        identity = await self.drop(name, data)
        await self.pump()
        return await self.stored(identity)

    async def stored(self, identity: str) -> Run:
        run = await self.app.runs.get(identity)
        if run is None:
            raise LookupError(f"there is no run {identity}")
        return run

    async def deliver_visible(self) -> bool:
        """Deliver a batch of each queue; False when there were none."""
        delivered = False
        for name, verb in verbs_of(self.app).items():
            queue = self.storage.queue(name)
            received = await queue.receive(HOST.queues.batch_size, lease=LEASE_SECONDS)
            self.order.shuffle(received)
            await asyncio.gather(*(self._deliver(queue, verb, message) for message in received))
            delivered = delivered or bool(received)
        return delivered

    async def _deliver(self, queue: MemoryQueue, verb: Verb, message: Received) -> None:
        """As the host does: success deletes, failure makes visible again, too many deliveries go to poison."""
        try:
            await verb(message)
            if self.twice:
                await verb(message)
        except ExplainedError:
            if message.dequeue_count >= HOST.queues.max_dequeue_count:
                await self.storage.queue(f"{queue.name}-poison").send(message.body or "")
                await queue.delete(message)
            else:
                await queue.release(message, delay=HOST.queues.visibility_timeout)
            return
        await queue.delete(message)

    def _leap(self) -> bool:
        """Move the clock to the next message; False when there is none."""
        waiting = [
            message.visible_at for name in verbs_of(self.app) for message in self.storage.queue(name).messages.values()
        ]
        if waiting:
            self.clock.leap_to(min(waiting))
        return bool(waiting)


@asynccontextmanager
async def app_beside(
    stand_in: StandIn, settings: Mapping[str, str] | None, clock: Clock, storage: StoragePort
) -> AsyncIterator[tuple[App, dict[str, str]]]:
    """The real app on this storage, with the stand-in served to it over loopback; and the settings it is given."""
    async with serve(stand_in) as url:
        settings_of_world = {
            "GRAPH_BASE_URL": f"{url}/v1.0",
            "IDENTITY_ENDPOINT": f"{url}/msi/token",
            "IDENTITY_HEADER": "sandbox",
            "DEFAULT_REGION": "US",
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
    on_operation: OnOperation = not_counted,
) -> AsyncIterator[InMemory]:
    """A fresh world for this staff; `settings` go over the sandbox's; `on_operation` is told of storage requests."""
    clock = LeapingClock()
    stand_in = StandIn(staff.people, groups=staff.groups, options=options or Options(), random=random.Random(0))
    # Stale reads last as long as the app's clock says; tokens and limits belong to sockets and real time.
    stand_in.tenant = Tenant(
        staff.people, staff.groups, options=stand_in.options, clock=lambda: clock.now().timestamp()
    )
    storage = MemoryStorage(clock.now, on_operation)
    async with app_beside(stand_in, settings, clock, storage) as (app, _):
        yield InMemory(app, storage, clock, stand_in)
