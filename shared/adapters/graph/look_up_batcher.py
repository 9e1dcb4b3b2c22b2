"""Reads about several people in one call, when they are asked for at the same moment.

Used by the gateway for what plan asks about each person, because a call costs the same CPU whomever it is about.
Few people share one, because a batch is as slow as its slowest part.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from shared.adapters.graph.batch import Part, read_batch
from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.rate_limiter import Priority
from shared.core.values.errors import GraphRefusedError, GraphUnavailableError

MOST_PEOPLE = 5
BATCHING_SECONDS = 0.01
"""A call leaves when it has MOST_PEOPLE, or so long after the first of them came."""

_UNANSWERED = (GraphRefusedError, GraphUnavailableError)

type Answers = list[Any]
"""What a part was read as, or the error that stands for it."""


class _Call:
    """A call that waits for people who share it."""

    def __init__(self, client: GraphClient, priority: Priority) -> None:
        self.people = 0
        self._parts: list[Part[Any]] = []
        self._is_full = asyncio.Event()
        self._has_left = False
        self.answers = asyncio.create_task(self._ask(client, priority))

    @property
    def is_open(self) -> bool:
        return not (self._has_left or self._is_full.is_set())

    def join(self, parts: Sequence[Part[Any]]) -> slice:
        """Which of the answers will be those of these parts."""
        first = len(self._parts)
        self._parts += parts
        self.people += 1
        if self.people == MOST_PEOPLE:
            self._is_full.set()
        return slice(first, len(self._parts))

    async def _ask(self, client: GraphClient, priority: Priority) -> Answers:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._is_full.wait(), BATCHING_SECONDS)
        self._has_left = True
        return await read_batch(client, self._parts, priority)


class LookUpBatcher:
    """One per gateway."""

    def __init__(self, client: GraphClient, priority: Priority) -> None:
        self._client = client
        self._priority = priority
        self._call: _Call | None = None

    async def read(self, parts: Sequence[Part[Any]]) -> Answers:
        """What each part about one person is answered, in their order; as `read_batch`.

        When nobody in a shared call was answered, this person is asked for alone: it may be another's doing.
        """
        call = self._call
        if call is None or not call.is_open:
            call = self._call = _Call(self._client, self._priority)
        mine = call.join(parts)
        answers = await asyncio.shield(call.answers)  # who stops waiting takes nobody else's answer away
        if call.people > 1 and all(isinstance(answer, _UNANSWERED) for answer in answers):
            return await read_batch(self._client, parts, self._priority)
        return answers[mine]
