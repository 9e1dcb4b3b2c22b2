"""One call for several items that are asked for at nearly the same moment.

Used by the Graph gateway for look-ups. It does not depend on the kind of items or on how a batch is sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress


class _Batch[Item, Answer]:
    """The items that share one call; `answers` is the task that sends them."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.is_full = asyncio.Event()
        self.answers: asyncio.Task[Sequence[Answer]]


class Batcher[Item, Answer]:
    """Sends a batch when it holds `most` items, or `seconds` after its first item came.

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

    async def ask(self, item: Item) -> Answer:
        """The answer to `item`. It is sent again alone when all answers of its batch are failures."""
        batch = self._open
        if batch is None:
            batch = self._open = _Batch()
            batch.answers = asyncio.create_task(self._send_when_due(batch))
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
        with suppress(TimeoutError):
            await asyncio.wait_for(batch.is_full.wait(), self._seconds)
        if self._open is batch:
            self._open = None
        return await self._send(batch.items)
