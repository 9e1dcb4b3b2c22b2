"""What goes over the wire fits Microsoft's own description of Graph, wherever the description speaks.

Every operation of `tests/schemas/graph-openapi-phone.json` is driven with and without success, and each request and
answer is validated: status, required properties, types, and no property that is not described.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from sandbox.graph.directory import USER_PROPERTIES
from sandbox.graph.faults import Fault, FaultKind
from sandbox.graph.routes import ROUTES
from tests.sandbox.graph_client import ALEX, BO, EMAIL, MOBILE, OFFICE, ONE, THREE, TWO, caller_of, person, stand_in_for
from tests.sandbox.graph_description import (
    DESCRIPTION,
    DEVIATIONS,
    Deviation,
    Json,
    complaints,
    described,
    operations,
)

USERS, DELTA, USER = "/users", "/users/delta()", "/users/{user-id}"
PHONES, EMAILS = f"{USER}/authentication/phoneMethods", f"{USER}/authentication/emailMethods"
PHONE_METHOD = f"{PHONES}/{{phoneAuthenticationMethod-id}}"
EMAIL_METHOD = f"{EMAILS}/{{emailAuthenticationMethod-id}}"
ENABLE, DISABLE = f"{PHONE_METHOD}/enableSmsSignIn", f"{PHONE_METHOD}/disableSmsSignIn"
OUTSIDER, HOLDER = "00000000-0000-4000-8000-000000000003", "00000000-0000-4000-8000-000000000004"
"""Somebody outside the SMS policy's scope, and somebody who holds the third number for SMS sign-in."""

NOT_DESCRIBED = {
    ("PUT", "/users/{}/authentication/phoneMethods/{}"),
    ("GET", "/roleManagement/directory/roleAssignments"),
    ("GET", "/roleManagement/directory/roleEligibilityScheduleInstances"),
    ("GET", "/roleManagement/directory/roleEligibilitySchedules"),
    ("GET", "/beta/roleManagement/directory/roleDefinitions"),
    ("GET", "/groups"),
    ("GET", "/groups/{}"),
    ("GET", "/groups/{}/transitiveMembers"),
    ("GET", "/groups/{}/owners"),
    ("GET", "/identityGovernance/privilegedAccess/group/eligibilitySchedules"),
    ("GET", "/users/{}/transitiveMemberOf"),
    ("GET", "/users/{}/ownedObjects"),
    ("GET", "/servicePrincipals"),
    ("GET", "/servicePrincipals/{}"),
    ("GET", "/servicePrincipals/{}/appRoleAssignedTo"),
    ("GET", "/servicePrincipals/{}/owners"),
    ("GET", "/applications"),
    ("GET", "/applications/{}/owners"),
    ("GET", "/policies/authenticationMethodsPolicy"),
    ("GET", "/reports/authenticationMethods/userRegistrationDetails"),
    ("GET", "/reports/authenticationMethods/userRegistrationDetails/{}"),
    ("GET", "/users/{}/authentication/methods"),
    ("GET", "/servicePrincipals/{}/appRoleAssignments"),
    ("POST", "/servicePrincipals/{}/appRoleAssignedTo"),
    ("DELETE", "/servicePrincipals/{}/appRoleAssignedTo/{}"),
}
"""What the stand-in serves besides: the verb of Graph's first years, and areas that the extract leaves out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request of one operation, and the status it is answered with; `user` and `method` fill the path's names."""

    verb: str
    path: str
    status: int
    user: str = ALEX
    method: str = ""
    query: str = ""
    body: Any = None
    switches: Mapping[str, Any] = field(default_factory=dict)
    fault: Fault | None = None
    authorized: bool = True
    leaver: str = ""
    """Who is deleted before this request, which follows a delta link given when they were there."""

    def __str__(self) -> str:
        return f"{self.status} {self.verb} {self.path.replace(USER, '').removeprefix('/authentication')}{self.query}"

    @property
    def address(self) -> str:
        method = self.method or (EMAIL if self.path == EMAIL_METHOD else MOBILE)
        return re.sub(r"\{\w+Method-id\}", method, self.path.replace("{user-id}", self.user))


