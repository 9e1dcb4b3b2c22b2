"""Every kind of trigger, end to end: the sample app in a host process, invoked by the real runtime."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from yarl import URL

from sandbox.functions_host.blobs import POISON_QUEUE
from sandbox.functions_host.queues import ensure
from sandbox.functions_host.storage import Storage
from tests.payloads import payload
from tests.sandbox.sample_host import BLOBS, FUNCTION, MASTER, SampleHost, encoded, eventually

KEY = {"x-functions-key": FUNCTION}


@pytest_asyncio.fixture
async def http(host: SampleHost) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(host.url) as session:
        yield session


async def send(storage: Storage, queue: str, body: object) -> None:
    client = storage.queues().get_queue_client(queue)
    await ensure(client)
    await client.send_message(encoded(body))


async def put(storage: Storage, container: str, blob: str, body: str) -> str:
    """Upload a blob and give its ETag."""
    client = storage.blobs().get_container_client(container)
    if not await client.exists():
        await client.create_container()
    answer = await client.get_blob_client(blob).upload_blob(body, overwrite=True)
    return str(answer["etag"])


def blob_created(container: str, blob: str, etag: str) -> dict[str, Any]:
    """The documented event, for this blob."""
    (event,) = payload("event-grid-blob-created")
    event["subject"] = f"/blobServices/default/containers/{container}/blobs/{blob}"
    event["data"] |= {"eTag": etag.strip('"'), "url": f"https://numbers.blob.core.windows.net/{container}/{blob}"}
    return dict(event)


async def test_a_queue_message_reaches_its_function(host: SampleHost, storage: Storage) -> None:
    """The function gets the decoded body and how often the message was tried; success deletes it."""
    await send(storage, host.work, {"id": 1})
    (start,) = await eventually(lambda: [t for t in host.traces("start") if t["order"] == {"id": 1}])
    await eventually(lambda: [t for t in host.traces("end") if t["order"] == {"id": 1}])
    assert 1 == start["attempt"]


async def test_a_failing_message_is_tried_again_and_buried(host: SampleHost, storage: Storage) -> None:
    """Three attempts a second apart, then poison; the log has the exception but not the body."""
    order = {"fail": "no such thing", "note": "this is only in the body"}
    await send(storage, host.work, order)
    await eventually(lambda: len([t for t in host.traces("start") if t["order"] == order]) == 3)
    attempts = [t for t in host.traces("start") if t["order"] == order]
    assert [1, 2, 3] == [t["attempt"] for t in attempts]
    assert attempts[2]["at"] - attempts[0]["at"] >= 1.9
    await eventually(lambda: f"moved to {host.work}-poison" in host.log.read_text())
    (buried,) = await storage.queues().get_queue_client(f"{host.work}-poison").peek_messages(2)
    assert buried.content == encoded(order)
    log = host.log.read_text()
    assert 3 == log.count("ERROR sandbox.functions_host.app work failed: ValueError: no such thing")
    assert "only in the body" not in log
    assert all(line[:4].isdigit() and line[4] == "-" for line in log.splitlines())


async def test_a_sync_function_runs_in_a_thread(host: SampleHost, storage: Storage) -> None:
    """A function that blocks does not hold the loop."""
    await send(storage, host.blocking, "hello")
    (record,) = await eventually(lambda: host.traces("thread"))
    assert '"hello"' == record["body"]
    assert record["thread"].startswith("ThreadPoolExecutor")


async def test_a_scanned_blob_runs_once_per_version(host: SampleHost, storage: Storage) -> None:
    """Its content, name and length arrive; a new version runs again, a blob outside the path never."""
    await put(storage, host.scanned, "folder/a.txt", "one")
    await put(storage, host.scanned, "other.csv", "not for this function")
    await eventually(lambda: len(host.traces("scan")) == 1)
    await put(storage, host.scanned, "folder/a.txt", "second")
    await eventually(lambda: len(host.traces("scan")) == 2)
    name = f"{host.scanned}/folder/a.txt"
    assert host.traces("scan") == [
        {"event": "scan", "name": name, "length": 3, "body": "one"},
        {"event": "scan", "name": name, "length": 6, "body": "second"},
    ]


async def test_a_blob_that_keeps_failing_is_reported(host: SampleHost, storage: Storage) -> None:
    """After `poisonBlobThreshold` attempts its name and version are on webjobs-blobtrigger-poison."""
    etag = await put(storage, host.scanned, "bad.txt", "poison")
    await eventually(lambda: len([t for t in host.traces("scan") if t["body"] == "poison"]) == 2)
    await eventually(lambda: f"moved to {POISON_QUEUE}" in host.log.read_text())
    messages = await storage.queues().get_queue_client(POISON_QUEUE).peek_messages(32)
    notices = [json.loads(base64.b64decode(message.content)) for message in messages]
    (notice,) = [notice for notice in notices if notice["ContainerName"] == host.scanned]
    assert notice == {
        "Type": "BlobTrigger",
        "FunctionId": "Host.Functions.on_scan",
        "BlobType": "BlockBlob",
        "ContainerName": host.scanned,
        "BlobName": "bad.txt",
        "ETag": etag,
    }


async def test_a_function_that_takes_a_reference_gets_the_name_alone(host: SampleHost, storage: Storage) -> None:
    """As the app's own blob trigger does: the content stays where it is, and names may hold what URLs may not."""
    await put(storage, host.referenced, "folder/ä b?#%.xlsx", "never sent")
    await eventually(lambda: host.traces("reference"))
    assert [{"event": "reference", "container": host.referenced, "name": "folder/ä b?#%.xlsx"}] == host.traces(
        "reference"
    )


