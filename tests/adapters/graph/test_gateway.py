"""What the gateway asks of Graph and makes of its answers, with the real SDK against the stand-in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from sandbox.graph.control import change_person
from sandbox.graph.faults import Fault
from shared.adapters.graph.gateway import GraphGateway
from shared.core.person.account import Account, KeyKind, Methods, PersonKey, PhoneAuthenticationMethod
from shared.core.plan.operations import CreatePhone, DeletePhone, UpdatePhone
from shared.core.values.errors import GraphUnavailableError, PersonAmbiguousError, PersonNotFoundError
from shared.core.values.slot import PhoneNumber, PhoneType
from tests.adapters.graph.conftest import ALEX, BO, CHRIS, NOBODY, OpenRoom, Room

NUMBER = PhoneNumber(1, "2025550101")
OTHER = PhoneNumber(1, "2025550199")

type LookUp = Callable[[GraphGateway, PersonKey], Awaitable[Account]]


async def _found(gateway: GraphGateway, key: PersonKey) -> Account:
    return (await gateway.look_up_with_methods(key, email=False)).account


@pytest.fixture(params=[GraphGateway.look_up, _found], ids=["alone", "with methods"])
def look_up(request: pytest.FixtureRequest) -> LookUp:
    """Both ways to look somebody up."""
    way: LookUp = request.param
    return way


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (KeyKind.OBJECT_ID, ALEX),
        (KeyKind.USER_PRINCIPAL_NAME, "Alex@contoso.example"),
        (KeyKind.EMPLOYEE_ID, "E'1"),
        (KeyKind.MAIL, "alex.o'neil@example.com"),
        (KeyKind.MAIL, " ALEX.o'neil@example.com "),
        (KeyKind.USER_PRINCIPAL_NAME, " alex@contoso.example"),
    ],
)
async def test_look_up_by_every_kind_of_key(room: Room, look_up: LookUp, kind: KeyKind, value: str) -> None:
    """Every kind of key finds the account, quotes in it included."""
    assert await look_up(room.gateway, PersonKey(kind, value)) == Account(
        id=ALEX, usage_location="US", display_name="Alex", user_principal_name="alex@contoso.example"
    )


async def test_look_up_of_a_guest(room: Room, look_up: LookUp) -> None:
    """A guest's sign-in name, which has # in it, is found; the account says that it is a guest and disabled."""
    key = PersonKey(KeyKind.USER_PRINCIPAL_NAME, "bo_fabrikam.example#EXT#@contoso.example")
    assert await look_up(room.gateway, key) == Account(id=BO, enabled=False, guest=True, user_principal_name=key.value)


@pytest.mark.parametrize(
    "key",
    [
        PersonKey(KeyKind.OBJECT_ID, NOBODY),
        PersonKey(KeyKind.USER_PRINCIPAL_NAME, "nobody@contoso.example"),
        PersonKey(KeyKind.EMPLOYEE_ID, "none"),
        PersonKey(KeyKind.MAIL, "nobody@example.com"),
    ],
)
async def test_look_up_of_nobody(room: Room, look_up: LookUp, key: PersonKey) -> None:
    """A key that nobody has is said to be so, without repeating it."""
    with pytest.raises(PersonNotFoundError) as caught:
        await look_up(room.gateway, key)
    assert ("personNotFound", False) == (caught.value.code, key.value in str(caught.value))


@pytest.mark.parametrize("value", ["", " ", ".", " .. ", ". ."])
async def test_look_up_of_a_placeholder(room: Room, look_up: LookUp, value: str) -> None:
    """Signs that people put into empty cells are nobody's key, and are not asked for."""
    for kind in KeyKind:
        with pytest.raises(PersonNotFoundError):
            await look_up(room.gateway, PersonKey(kind, value))
    assert 0 == room.stand_in.stats.requests.total()


async def test_look_up_of_a_shared_mail(room: Room, look_up: LookUp) -> None:
    """A mail address that two accounts have finds neither."""
    with pytest.raises(PersonAmbiguousError) as caught:
        await look_up(room.gateway, PersonKey(KeyKind.MAIL, "team@example.com"))
    assert 2 == caught.value.count