def _phone(number: str, phone_type: str = "mobile") -> Json:
    return {"phoneNumber": number, "phoneType": phone_type}


def _get(path: str, status: int = 200, **more: Any) -> Exchange:
    return Exchange(verb="get", path=path, status=status, **more)


def _post(path: str, status: int = 201, **more: Any) -> Exchange:
    return Exchange(verb="post", path=path, status=status, **more)


def _patch(path: str, status: int = 204, **more: Any) -> Exchange:
    return Exchange(verb="patch", path=path, status=status, **more)


def _delete(path: str, status: int = 204, **more: Any) -> Exchange:
    return Exchange(verb="delete", path=path, status=status, **more)


ADDRESS = {"emailAddress": "alex@private.example.com"}
ORDINARY = (
    _get(USERS),
    _get(USERS, query="?$top=1"),
    _get(USERS, query=f"?$select={','.join(USER_PROPERTIES)}"),
    _get(USERS, 400, query="?$top=0"),
    _get(DELTA, query=f"?$select={','.join(USER_PROPERTIES)}"),
    _get(DELTA, query="?$select=mail", switches={"page_size": 1}),
    _get(DELTA, leaver=BO),
    _get(DELTA, 400, query="?$skiptoken=x"),
    _get(DELTA, 410, leaver=BO, switches={"delta_token_seconds": 0}),
    _get(USER),
    _get(USER, query=f"?$select={','.join(USER_PROPERTIES)}"),
    _get(USER, 404, user="nobody"),
    _get(PHONES),
    _get(PHONES, user=BO),
    _get(PHONES, switches={"shown_numbers": "masked"}),
    _get(PHONES, 404, user="nobody"),
    _get(PHONES, 404, user="nobody", switches={"not_found": "UnknownError"}),
    _post(PHONES, user=BO, body=_phone(TWO)),
    _post(PHONES, user=BO, body={**_phone(TWO), "@odata.type": "#microsoft.graph.phoneAuthenticationMethod"}),
    _post(PHONES, 400, body=_phone(TWO)),
    _post(PHONES, 400, body=_phone("555", "office")),
    _get(PHONE_METHOD),
    _get(PHONE_METHOD, 404, method=OFFICE),
    _patch(PHONE_METHOD, body={"phoneNumber": TWO}),
    _patch(PHONE_METHOD, 200, body={"phoneNumber": TWO}, switches={"patch_answer": "200"}),
    _patch(PHONE_METHOD, 409, body={"phoneNumber": THREE}),
    _delete(PHONE_METHOD),
    _delete(PHONE_METHOD, 404, method=OFFICE),
    _post(ENABLE, 204),
    _post(ENABLE, 405, user=OUTSIDER),
    _post(DISABLE, 204),
    _post(DISABLE, 404, user=BO),
    _get(EMAILS),
    _get(EMAILS, user=BO),
    _get(EMAILS, 400, switches={"cloud": "china"}),
    _post(EMAILS, user=BO, body=ADDRESS),
    _post(EMAILS, 400, body=ADDRESS),
    _get(EMAIL_METHOD),
    _get(EMAIL_METHOD, 404, user=BO),
    _patch(EMAIL_METHOD, body=ADDRESS),
    _patch(EMAIL_METHOD, 200, body=ADDRESS, switches={"patch_answer": "200"}),
    _delete(EMAIL_METHOD),
    _delete(EMAIL_METHOD, 404, user=BO),
)


def _strange(verb: str, path: str, status: int, kind: FaultKind = "status") -> Exchange:
    return Exchange(verb=verb, path=path, status=status, fault=Fault(kind=kind, status=status))


