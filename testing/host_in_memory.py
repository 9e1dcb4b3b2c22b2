"""The Functions host for an app on in-memory storage: its rules for messages can be run in two ways.

Step by step (`deliver_visible`, `pump`), a test decides when messages are delivered and in which order, and an error
that the app does not explain ends the test.
With listeners (`start`, `crash`), each queue has a listener, blob events and the sweep arrive by time, and the host
continues after every error, as the real one does. The order of deliveries then depends on the timing of sockets, so
tests that need a fixed order use steps.
`sandbox.functions_host` is the host that runs the real triggers on Microsoft's runtime; this one calls the app's verbs.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from random import Random

from sandbox.functions_host.config import HostConfig
from shared.adapters.ledger.runs import PARTITION as RUNS
from shared.app import App
from shared.core.run.messages import decode_row, decode_step
from shared.core.run.run import Run
from shared.core.values.clock import Clock
from shared.core.values.errors import ExplainedError
from shared.core.values.storage import Received
from shared.settings import Settings
from testing.doubles import MemoryQueue, MemoryStorage

HOST = HostConfig.read(Path(__file__).parents[1])
"""The same values as in host.json."""
LEASE_SECONDS = 600.0
MESSAGE_DEADLINE_SECONDS = 300.0
SWEEP_SECONDS = 300.0

type Verb = Callable[[Received], Awaitable[None]]

log = logging.getLogger(__name__)


def verbs_of(app: App, names: Settings | None = None) -> Mapping[str, Verb]:
    """The function that handles a message, by queue; `names` gives the queues if the app's settings are invalid."""

    async def advance_run(message: Received) -> None:
        await app.advance_run(decode_step(message.body or ""), redelivered=message.dequeue_count > 1)

    names = names or app.settings
    return {
        names.plan_queue: lambda message: app.plan_row(decode_row(message.body or "")),
        names.apply_queue: lambda message: app.apply_row(decode_row(message.body or "")),
        names.steps_queue: advance_run,
    }


class HostInMemory:
    """`async with HostInMemory(app, storage, clock) as host:` listens until the block ends.

    `poll` is in seconds; `names` gives the names of the queues, if the app's settings are invalid.
    By step, `order` shuffles each batch. With `twice`, each delivery handles its message twice.
    `failures` counts invocations that raised, by the exception's name.
    """

    def __init__(
        self, app: App, storage: MemoryStorage, clock: Clock, *, poll: float = 1.0, names: Settings | None = None
    ) -> None:
        self.app = app
        self.storage = storage
        self.clock = clock
        self.order = Random(0)
        self.twice = False
        self.failures: Counter[str] = Counter()
        self._poll = poll
        self._names = names
        self._tasks: set[asyncio.Future[object]] = set()

    # Step by step.

    async def pump(self, until: Callable[[], Awaitable[bool]] | None = None) -> None:
        """Deliver messages until no queue has any, or `until` returns True; the clock moves on to hidden messages."""
        while until is None or not await until():
            if not await self.deliver_visible() and not await self._wait_for_next():
                return

    async def deliver_visible(self) -> bool:
        """Deliver a batch of each queue; False when no message was visible."""
        delivered = False
        for name, verb in verbs_of(self.app).items():
            queue = self.storage.queue(name)
            received = await queue.receive(HOST.queues.batch_size, lease=LEASE_SECONDS)
            self.order.shuffle(received)
            await asyncio.gather(*(self._deliver(queue, verb, message, ExplainedError) for message in received))
            delivered = delivered or bool(received)
        return delivered

    async def _wait_for_next(self) -> bool:
        """Sleep until the next message becomes visible; False when there is none."""
        waiting = [
            message.visible_at for name in verbs_of(self.app) for message in self.storage.queue(name).messages.values()
        ]
        if waiting:
            await self.clock.sleep(max(0.0, (min(waiting) - self.clock.now()).total_seconds()))
        return bool(waiting)

    # With listeners.

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
        """Stop every invocation at its current wait; its message becomes visible again when the lease ends."""
        tasks, self._tasks = self._tasks, set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def blob_event(self, name: str) -> None:
        """Handle an event as the blob trigger does; it is given up after five failures."""
        self._spawn(self._split(name))

    def call(self, verb: Callable[[], Awaitable[object]]) -> None:
        """Start one invocation of another function, such as a timer."""
        self._spawn(self._succeeds(verb))

    async def drop(self, name: str, data: bytes) -> None:
        """Put an export into its container, and let its event arrive."""
        await self.app.exports.write(name, data)
        self.blob_event(name)

    async def runs_over(self, count: int, *, within: float) -> list[Run]:
        """All runs, once there are at least `count` and each is closed; TimeoutError after `within` seconds."""
        async with asyncio.timeout(within):
            while True:
                # Read without a request, so that a benchmark does not count this as the app's.
                stored = self.storage.table(self.app.settings.runs_table).partitions.get(RUNS, {}).values()
                if len(stored) >= count and all(entity.values["closed"] for entity in stored):
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
                await self._deliver(queue, verb, message, Exception)
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

    async def _split(self, name: str) -> None:
        for _ in range(HOST.blobs.max_dequeue_count):
            if await self._succeeds(lambda: self.app.split(name)):
                return
            await self.clock.sleep(HOST.queues.visibility_timeout)

    async def _sweep_at_intervals(self) -> None:
        async def sweep() -> None:
            await self.app.sweep()  # inside, because it raises where the app's settings are invalid

        while True:
            await self.clock.sleep(SWEEP_SECONDS)
            await self._succeeds(sweep)

    # Used in both ways.

    async def _deliver(self, queue: MemoryQueue, verb: Verb, message: Received, survived: type[Exception]) -> None:
        """Success deletes the message, a failure makes it visible again, and the last failure moves it to poison."""

        async def invoke() -> None:
            async with asyncio.timeout(MESSAGE_DEADLINE_SECONDS):
                await verb(message)
                if self.twice:
                    await verb(message)

        async def move_to_poison() -> None:
            await self.storage.queue(f"{queue.name}-poison").send(message.body or "")
            await queue.delete(message)

        if await self._succeeds(invoke, survived):
            await self._succeeds(lambda: queue.delete(message), survived)
        elif message.dequeue_count >= HOST.queues.max_dequeue_count:
            await self._succeeds(move_to_poison, survived)
        else:
            await self._succeeds(lambda: queue.release(message, delay=HOST.queues.visibility_timeout), survived)

    async def _succeeds(self, invoke: Callable[[], Awaitable[object]], survived: type[Exception] = Exception) -> bool:
        """False when `invoke` raised an error that this host survives; other errors pass."""
        try:
            await invoke()
        except survived as error:
            self.failures[type(error).__name__] += 1
            log.warning("An invocation failed.", exc_info=error)
            return False
        return True
