"""The queue listener against a real queue: batches, leases, visibility, poison, outages."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest
import pytest_asyncio
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueClient

from sandbox.azurite import Azurite
from sandbox.functions_host.config import QueuePolicy
from sandbox.functions_host.queues import QueueListener, Run, metadata_of
from sandbox.functions_host.runtime import FunctionFailedError
from sandbox.functions_host.storage import Storage
from tests.payloads import payload
from tests.sandbox.sample_host import encoded, eventually

POLICY = QueuePolicy(batch_size=8, new_batch_threshold=4, max_dequeue_count=3, max_polling_interval=0.2)


@pytest_asyncio.fixture
async def queue(storage: Storage) -> QueueClient:
    """A new queue; its poison twin does not exist yet."""
    client = storage.queues().get_queue_client(f"q-{uuid.uuid4().hex[:12]}")
    await client.create_queue()
    return client


@pytest_asyncio.fixture
async def poison(storage: Storage, queue: QueueClient) -> QueueClient:
    return storage.queues().get_queue_client(f"{queue.queue_name}-poison")


@asynccontextmanager
async def listening(
    queue: QueueClient, poison: QueueClient | None, run: Run, policy: QueuePolicy = POLICY, lease: float = 30
) -> AsyncIterator[asyncio.Task[None]]:
    stop = asyncio.Event()
    task = asyncio.create_task(QueueListener(queue, lambda _: poison, run, policy, lease).listen(stop))
    try:
        yield task
    finally:
        stop.set()
        await task


async def depth(queue: QueueClient) -> int:
    return (await queue.get_queue_properties()).approximate_message_count or 0


async def bodies(queue: QueueClient) -> list[str]:
    return [message.content for message in await queue.peek_messages(32)]


def recorder(seen: list[str]) -> Run:
    async def run(_: QueueMessage, body: str) -> None:
        seen.append(body)

    return run


async def test_as_many_run_at_once_as_batch_and_threshold_allow(queue: QueueClient) -> None:
    """Of 40 waiting messages 8 start; when 4 of them have ended 8 more do, which makes 12, and never 13."""
    await asyncio.gather(*(queue.send_message(encoded(n)) for n in range(40)))
    running, peak = 0, 0
    seen: list[str] = []
    may_end = asyncio.Semaphore(0)

    async def run(_: QueueMessage, body: str) -> None:
        nonlocal running, peak
        running += 1
        peak = max(peak, running)
        await may_end.acquire()
        running -= 1
        seen.append(body)

    async with listening(queue, None, run):
        await eventually(lambda: running == 8)
        for _ in range(4):
            may_end.release()
        await eventually(lambda: running == 12)
        for _ in range(40):
            may_end.release()
        await eventually(lambda: len(seen) == 40)
    assert 12 == peak
    assert sorted(int(body) for body in seen) == list(range(40))
    assert 0 == await depth(queue)


async def test_a_lease_is_renewed_while_the_function_runs(queue: QueueClient) -> None:
    """A run longer than its lease happens once, and its message can still be deleted."""
    await queue.send_message(encoded("long"))
    runs: list[str] = []

    async def run(_: QueueMessage, body: str) -> None:
        runs.append(body)
        await asyncio.sleep(3)

    async with listening(queue, None, run, lease=2):
        await eventually(lambda: runs)
    assert ['"long"'] == runs
    assert 0 == await depth(queue)


async def test_a_message_that_keeps_failing_goes_to_poison(queue: QueueClient, poison: QueueClient) -> None:
    """Three attempts, each a visibility timeout after the last, then the same text in a poison queue made on demand."""
    await queue.send_message(encoded("bad"))
    attempts: list[tuple[float, int | None]] = []

    async def run(message: QueueMessage, _: str) -> None:
        attempts.append((time.monotonic(), message.dequeue_count))
        raise FunctionFailedError("no")

    policy = QueuePolicy(8, 4, max_dequeue_count=3, visibility_timeout=1, max_polling_interval=0.1)
    async with listening(queue, poison, run, policy):
        await eventually(lambda: len(attempts) == 3)
    assert [1, 2, 3] == [count for _, count in attempts]
    assert all(later - earlier >= 0.95 for (earlier, _), (later, _) in pairwise(attempts))
    assert await bodies(poison) == [encoded("bad")]
    assert 0 == await depth(queue)


async def test_a_message_seen_too_often_is_not_run_again(queue: QueueClient, poison: QueueClient) -> None:
    """One whose host died on its last attempt goes to poison without another try."""
    await queue.send_message(encoded("deadly"))
    assert await queue.receive_message(visibility_timeout=1) is not None  # and the host that did so died
    seen: list[str] = []
    async with listening(queue, poison, recorder(seen), QueuePolicy(8, 4, max_dequeue_count=1)):
        await poison_has(poison, 1)
    assert [] == seen
    assert await bodies(poison) == [encoded("deadly")]


async def test_what_is_not_base64_goes_to_poison_and_spares_its_batch(queue: QueueClient, poison: QueueClient) -> None:
    """An undecodable message is moved without a run; the messages fetched with it run."""
    await queue.send_message("not base64!")
    await queue.send_message(encoded("good"))
    seen: list[str] = []
    async with listening(queue, poison, recorder(seen)):
        await eventually(lambda: seen)
        await poison_has(poison, 1)
    assert ['"good"'] == seen
    assert ["not base64!"] == await bodies(poison)


async def test_without_encoding_the_text_is_the_body(queue: QueueClient) -> None:
    """`messageEncoding` none takes the message as it is."""
    await queue.send_message("plain words")
    seen: list[str] = []
    async with listening(queue, None, recorder(seen), QueuePolicy(8, 4, base64=False)):
        await eventually(lambda: seen)
    assert ["plain words"] == seen


async def test_a_poison_queue_has_no_poison_queue(queue: QueueClient) -> None:
    """There, a message that failed for the last time stays in the queue, hidden until its lease runs out."""
    await queue.send_message(encoded("bad"))
    attempts: list[int] = []

    async def run(_: QueueMessage, __: str) -> None:
        attempts.append(1)
        raise FunctionFailedError("no")

    async with listening(queue, None, run, QueuePolicy(8, 4, max_dequeue_count=1)):
        await eventually(lambda: attempts)
    assert 1 == await depth(queue)
    assert [] == await bodies(queue)


async def test_a_queue_may_come_later(storage: Storage) -> None:
    """A queue that does not exist counts as empty; its first message is found."""
    queue = storage.queues().get_queue_client(f"later-{uuid.uuid4().hex[:12]}")
    seen: list[str] = []
    async with listening(queue, None, recorder(seen)):
        await queue.create_queue()
        await queue.send_message(encoded("first"))
        await eventually(lambda: seen)
    assert ['"first"'] == seen


async def test_a_stop_fetches_nothing_more_and_lets_runs_finish(queue: QueueClient) -> None:
    """When asked to stop, the listener ends as soon as what it runs has ended; the rest stays in the queue."""
    await asyncio.gather(*(queue.send_message(encoded(n)) for n in range(12)))
    started: list[str] = []
    ended: list[str] = []

    async def run(_: QueueMessage, body: str) -> None:
        started.append(body)
        await asyncio.sleep(0.5)
        ended.append(body)

    async with listening(queue, None, run, QueuePolicy(8, 0)):
        await eventually(lambda: started)
    assert 8 == len(ended)
    assert 4 == await depth(queue)


async def test_storage_may_go_away_for_a_while(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The listener polls on through an outage and takes the next message when storage is back."""
    async with Azurite(tmp_path) as azurite, Storage({"AzureWebJobsStorage": azurite.connection_string}) as storage:
        queue = storage.queues().get_queue_client("work")
        await queue.create_queue()
        seen: list[str] = []
        async with listening(queue, None, recorder(seen)) as task:
            await azurite.stop()
            await eventually(lambda: "cannot be read, polling on" in caplog.text)
            await azurite.start()
            assert not task.done()
            await queue.send_message(encoded("after"))
            await eventually(lambda: seen)
    assert ['"after"'] == seen


async def poison_has(poison: QueueClient, count: int) -> None:
    """Wait until the poison queue exists and holds `count` messages."""
    found = 0
    for _ in range(200):
        try:
            found = await depth(poison)
        except ResourceNotFoundError:
            found = 0
        if found == count:
            return
        await asyncio.sleep(0.05)
    pytest.fail(f"{found} poison messages instead of {count}")


async def test_a_function_gets_the_documented_metadata(queue: QueueClient) -> None:
    """The same names and types as Microsoft's listeners give, beside what they add for every trigger."""
    await queue.send_message(encoded({}))
    message = await queue.receive_message()
    assert message is not None
    types = {name: type(value) for name, value in payload("queue-message")["metadata"].items()}
    types = {name: kind for name, kind in types.items() if name not in ("QueueTrigger", "sys")}
    assert types == {name: type(value) for name, value in metadata_of(message).items()}