REFUSALS = tuple(
    exchange
    for path, verb, _ in operations(DESCRIPTION)
    for exchange in (
        Exchange(verb=verb, path=path, status=401, authorized=False),
        Exchange(verb=verb, path=path, status=403, switches={"roles": (), "email_role": False}),
        _strange(verb, path, 429, "throttle"),
        _strange(verb, path, 500),
        _strange(verb, path, 503),
    )
)


async def driven(exchange: Exchange) -> httpx.Response:
    """The answer of a fresh stand-in."""
    stand_in = stand_in_for(
        person(ALEX, phones={"mobile": ONE}, smsSignInState="notEnabled", email="alex@example.com", employeeId="7"),
        person(BO),
        person(OUTSIDER, phones={"mobile": ONE}),
        person(HOLDER, phones={"mobile": THREE}, smsSignInState="ready"),
        **{"email_role": True, **exchange.switches},
    )
    if exchange.fault:
        stand_in.faults.add(exchange.fault)
    async with caller_of(stand_in) as caller:
        if not exchange.authorized:
            del caller.headers["Authorization"]
        if exchange.leaver:
            earlier = await caller.get("/users/delta?$deltatoken=latest")
            stand_in.tenant.put(person(exchange.leaver, deleted=True))
            return await caller.get(earlier.json()["@odata.deltaLink"])
        content = {} if exchange.body is None else {"json": exchange.body}
        return await caller.request(exchange.verb.upper(), exchange.address + exchange.query, **content)


@pytest.mark.parametrize("exchange", [*ORDINARY, *REFUSALS], ids=str)
async def test_requests_and_answers_fit_the_description(exchange: Exchange) -> None:
    """Status, required properties and types are as described, and nothing else is said."""
    answer = await driven(exchange)
    assert answer.status_code == exchange.status
    assert [] == complaints(described(), exchange.verb, exchange.path, answer, exchange.body)


@pytest.mark.parametrize("deviation", DEVIATIONS, ids=lambda deviation: deviation.described)
async def test_no_deviation_is_admitted_in_vain(deviation: Deviation) -> None:
    """Without it some answer would not fit."""
    description = described(without=deviation)
    for exchange in (*ORDINARY, *REFUSALS):
        answer = await driven(exchange)
        if complaints(description, exchange.verb, exchange.path, answer, exchange.body):
            return
    pytest.fail("every answer fits the description as it is")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (PHONES, {"value": [{"id": MOBILE, "phoneNumber": ONE, "phoneType": "pager", "smsSignInState": "ready"}]}),
        (PHONES, {"value": [{"id": MOBILE, "phoneNumber": 1, "phoneType": "mobile", "smsSignInState": "ready"}]}),
        (PHONES, {"value": [{"id": MOBILE, "number": ONE}]}),
        (PHONES, {"value": {}}),
        (PHONES, {"values": []}),
        (EMAIL_METHOD, {"id": EMAIL, "emailAddress": None, "mail": "alex@example.com"}),
    ],
)
async def test_what_does_not_fit_is_found(path: str, value: Json) -> None:
    """Wrong values, types and names are complaints: the validation is no formality."""
    assert complaints(described(), "get", path, httpx.Response(200, json=value)) != []


def test_every_operation_is_driven() -> None:
    """Each operation described has a success here and a route there; each other route is listed."""
    succeeded = {(exchange.path, exchange.verb) for exchange in ORDINARY if exchange.status < 300}
    assert succeeded == {(path, verb) for path, verb, _ in operations(DESCRIPTION)}
    served = {(verb, re.sub(r"\{.*?\}", "{}", path)) for path, verbs in ROUTES.items() for verb in verbs}
    known = {
        (verb.upper(), re.sub(r"\{.*?\}", "{}", path.removesuffix("()"))) for path, verb, _ in operations(DESCRIPTION)
    }
    assert NOT_DESCRIBED == served - known
    assert set() == known - served
