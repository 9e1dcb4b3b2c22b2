"""The methods of many people, 20 to a call: `$batch` as one raw request through the client.

Called by the gateway. Each part of a batch is answered, and throttled, by itself; the whole answer may be lost, torn
or in any order. Whoever is not clearly answered gets an error value, never an empty list. Source: "Combine multiple
HTTP requests using JSON batching".
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any

from shared.adapters.graph import answers, requests
from shared.adapters.graph.answers import Answer, UnreadableAnswerError
from shared.adapters.graph.client import TOO_MANY_REQUESTS, GraphClient
from shared.adapters.graph.error_table import explained, unreadable
from shared.adapters.graph.pacing import Kind, Priority
from shared.adapters.graph.purpose import READ_EMAIL, READ_PHONES, Purpose
from shared.core.email_address import EmailAddress
from shared.core.errors import ExplainedError
from shared.core.methods import PhoneMethod
from shared.core.phone import MaskedValue

LARGEST = 20
AT_ONCE = 80
"""Batches in flight: at half a second per batch four times the read limit, so that a whole burst is soon spent."""
ROUNDS = 5
FAILED_DEPENDENCY = 424


@dataclass(frozen=True, slots=True)
class ListOf[T]:
    """A collection that every person has: its name in addresses, what reading it is for, and how it is read."""

    collection: str
    why: Purpose
    parse: Callable[[Any], T]


PHONES: ListOf[tuple[PhoneMethod, ...]] = ListOf("phoneMethods", READ_PHONES, answers.phone_methods)
EMAIL: ListOf[EmailAddress | MaskedValue | None] = ListOf("emailMethods", READ_EMAIL, answers.email_address)


async def read_lists[T](
    client: GraphClient, user_ids: Sequence[str], what: ListOf[T], priority: Priority
) -> dict[str, T | ExplainedError]:
    """For each object id its list, or the error that stands for it."""
    found: dict[str, T | ExplainedError] = {}
    places = asyncio.Semaphore(AT_ONCE)

    async def read(some: tuple[str, ...]) -> None:
        async with places:
            found.update(await _read_batch(client, some, what, priority))

    async with asyncio.TaskGroup() as group:
        for some in batched(dict.fromkeys(user_ids), LARGEST):  # noqa: B911 - the last may be shorter
            group.create_task(read(some))
    return found


async def _read_batch[T](
    client: GraphClient, user_ids: Sequence[str], what: ListOf[T], priority: Priority
) -> dict[str, T | ExplainedError]:
    """One batch; the parts that are throttled are asked for again, alone, when the governor lets them."""
    found: dict[str, T | ExplainedError] = {}
    waiting = tuple(user_ids)
    for _ in range(ROUNDS):
        request = requests.methods_batch(waiting, what.collection)
        try:
            whole = await client.send(request, Kind.READ, priority, cost=len(waiting))
        except ExplainedError as error:
            return found | dict.fromkeys(waiting, error)
        parts = _parts(whole)
        throttled = []
        for position, user_id in enumerate(waiting):
            part = parts.get(str(position))
            found[user_id] = _result(whole, part, what)
            if part is not None and part.status == TOO_MANY_REQUESTS:
                client.throttled(Kind.READ, part)
                throttled.append(user_id)
        if not throttled:
            break
        waiting = tuple(throttled)
    return found


def _result[T](whole: Answer, part: Answer | None, what: ListOf[T]) -> T | ExplainedError:
    if part is None:
        return unreadable(whole, what.why) if whole.ok else explained(whole, what.why)
    if not part.ok:
        return explained(part, what.why)
    try:
        return what.parse(part.json())
    except UnreadableAnswerError:
        return unreadable(part, what.why)


def _parts(whole: Answer) -> dict[str, Answer]:
    """The parts by id; those without a proper id and status are missing, and so are those that came twice.

    A whole of 424 has parts like a success: older documentation gives it that status when a part is throttled.
    """
    if not whole.ok and whole.status != FAILED_DEPENDENCY:
        return {}
    try:
        responses = answers.entity(whole.json()).get("responses")
    except UnreadableAnswerError:
        return {}
    parts = [item for item in responses if _is_part(item)] if isinstance(responses, list) else []
    times = Counter(item["id"] for item in parts)
    return {item["id"]: _part(whole, item) for item in parts if times[item["id"]] == 1}


def _is_part(item: object) -> bool:
    return isinstance(item, dict) and isinstance(item.get("id"), str) and type(item.get("status")) is int


def _part(whole: Answer, item: dict[str, Any]) -> Answer:
    """A part has its own headers; the date and the request's id are those of the whole unless it says otherwise."""
    headers = {name: whole.headers[name] for name in ("date", "request-id") if name in whole.headers}
    own = item.get("headers")
    if isinstance(own, dict):
        headers |= {str(name).lower(): str(value) for name, value in own.items()}
    return Answer(item["status"], headers, started=whole.started, document=item.get("body", ""))
