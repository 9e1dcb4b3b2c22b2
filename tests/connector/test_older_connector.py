"""Flows built with the older connector for Graph's phoneMethods go on: the same operations, names, enums and fields.

Facts: custom-connectors/AzureADPhoneMethods/apiDefinition.swagger.json in microsoft/PowerPlatformConnectors, 2020.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from sandbox.graph.person import Person
from sandbox.people import Staff
from tests.api.caller import ENTRA, World, api
from tests.connector.calls import MOBILE, all_seven, call
from tests.connector.files import OFFERED, definition

USER = "00000000-0000-4000-8000-000000000001"
A, B = "+1 2025550101", "+1 2025550102"
ALTERNATE = "b6332ec1-7057-4abe-9331-3d72feddfe41"
OFFICE = "e37fc753-ff3b-4958-9484-eaa9425c82bc"
METHOD = {"id", "phoneNumber", "phoneType", "smsSignInState"}
ERROR = {"code", "message", "innerError"}
INNER_ERROR = {"message", "target", "date", "request-id"}
NOBODYS = Person(id=USER, userPrincipalName="p@contoso.example")
READY = replace(NOBODYS, phones={"mobile": A}, smsSignInState="ready")
OUT_OF_SCOPE = replace(READY, smsSignInState="notAllowedByPolicy")


@dataclass(frozen=True)
class Older:
    """What the older connector said of an operation: parameters by name, and the fields of a success."""

    id: str
    parameters: frozenset[str]
    fields: frozenset[str] = frozenset()
    body: frozenset[str] = frozenset()


BODY = frozenset({"phoneNumber", "phoneType"})
OLDER = [
    Older("ListPhonemethods", frozenset({"userID"}), frozenset({"@odata.context", "value"})),
    Older(
        "CreatePhoneauthenticationmethod",
        frozenset({"userID", "body"}),
        frozenset({"@odata.context", *METHOD}),
        BODY,
    ),
    Older("EnableSmsSignin", frozenset({"userID"})),
    Older("DisableSmsSignin", frozenset({"userID"})),
    Older("GetPhonemethod", frozenset({"userID", "phonemethodID"}), frozenset({"@odata.context", *METHOD})),
    Older("DeletePhoneauthenticationmethod", frozenset({"userID", "phonemethodID"})),
    Older(
        "UpdatePhoneauthenticationmethod",
        frozenset({"userID", "phonemethodID", "body"}),
        frozenset({"@odata.context", *METHOD}),
        BODY,
    ),
]
EACH = pytest.mark.parametrize("older", OLDER, ids=lambda older: older.id)


@EACH
def test_parameters_have_their_names_and_enums_and_nothing_more_has_to_be_filled_in(older: Older) -> None:
    """A flow holds values by the names of parameters; one that it does not have must be optional or filled in."""
    offered = {parameter["name"]: parameter for parameter in OFFERED[older.id].content["parameters"]}
    new = {name: parameter for name, parameter in offered.items() if name not in older.parameters}

    assert older.parameters <= set(offered)
    assert [] == [name for name, parameter in new.items() if parameter["required"] and "default" not in parameter]
    if "phonemethodID" in older.parameters:
        assert [OFFICE, ALTERNATE, MOBILE] == offered["phonemethodID"]["enum"]
    if older.body:
        schema = offered["body"]["schema"]
        assert older.body == set(schema["properties"]) == set(schema["required"])
        assert ["mobile", "alternateMobile", "office"] == schema["properties"]["phoneType"]["enum"]


@EACH
def test_successes_have_their_fields(older: Older) -> None:
    """As the designer offers them to later steps of the flow."""
    for status, response in OFFERED[older.id].content["responses"].items():
        if status.startswith("2") and older.fields:
            schema = definition(response["schema"])
            assert older.fields <= set(schema["properties"])
            items = schema["properties"].get("value", {}).get("items")
            assert items is None or METHOD == set(definition(items)["properties"])


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with api(Staff(()), ENTRA) as world:
        yield world


async def test_a_flow_lists_creates_gets_updates_and_deletes(world: World) -> None:
    """All seven operations with the calls of the older connector, and the fields that its flows read."""
    world.inside.stand_in.tenant.put(replace(NOBODYS, smsSignInState="notEnabled"))
    answers = await all_seven(world.http.request, USER, A, B)

    for older in OLDER:
        if older.fields:
            assert older.fields <= set(answers[older.id].json())
    assert [METHOD] == [set(method) for method in answers["ListPhonemethods"].json()["value"]]
    method = answers["GetPhonemethod"].json()
    assert (MOBILE, B, "mobile", "ready") == tuple(
        method[name] for name in ("id", "phoneNumber", "phoneType", "smsSignInState")
    )
    assert {} == world.inside.stand_in.tenant.people[USER].methods


@pytest.mark.parametrize(
    ("person", "operation_id", "given", "status"),
    [
        (READY, "CreatePhoneauthenticationmethod", {"body": {"phoneNumber": B, "phoneType": "mobile"}}, 409),
        (
            NOBODYS,
            "CreatePhoneauthenticationmethod",
            {"body": {"phoneNumber": B, "phoneType": "alternateMobile"}},
            409,
        ),
        (NOBODYS, "GetPhonemethod", {"phonemethodID": OFFICE}, 404),
        (
            NOBODYS,
            "UpdatePhoneauthenticationmethod",
            {"phonemethodID": MOBILE, "body": {"phoneNumber": B, "phoneType": "mobile"}},
            404,
        ),
        (
            READY,
            "UpdatePhoneauthenticationmethod",
            {"phonemethodID": MOBILE, "body": {"phoneNumber": B, "phoneType": "office"}},
            422,
        ),
        (OUT_OF_SCOPE, "EnableSmsSignin", {}, 409),
    ],
)
async def test_refusals_have_the_fields_of_the_older_errors(
    world: World, person: Person, operation_id: str, given: dict[str, Any], status: int
) -> None:
    """Each rule of Graph is reported as an error with code, message and inner error, as flows read them."""
    world.inside.stand_in.tenant.put(person)
    answer = await call(world.http.request, operation_id, userID=USER, **given)

    error = answer.json()["error"]
    assert status == answer.status_code
    assert (ERROR, INNER_ERROR) == (ERROR & set(error), INNER_ERROR & set(error["innerError"]))
    assert (answer.headers["x-ms-error-code"], error["message"]) == (error["code"], error["innerError"]["message"])
