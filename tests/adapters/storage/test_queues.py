"""The contract of a queue, kept by Azurite and by the double in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from azure.storage.queue.aio import QueueClient

from shared.adapters.storage.connection import StorageConnection
from shared.adapters.storage.queues import AzureQueue
from shared.core.values.errors import ConcurrencyError, PermanentError
from shared.core.values.storage import Received
from testing.doubles import MemoryQueue


@dataclass
class Subject:
    """A queue, a way to put a text that is not ours, and a way to let time pass."""

    queue: AzureQueue | MemoryQueue
    put: Callable[[str], Awaitable[None]]
    let_time_pass: Callable[[float], Awaitable[None]]
    operations: list[str]

    async def receive_when_visible(self) -> list[Received]:
        """Ask until something comes; at most ten seconds on the queue's clock."""
        for _ in range(100):
            if received := await self.queue.receive(lease=30):
                return received
            await self.let_time_pass(0.1)
        raise AssertionError("Nothing became visible in ten seconds.")


@pytest.fixture(params=["azurite", "memory"])
async def subject(request: pytest.FixtureRequest, azurite: str) -> AsyncIterator[Subject]:
    operations: list[str] = []
    if request.param == "memory":
        yield memory_subject(operations)
        return
    connection = StorageConnection(azurite, on_operation=operations.append)
    queue = connection.queue(f"contract-{uuid4().hex}")
    stranger = QueueClient.from_connection_string(azurite, queue.name)

    async def put(text: str) -> None:
        await stranger.send_message(text)

    try:
        await queue.ensure()
        operations.clear()
        yield Subject(queue, put, asyncio.sleep, operations)
        await queue.close()
    finally:
        await stranger.close()
        await connection.close()


def memory_subject(operations: list[str]) -> Subject:
    now = datetime(2026, 11, 21, 10, 15, tzinfo=UTC)
    queue = MemoryQueue("contract", operations.append, clock=lambda: now)

    async def put(text: str) -> None:
        queue.put(text)

    async def let_time_pass(seconds: float) -> None:
        nonlocal now
        now += timedelta(seconds=seconds)

    return Subject(queue, put, let_time_pass, operations)


async def test_what_is_sent_is_received(subject: Subject) -> None:
    """A body comes back as it was, on its first receipt."""
    await subject.queue.send('{"run": "ü\U0001f642"}')

    received = await subject.queue.receive(lease=30)

    assert [('{"run": "ü\U0001f642"}', 1)] == [(message.body, message.dequeue_count) for message in received]


async def test_a_received_message_is_hidden(subject: Subject) -> None:
    """Nobody else gets a message under lease, yet it still counts."""
    await subject.queue.send("a")
    await subject.queue.receive(lease=30)

    assert [] == await subject.queue.receive(lease=30)
    assert 1 == await subject.queue.depth()


async def test_a_deleted_message_is_gone(subject: Subject) -> None:
    """Deleting empties the queue, and deleting again is fine."""
    await subject.queue.send("a")
    [message] = await subject.queue.receive(lease=30)

    await subject.queue.delete(message)
    await subject.queue.delete(message)

    assert 0 == await subject.queue.depth()


async def test_a_delayed_message_comes_later(subject: Subject) -> None:
    """A delay is rounded up to whole seconds; the message is there all the while."""
    await subject.queue.send("later", delay=0.2)

    assert [] == await subject.queue.receive(lease=30)
    assert 1 == await subject.queue.depth()
    assert ["later"] == [message.body for message in await subject.receive_when_visible()]


async def test_a_delay_beyond_seven_days(subject: Subject) -> None:
    """A longer delay than queues know is cut to the longest."""
    await subject.queue.send("much later", delay=30 * 24 * 3600)

    assert 1 == await subject.queue.depth()