async def test_event_grid_handshake_and_delivery(
    host: SampleHost, storage: Storage, http: aiohttp.ClientSession
) -> None:
    """The webhook answers the validation, and an event leads to a run with the blob's content."""
    webhook = f"/runtime/webhooks/blobs?functionName=Host.Functions.on_event&code={BLOBS}"
    validation = payload("event-grid-validation")
    code = validation[0]["data"]["validationCode"]
    async with http.post(webhook, json=validation, headers={"aeg-event-type": "SubscriptionValidation"}) as answer:
        assert (200, {"validationResponse": code}) == (answer.status, await answer.json())

    etag = await put(storage, host.evented, "a b.txt", "from event grid")
    events = [blob_created(host.evented, blob, etag) for blob in ("a b.txt", "gone.txt")]
    async with http.post(webhook, json=events, headers={"aeg-event-type": "Notification"}) as answer:
        assert 202 == answer.status
    await eventually(lambda: host.traces("event"))
    assert [
        {"event": "event", "name": f"{host.evented}/a b.txt", "length": 15, "body": "from event grid"}
    ] == host.traces("event")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("functionName=Host.Functions.on_event", 401),
        (f"functionName=Host.Functions.on_event&code={FUNCTION}", 401),
        (f"functionName=Host.Functions.nobody&code={BLOBS}", 202),
        (f"functionName=Host.Functions.on_event&code={MASTER}", 202),
    ],
)
async def test_the_webhook_wants_its_own_key(http: aiohttp.ClientSession, query: str, status: int) -> None:
    """Only the blobs key and the master key open it; what is for an unknown function is dropped, as in Azure."""
    notification = {"aeg-event-type": "Notification"}
    async with http.post(f"/runtime/webhooks/blobs?{query}", json=[], headers=notification) as answer:
        assert answer.status == status


async def test_a_function_is_started_by_hand(host: SampleHost, http: aiohttp.ClientSession) -> None:
    """With the master key a timer runs, and a queue function gets the input as its message; 202 comes at once."""
    admin = {"x-functions-key": MASTER}
    async with http.post("/admin/functions/tick", headers=admin, json={}) as answer:
        assert 202 == answer.status
    assert [{"event": "tick", "past_due": False}] == await eventually(lambda: host.traces("tick"))
    async with http.post("/admin/functions/work", headers=admin, json={"input": '{"id": "by hand"}'}) as answer:
        assert 202 == answer.status
    await eventually(lambda: [t for t in host.traces("end") if t["order"] == {"id": "by hand"}])


