"""Many people at once: whoever is not clearly answered gets an error, and nobody gets another's answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.graph.faults import Fault
from sandbox.graph.options import RateLimit, RetryAfterForm
from sandbox.graph.person import Person
from shared.adapters.graph import Pacing
from shared.core.person.account import Methods
from shared.core.values.errors import GraphRefusedError, GraphUnavailableError, PersonNotFoundError, ThrottledError
from shared.core.values.slot import PhoneNumber, PhoneType
from tests.adapters.graph.conftest import ALEX, BO, CHRIS, NOBODY, OpenRoom, Room, SharedTime, gateway_at
from tests.adapters.graph.scripted import NO_ANSWER, Cut, FixedCredential, answer, scripted


def _id(n: int) -> str:
    return f"00000000-0000-4000-8000-{n:012d}"


def _crowd(size: int) -> list[Person]:
    return [
        Person(id=_id(n), userPrincipalName=f"p{n}@contoso.example", phones={"mobile": f"+1 20255501{n:02d}"})
        for n in range(size)
    ]


def _part(position: int, status: int = 200, body: Any = None, **headers: str) -> dict[str, Any]:
    return {"id": str(position), "status": status, "headers": headers, "body": body or {"value": []}}


async def test_everybody_gets_their_own(open_room: OpenRoom) -> None:
    """Answers come in any order and are matched to the right people, 20 to a batch, each person once."""
    room = await open_room(_crowd(45), ())
    found = await room.gateway.phone_methods_of([_id(n) for n in [*range(45), 3, 7]])
    numbers = {key: value.number(PhoneType.MOBILE) for key, value in found.items() if isinstance(value, Methods)}
    assert numbers == {_id(n): PhoneNumber(1, f"20255501{n:02d}") for n in range(45)}
    assert (3, 45) == (room.stand_in.stats.requests["batch"], room.stand_in.stats.requests["phoneMethods.list"])


async def test_nobody_asked_nothing_sent(room: Room) -> None:
    """No people, no call."""
    assert ({}, 0) == (await room.gateway.phone_methods_of([]), room.stand_in.stats.requests["batch"])


async def test_one_person_who_is_gone(room: Room) -> None:
    """An error for one leaves the others their answers."""
    found = await room.gateway.phone_methods_of([ALEX, NOBODY, BO])
    assert {key: type(value) for key, value in found.items()} == {
        ALEX: Methods,
        NOBODY: PersonNotFoundError,
        BO: Methods,
    }


async def test_a_dropped_or_failed_part(room: Room) -> None:
    """A part that fails is an error of its own."""
    room.stand_in.faults.add(Fault(kind="drop", on="phoneMethods.list", user=ALEX))
    room.stand_in.faults.add(Fault(kind="status", on="phoneMethods.list", user=BO, status=502, body="<html/>"))
    found = await room.gateway.phone_methods_of([ALEX, BO, CHRIS])
    assert [type(found[key]) for key in (ALEX, BO, CHRIS)] == [GraphUnavailableError] * 2 + [Methods]


@pytest.mark.parametrize("form", ["integer", "fraction", "date", "none"])
async def test_throttled_parts_are_asked_for_again_alone(open_room: OpenRoom, form: RetryAfterForm) -> None:
    """The others are not asked for twice, the wait is kept, and in the end everybody has an answer."""
    room = await open_room(_crowd(20), (), shared_time=SharedTime())
    fault = Fault(kind="throttle", on="phoneMethods.list", user=_id(3), count=2, seconds=5.3, retry_after=form)
    room.stand_in.faults.add(fault)
    found = await room.gateway.phone_methods_of([_id(n) for n in range(20)])
    assert all(isinstance(value, Methods) for value in found.values())
    assert 22 == room.stand_in.stats.requests["phoneMethods.list"]
    assert "retry-after-ignored" not in {finding.kind for finding in room.stand_in.findings}


async def test_parts_that_stay_throttled(open_room: OpenRoom) -> None:
    """Asking again has an end; the last word is the throttle."""
    room = await open_room(_crowd(2), (), shared_time=SharedTime())
    room.stand_in.faults.add(Fault(kind="throttle", on="phoneMethods.list", user=_id(1), seconds=2.0))
    found = await room.gateway.phone_methods_of([_id(0), _id(1)])
    assert [type(found[_id(n)]) for n in range(2)] == [Methods, ThrottledError]


async def test_a_wait_beyond_the_patience_is_told(open_room: OpenRoom) -> None:
    """When the throttle lasts too long, what was answered stays and the rest gets the delay."""
    room = await open_room(_crowd(2), (), pace=Pacing(1, max_wait=1))
    room.stand_in.faults.add(Fault(kind="throttle", on="phoneMethods.list", user=_id(1), seconds=60))
    found = await room.gateway.phone_methods_of([_id(0), _id(1)])
    assert isinstance(found[_id(0)], Methods)
    late = found[_id(1)]
    assert isinstance(late, ThrottledError)
    assert late.delay > 55


async def test_a_small_limit_is_respected(open_room: OpenRoom) -> None:
    """A batch costs as many units as it has parts: with a limit below ours everybody is read, and no wait is broken."""
    room = await open_room(_crowd(100), (), units=RateLimit(60, 10), shared_time=SharedTime())
    found = await room.gateway.phone_methods_of([_id(n) for n in range(100)])
    assert all(isinstance(value, Methods) for value in found.values())
    assert "retry-after-ignored" not in {finding.kind for finding in room.stand_in.findings}
    assert room.stand_in.stats.throttled["phoneMethods.list"] > 0


@pytest.mark.parametrize(
    ("whole", "kind"),
    [
        pytest.param(NO_ANSWER, GraphUnavailableError, id="lost"),
        pytest.param(Cut(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"), GraphUnavailableError, id="cut"),
        pytest.param(answer(200, b"<html/>"), GraphUnavailableError, id="html"),
        pytest.param(answer(200, []), GraphUnavailableError, id="array"),
        pytest.param(answer(200, {"responses": None}), GraphUnavailableError, id="no-responses"),
        pytest.param(answer(200, {"responses": [None, 7, {}]}), GraphUnavailableError, id="strange-parts"),
        pytest.param(answer(503), GraphUnavailableError, id="unavailable"),
        pytest.param(answer(400, {"error": {"code": "BadRequest"}}), GraphRefusedError, id="malformed"),
        pytest.param(answer(403, {"error": {"code": "accessDenied"}}), GraphRefusedError, id="forbidden"),
    ],
)
async def test_a_whole_that_cannot_be_used(whole: bytes, kind: type[Exception]) -> None:
    """When the whole answer is lost, everybody in it is unread."""
    async with scripted(whole) as script, gateway_at(script.url, FixedCredential()) as gateway:
        found = await gateway.phone_methods_of([ALEX, BO])
    assert {key: type(value) for key, value in found.items()} == {ALEX: kind, BO: kind}


@pytest.mark.parametrize(
    ("parts", "kinds"),
    [
        pytest.param([_part(1)], [GraphUnavailableError, Methods], id="one-missing"),
        pytest.param([_part(0), _part(0), _part(1)], [GraphUnavailableError, Methods], id="one-twice"),
        pytest.param([_part(0), _part(1), _part(5)], [Methods, Methods], id="one-too-many"),
        pytest.param([_part(1), _part(0, body={"x": 1})], [GraphUnavailableError, Methods], id="no-list"),
        pytest.param([{"id": "0", "status": 200}, _part(1)], [GraphUnavailableError, Methods], id="no-body"),
        pytest.param(
            [{"id": "0", "status": 200, "body": "eyJ2YWx1ZSI6W119"}, _part(1)],
            [GraphUnavailableError, Methods],
            id="text-body",
        ),
        pytest.param([{**_part(0), "status": "200"}, _part(1)], [GraphUnavailableError, Methods], id="text-status"),
        pytest.param([{**_part(0), "id": 0}, _part(1)], [GraphUnavailableError, Methods], id="number-id"),
        pytest.param([{**_part(0), "id": []}, _part(1)], [GraphUnavailableError, Methods], id="list-id"),
        pytest.param([_part(0, 424), _part(1)], [GraphUnavailableError, Methods], id="failed-dependency"),
        pytest.param([_part(0, 404), _part(1)], [PersonNotFoundError, Methods], id="not-found"),
    ],
)
@pytest.mark.parametrize("status", [200, 424])
async def test_a_part_that_cannot_be_used(status: int, parts: list[Any], kinds: list[type[object]]) -> None:
    """A part that is missing, doubled or malformed is unread; the others count, also under a whole of 424."""
    whole = answer(status, {"responses": parts})
    async with scripted(whole) as script, gateway_at(script.url, FixedCredential()) as gateway:
        found = await gateway.phone_methods_of([ALEX, BO])
    assert [type(found[key]) for key in (ALEX, BO)] == kinds


async def test_the_envelope_is_as_documented() -> None:
    """One POST of relative addresses with ids of their own."""
    whole = answer(200, {"responses": [_part(0)]})
    async with scripted(whole) as script, gateway_at(script.url, FixedCredential()) as gateway:
        await gateway.phone_methods_of(["a/b"])
    (request,) = script.requests
    assert ("POST", "/v1.0/$batch") == (request.method, request.target)
    assert {
        "requests": [{"id": "0", "method": "GET", "url": "/users/a%2Fb/authentication/phoneMethods"}]
    } == json.loads(request.body)


async def test_a_batch_that_is_not_there() -> None:
    """A 404 of the whole is about the address of Graph; nobody is taken for gone."""
    async with scripted(answer(404)) as script, gateway_at(script.url, FixedCredential()) as gateway:
        found = await gateway.phone_methods_of([ALEX, BO])
    errors = [error for error in found.values() if isinstance(error, GraphRefusedError)]
    assert [("graphRefused", "Check GRAPH_CLOUD and GRAPH_BASE_URL.")] * 2 == [
        (error.code, error.remedy) for error in errors
    ]
