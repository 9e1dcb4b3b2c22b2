"""What a help desk sees of a person before anything is tried, and previews that promise nothing the call refuses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast

import pytest

from sandbox.graph.options import Options
from sandbox.graph.person import Person
from sandbox.people import Staff
from shared.api.app import build
from shared.api.errors import FORMS
from shared.api.roles import CallerRole
from shared.core.person.account import SLOT_OF_DEFAULT
from shared.flows.graph_ports import DirectoryPort
from tests.api.caller import ENTRA, World, api, principal

ANNA, BERT, BOSS = (f"00000000-0000-4000-8000-{number:012}" for number in (1, 2, 3))
MOBILE, OFFICE, NEW, THIRD = (f"+1 202555010{last}" for last in range(1, 5))
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
PEOPLE = (
    Person(
        id=ANNA,
        userPrincipalName="anna.o'hara@contoso.example",
        displayName="Anna O'Hara",
        mail="a.ohara@example.com",
        employeeId="E0017",
        department="Sales",
        usageLocation="GB",
        phones={"mobile": MOBILE, "office": OFFICE},
        default_method="mobile",
    ),
    Person(id=BERT, userPrincipalName="bert@contoso.example", displayName="Anna-Bert Zu", phones={"mobile": NEW}),
    Person(
        id=BOSS,
        userPrincipalName="boss@contoso.example",
        displayName="Boss",
        phones={},
        roles=(GLOBAL_ADMINISTRATOR,),
    ),
)
DESK = principal(CallerRole.READ_WRITE)


@asynccontextmanager
async def desk(*, report_role: bool = False, **settings: str) -> AsyncIterator[World]:
    async with api(Staff(()), {**ENTRA, **settings}, options=Options(report_role=report_role)) as world:
        for person in PEOPLE:
            world.inside.stand_in.tenant.put(person)
        world.http.headers.update(DESK)
        yield world


async def found(world: World, who: str) -> list[str]:
    answer = await world.http.post("/users/find", json={"who": who})
    return [one["id"] for one in answer.json()["value"]] if answer.is_success else [answer.json()["error"]["code"]]


async def preview(world: World, verb: str, path: str, body: dict[str, str] | None = None) -> dict[str, Any]:
    answer = await world.http.request(verb, f"/users/{path}?preview=true", json=body)
    assert 200 == answer.status_code, answer.text
    return dict(answer.json())


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (ANNA, [ANNA]),
        (ANNA.upper(), [ANNA]),
        ("anna.o'hara@contoso.example", [ANNA]),
        ("A.OHARA@example.com", [ANNA]),
        ("E0017", [ANNA]),
        ("anna", [ANNA, BERT]),
        ("Anna O'Ha", [ANNA]),
        ("nobody@contoso.example", ["personNotFound"]),
        (ANNA.replace("1", "9"), ["personNotFound"]),
        ("zzz", ["personNotFound"]),
        ("...", ["personNotFound"]),
        ("' or startswith(displayName,'A", ["personNotFound"]),
    ],
)
async def test_a_person_is_found_by(who: str, expected: list[str]) -> None:
    async with desk() as world:
        assert expected == await found(world, who)


async def test_at_most_ten_people_are_found() -> None:
    """The one with this employee id, who stands first, counts too."""
    named = [
        Person(id=f"{ANNA[:-2]}{n}", userPrincipalName=f"e{n}@contoso.example", displayName="E0017", phones={})
        for n in range(11, 22)
    ]
    async with desk() as world:
        for person in named:
            world.inside.stand_in.tenant.put(person)
        assert (ANNA, 10) == ((answer := await found(world, "E0017"))[0], len(set(answer)))


async def test_who_it_is_and_whether_protected_is_told_before_anything_is_tried() -> None:
    """By the search, by reads and by previews; the default method only where the report can be read."""
    async with desk() as world:
        sought = (await world.http.post("/users/find", json={"who": "anna o"})).json()["value"][0]
        read = (await world.http.get(f"/users/{ANNA}/phoneMethods")).json()["person"]
        planned = (await preview(world, "PUT", f"{ANNA}/phoneMethods/mobile", {"phoneNumber": NEW}))["person"]
        assert sought == read == planned
        assert ("Anna O'Hara", "Sales", False, "") == (
            read["displayName"],
            read["department"],
            read["isProtected"],
            read["defaultMethod"],
        )
        assert (await world.http.get(f"/users/{BOSS}/phoneMethods")).json()["person"]["isProtected"]
        refused = await preview(world, "PUT", f"{BOSS}/phoneMethods/mobile", {"phoneNumber": NEW})
        assert ("refused", True) == (refused["outcome"], refused["person"]["isProtected"])


async def test_a_preview_does_not_promise_to_remove_the_default_method() -> None:
    """With the report it refuses as Graph would; without it, it says on what it depends."""
    async with desk(report_role=True) as world:
        told = await preview(world, "DELETE", f"{ANNA}/phoneMethods/mobile")
        assert ("refused", "defaultMethod", "sms") == (told["outcome"], told["code"], told["person"]["defaultMethod"])
        assert "default" in told["remedy"]
        call = await world.http.delete(f"/users/{ANNA}/phoneMethods/mobile")
        assert "defaultMethod" == call.json()["error"]["code"]
        office = await preview(world, "DELETE", f"{ANNA}/phoneMethods/office")
        assert ("removed", True) == (office["outcome"], bool(office["proviso"]))

    async with desk() as world:
        unknown = await preview(world, "DELETE", f"{ANNA}/phoneMethods/mobile")
        assert ("", True) == (unknown["person"]["defaultMethod"], "default sign-in method" in unknown["proviso"])


async def test_a_preview_refuses_what_a_quota_or_sharing_refuses() -> None:
    async with desk(MAX_SAME_MOBILE="1", MAX_CALLS_PER_DAY="1") as world:
        path, shared_by, other = f"{BERT}/phoneMethods/mobile", {"phoneNumber": THIRD}, {"phoneNumber": MOBILE}
        assert 200 == (await world.http.put(f"/users/{ANNA}/phoneMethods/mobile", json=shared_by)).status_code
        for body, code in ((shared_by, "valueShared"), (other, "quotaReached")):
            told = await preview(world, "PUT", path, body)
            call = await world.http.put(f"/users/{path}", json=body)
            assert ("refused", code, code) == (told["outcome"], told["code"], call.json()["error"]["code"])


async def test_a_landline_is_told_where_it_may_be_set() -> None:
    async with desk() as world:
        told = await preview(world, "PUT", f"{ANNA}/phoneMethods/mobile", {"phoneNumber": "+44 20 7946 0123"})
        assert ("refused", "landlineNotMobile") == (told["outcome"], told["code"])
        assert "office number" in told["remedy"]
        office = await preview(world, "PUT", f"{ANNA}/phoneMethods/office", {"phoneNumber": "+44 20 7946 0123"})
        assert "updated" == office["outcome"]


async def test_a_refused_number_comes_with_what_may_be_meant() -> None:
    """The number is that of the request, so it is shown."""
    async with desk(DEFAULT_REGION="") as world:
        told = await preview(world, "PUT", f"{ANNA}/phoneMethods/mobile", {"phoneNumber": "1 202 555 0103"})
        assert ("refused", ["+1 2025550103"]) == (told["outcome"], told["suggestions"])
        assert "Write the number with + and country code, and nothing else." == told["remedy"]
        accepted = await preview(world, "PUT", f"{ANNA}/phoneMethods/mobile", {"phoneNumber": told["suggestions"][0]})
        assert ("updated", []) == (accepted["outcome"], accepted["suggestions"])


async def test_a_graph_that_does_not_answer_is_told_within_seconds() -> None:
    async with desk() as world:
        calls, silent = world.inside.app.single_calls, cast("DirectoryPort", _Silent())
        find = replace(calls.find, directory=silent, answer_seconds=0.1)
        vars(world.inside.app)["single_calls"] = replace(calls, directory=silent, find=find, answer_seconds=0.1)
        for answer in (
            await world.http.post("/users/find", json={"who": "anna@contoso.example"}),
            await world.http.get(f"/users/{ANNA}/phoneMethods"),
            await world.http.put(f"/users/{ANNA}/phoneMethods/mobile?preview=true", json={"phoneNumber": NEW}),
            await world.http.put(f"/users/{ANNA}/phoneMethods/mobile", json={"phoneNumber": NEW}),
        ):
            assert 503 == answer.status_code
            assert "Unknown yet" in answer.json()["error"]["message"]
            assert 0 < int(answer.headers["Retry-After"]) <= 30


class _Silent:
    """A directory that never answers."""

    async def look_up(self, *_: object) -> None:
        await asyncio.sleep(60)


def test_every_default_method_that_is_a_phone_is_known() -> None:
    """By Graph's enumeration userDefaultAuthenticationMethodType."""
    phones = {"sms", "voiceMobile", "voiceAlternateMobile", "voiceOffice"}
    assert phones == SLOT_OF_DEFAULT.keys()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/users/anna/phoneMethods", "path.id: it is neither an object id nor a user principal name"),
        ("/users/anna%20o/runs", "path.id: it is neither an object id nor a user principal name"),
        (f"/users/{ANNA}/runs?$skiptoken=x", "query.$skiptoken: it is not from the link to a next page"),
    ],
)
async def test_a_wrong_request_is_explained_in_words(path: str, expected: str) -> None:
    async with desk() as world:
        error = (await world.http.get(path)).json()["error"]
        assert "badRequest" == error["code"]
        assert error["message"].startswith(expected)


def test_no_parameter_with_a_pattern_is_explained_by_it() -> None:
    """Each has words of its own."""
    described = build().openapi()["paths"]
    with_pattern = {
        parameter["name"]
        for path in described.values()
        for operation in path.values()
        for parameter in operation.get("parameters", ())
        if "pattern" in parameter["schema"] or any("pattern" in one for one in parameter["schema"].get("anyOf", ()))
    }
    assert with_pattern <= FORMS.keys()
