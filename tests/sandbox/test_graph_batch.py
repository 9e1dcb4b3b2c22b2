"""`$batch`: twenty requests in one, each judged by itself."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from sandbox.graph.options import RateLimit
from sandbox.graph.stand_in import StandIn
from tests.sandbox.graph_client import ALEX, BO, MOBILE, ONE, TWO, Clock, caller_of, methods_of, person, stand_in_for

JSON = {"Content-Type": "application/json"}


def item(number: int, method: str = "GET", url: str = methods_of(ALEX), **more: Any) -> dict[str, Any]:
    return {"id": str(number), "method": method, "url": url, **more}


def patch(number: int, phone: str = TWO, **more: Any) -> dict[str, Any]:
    return item(number, "PATCH", methods_of(ALEX, MOBILE), headers=JSON, body={"phoneNumber": phone}, **more)


async def send(stand_in: StandIn, *items: Any) -> httpx.Response:
    async with caller_of(stand_in) as caller:
        return await caller.post("/$batch", json={"requests": list(items)})


async def answers(stand_in: StandIn, *items: Any) -> dict[str, dict[str, Any]]:
    """The responses by id; the batch itself must have been taken."""
    answer = await send(stand_in, *items)
    assert 200 == answer.status_code
    return {entry["id"]: entry for entry in answer.json()["responses"]}


def one_person(**switches: Any) -> StandIn:
    return stand_in_for(person(ALEX, phones={"mobile": ONE}), **switches)


async def test_each_item_has_its_own_status_headers_and_body() -> None:
    """Successes carry JSON, 204 carries nothing, and errors stay inside their item."""
    stand_in = one_person()
    got = await answers(stand_in, item(1), patch(2), item(3, url=methods_of(BO)), item(4, url="/me"))
    assert [200, 204, 404, 501] == [got[number]["status"] for number in "1234"]
    assert "application/json" == got["1"]["headers"]["Content-Type"]
    assert ONE == got["1"]["body"]["value"][0]["phoneNumber"]
    assert ["headers", "id", "status"] == sorted(got["2"])
    assert "Request_ResourceNotFound" == got["3"]["body"]["error"]["code"]
    assert {"mobile": TWO} == stand_in.tenant.people[ALEX].methods


async def test_urls_are_relative_with_or_without_a_slash() -> None:
    """`/users/…`, `users/…` and encoded names work; a version in the URL is part of no path."""
    urls = [methods_of(ALEX), methods_of(ALEX).removeprefix("/"), "users?$select=id", f"/v1.0{methods_of(ALEX)}"]
    got = await answers(one_person(), *(item(number, url=url) for number, url in enumerate(urls)))
    assert [200, 200, 200, 501] == [got[str(number)]["status"] for number in range(4)]


async def test_responses_come_in_no_promised_order() -> None:
    """Whoever relies on the order of responses fails here."""
    got = await answers(one_person(), *(item(number) for number in range(20)))
    assert list(got) != [str(number) for number in range(20)]
    assert sorted(got, key=int) == [str(number) for number in range(20)]


@pytest.mark.parametrize(
    "items",
    [
        [],
        [item(number) for number in range(21)],
        [item(1), item(1)],
        [{**item(1), "id": "a"}, {**item(1), "id": "A"}],
        [{"method": "GET", "url": "/users"}],
        [{"id": "1", "url": "/users"}],
        [{"id": "1", "method": "GET"}],
        [{**item(1), "id": 1}],
        [{**item(1), "headers": ["x"]}],
        [{**item(1), "dependsOn": "2"}, item(2)],
        [item(1, dependsOn=["2"])],
        [item(1, dependsOn=["2"]), item(2, dependsOn=["1"])],
        [item(1, dependsOn=["1"])],
        ["x"],
    ],
)
async def test_a_malformed_batch_is_refused_as_a_whole(items: list[Any]) -> None:
    """Too many, none, doubled or missing ids, wrong shapes and circles: 400, and no item is done."""
    stand_in = one_person()
    answer = await send(stand_in, *items)
    assert (400, "BadRequest") == (answer.status_code, answer.json()["error"]["code"])
    assert "phoneMethods.list" not in stand_in.stats.requests


async def test_twenty_items_are_taken() -> None:
    """The limit itself is allowed."""
    assert 20 == len(await answers(one_person(), *(item(number) for number in range(20))))


async def test_an_item_waits_for_those_it_depends_on() -> None:
    """Whatever the order of the batch, the dependency is done first."""
    got = await answers(one_person(), item(1, dependsOn=["2"]), patch(2))
    assert TWO == got["1"]["body"]["value"][0]["phoneNumber"]


async def test_a_failed_dependency_fails_what_depends_on_it() -> None:
    """424 down the chain, and nothing of it is done or charged."""
    stand_in = one_person()
    got = await answers(
        stand_in, item(1, url=methods_of(BO)), patch(2, dependsOn=["1"]), item(3, dependsOn=["2"]), item(4)
    )
    assert [404, 424, 424, 200] == [got[number]["status"] for number in "1234"]
    assert {"mobile": ONE} == stand_in.tenant.people[ALEX].methods
    assert 2 == stand_in.stats.units_offered


async def test_an_item_with_a_body_needs_its_content_type() -> None:
    """Without the header the item is refused, as the batching rules say."""
    got = await answers(one_person(), item(1, "PATCH", methods_of(ALEX, MOBILE), body={"phoneNumber": TWO}))
    assert 400 == got["1"]["status"]


async def test_items_are_metered_one_by_one() -> None:
    """A batch costs what its items cost; those beyond the budget get 429 and a wait of their own, the batch 200."""
    stand_in = one_person(units=RateLimit(5, 10))
    got = await answers(stand_in, *(item(number) for number in range(8)))
    assert 5 == [entry["status"] for entry in got.values()].count(200)
    refused = [entry for entry in got.values() if entry["status"] == 429]
    assert ["TooManyRequests"] * 3 == [entry["body"]["error"]["code"] for entry in refused]
    assert ["4", "6", "8"] == sorted(entry["headers"]["Retry-After"] for entry in refused)


@pytest.mark.parametrize(("items", "status"), [(5, 200), (6, 424)])
async def test_a_batch_can_say_that_an_item_was_throttled(items: int, status: int) -> None:
    """Older documentation gives the batch 424 then; its items are answered all the same."""
    stand_in = one_person(units=RateLimit(5, 10), throttled_batch="424")
    answer = await send(stand_in, *(item(number) for number in range(items)))
    assert (answer.status_code, len(answer.json()["responses"])) == (status, items)


async def test_a_batch_cannot_contain_a_batch() -> None:
    """The item is refused, and does not recurse."""
    got = await answers(one_person(), item(1, "POST", "/$batch", headers=JSON, body={"requests": [item(1)]}))
    assert 400 == got["1"]["status"]


async def test_a_connection_cut_inside_a_batch_is_a_timeout_of_the_item() -> None:
    """There is only one connection, so the item is answered 504; the write behind it was done."""
    stand_in = one_person()
    async with caller_of(stand_in) as caller:
        fault = {"kind": "commit-then-drop", "on": "phoneMethods.update"}
        await caller.post("http://graph.test/control/inject", json=fault)
        answer = await caller.post("/$batch", json={"requests": [patch(1)]})
    assert 504 == answer.json()["responses"][0]["status"]
    assert {"mobile": TWO} == stand_in.tenant.people[ALEX].methods


@pytest.mark.parametrize(("parallelism", "seconds"), [(20, 1.0), (4, 5.0), (1, 20.0)])
async def test_a_batch_lasts_as_long_as_its_items_in_parallel(parallelism: int, seconds: float) -> None:
    """Twenty items of one second each last one second, or longer when fewer run at once."""
    clock = Clock()
    stand_in = one_person(clock=clock, latency_ms=1000, latency_sigma=0, batch_parallelism=parallelism)
    before = clock.now
    await answers(stand_in, *(item(number) for number in range(20)))
    assert round(clock.now - before, 6) == seconds
