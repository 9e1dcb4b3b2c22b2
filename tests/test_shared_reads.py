"""The cache: one read for all who ask at once, used again for a while; errors and cancelled callers spoil nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from shared.shared_reads import Batcher, Cache

SECONDS = 5.0


class Source:
    """What is read: `value` after `released`, or `error`; counts the reads."""

    def __init__(self) -> None:
        self.value, self.reads, self.now = "first", 0, 0.0
        self.error: Exception | None = None
        self.released = asyncio.Event()
        self.released.set()
        self.cache = Cache(self.read, lambda: self.now, SECONDS)

    async def read(self, key: str) -> str:
        self.reads += 1
        await self.released.wait()
        if self.error is not None:
            raise self.error
        return f"{key}: {self.value}"


@pytest.fixture
async def source() -> Source:
    return Source()


async def test_callers_of_one_key_share_a_read(source: Source) -> None:
    """Callers of another key do not."""
    assert {"a: first"} == set(await asyncio.gather(*(source.cache.get("a") for _ in range(50))))
    assert 1 == source.reads
    assert "b: first" == await source.cache.get("b")
    assert 2 == source.reads


async def test_a_result_is_used_again_until_its_time_is_over(source: Source) -> None:
    """The time is counted from the moment when the read began."""
    await source.cache.get("a")
    source.value, source.now = "second", SECONDS - 0.1
    assert "a: first" == await source.cache.get("a")
    source.now = SECONDS
    assert "a: second" == await source.cache.get("a")


async def test_what_nobody_may_use_again_is_not_kept(source: Source) -> None:
    """The next read drops it; one that began again is as young as its last beginning."""
    for key in "ab":
        await source.cache.get(key)
    source.now = 1.0
    await source.cache.get("a", within=1.0)
    source.now = SECONDS
    await source.cache.get("c")
    assert ["a", "c"] == list(source.cache._reads)  # noqa: SLF001 - what is held has no other effect
    await source.cache.get("a")
    assert 4 == source.reads


async def test_an_error_is_shared_and_not_cached(source: Source) -> None:
    """Who waits for the read gets it, who asks after it reads again."""
    source.error = ConnectionError()
    for result in await asyncio.gather(*(source.cache.get("a") for _ in range(3)), return_exceptions=True):
        assert isinstance(result, ConnectionError)
    assert 1 == source.reads
    source.error = None
    assert "a: first" == await source.cache.get("a")


async def test_a_cancelled_caller_leaves_the_read_to_the_others(source: Source) -> None:
    """Even the caller who began it."""
    source.released.clear()
    first, second = (asyncio.create_task(source.cache.get("a")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    source.released.set()
    assert "a: first" == await second
    assert (True, 1) == (first.cancelled(), source.reads)


async def test_a_read_that_nobody_waits_for_is_shared_and_ends(source: Source) -> None:
    """Also where it takes longer than its result would be used."""
    source.released.clear()
    source.cache.begin("a")
    await asyncio.sleep(0)
    source.now = 2 * SECONDS
    source.cache.begin("a")
    await asyncio.sleep(0)
    assert 1 == source.reads
    source.released.set()
    assert ("a: first", 1) == (await source.cache.get("a"), source.reads)


async def test_a_dropped_result_is_read_again(source: Source) -> None:
    """Before its time is over."""
    await source.cache.get("a")
    source.cache.drop("a")
    await source.cache.get("a")
    assert 2 == source.reads


async def test_old_results_are_not_held(source: Source) -> None:
    """Only what was read within the time takes memory."""
    for second in range(100):
        source.now = float(second)
        await source.cache.get(f"key {second}")
    assert SECONDS >= len(source.cache._reads)  # noqa: SLF001 - what is held cannot be seen otherwise


class Sent:
    """A batcher's other end: it answers each item by itself, and keeps the batches."""

    def __init__(self, seconds: float = 60.0) -> None:
        self.batches: list[list[str]] = []
        self.batcher = Batcher(self.send, lambda _: False, most=3, seconds=seconds)

    async def send(self, items: Sequence[str]) -> list[str]:
        self.batches.append(list(items))
        return list(items)

    async def ask(self, *items: str) -> None:
        assert list(items) == await asyncio.gather(*map(self.batcher.ask, items))


async def test_who_asks_alone_does_not_wait() -> None:
    """One caller that asks one thing after another is never held up for others."""
    sent = Sent()
    async with asyncio.timeout(1):
        for item in "abc":
            await sent.ask(item)
    assert [["a"], ["b"], ["c"]] == sent.batches


async def test_after_company_a_batch_waits_for_more() -> None:
    """Until it is full, or its time is over."""
    sent = Sent(seconds=0.01)
    await sent.ask("a", "b")
    first = asyncio.create_task(sent.ask("c"))
    await asyncio.sleep(0)
    await asyncio.gather(first, sent.ask("d", "e"))
    await asyncio.wait_for(sent.ask("f"), 1)
    assert [["a", "b"], ["c", "d", "e"], ["f"]] == sent.batches
