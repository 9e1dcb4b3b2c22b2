"""The clouds: whose tokens each takes, and what it does not have."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from sandbox.graph.clouds import CLOUDS
from sandbox.graph.routes import KINDS
from sandbox.graph.stand_in import StandIn
from sandbox.graph.wire import StandInApp
from shared.core.values.capabilities import CloudName
from tests.sandbox.graph_client import (
    ALEX,
    EMAIL,
    MOBILE,
    ONE,
    TOKEN_QUERY,
    emails_of,
    methods_of,
    person,
    stand_in_for,
)

MISSING_IN_CHINA = {
    "methods.list",
    "phoneMethods.enableSmsSignIn",
    "phoneMethods.disableSmsSignIn",
    "emailMethods.list",
    "emailMethods.get",
    "emailMethods.create",
    "emailMethods.update",
    "emailMethods.delete",
    "policy.get",
}


def stand_in_of(cloud: CloudName, **switches: Any) -> StandIn:
    alex = person(ALEX, phones={"mobile": ONE}, email="alex@example.com", smsSignInState="notEnabled")
    return stand_in_for(alex, cloud=cloud, email_role=True, **switches)


async def ask(stand_in: StandIn, method: str, path: str, cloud: CloudName) -> httpx.Response:
    """With a token of the cloud given, whoever issued it."""
    token = stand_in.identity.issue(resource=CLOUDS[cloud].resource, app_id="app", now=0, expires=2e9)
    transport = httpx.ASGITransport(app=StandInApp(stand_in))
    async with httpx.AsyncClient(transport=transport, base_url="http://graph.test/v1.0") as client:
        return await client.request(method, path, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("cloud", list(CLOUDS))
async def test_each_cloud_takes_its_own_tokens_and_no_others(cloud: CloudName) -> None:
    """Tokens are not interchangeable, and the identity issues none for another cloud."""
    stand_in = stand_in_of(cloud)
    statuses = {name: (await ask(stand_in, "GET", methods_of(ALEX), name)).status_code for name in CLOUDS}
    assert statuses == {name: 200 if name == cloud else 401 for name in CLOUDS}
    issued = {
        name: await stand_in.token({**TOKEN_QUERY, "resource": CLOUDS[name].resource}, "sandbox") for name in CLOUDS
    }
    assert {name: answer.status for name, answer in issued.items()} == {
        name: 200 if name == cloud else 400 for name in CLOUDS
    }


def test_only_china_lacks_something() -> None:
    """Its metadata has phone methods without SMS actions, no e-mail methods and no methods policy."""
    missing = {name: {kind for kind in KINDS if not cloud.has(kind)} for name, cloud in CLOUDS.items()}
    assert {"global": set(), "usgov": set(), "usgov-dod": set(), "china": MISSING_IN_CHINA} == missing


@pytest.mark.parametrize(
    ("method", "path", "segment"),
    [
        ("POST", methods_of(ALEX, f"{MOBILE}/enableSmsSignIn"), "enableSmsSignIn"),
        ("POST", methods_of(ALEX, f"{MOBILE}/disableSmsSignIn"), "disableSmsSignIn"),
        ("GET", emails_of(ALEX), "emailMethods"),
        ("DELETE", emails_of(ALEX, EMAIL), "emailMethods"),
    ],
)
async def test_what_a_cloud_lacks_is_refused_and_not_done(method: str, path: str, segment: str) -> None:
    """400 naming the segment, or 404 UnknownError by the switch, where other clouds serve the request."""
    assert (await ask(stand_in_of("usgov"), method, path, "usgov")).is_success
    stand_in = stand_in_of("china")
    answer = await ask(stand_in, method, path, "china")
    assert (400, "BadRequest") == (answer.status_code, answer.json()["error"]["code"])
    assert f"Resource not found for the segment '{segment}'." == answer.json()["error"]["message"]
    assert (
        "notEnabled",
        "alex@example.com",
    ) == (stand_in.tenant.people[ALEX].sms_state, stand_in.tenant.people[ALEX].email)
    assert 0 == stand_in.stats.units_offered
    other = await ask(stand_in_of("china", absent_api="UnknownError"), method, path, "china")
    assert (404, "UnknownError") == (other.status_code, other.json()["error"]["code"])
