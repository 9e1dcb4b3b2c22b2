"""What happens to messages of a queue; each scenario gives what functions were given and what is left."""

from __future__ import annotations

import asyncio
import base64
from collections import Counter
from typing import Any

from sandbox.functions_host.queues import ensure
from tests.conformance.worlds import World, until

BURST, SHARED = 2_000, 200
LEASE = 600
"""Seconds for which Microsoft's listeners hide a message; renewed while its function runs."""


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


MESSAGES = {
    "json": encoded(b'{"id": 1}'),
    "unknown json": encoded(b'{"of": ["another", "app"], "v": 99}'),
    "text": encoded(b"plain words"),
    "fails": encoded(b'{"order": "fail"}'),
    "not base64": "not base64!",
    "base64 without padding": "eyJhIjogMX",
    "not UTF-8": encoded(b"\xff\xfe{}"),
    "empty": "",
    "64 KB": encoded(b"x" * 49_152),
}


async def _message(world: World, raw: str) -> Any:
    """A message until it is gone."""
    work = world.name("work")
    before, buried = len(world.given("work")), len(await world.poison(work))
    await world.send(work, raw)
    await until(lambda: world.emptied(work))
    return {"given": world.given("work")[before:], "poison": (await world.poison(work))[buried:]}


async def messages(world: World) -> Any:
    return {name: await _message(world, raw) for name, raw in MESSAGES.items()}


async def a_message_and_a_failure(world: World) -> Any:
    return {name: await _message(world, MESSAGES[name]) for name in ("json", "fails")}


async def a_queue_that_appears_later(world: World) -> Any:
    await world.send(world.name("later"), encoded(b"first"))
    await until(lambda: world.emptied(world.name("later")))
    return world.given("later")


async def a_poison_queue(world: World) -> Any:
    """It has no poison queue: a message that fails stays, hidden until its lease ends."""
    queue = f"{world.name('buried')}-poison"
    await world.send(queue, encoded(b"good"))
    await until(lambda: world.emptied(queue))
    await world.send(queue, encoded(b"fail"))

    async def ran_twice() -> bool:
        return len(world.given("buried")) == 2

    await until(ran_twice)
    await asyncio.sleep(3)  # three times as long as a message that fails elsewhere is hidden
    return {
        "given": world.given("buried"),
        "stays": not await world.emptied(queue),
        "seen": len(await world.queue(queue).peek_messages(32)),
        "of its own": await world.poison(queue),
    }


async def _given(world: World, count: int) -> bool:
    return len(world.given("work")) >= count


async def a_stop_while_a_function_runs(world: World) -> Any:
    """The function may finish, its message is deleted, and the rest waits for the next host."""
    await world.send(world.name("work"), encoded(b"sleep 3"))
    await until(lambda: _given(world, 1))
    await world.drain()
    emptied = await world.emptied(world.name("work"))
    await world.send(world.name("work"), encoded(b"next"))
    await world.start()
    await until(lambda: world.emptied(world.name("work")))
    return {"emptied": emptied, "given": world.given("work")}


async def a_host_that_is_killed(world: World) -> Any:
    """Its message stays hidden until the lease ends, which is not waited for here, and counts as taken once more."""
    work = world.queue(world.name("work"))
    await world.send(work.queue_name, encoded(b"sleep 600"))
    await until(lambda: _given(world, 1))
    await world.kill()
    seen = len(await work.peek_messages())
    held = world.raw("work")[0]["metadata"]
    await work.update_message(held["Id"], held["PopReceipt"], content=encoded(b"again"), visibility_timeout=0)
    await world.start()
    await until(lambda: world.emptied(work.queue_name))
    return {"seen": seen, "given": world.given("work")}


async def two_hosts_on_one_queue(world: World) -> Any:
    """Each message is handled once, by one of them."""
    await world.start()
    await asyncio.gather(*(world.send(world.name("work"), encoded(b"%d" % number)) for number in range(SHARED)))
    await until(lambda: _given(world, SHARED))
    await until(lambda: world.emptied(world.name("work")))
    return Counter(record["value"] for record in world.given("work"))


async def a_burst(world: World) -> Any:
    """Two thousand messages, some of which fail."""
    numbers = range(BURST)
    queue = world.queue(world.name("work"))
    await ensure(queue)
    for start in range(0, BURST, 100):
        batch = (b"fail %d" % n if n % 100 == 0 else b"%d" % n for n in numbers[start : start + 100])
        await asyncio.gather(*(queue.send_message(encoded(body)) for body in batch))
    await until(lambda: world.emptied(queue.queue_name))
    poison = sorted((await world.poison(queue.queue_name)), key=lambda one: str(one["content"]))
    return {"given": Counter(record["value"] for record in world.given("work")), "poison": poison}


async def a_run_longer_than_the_lease(world: World) -> Any:
    """It is not delivered a second time, because the lease is renewed while the function runs."""
    await world.send(world.name("work"), encoded(b"sleep %d" % (LEASE + 60)))
    await until(lambda: world.emptied(world.name("work")), within=LEASE + 240)
    return world.given("work")
