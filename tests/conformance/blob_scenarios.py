"""What happens to blobs, by Event Grid's requests and by scans; each scenario gives what functions were given."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tests.conformance.worlds import NOTIFICATION, World, until
from tests.payloads import payload

NAMES = ("a b.txt", "a+b%.txt", "a#?&.txt", "é.txt", "e\u0301.txt", "folder/", "deep/er/file", "empty")
LONG = "x" * 996 + ".txt"
VALIDATION = {"aeg-event-type": "SubscriptionValidation"}


def created(container: str, blob: str, etag: str, **more: Any) -> dict[str, Any]:
    (event,) = payload("event-grid-blob-created")
    event["subject"] = f"/blobServices/default/containers/{container}/blobs/{blob}"
    event["data"] |= {
        "eTag": etag.strip('"'),
        "url": f"https://numbers.blob.core.windows.net/{container}/{quote(blob)}",
    }
    return {**event, **more}


def cloud_event(container: str, blob: str, etag: str) -> dict[str, Any]:
    """The same event in the other schema that Event Grid knows."""
    event = created(container, blob, etag)
    return {
        "specversion": "1.0",
        "id": event["id"],
        "source": event["topic"],
        "subject": event["subject"],
        "type": event["eventType"],
        "time": event["eventTime"],
        "data": event["data"],
    }


async def event_grid_handshake(world: World) -> Any:
    return {
        "one": await world.event_grid(payload("event-grid-validation"), VALIDATION),
        "of cloud events": await world.event_grid(
            "", {"webhook-request-origin": "eventgrid.azure.net"}, method="OPTIONS"
        ),
        "unsubscribe": await world.event_grid([], {"aeg-event-type": "Unsubscribe"}),
        "unknown kind": await world.event_grid([], {"aeg-event-type": "Other"}),
        "no kind": await world.event_grid([], {}),
    }


async def _events(world: World, body: Any, headers: Mapping[str, str] = NOTIFICATION, function: str = "event") -> Any:
    """An event, until it is handled."""
    before = len(world.given(function))
    answer = await world.event_grid(body, headers, function=f"Host.Functions.{function}")
    await world.control_queue_emptied()
    return {"answer": answer, "given": sorted(world.given(function)[before:], key=json.dumps)}


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
    in_clouds = cloud_event(evented, "in/0.txt", tags["in/0.txt"])
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
        "cloud events": await _events(world, [in_clouds]),
        "one cloud event": await _events(
            world, in_clouds, {**NOTIFICATION, "content-type": "application/cloudevents+json"}
        ),
        "malformed": await _events(world, "no JSON"),
        "no url": await _events(world, [{**one, "data": {}}]),
        "unknown function": await world.event_grid([one], function="Host.Functions.nobody"),
        "no function": await world.event_grid([one], function=""),
    }


async def one_event(world: World) -> Any:
    evented = world.name("evented")
    tags = {name: await world.put(evented, f"in/{name}.txt", name.encode()) for name in ("one", "fail")}
    events = [created(evented, f"in/{name}.txt", etag) for name, etag in tags.items()]
    return {**await _events(world, events), "poison": await world.poison_notices(evented)}


async def names_in_events(world: World) -> Any:
    """Blanks, escaped characters, composed and decomposed letters, markers of folders, the longest names."""
    evented = world.name("evented")
    names = [*(f"in/{name}" for name in NAMES if name.endswith((".txt", "/"))), f"in/{LONG}"]
    return {
        name: await _events(world, [created(evented, name, await world.put(evented, name, b"data"))]) for name in names
    }


async def versions_in_events(world: World) -> Any:
    """Each event runs the function, with the blob as it is then."""
    evented, name = world.name("evented"), "in/version.txt"
    first = created(evented, name, await world.put(evented, name, b"first"))
    second = created(evented, name, await world.put(evented, name, b"second"))
    before = await _events(world, [first, second])
    slow = created(evented, name, await world.put(evented, name, b"sleep 2"))
    runs = len(world.given("event"))
    await world.event_grid([slow])
    await until(lambda: _ran(world, "event", runs + 1))
    during = created(evented, name, await world.put(evented, name, b"third"))
    return {"overwritten before": before, "overwritten during": await _events(world, [during])}


async def references_in_events(world: World) -> Any:
    """A function that opens the blob itself is given its name, whether the blob exists or not."""
    evented = world.name("evented")
    there = created(evented, "there é.txt", await world.put(evented, "there é.txt", b"data"))
    gone = created(evented, "gone", '"0x8D000000000000"')
    return [await _events(world, [event], function="reference") for event in (there, gone)]


async def _ran(world: World, function: str, count: int) -> bool:
    return len(world.given(function)) >= count


async def put_scanned(world: World) -> None:
    for name in NAMES:
        await world.put(world.name("scanned"), name, b"" if name == "empty" else b"data")


async def scanned_blobs(world: World) -> Any:
    """Blobs that were there at the start, and one that is written over and over."""
    scanned = world.name("scanned")
    await until(lambda: _ran(world, "scan", len(NAMES) - 1))
    await world.control_queue_emptied()
    first = world.given("scan")
    await world.put(scanned, "empty", b"overwritten before it was seen")
    await world.put(scanned, "empty", b"no longer")
    await until(lambda: _ran(world, "scan", len(first) + 1))
    await world.put(scanned, "fails", b"fail")
    await until(lambda: _ran(world, "scan", len(first) + 3))
    await world.control_queue_emptied()
    await world.put(scanned, "empty", b"sleep 3")
    await until(lambda: _ran(world, "scan", len(first) + 4))
    await world.put(scanned, "empty", b"overwritten during its run")
    await until(lambda: _ran(world, "scan", len(first) + 5))
    await world.control_queue_emptied()
    return {
        "first": sorted(first, key=json.dumps),
        "then": world.given("scan")[len(first) :],
        "poison": await world.poison_notices(scanned),
    }


async def a_container_that_appears_later(world: World) -> Any:
    """Of its blobs, those that the path's pattern fits are taken."""
    appearing = world.name("appearing")
    for name in ("out/a.txt", "in/a", "in/.b", "in/a.b.c", "in/deep/a.txt", "in/a..b", "IN/a.b"):
        await world.put(appearing, name, b"data")
    await until(lambda: _ran(world, "pattern", 4))
    await world.control_queue_emptied()
    return sorted(world.given("pattern"), key=json.dumps)


async def the_longest_names_in_scans(world: World) -> Any:
    """A receipt's name is longer than the blob's."""
    await world.put(world.name("scanned"), LONG, b"data")
    await world.put(world.name("scanned"), "zzz after it", b"data")
    before = len(world.given("scan"))
    await until(lambda: _ran(world, "scan", before + 1))
    await world.control_queue_emptied()
    return world.given("scan")[before:]