async def test_a_message_with_a_lifetime_expires(subject: Subject) -> None:
    """Nobody has to delete it; a message without one stays."""
    await subject.queue.send("a notification", lifetime=timedelta(seconds=1))
    await subject.queue.send("work")

    await subject.let_time_pass(2)

    assert ["work"] == [message.body for message in await subject.queue.receive(lease=30)]


async def test_a_lease_that_ended(subject: Subject) -> None:
    """Afterwards the next one receives the message, its count has grown, and the first can no longer delete it."""
    await subject.queue.send("a")
    [first] = await subject.queue.receive(lease=0.5)

    [second] = await subject.receive_when_visible()
    with pytest.raises(ConcurrencyError):
        await subject.queue.delete(first)

    assert (second.id, second.body, second.dequeue_count) == (first.id, "a", 2)
    assert 1 == await subject.queue.depth()


@pytest.mark.parametrize("text", ["not base64!", "/w==", "eyJydW4", "é"], ids=["text", "not utf-8", "cut", "not ascii"])
async def test_a_stranger_s_message_has_no_body(subject: Subject, text: str) -> None:
    """A text that this app did not write is received all the same, beside others, and can be deleted."""
    await subject.put(text)
    await subject.queue.send("ours")

    received = await subject.queue.receive(lease=30)

    assert [None, "ours"] == sorted((message.body for message in received), key=str)
    for message in received:
        await subject.queue.delete(message)
    assert 0 == await subject.queue.depth()


async def test_send_many(subject: Subject) -> None:
    """All bodies arrive once, with one request each; at most 32 are handed out at a time."""
    bodies = [f"{number:03}" for number in range(40)]

    await subject.queue.send_many(bodies, concurrency=8)

    assert ["queue.send"] * 40 == subject.operations
    first, second = await subject.queue.receive(50, lease=30), await subject.queue.receive(50, lease=30)
    assert (32, 8) == (len(first), len(second))
    assert sorted(str(message.body) for message in first + second) == bodies


async def test_send_many_of_nothing(subject: Subject) -> None:
    """Nothing to send is nothing to do."""
    await subject.queue.send_many([])

    assert [] == subject.operations


async def test_send_many_raises_what_send_raises(subject: Subject) -> None:
    """A failure among many is the failure itself, not a group of them."""
    with pytest.raises(PermanentError):
        await subject.queue.send_many(["small", "x" * 49_153])


async def test_the_largest_message(subject: Subject) -> None:
    """49,152 bytes go through; one more is refused before a request."""
    await subject.queue.send("x" * 49_152)
    with pytest.raises(PermanentError, match="49153 bytes"):
        await subject.queue.send("x" * 49_153)

    assert ["queue.send"] == subject.operations


async def test_requests_are_counted(subject: Subject) -> None:
    """Each call tells its one request."""
    await subject.queue.send("a")
    [message] = await subject.queue.receive(1, lease=30)
    await subject.queue.delete(message)
    await subject.queue.depth()
    await subject.queue.ensure()

    assert ["queue.send", "queue.receive", "queue.delete", "queue.depth", "queue.ensure"] == subject.operations


async def test_a_queue_never_created_is_empty(azurite: str) -> None:
    """A poison queue exists only after its first message; until then nothing is in it."""
    connection = StorageConnection(azurite)
    queue = connection.queue("never-created-poison")

    assert [] == await queue.receive(lease=30)
    assert 0 == await queue.depth()

    await connection.close()


async def test_the_double_releases_as_the_host_does() -> None:
    """A released message comes back after the delay, counting on; a released one that somebody received is theirs."""
    subject = memory_subject([])
    queue = subject.queue
    assert isinstance(queue, MemoryQueue)
    await queue.send("a")
    [first] = await queue.receive(lease=600)

    await queue.release(first, delay=30)
    assert [] == await queue.receive(lease=600)
    await subject.let_time_pass(30)
    [second] = await queue.receive(lease=600)

    assert 2 == second.dequeue_count
    with pytest.raises(ConcurrencyError):
        await queue.release(first)
