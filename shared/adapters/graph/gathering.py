"""Reads about several people in one call, when they are asked for at the same moment.

Used by the gateway for what plan asks about each person, because a call costs the same CPU whomever it is about.
Few people share one, because a batch is as slow as its slowest part.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from shared.adapters.graph.batch import Part, read_batch
from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.pacing import Priority
from shared.core.errors import ExplainedError, GraphRefusedError

MOST_PEOPLE = 5
GATHERING_SECONDS = 0.01
"""A call leaves when it has MOST_PEOPLE, or so long after the first of them came."""

type Answers = list[Any | ExplainedError]


@dataclass(eq=False, slots=True)
class _Call:
    parts: list[Part[Any]] = field(default_factory=list)
    people: int = 0
    is_full: asyncio.Event = field(default_factory=asyncio.Event)


class Gathering:
    """One per gateway."""

    def __init__(self, client: GraphClient, priority: Priority) -> None:
        self._client = client
        self._priority = priority
        self._open: tuple[_Call, asyncio.Task[Answers]] | None = None

    async def read(self, parts: Sequence[Part[Any]]) -> Answers:
        """What each part about one person is answered, in their order; as `read_batch`, whoever shares the call."""
        call, answering = self._open = self._open or self._new_call()
        first = len(call.parts)
        call.parts += parts
        call.people += 1
        if call.people == MOST_PEOPLE:
            self._open = None
            call.is_full.set()
        answers = await asyncio.shield(answering)
        if call.people > 1 and all(isinstance(answer, GraphRefusedError) for answer in answers):
            # What Graph has against the whole call may be against somebody else's part of it.
            return await read_batch(self._client, parts, self._priority)
        return answers[first : first + len(parts)]

    def _new_call(self) -> tuple[_Call, asyncio.Task[Answers]]:
        call = _Call()
        return call, asyncio.create_task(self._ask(call))

    async def _ask(self, call: _Call) -> Answers:
        with suppress(TimeoutError):
            await asyncio.wait_for(call.is_full.wait(), GATHERING_SECONDS)
        if self._open and self._open[0] is call:
            self._open = None
        return await read_batch(self._client, call.parts, self._priority)
