"""Look-ups that come together share a call, and nobody gets another's answer or suffers for another."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from sandbox.graph.faults import Fault
from sandbox.graph.person import Person
from shared.adapters.graph.batch import MOST_PEOPLE
from shared.adapters.graph.gateway import GraphGateway
from shared.core.person.account import AccountWithMethods, KeyKind, Methods, PersonKey
from shared.core.values.errors import GraphRefusedError, PersonNotFoundError
from tests.adapters.graph.conftest import ALEX, BO, NOBODY, OpenRoom, Room, gateway_at
from tests.adapters.graph.scripted import FixedCredential, Script, answer, scripted

CROWD = [
    Person(
        id=f"00000000-0000-4000-8000-{n:012d}",
        userPrincipalName=f"p{n}@contoso.example",
        phones={"mobile": f"+1 20255501{n:02d}"},
        email=f"p{n}@home.example",
    )
    for n in range(2 * MOST_PEOPLE + 1)
]


async def look_up_with_methods(gateway: GraphGateway, *object_ids: str) -> list[AccountWithMethods | BaseException]:
    """Everybody at the same moment; what a look-up raises stands for its answer."""
    keys = (PersonKey(KeyKind.OBJECT_ID, object_id) for object_id in object_ids)
    return await asyncio.gather(
        *(gateway.look_up_with_methods(key, email=False) for key in keys), return_exceptions=True
    )


def responses(*statuses: int) -> bytes:
    """A batch whose parts have these statuses, an account and its methods in turn."""
    bodies: list[dict[str, Any]] = [{"id": ALEX}, {"value": []}]
    parts = [
        {"id": str(position), "status": status, "body": bodies[position % 2] if status == 200 else {}}
        for position, status in enumerate(statuses)
    ]
    return answer(200, {"responses": parts})


def people_asked_for(script: Script) -> list[int]:
    """How many people each call was about."""
    return [len(json.loads(request.body)["requests"]) // 2 for request in script.requests]


@pytest.mark.parametrize("email", [True, False])
async def test_everybody_gets_their_own(open_room: OpenRoom, *, email: bool) -> None:
    """Full calls leave at once, the rest soon after; each person gets their account, numbers and address."""
    room = await open_room(CROWD, (), email_role=True)
    keys = [PersonKey(KeyKind.USER_PRINCIPAL_NAME, person.userPrincipalName) for person in CROWD]
    found = await asyncio.gather(*(room.gateway.look_up_with_methods(key, email=email) for key in keys))
    assert [one.account.id for one in found] == [person.id for person in CROWD]
    assert 3 == room.stand_in.stats.requests["batch"]
    assert [one.methods for one in found] == [await room.gateway.methods(person.id, email=email) for person in CROWD]


@pytest.mark.parametrize("email", [True, False])
async def test_reads_of_methods_may_share_a_call_too(open_room: OpenRoom, *, email: bool) -> None:
    """Everybody gets their own numbers and address, and who is gone costs nobody else anything."""
    room = await open_room(CROWD, (), email_role=True)
    together = [room.gateway.methods(one.id, email=email, together=True) for one in CROWD]
    *found, gone = await asyncio.gather(
        *together, room.gateway.methods(NOBODY, email=email, together=True), return_exceptions=True
    )
    assert 3 == room.stand_in.stats.requests["batch"]
    assert found == [await room.gateway.methods(person.id, email=email) for person in CROWD]
    assert isinstance(gone, PersonNotFoundError)


async def test_who_is_throttled_in_company_is_read_alone(room: Room) -> None:
    """With the patience of a single read: longer than others in the same call wait for one person."""
    room.stand_in.faults.add(Fault(kind="throttle", on="phoneMethods.list", seconds=2, count=1))
    found = await asyncio.gather(*(room.gateway.methods(one, together=True) for one in (ALEX, BO)))
    assert (1, 2 + 1) == tuple(room.stand_in.stats.requests[kind] for kind in ("batch", "phoneMethods.list"))
    assert found == [await room.gateway.methods(one) for one in (ALEX, BO)]


async def test_who_comes_later_has_a_call_of_their_own(room: Room) -> None:
    """Nobody joins a call that has left."""
    for _ in range(2):
        (found,) = await look_up_with_methods(room.gateway, ALEX)
        assert isinstance(found, AccountWithMethods)
    assert 2 == room.stand_in.stats.requests["batch"]


async def test_one_person_who_is_gone(room: Room) -> None:
    """Only those who are not there are not found."""
    found = await look_up_with_methods(room.gateway, ALEX, NOBODY, BO)
    assert [type(one) for one in found] == [AccountWithMethods, PersonNotFoundError, AccountWithMethods]
    assert 1 == room.stand_in.stats.requests["batch"]


async def test_a_call_that_is_lost(room: Room) -> None:
    """It may be one person's doing, so each is asked for alone; at last the account is read without its methods."""
    together, alone = 3, 3
    room.stand_in.faults.add(Fault(kind="status", on="batch", status=503, count=together + 2 * alone - 1))
    found = await look_up_with_methods(room.gateway, ALEX, BO)
    assert {True, False} == {one.methods is None for one in found if isinstance(one, AccountWithMethods)}
    assert together + 2 * alone == room.stand_in.stats.requests["batch"]


async def test_one_key_that_spoils_the_call() -> None:
    """What Graph refuses as a whole is asked again for each person alone, and only the one who was meant is refused."""
    spoilt, good = answer(400, {"error": {"code": "BadRequest", "message": "Invalid batch."}}), responses(200, 200)
    async with scripted(spoilt, good, spoilt) as script, gateway_at(script.url, FixedCredential()) as gateway:
        found = await look_up_with_methods(gateway, ALEX, BO)
    assert [type(one) for one in found] == [AccountWithMethods, GraphRefusedError]
    assert [2, 1, 1] == people_asked_for(script)


async def test_a_refusal_of_one_is_not_asked_again() -> None:
    """Nor is anybody asked for twice because of it; a person alone who is refused is refused at once."""
    refused_first, refused = responses(403, 403, 200, 200), responses(403, 403)
    async with scripted(refused_first, refused) as script, gateway_at(script.url, FixedCredential()) as gateway:
        together = await look_up_with_methods(gateway, ALEX, BO)
        alone = await look_up_with_methods(gateway, ALEX)
    assert [type(one) for one in (*together, *alone)] == [GraphRefusedError, AccountWithMethods, GraphRefusedError]
    assert [2, 1] == people_asked_for(script)


async def test_who_stops_waiting(open_room: OpenRoom) -> None:
    """An invocation that is ended takes nobody else's answer away, whether it was the first of the call or not."""
    room = await open_room(CROWD, (), latency_ms=50.0)
    keys = [PersonKey(KeyKind.OBJECT_ID, person.id) for person in CROWD[:3]]
    first, second, third = [asyncio.create_task(room.gateway.look_up_with_methods(key, email=False)) for key in keys]
    await asyncio.sleep(0.02)
    first.cancel()
    third.cancel()
    found = await second
    assert (found.account.id, type(found.methods)) == (CROWD[1].id, Methods)
    assert 1 == room.stand_in.stats.requests["batch"]
