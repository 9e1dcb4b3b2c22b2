"""Several reads in one call, the methods of 20 people for instance: `$batch` as one raw request through the client.

Called by the gateway. Each part of a batch is answered, and throttled, by itself; the whole answer may be lost, torn
or in any order. What is not clearly answered becomes an error value, never an empty list. Source: "Combine multiple
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
from shared.adapters.graph.purpose import READ_ACCOUNTS, READ_EMAIL, READ_PHONES, Purpose
from shared.adapters.graph.rate_limiter import Kind, Priority
from shared.core.person.account import Account
from shared.core.person.methods import PhoneAuthenticationMethod
from shared.core.values.errors import ExplainedError
from shared.core.values.slot import EmailAddress, MaskedValue

LARGEST = 20
AT_ONCE = 80
"""Batches in flight: at half a second per batch four times the read limit, so that a whole burst is soon spent."""
ROUNDS = 5
FAILED_DEPENDENCY = 424


@dataclass(frozen=True, slots=True)
class Part[T]:
    """One GET of a batch: its address after the root, what it is for, and how its answer is read."""

    address: str
    why: Purpose
    parse: Callable[[Any], T]


def account_part(name: str) -> Part[Account]:
    """`name` is an object id or a user principal name; here and below."""
    return Part(requests.account_address(name), READ_ACCOUNTS, answers.account)


def phones_part(name: str) -> Part[tuple[PhoneAuthenticationMethod, ...]]:
    return Part(requests.methods_address(name, "phoneMethods"), READ_PHONES, answers.phone_methods)


def email_part(name: str) -> Part[EmailAddress | MaskedValue | None]:
    return Part(requests.methods_address(name, "emailMethods"), READ_EMAIL, answers.email_address)


async def read_of_each[T](
    client: GraphClient, user_ids: Sequence[str], part: Callable[[str], Part[T]], priority: Priority
) -> dict[str, T | ExplainedError]:
    """The same part for each object id, 20 to a call: what it is answered, or the error that stands for it."""
    found: dict[str, T | ExplainedError] = {}
    places = asyncio.Semaphore(AT_ONCE)

    async def read(some: tuple[str, ...]) -> None:
        async with places:
            parts = [part(user_id) for user_id in some]
            found.update(zip(some, await read_batch(client, parts, priority), strict=True))

    async with asyncio.TaskGroup() as group:
        for some in batched(dict.fromkeys(user_ids), LARGEST):  # noqa: B911 - the last may be shorter
            group.create_task(read(some))
    return found


async def read_batch[T](client: GraphClient, parts: Sequence[Part[T]], priority: Priority) -> list[T | ExplainedError]:
    """What each of up to 20 parts is answered, in their order; throttled ones are asked again when there is leave."""
    found: dict[int, T | ExplainedError] = {}
    waiting = list(range(len(parts)))
    for _ in range(ROUNDS):
        request = requests.batch([parts[number].address for number in waiting])
        try:
            whole = await client.send(request, Kind.READ, priority, cost=len(waiting))
        except ExplainedError as error:
            found |= dict.fromkeys(waiting, error)
            break
        answered = _answers(whole)
        throttled = []
        for position, number in enumerate(waiting):
            answer = answered.get(str(position))
            found[number] = _result(whole, answer, parts[number])
            if answer is not None and answer.status == TOO_MANY_REQUESTS:
                client.throttled(Kind.READ, answer)
                throttled.append(number)
        if not throttled:
            break
        waiting = throttled
    return [found[number] for number in range(len(parts))]


def _result[T](whole: Answer, answer: Answer | None, part: Part[T]) -> T | ExplainedError:
    if answer is None:
        # That the batch is not there says nothing of the person whom this part is about.
        return unreadable(whole, part.why) if whole.ok else explained(whole, Purpose(part.why.permission))
    if not answer.ok:
        return explained(answer, part.why)
    try:
        return part.parse(answer.json())
    except UnreadableAnswerError:
        return unreadable(answer, part.why)


def _answers(whole: Answer) -> dict[str, Answer]:
    """The answers by part id; those without a proper id and status are missing, and so are those that came twice.

    A whole of 424 has answers like a success: older documentation gives it that status when a part is throttled.
    """
    if not whole.ok and whole.status != FAILED_DEPENDENCY:
        return {}
    try:
        responses = answers.entity(whole.json()).get("responses")
    except UnreadableAnswerError:
        return {}
    items = [item for item in responses if _is_answer(item)] if isinstance(responses, list) else []
    times = Counter(item["id"] for item in items)
    return {item["id"]: _answer(whole, item) for item in items if times[item["id"]] == 1}


def _is_answer(item: object) -> bool:
    return isinstance(item, dict) and isinstance(item.get("id"), str) and type(item.get("status")) is int


def _answer(whole: Answer, item: dict[str, Any]) -> Answer:
    """It has its own headers; the date and the request's id are those of the whole unless it says otherwise."""
    headers = {name: whole.headers[name] for name in ("date", "request-id") if name in whole.headers}
    own = item.get("headers")
    if isinstance(own, dict):
        headers |= {str(name).lower(): str(value) for name, value in own.items()}
    return Answer(item["status"], headers, started=whole.started, document=item.get("body", ""))