@pytest.mark.parametrize(
    ("name", "key", "status"),
    [("tick", FUNCTION, 401), ("tick", "", 401), ("nobody", MASTER, 404), ("person", MASTER, 404)],
)
async def test_starting_by_hand_wants_the_master_key(
    http: aiohttp.ClientSession, name: str, key: str, status: int
) -> None:
    """No other key will do; a function nobody knows, or one with a route of its own, is not found."""
    async with http.post(f"/admin/functions/{name}", headers={"x-functions-key": key}) as answer:
        assert answer.status == status


async def test_http_passes_what_the_real_host_passes(http: aiohttp.ClientSession) -> None:
    """Header names arrive lower-cased, empty query values not at all; the answer comes back whole."""
    url = f"/api/people/12/phones?a=1&b=&a=2&code={FUNCTION}"
    async with http.post(url, data=b"the body", headers={"X-Mixed-Case": "Kept"}) as answer:
        seen = await answer.json()
        assert (201, "yes", "application/json") == (answer.status, answer.headers["x-seen"], answer.content_type)
    assert {"id": "12", "part": "phones"} == seen["route"]
    assert {"a": "1,2", "code": FUNCTION} == seen["query"]
    assert "Kept" == seen["headers"]["x-mixed-case"]
    assert "X-Mixed-Case" not in seen["headers"]
    assert "the body" == seen["body"]
    assert 36 == len(seen["invocation"])


async def test_route_parameters_arrive_decoded(http: aiohttp.ClientSession) -> None:
    """All but an encoded slash, which does not part segments either."""
    async with http.get(URL("/api/people/12/a%20b%23c%25d%2Fe", encoded=True), headers=KEY) as answer:
        assert "a b#c%d%2Fe" == (await answer.json())["route"]["part"]


async def test_a_chunked_body_arrives_empty(http: aiohttp.ClientSession) -> None:
    """As in Azure, a body without Content-Length never reaches Python."""

    async def chunks() -> AsyncIterator[bytes]:
        yield b"lost"

    async with http.post("/api/people/1", data=chunks(), headers=KEY) as answer:
        assert "" == (await answer.json())["body"]


@pytest.mark.parametrize(
    ("method", "path", "key", "status"),
    [
        ("GET", "/api/people/1", FUNCTION, 201),
        ("GET", "/api/people/1", MASTER, 201),
        ("GET", "/api/people/1", BLOBS, 201),
        ("GET", "/api/people/1", "wrong", 401),
        ("GET", "/api/people/1", "", 401),
        ("DELETE", "/api/people/1", FUNCTION, 404),
        ("GET", "/api/people/ada", FUNCTION, 404),
        ("GET", "/people/1", FUNCTION, 404),
        ("GET", "/api/people/me", "", 200),
        ("PATCH", "/api/people/me", "", 200),
        ("GET", "/api/broken/x", FUNCTION, 401),
        ("GET", "/api/broken/x", MASTER, 500),
    ],
)
async def test_routes_and_keys(http: aiohttp.ClientSession, method: str, path: str, key: str, status: int) -> None:
    """A wrong method or path is not found, a wrong key not let in, and no failure says anything to the caller."""
    async with http.request(method, path, headers={"x-functions-key": key}) as answer:
        assert answer.status == status
        if status >= 400:
            assert b"" == await answer.read()


async def test_the_header_key_wins_over_the_query(http: aiohttp.ClientSession) -> None:
    """A wrong key in the header is wrong, whatever the query says."""
    async with http.get(f"/api/people/1?code={FUNCTION}", headers={"x-functions-key": "wrong"}) as answer:
        assert 401 == answer.status
