"""Scenarios on the sandbox's listeners and on Microsoft's: the same is left in storage, and functions get the same."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox.functions_host.host import Listeners
from sandbox.functions_host.storage import Storage
from tests.conformance.checker import needs_checker
from tests.conformance.worlds import NAMES, ROOT, World, differences, until
from tests.payloads import payload

log = logging.getLogger(__name__)

Scenario = Callable[[World], Awaitable[Any]]

pytestmark = needs_checker


@asynccontextmanager
async def both(azurite: str, folder: Path, blob_source: str) -> AsyncIterator[tuple[World, World]]:
    async with Storage({"AzureWebJobsStorage": azurite}) as storage:
        own, microsoft = (World(kind, blob_source, azurite, storage, folder) for kind in Listeners)
        try:
            await asyncio.gather(own.prepare(), microsoft.prepare())
            await asyncio.gather(own.start(), microsoft.start())
            yield own, microsoft
        finally:
            await asyncio.gather(own.stop(), microsoft.stop())


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


MESSAGES = {
    "json": encoded(b'{"id": 1}'),
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


async def a_queue_that_appears_later(world: World) -> Any:
    await world.send(world.name("later"), encoded(b"first"))
    await until(lambda: world.emptied(world.name("later")))
    return world.given("later")


def created(container: str, blob: str, etag: str, **more: Any) -> dict[str, Any]:
    (event,) = payload("event-grid-blob-created")
    event["subject"] = f"/blobServices/default/containers/{container}/blobs/{blob}"
    event["data"] |= {"eTag": etag.strip('"'), "url": f"https://numbers.blob.core.windows.net/{container}/{blob}"}
    return {**event, **more}


async def event_grid_handshake(world: World) -> Any:
    return await world.event_grid(payload("event-grid-validation"), kind="SubscriptionValidation")


async def _events(world: World, body: Any, **options: Any) -> Any:
    before = len(world.given("event"))
    answer = await world.event_grid(body, kind="Notification", **options)
    await world.control_queue_emptied()
    return {"answer": answer, "given": sorted(world.given("event")[before:], key=json.dumps)}


async def event_grid(world: World) -> Any:
    evented, other = world.name("evented"), world.name("other")
    tags = {name: await world.put(evented, name, b"data") for name in [f"in/{n}.txt" for n in range(11)]}
    one = created(evented, "in/0.txt", tags["in/0.txt"])
    ten = [created(evented, name, etag) for name, etag in list(tags.items())[1:]]
    elsewhere = created(other, "in/0.txt", await world.put(other, "in/0.txt", b"other"))
    outside = created(evented, "in/a.csv", await world.put(evented, "in/a.csv", b"outside"))
    gone = created(evented, "in/gone.txt", '"0x8D000000000000"')
    fails = created(evented, "in/fails.txt", await world.put(evented, "in/fails.txt", b"fail"))
    empty = created(evented, "in/empty.txt", await world.put(evented, "in/empty.txt", b""))
    return {
        "one": await _events(world, [one]),
        "not in a list": await _events(world, one),
        "ten": await _events(world, ten),
        "twice": await _events(world, [one, one]),
        "other container": await _events(world, [elsewhere]),
        "outside the path": await _events(world, [outside]),
        "deleted before": await _events(world, [gone]),
        "zero bytes": await _events(world, [empty]),
        "fails": {**await _events(world, [fails]), "poison": await world.poison_notices(evented)},
        "none": await _events(world, []),
        "unknown type": await _events(world, [{**one, "eventType": "Microsoft.Storage.BlobDeleted"}]),
        "malformed": await _events(world, "no JSON"),
        "no url": await _events(world, [{**one, "data": {}}]),
        "unknown function": await _events(world, [one], function="Host.Functions.nobody"),
        "no function": await _events(world, [one], function=""),
    }


async def scanned_blobs(world: World) -> Any:
    """Blobs that were there at the start, and one that is written over and over."""
    scanned = world.name("scanned")
    await until(lambda: _ran(world, len(NAMES) - 1))
    await world.control_queue_emptied()
    first = world.given("scan")
    await world.put(scanned, "empty", b"no longer")
    await until(lambda: _ran(world, len(first) + 1))
    await world.put(scanned, "fails", b"fail")
    await until(lambda: _ran(world, len(first) + 3))
    await world.control_queue_emptied()
    return {
        "first": sorted(first, key=json.dumps),
        "then": world.given("scan")[len(first) :],
        "poison": await world.poison_notices(scanned),
    }


async def _ran(world: World, count: int) -> bool:
    return len(world.given("scan")) >= count


async def timers(world: World) -> Any:
    async def both() -> bool:
        return bool(world.given("at_start") and world.given("overdue"))

    await until(both)
    return {name: world.given(name) for name in ("at_start", "overdue", "changed")}


SHORT: tuple[Scenario, ...] = (messages, a_queue_that_appears_later, event_grid_handshake, event_grid, timers)
LONG: tuple[Scenario, ...] = (scanned_blobs,)


def reasons() -> dict[str, str]:
    """The places where the kinds of listeners differ, with the reason, from the table in the host's README."""
    text = (ROOT / "sandbox/functions_host/README.md").read_text(encoding="utf-8")
    table = text.partition("<!-- differences -->\n")[2].partition("\n\n")[0]
    cells = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    return dict(cells)


def expected(scenarios: Sequence[Scenario]) -> set[str]:
    names = {_title(scenario) for scenario in scenarios}
    return {place for place in reasons() if place.partition(":")[0] in names}


def _title(scenario: Scenario) -> str:
    return str(getattr(scenario, "__name__", "")).replace("_", " ")


async def differing(scenarios: Sequence[Scenario], worlds: tuple[World, World]) -> set[str]:
    """`scenario: place` wherever the two differ; within metadata, the place starts there."""
    found = dict[str, tuple[Any, Any]]()
    for scenario in scenarios:
        own, microsoft = await asyncio.gather(*map(scenario, worlds))
        for place, values in differences(own, microsoft).items():
            where = place[place.index("metadata.") :] if "metadata." in place else place
            if where.startswith("metadata.Properties.") and values[0] is None:
                where = "metadata.Properties, further names"
            found[f"{_title(scenario)}: {where}"] = values
    log.info("differences: %s", json.dumps(found, indent=1))
    return set(found)


async def test_both_kinds_of_listeners_do_the_same(azurite: str, tmp_path: Path) -> None:
    """Queues, Event Grid and timers; one program serves every scenario, because it starts slowly."""
    async with both(azurite, tmp_path, "EventGrid") as worlds:
        assert expected(SHORT) == await differing(SHORT, worlds)


@pytest.mark.long
async def test_both_kinds_of_listeners_scan_the_same(azurite: str, tmp_path: Path) -> None:
    """Blobs that are found by looking through their container, every ten seconds."""
    async with both(azurite, tmp_path, "LogsAndContainerScan") as worlds:
        assert expected(LONG) == await differing(LONG, worlds)


def test_every_difference_has_its_reason() -> None:
    """The table has no row of a scenario that nobody runs."""
    assert set(reasons()) == expected(SHORT) | expected(LONG)
    assert all(reasons().values())
