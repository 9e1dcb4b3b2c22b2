"""Several reads in one `$batch` call, such as the methods of 20 people.

Each part of a batch has its own answer, and may be throttled by itself; the whole answer may be lost, incomplete or in
any order. A part without a clear answer becomes an error value, never an empty list. Source: "Combine multiple HTTP
requests using JSON batching".
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import batched, chain, islice
from math import inf
from typing import Any

from shared.adapters.graph import answers, answers_of_registration, requests
from shared.adapters.graph.answers import GraphAnswer, UnreadableAnswerError
from shared.adapters.graph.client import TOO_MANY_REQUESTS, UNAUTHORIZED, GraphClient, read_of
from shared.adapters.graph.error_table import (
    READ_ACCOUNTS,
    READ_EMAIL,
    READ_METHODS,
    READ_PHONES,
    Purpose,
    explained,
    unreadable,
)
from shared.adapters.graph.rate_limiter import Priority, RequestKind
from shared.core.person.account import Account, PhoneAuthenticationMethod
from shared.core.person.registration import MethodList
from shared.core.values.errors import ExplainedError, GraphRefusedError, GraphUnavailableError, NoTokenError
from shared.core.values.slot import EmailAddress, MaskedValue

LARGEST = 20
"""The most parts that Graph accepts in one batch."""
AT_ONCE = 80
"""Batches in flight. At half a second for 20 parts they read four times as fast as Graph's limit allows in the long
run, so that the tokens of a full bucket are used up quickly."""
ROUNDS = 10
"""In how many batches, one after the other, a part is sent at most."""
MOST_PEOPLE = 5
"""The most people about whom `read_people` asks in one call: few, because a batch is as slow as its slowest part."""
BATCHING_SECONDS = 0.01
PATIENCE_OF_PEOPLE = 1.0
"""The longest Retry-After of one person's part, in seconds, for which the people in the same call wait. Beyond it that
person's answer is the 429."""
FAILED_DEPENDENCY = 424


@dataclass(frozen=True, slots=True)
class Part[T]:
    """One GET of a batch: its path after the root, its purpose, and how its answer is parsed."""

    path: str
    purpose: Purpose
    parse: Callable[[Any], T]


def account_part(name: str) -> Part[Account]:
    """The account; here and below `name` is an object id or a user principal name."""
    return Part(requests.account_path(name), READ_ACCOUNTS, answers.account)


def phones_part(name: str) -> Part[tuple[PhoneAuthenticationMethod, ...]]:
    return Part(requests.methods_path(name, "phoneMethods"), READ_PHONES, answers.phone_methods)


def email_part(name: str) -> Part[EmailAddress | MaskedValue | None]:
    return Part(requests.methods_path(name, "emailMethods"), READ_EMAIL, answers.email_address)


def methods_part(name: str) -> Part[MethodList]:
    """Everything that the person has registered."""
    return Part(requests.methods_path(name, "methods"), READ_METHODS, answers_of_registration.method_list)


async def read_of_each[T](
    client: GraphClient, user_ids: Sequence[str], part: Callable[[str], Part[T]], priority: Priority
) -> dict[str, T | ExplainedError]:
    """The answer to the same part for each object id, 20 per call; a failure is an error value."""
    found: dict[str, T | ExplainedError] = {}
    permits = asyncio.Semaphore(AT_ONCE)

    async def read(some: tuple[str, ...]) -> None:
        async with permits:
            parts = [part(user_id) for user_id in some]
            found.update(zip(some, await read_batch(client, parts, priority), strict=True))

    async with asyncio.TaskGroup() as group:
        for some in batched(dict.fromkeys(user_ids), LARGEST):  # noqa: B911 - the last may be shorter
            group.create_task(read(some))
    return found


async def read_people(
    client: GraphClient, people: Sequence[Sequence[Part[Any]]], priority: Priority
) -> list[list[Any]]:
    """The answers to the parts about each person, with one call for all of them."""
    parts = list(chain.from_iterable(people))
    found = iter(await read_batch(client, parts, priority, patience=PATIENCE_OF_PEOPLE))
    return [list(islice(found, len(parts))) for parts in people]


def is_unanswered(answers_of_one: Sequence[Any]) -> bool:
    """Whether every part about a person was refused or not answered, perhaps because of another person in the call."""
    return all(isinstance(one, GraphRefusedError | GraphUnavailableError) for one in answers_of_one)


async def read_batch[T](
    client: GraphClient, parts: Sequence[Part[T]], priority: Priority, *, patience: float = inf
) -> list[T | ExplainedError]:
    """The answers to up to 20 parts, in their order.

    Parts that were throttled, for at most `patience` seconds, or whose token was rejected, are sent again. A part that
    fails in the end is an error value.
    """
    found: dict[int, T | ExplainedError] = {}
    waiting, rejections = list(range(len(parts))), 0
    for _ in range(ROUNDS):
        request = requests.batch([parts[number].path for number in waiting])
        try:
            whole = await client.send(
                request, RequestKind.READ, priority, parts=[parts[number].path for number in waiting]
            )
        except ExplainedError as error:
            found |= dict.fromkeys(waiting, error)
            break
        answered = _answers_by_id(whole)
        again = []
        rejected = None
        for position, number in enumerate(waiting):
            answer = answered.get(str(position))
            found[number] = _result(whole, answer, parts[number])
            if answer is not None and answer.status == TOO_MANY_REQUESTS:
                client.throttled(RequestKind.READ, answer, [read_of(parts[number].path)])
                if (answer.retry_after() or 0.0) <= patience:
                    again.append(number)
            elif answer is not None and answer.status == UNAUTHORIZED:
                rejected = answer
                again.append(number)
        if rejected is not None:
            rejections += 1
            try:
                await client.replace_token(rejected, rejections)
            except NoTokenError as error:
                found |= dict.fromkeys(again, error)
                break
        if not again:
            break
        waiting = again
    return [found[number] for number in range(len(parts))]


def _result[T](whole: GraphAnswer, answer: GraphAnswer | None, part: Part[T]) -> T | ExplainedError:
    if answer is None:
        # A 404 to the batch itself says nothing about the person of this part.
        return unreadable(whole, part.purpose) if whole.ok else explained(whole, Purpose(part.purpose.permission))
    if not answer.ok:
        return explained(answer, part.purpose)
    try:
        return part.parse(answer.json())
    except UnreadableAnswerError:
        return unreadable(answer, part.purpose)


def _answers_by_id(whole: GraphAnswer) -> dict[str, GraphAnswer]:
    """The answers by part id, without those that have no valid id or status, or that came twice.

    Status 424 is read like a success: older documentation gives a batch that status when a part is throttled.
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


def _answer(whole: GraphAnswer, item: dict[str, Any]) -> GraphAnswer:
    """One part's answer with its own headers; `date` and `request-id` default to those of the whole answer."""
    headers = {name: whole.headers[name] for name in ("date", "request-id") if name in whole.headers}
    own = item.get("headers")
    if isinstance(own, dict):
        headers |= {str(name).lower(): str(value) for name, value in own.items()}
    return GraphAnswer(item["status"], headers, started=whole.started, token=whole.token, document=item.get("body", ""))
