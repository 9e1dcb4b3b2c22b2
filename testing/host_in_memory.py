"""The Functions host for an app on in-memory storage: listeners, redelivery, poison, timers, on whatever loop it runs.

For chaos in virtual time and for benchmarks without a host. `sandbox.functions_host` is the one that runs the real
triggers on Microsoft's runtime; this one calls the verbs as those triggers do, and can crash without a process.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

from sandbox.graph.options import Options
from sandbox.graph.stand_in import StandIn
from sandbox.people import Staff
from shared.adapters.ledger.runs import PARTITION as RUNS
from shared.app import App
from shared.core.run.run import Run
from shared.core.values.storage import Received
from shared.settings import Settings
from testing.doubles import MemoryQueue, MemoryStorage
from testing.in_memory import HOST, LEASE_SECONDS, Verb, app_beside, verbs_of
from testing.virtual_time import LoopClock

MESSAGE_DEADLINE_SECONDS = 300.0
SWEEP_SECONDS = 300.0

log = logging.getLogger(__name__)


class HostInMemory:
    """`async with HostInMemory(app, storage, clock) as host:` works until the block ends; `poll` is in seconds.

    `names` are the queues to listen to, where the app's own settings cannot be used. `failures` counts invocations
    that raised, by the exception's name.
    """

    def __init__(
        self,
        app: App,
        storage: MemoryStorage,
        clock: LoopClock,
        *,
        poll: float = 1.0,
        names: Settings | None = None,
    ) -> None:
        self.app = app
        self.storage = storage
        self.clock = clock
        self.failures: Counter[str] = Counter()
        self._poll = poll
        self._names = names
        self._tasks: set[asyncio.Future[object]] = set()

    async def __aenter__(self) -> HostInMemory:
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.crash()

    def start(self) -> None:
        for name, verb in verbs_of(self.app, self._names).items():
            self._spawn(self._listen(self.storage.queue(name), verb))
        self._spawn(self._sweep_at_intervals())

    async def crash(self) -> None:
        """Everything stops where it waits; messages in hand come back when their lease has run out."""
        tasks, self._tasks = self._tasks, set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def blob_event(self, name: str) -> None:
        """What the blob trigger does with an event; an event is given up after five failures."""
        self._spawn(self._split(name))

    def call(self, verb: Callable[[], Awaitable[object]]) -> None:
        """Start one invocation of something else, such as a timer by hand."""
        self._spawn(self._succeeds(verb))

    async def drop(self, name: str, data: bytes) -> None:
        """Put an export where HR would, and have its event arrive."""
        await self.app.exports.write(name, data)
        self.blob_event(name)

    async def runs_over(self, count: int, *, within: float) -> list[Run]:
        """All runs, once so many are there and all of them explained; TimeoutError after `within` seconds."""
        async with asyncio.timeout(within):
            while True:
                # Looked at from outside, so that a benchmark does not count the looks as the app's.
                stored = self.storage.table(self.app.settings.runs_table).partitions.get(RUNS, {}).values()
                if len(stored) >= count and all(entity.values["resultBlob"] for entity in stored):
                    return [run async for run in self.app.runs.all()]
                await self.clock.sleep(self._poll)

    def _spawn(self, work: Awaitable[object]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _listen(self, queue: MemoryQueue, verb: Verb) -> None:
        in_flight = 0

        async def process(message: Received) -> None:
            nonlocal in_flight
            try:
                await self._process(queue, verb, message)
            finally:
                in_flight -= 1

        while True:
            received = await self._receive(queue)
            for message in received:
                in_flight += 1
                self._spawn(process(message))
            if not received:
                await self.clock.sleep(self._poll)
            while in_flight > HOST.queues.new_batch_threshold:
                await self.clock.sleep(min(self._poll, 0.01))

    async def _receive(self, queue: MemoryQueue) -> list[Received]:
        received: list[Received] = []

        async def receive() -> None:
            received.extend(await queue.receive(HOST.queues.batch_size, lease=LEASE_SECONDS))

        await self._succeeds(receive)
        return received

    async def _process(self, queue: MemoryQueue, verb: Verb, message: Received) -> None:
        """Success deletes, failure makes visible again, too many deliveries go to poison."""

        async def invoke() -> None:
            async with asyncio.timeout(MESSAGE_DEADLINE_SECONDS):
                await verb(message)

        async def bury() -> None:
            await self.storage.queue(f"{queue.name}-poison").send(message.body or "")
            await queue.delete(message)

        if await self._succeeds(invoke):
            await self._succeeds(lambda: queue.delete(message))
        elif message.dequeue_count >= HOST.queues.max_dequeue_count:
            await self._succeeds(bury)
        else:
            await self._succeeds(lambda: queue.release(message, delay=HOST.queues.visibility_timeout))

    async def _split(self, name: str) -> None:
        for _ in range(HOST.blobs.max_dequeue_count):
            if await self._succeeds(lambda: self.app.split(name)):
                return
            await self.clock.sleep(HOST.queues.visibility_timeout)

    async def _sweep_at_intervals(self) -> None:
        async def sweep() -> None:
            await self.app.sweep()  # looked up in here, because the app may have settings that cannot be used

        while True:
            await self.clock.sleep(SWEEP_SECONDS)
            await self._succeeds(sweep)

    async def _succeeds(self, invoke: Callable[[], Awaitable[object]]) -> bool:
        try:
            await invoke()
        except Exception as error:  # a host outlives whatever an invocation raises
            self.failures[type(error).__name__] += 1
            log.warning("An invocation failed.", exc_info=error)
            return False
        return True


@dataclass
class HostedWorld:
    """The app on its host in memory, and the stand-in that it talks to over a loopback port."""

    host: HostInMemory
    storage: MemoryStorage
    stand_in: StandIn
    settings: Mapping[str, str]

    @property
    def app(self) -> App:
        return self.host.app

    @property
    def clock(self) -> LoopClock:
        return self.host.clock

    def directory(self) -> dict[str, dict[str, str]]:
        """Everybody's numbers by object id, as the directory has them."""
        people = self.stand_in.tenant.people.values()
        return {user.person.id: {str(kind): number for kind, number in user.methods.items()} for user in people}


@asynccontextmanager
async def hosted(
    staff: Staff,
    settings: Mapping[str, str] | None = None,
    options: Options | None = None,
    *,
    storage: Callable[[LoopClock], MemoryStorage] = lambda clock: MemoryStorage(clock.now),
    poll: float = 1.0,
) -> AsyncIterator[HostedWorld]:
    """A world for this staff in which everything goes by the loop's time; its host is not started yet."""
    clock = LoopClock()
    stand_in = StandIn(
        staff.people,
        groups=staff.groups,
        options=options or Options(),
        random=Random(0),
        clock=lambda: clock.now().timestamp(),
    )
    stored = storage(clock)
    async with app_beside(stand_in, settings, clock, stored) as (app, settings_of_world):
        host = HostInMemory(app, stored, clock, poll=poll)
        try:
            yield HostedWorld(host, stored, stand_in, settings_of_world)
        finally:
            await host.crash()