async def test_methods_come_with_the_look_up(open_room: OpenRoom) -> None:
    """In one call, and the e-mail address only where it is asked for; a search finds the account alone."""
    room = await open_room(email_role=True)
    room.stand_in.tenant.put(replace(room.stand_in.tenant.people[ALEX].person, email="alex@home.example"))
    by_name = PersonKey(KeyKind.USER_PRINCIPAL_NAME, "alex@contoso.example")
    with_phones = await room.gateway.look_up_with_methods(by_name, email=False)
    with_all = await room.gateway.look_up_with_methods(by_name, email=True)
    assert 2 == room.stand_in.stats.requests["batch"]
    assert with_phones.methods == await room.gateway.methods(ALEX)
    assert with_all.methods == await room.gateway.methods(ALEX, email=True)
    assert (await room.gateway.look_up_with_methods(PersonKey(KeyKind.EMPLOYEE_ID, "E'1"), email=False)).methods is None


async def test_a_look_up_whose_methods_cannot_be_read(room: Room) -> None:
    """The account is found all the same, and asked for alone where only its part failed."""
    key = PersonKey(KeyKind.OBJECT_ID, ALEX)
    room.stand_in.faults.add(Fault(kind="status", on="phoneMethods.list", status=503, count=1))
    assert (await room.gateway.look_up_with_methods(key, email=False)).methods is None
    room.stand_in.faults.add(Fault(kind="status", on="users.get", status=503, count=1))
    found = await room.gateway.look_up_with_methods(key, email=False)
    assert (ALEX, await room.gateway.methods(ALEX)) == (found.account.id, found.methods)
    room.stand_in.faults.add(Fault(kind="status", on="users.get", status=503))
    with pytest.raises(GraphUnavailableError):
        await room.gateway.look_up_with_methods(key, email=False)


async def test_phone_methods_are_read_as_our_values(room: Room) -> None:
    """Numbers, types and SMS sign-in states come back as values."""
    methods = await room.gateway.methods(ALEX)
    assert set(methods.phones) == {
        PhoneAuthenticationMethod(PhoneType.MOBILE, NUMBER, "notAllowedByPolicy"),
        PhoneAuthenticationMethod(PhoneType.OFFICE, PhoneNumber(1, "2025550102", "12"), "notSupported"),
    }


async def test_a_person_without_methods_has_none(room: Room) -> None:
    """No methods is an answer."""
    assert await room.gateway.methods(BO) == Methods()


async def test_phone_methods_of_nobody(open_room: OpenRoom) -> None:
    """A person who is gone is distinguished from one without methods, however Graph words it."""
    for wording in ("coded", "UnknownError"):
        room = await open_room(not_found=wording)
        with pytest.raises(PersonNotFoundError):
            await room.gateway.methods(NOBODY)


async def test_operations_are_executed(room: Room) -> None:
    """Create, update and delete do what they say and name the request."""
    request_ids = [
        await room.gateway.execute(BO, CreatePhone(PhoneType.MOBILE, NUMBER)),
        await room.gateway.execute(ALEX, UpdatePhone(PhoneType.MOBILE, NUMBER, OTHER)),
        await room.gateway.execute(ALEX, DeletePhone(PhoneType.OFFICE, PhoneNumber(1, "2025550102", "12"))),
    ]
    assert all(request_ids)
    assert NUMBER == (await room.gateway.methods(BO)).number(PhoneType.MOBILE)
    assert OTHER == (await room.gateway.methods(ALEX)).number(PhoneType.MOBILE)
    assert not (await room.gateway.methods(ALEX)).has(PhoneType.OFFICE)


async def test_disabled_accounts_over_many_pages(open_room: OpenRoom) -> None:
    """Every disabled account comes once, over as many pages as Graph likes."""
    room = await open_room(page_size=1)
    for user in (ALEX, CHRIS):
        change_person(room.stand_in.tenant, user, {"accountEnabled": False})
    assert [ALEX, BO, CHRIS] == [account.id async for account in room.gateway.disabled_accounts()]
    change_person(room.stand_in.tenant, BO, {"accountEnabled": True})
    assert [ALEX, CHRIS] == [account.id async for account in room.gateway.disabled_accounts()]
