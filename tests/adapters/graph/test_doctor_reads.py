"""What the doctor reads through the gateway: this app's own token, and the tenant's authentication methods policy."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from sandbox.graph.permissions import APP_ROLES
from shared.adapters.graph.permissions import MANAGED_IDENTITY, TokenClaims
from shared.adapters.graph.token import claims_in
from shared.core.values.errors import GraphRefusedError, GraphUnavailableError
from tests.adapters.graph.conftest import OpenRoom, Room, gateway_at
from tests.adapters.graph.scripted import FixedCredential, answer, scripted


def token(payload: Any) -> str:
    return f"e30.{base64.urlsafe_b64encode(json.dumps(payload).encode()).rstrip(b'=').decode()}.c2lnbmF0dXJl"


async def test_the_roles_are_those_of_the_token(room: Room) -> None:
    """Read from the token that every call carries; a managed identity's object id need not be in it."""
    client_id = room.stand_in.options.app_id
    assert TokenClaims(frozenset(APP_ROLES), MANAGED_IDENTITY, client_id) == await room.gateway.token_claims()


@pytest.mark.parametrize(
    ("payload", "claims"),
    [
        ({"roles": ["User.Read.All"], "oid": "an id"}, TokenClaims(frozenset({"User.Read.All"}), "an id")),
        ({"oid": "an id", "x": "?" * 4}, TokenClaims(frozenset(), "an id")),
        ({"oid": "an id", "appid": "a client"}, TokenClaims(frozenset(), "an id", "a client")),
        ({"oid": "an id", "azp": "a client"}, TokenClaims(frozenset(), "an id", "a client")),
        ({}, TokenClaims(frozenset())),
    ],
)
def test_claims_of_a_token(payload: Any, claims: TokenClaims) -> None:
    """An identity that was granted nothing has no claim `roles` at all."""
    assert claims == claims_in(token(payload))


@pytest.mark.parametrize("text", ["", "opaque", "a.b.c", "e30.e.x", token([]), token("roles"), token({"roles": 7})])
def test_a_token_that_cannot_be_read_is_never_shown(text: str) -> None:
    """Graph's tokens have no documented form, so one may be anything; what it is stays out of the error."""
    with pytest.raises(GraphUnavailableError) as unreadable:
        claims_in(text)
    assert "tokenUnreadable" == unreadable.value.code
    assert unreadable.value.__cause__ is None
    assert unreadable.value.__suppress_context__


async def test_the_stand_in_s_policy_is_read(open_room: OpenRoom) -> None:
    """What is switched off is not among the enabled methods, and without the role nothing is known."""
    room = await open_room(policy_role=True, voice_policy="disabled")
    assert {"sms"} == (await room.gateway.sign_in_policy()).enabled
    room = await open_room()
    with pytest.raises(GraphRefusedError) as refused:
        await room.gateway.sign_in_policy()
    assert "permissionMissing" == refused.value.code


async def test_enabled_methods_are_those_of_the_policy() -> None:
    """Ids come in any case, and only the state `enabled` counts."""
    states = {"Sms": "enabled", "Voice": "disabled", "Fido2": "enabled", "Email": None}
    policy = {"authenticationMethodConfigurations": [{"id": name, "state": state} for name, state in states.items()]}
    async with scripted(answer(200, policy)) as script, gateway_at(script.url, FixedCredential()) as gateway:
        assert {"sms", "fido2"} == (await gateway.sign_in_policy()).enabled
    assert [("GET", "/v1.0/policies/authenticationMethodsPolicy")] == [(r.method, r.target) for r in script.requests]


@pytest.mark.parametrize("body", [{}, [], {"authenticationMethodConfigurations": [{}]}])
async def test_a_policy_of_another_form_is_unreadable(body: Any) -> None:
    """It is not taken for one in which nothing is enabled."""
    async with scripted(answer(200, body)) as script, gateway_at(script.url, FixedCredential()) as gateway:
        with pytest.raises(GraphUnavailableError) as unreadable:
            await gateway.sign_in_policy()
    assert "answerUnreadable" == unreadable.value.code


async def test_a_policy_that_may_not_be_read_names_the_permission() -> None:
    """As everywhere: what to grant."""
    refusal = answer(403, {"error": {"code": "accessDenied", "message": "no"}})
    async with scripted(refusal) as script, gateway_at(script.url, FixedCredential()) as gateway:
        with pytest.raises(GraphRefusedError) as refused:
            await gateway.sign_in_policy()
    assert "Grant Policy.Read.AuthenticationMethod" in refused.value.remedy
