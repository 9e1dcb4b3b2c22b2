"""Reads that callers share: a cache with a time limit, and a batcher that sends items together.

Flows and adapters choose the read, how long a result is used again, and how a batch is sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Read[Value]:
    begun: float
    task: asyncio.Task[Value]

    def is_usable(self, now: float, seconds: float) -> bool:
        """Whether callers may use this read: it is unfinished, or it succeeded and began less than `seconds` ago."""
        if not self.task.done():
            return True
        return not self.task.cancelled() and self.task.exception() is None and now - self.begun < seconds


class Cache[Key, Value]:
    """The result of `read` by key, used again for `seconds`, counted from the moment when its read began.

    Callers of one key share an unfinished read, its result and its error. A caller that is cancelled does not cancel
    the read. Every new read drops old results, but not those of reads that began after a read that is still unfinished.
    """

    def __init__(self, read: Callable[[Key], Awaitable[Value]], now: Callable[[], float], seconds: float) -> None:
        """`now` returns seconds from any starting point."""
        self._read = read
        self._now = now
        self._seconds = seconds
        self._reads: dict[Key, _Read[Value]] = {}

    async def get(self, key: Key, *, within: float | None = None) -> Value:
        """The result for `key`; with `within`, only of a read that began less than this many seconds ago.

        Raises the errors of `read`.
        """
        task = self._usable(key, within).task
        return task.result() if task.done() else await asyncio.shield(task)

    def begin(self, key: Key) -> None:
        """Begin a read for `key` that nobody waits for, unless there is a result or an unfinished read."""
        self._usable(key, None)

    def _usable(self, key: Key, within: float | None) -> _Read[Value]:
        now = self._now()
        known = self._reads.get(key)
        is_late = known is not None and within is not None and now - known.begun >= within
        if known is None or is_late or not known.is_usable(now, self._seconds):
            self._drop_oldest(now)
            self._reads.pop(key, None)
            known = self._reads[key] = _Read(now, asyncio.create_task(self._run(key)))
            known.task.add_done_callback(_mark_as_seen)
        return known

    def drop(self, key: Key) -> None:
        """Drop the result for `key`, so that the next caller reads again."""
        self._reads.pop(key, None)

    def _drop_oldest(self, now: float) -> None:
        """Drop reads that are too old, in the order of their begin, up to the first usable one."""
        while self._reads:
            oldest = next(iter(self._reads))
            if self._reads[oldest].is_usable(now, self._seconds):
                return
            del self._reads[oldest]

    async def _run(self, key: Key) -> Value:
        return await self._read(key)


def _mark_as_seen(task: asyncio.Task[object]) -> None:
    """Mark the error of a read as handled. Otherwise asyncio logs it when all callers of the read were cancelled."""
    if not task.cancelled():
        task.exception()


class _Batch[Item, Answer]:
    """The items that share one call; `answers` is the task that sends them."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.is_full = asyncio.Event()
        self.answers: asyncio.Task[Sequence[Answer]]


class Batcher[Item, Answer]:
    """Sends a batch when it holds `most` items, or `seconds` after its first item came.

    No caller waits when the batch before had only one item, as when one caller asks one thing after another.
    `send` returns one answer per item, in their order. `is_failure` picks the answers that another item of the same
    batch may have caused.
    """

    def __init__(
        self,
        send: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]],
        is_failure: Callable[[Answer], bool],
        *,
        most: int,
        seconds: float,
    ) -> None:
        self._send = send
        self._is_failure = is_failure
        self._most = most
        self._seconds = seconds
        self._open: _Batch[Item, Answer] | None = None
        self._was_shared = False

    async def ask(self, item: Item) -> Answer:
        """The answer to `item`.

        The item is sent again alone when it shared its batch and all answers in it are failures.
        """
        batch = self._open
        if batch is None:
            batch = self._open = _Batch()
            batch.answers = asyncio.create_task(self._send_when_due(batch))
            batch.answers.add_done_callback(_mark_as_seen)
        position = len(batch.items)
        batch.items.append(item)
        if len(batch.items) == self._most:
            batch.is_full.set()
            self._open = None
        answers = await asyncio.shield(batch.answers)  # a caller that is cancelled does not cancel the others' call
        if len(answers) > 1 and all(map(self._is_failure, answers)):
            return (await self._send([item]))[0]
        return answers[position]

    async def _send_when_due(self, batch: _Batch[Item, Answer]) -> Sequence[Answer]:
        if self._was_shared and self._seconds:
            with suppress(TimeoutError):
                await asyncio.wait_for(batch.is_full.wait(), self._seconds)
        if self._open is batch:
            self._open = None
        self._was_shared = len(batch.items) > 1
        return await self._send(batch.items)
