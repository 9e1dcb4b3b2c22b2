"""The stand-in over HTTP, in process: paths, bodies, errors, headers, the identity and its permissions."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest

from sandbox.graph.person import GLOBAL_ADMINISTRATOR, Group
from sandbox.graph.routes import ROUTES
from sandbox.graph.stand_in import StandIn
from sandbox.graph.tokens import STORAGE
from sandbox.graph.wire import StandInApp
from tests.sandbox.graph_client import (
    ALEX,
    BO,
    MOBILE,
    OFFICE,
    ONE,
    THREE,
    TOKEN_QUERY,
    TWO,
    Clock,
    ask,
    caller_of,
    error_of,
    methods_of,
    person,
    stand_in_for,
)

UPN = "o'neil_fabrikam.example#EXT#@contoso.example"
ADMINS, NESTED = "00000000-0000-4000-8000-0000000000a1", "00000000-0000-4000-8000-0000000000a2"


# Users


@pytest.mark.parametrize(
    "path",
    [
        f"/users/{ALEX}",
        f"/users/{ALEX.upper()}",
        f"//users//{ALEX}/",
        "/users/o%27neil_fabrikam.example%23EXT%23%40contoso.example",
        "/users/O%27NEIL_fabrikam.example%23ext%23@contoso.example",
        "/%75sers/o'neil_fabrikam.example%23EXT%23@contoso.example",
    ],
)
async def test_a_user_is_found_however_the_path_is_written(path: str) -> None:
    """Ids and sign-in names work in any case, percent-encoded or not, with slashes doubled as SDKs do."""
    answer = await ask(
        stand_in_for(person(ALEX, userPrincipalName=UPN)), "GET", f"http://graph.test/v1.0{path}?$select=id"
    )
    assert {"@odata.context": "http://graph.test/v1.0/$metadata#users/$entity", "id": ALEX} == answer.json()


async def test_a_user_has_the_properties_selected() -> None:
    """`$select` gives exactly what it names; without it come the default properties."""
    alex = person(ALEX, employeeId="7", usageLocation="NO", mobilePhone="555", businessPhones=["1"])
    stand_in = stand_in_for(alex)
    everything = await ask(
        stand_in, "GET", f"/users/{ALEX}?$select=id,employeeId,usageLocation,accountEnabled,userType"
    )
    assert (
        everything.json().items()
        >= {
            "employeeId": "7",
            "usageLocation": "NO",
            "accountEnabled": True,
            "userType": "Member",
        }.items()
    )
    default = (await ask(stand_in, "GET", f"/users/{ALEX}")).json()
    assert [
        "businessPhones",
        "displayName",
        "id",
        "mail",
        "mobilePhone",
        "userPrincipalName",
    ] == sorted(default.keys() - {"@odata.context"})


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("employeeId eq 'E''1'", [ALEX]),
        ("employeeId eq 'e''1'", [ALEX]),
        ("mail eq 'team@example.com'", [ALEX, BO]),
        ("mail eq 'a+b@example.com'", []),
        ("mail eq ''", []),
    ],
)
async def test_users_are_filtered_by_employee_id_and_mail(condition: str, found: list[str]) -> None:
    """Equality ignores case, quotes are doubled, and several people may share a value."""
    people = [person(ALEX, employeeId="E'1", mail="Team@example.com"), person(BO, mail="team@example.com")]
    answer = await ask(stand_in_for(*people), "GET", "/users", params={"$filter": condition, "$select": "id"})
    assert answer.json()["value"] == [{"id": object_id} for object_id in found]


@pytest.mark.parametrize(
    ("condition", "found"), [("accountEnabled eq true", [ALEX]), ("accountEnabled eq false", [BO])]
)
async def test_users_are_filtered_by_whether_they_are_enabled(condition: str, found: list[str]) -> None:
    """The value is no text, so it stands without quotes."""
    people = [person(ALEX), person(BO, accountEnabled=False)]
    answer = await ask(stand_in_for(*people), "GET", "/users", params={"$filter": condition, "$select": "id"})
    assert answer.json()["value"] == [{"id": object_id} for object_id in found]


async def test_all_users_are_listed_page_by_page() -> None:
    """Following `@odata.nextLink` gives everybody once, and the last page has no link."""
    people = [person(f"00000000-0000-4000-8000-{number:012d}") for number in range(7)]
    stand_in, sizes, seen = stand_in_for(*people), [], []
    async with caller_of(stand_in) as caller:
        address: str | None = "/users?$select=id&$top=3"
        while address:
            page = (await caller.get(address)).json()
            sizes.append(len(page["value"]))
            seen += [user["id"] for user in page["value"]]
            address = page.get("@odata.nextLink")
    assert (sizes, seen) == ([3, 3, 1], [one.id for one in people])
    assert ["role-not-needed"] * 3 == [finding.kind for finding in stand_in.findings]


async def test_pages_can_be_empty_and_have_a_next_one() -> None:
    """By the switch every page comes after an empty one; whoever stops there has not followed the pages."""
    people = [person(f"00000000-0000-4000-8000-{number:012d}") for number in range(3)]
    stand_in, sizes = stand_in_for(*people, empty_pages=True), []
    async with caller_of(stand_in) as caller:
        address: str | None = "/users?$select=id&$top=2"
        while address:
            page = (await caller.get(address)).json()
            sizes.append(len(page["value"]))
            address = page.get("@odata.nextLink")
        assert [0, 2, 0, 1] == sizes
        await caller.get("/users?$select=mail")
    assert "paging-not-followed" == stand_in.findings[0].kind


async def test_users_come_in_pages_of_a_hundred() -> None:
    """Graph's default page is 100, and 999 the largest that can be asked for."""
    stand_in = stand_in_for(*(person(f"00000000-0000-4000-8000-{number:012d}") for number in range(150)))
    async with caller_of(stand_in) as caller:
        assert 100 == len((await caller.get("/users")).json()["value"])
        assert 150 == len((await caller.get("/users?$top=999")).json()["value"])
        assert (400, "Request_BadRequest") == error_of(await caller.get("/users?$top=1000"))
        assert (400, "Request_BadRequest") == error_of(await caller.get("/users?$skiptoken=x"))


async def test_an_unknown_user_is_not_found() -> None:
    """The directory's own words for an absent object, without an inner message."""
    answer = await ask(stand_in_for(), "GET", f"/users/{BO}")
    error = answer.json()["error"]
    assert (404, "Request_ResourceNotFound") == error_of(answer)
    assert (
        f"Resource '{BO}' does not exist or one of its queried reference-property objects are not present."
    ) == error["message"]
    assert ["client-request-id", "date", "request-id"] == sorted(error["innerError"])


# Phone methods


async def test_a_phone_method_lives_through_all_its_verbs() -> None:
    """Create, read, update, replace, list and delete answer with the status and body that Graph's reference gives."""
    context = f"http://graph.test/v1.0/$metadata#users('{ALEX}')/authentication/phoneMethods"
    row = {"id": MOBILE, "phoneNumber": ONE, "phoneType": "mobile", "smsSignInState": "notAllowedByPolicy"}
    async with caller_of(stand_in_for(person(ALEX, phones={"office": TWO}))) as caller:
        body = {"@odata.type": "#microsoft.graph.phoneAuthenticationMethod", "phoneNumber": ONE, "phoneType": "mobile"}
        created = await caller.post(methods_of(ALEX), json=body)
        assert (created.status_code, created.json()) == (201, {"@odata.context": f"{context}/$entity", **row})
        got = await caller.get(methods_of(ALEX, MOBILE))
        assert (got.status_code, got.json()) == (200, {"@odata.context": f"{context}/$entity", **row})
        patched = await caller.patch(methods_of(ALEX, MOBILE), json={"phoneNumber": THREE})
        assert (204, b"") == (patched.status_code, patched.content)
        listed = (await caller.get(methods_of(ALEX))).json()
        assert listed["@odata.context"] == context
        assert [
            ("office", TWO),
            ("mobile", THREE),
        ] == [(item["phoneType"], item["phoneNumber"]) for item in listed["value"]]
        replaced = await caller.put(methods_of(ALEX, MOBILE), json={"phoneNumber": ONE, "phoneType": "mobile"})
        assert (200, ONE) == (replaced.status_code, replaced.json()["phoneNumber"])
        deleted = await caller.delete(methods_of(ALEX, OFFICE))
        assert (204, b"") == (deleted.status_code, deleted.content)
        assert 1 == len((await caller.get(methods_of(ALEX))).json()["value"])


async def test_the_context_echoes_the_callers_key() -> None:
    """`@odata.context` repeats the key of the URL, percent-encoded."""
    answer = await ask(
        stand_in_for(person(ALEX, userPrincipalName="a@contoso.example")), "GET", methods_of("A@contoso.example")
    )
    assert answer.json()["@odata.context"].endswith("#users('A%40contoso.example')/authentication/phoneMethods")


async def test_sms_actions_answer_without_a_body() -> None:
    """Enable and disable are posts without content and answer 204."""
    async with caller_of(stand_in_for(person(ALEX, phones={"mobile": ONE}, smsSignInState="notEnabled"))) as caller:
        states = []
        for action in ("enableSmsSignIn", "disableSmsSignIn"):
            assert 204 == (await caller.post(methods_of(ALEX, f"{MOBILE}/{action}"))).status_code
            states.append((await caller.get(methods_of(ALEX, MOBILE))).json()["smsSignInState"])
    assert ["ready", "notEnabled"] == states


async def test_sms_actions_by_sign_in_name_can_be_made_to_do_nothing() -> None:
    """The switch plays the report of a success that changed nothing when the user was addressed by name."""
    alex = person(ALEX, userPrincipalName="a@contoso.example", phones={"mobile": ONE}, smsSignInState="notEnabled")
    stand_in = stand_in_for(alex, sms_by_upn="ignored")
    async with caller_of(stand_in) as caller:
        path = f"{MOBILE}/enableSmsSignIn"
        assert 204 == (await caller.post(methods_of("a@contoso.example", path))).status_code
        assert "notEnabled" == stand_in.tenant.people[ALEX].sms_state
        assert 204 == (await caller.post(methods_of(ALEX, path))).status_code
        assert "ready" == stand_in.tenant.people[ALEX].sms_state


async def test_an_update_can_be_made_to_answer_with_the_entity() -> None:
    """The reference promises both 204 and a body, so both can be had."""
    stand_in = stand_in_for(person(ALEX, phones={"mobile": ONE}), patch_answer="200")
    answer = await ask(stand_in, "PATCH", methods_of(ALEX, MOBILE), json={"phoneNumber": TWO})
    assert (200, TWO) == (answer.status_code, answer.json()["phoneNumber"])


@pytest.mark.parametrize(
    "request_",
    [
        {"json": {"phoneType": "mobile"}},
        {"json": {"phoneNumber": ONE}},
        {"json": {"phoneNumber": ONE, "phoneType": "pager"}},
        {"json": {"phoneNumber": 1, "phoneType": "mobile"}},
        {"json": {"phoneNumber": ONE, "phoneType": "mobile", "smsSignInState": "ready"}},
        {"json": [ONE]},
        {"content": b""},
        {"content": b"{", "headers": {"Content-Type": "application/json"}},
        {"content": b'{"phoneNumber": "+1 2025550101", "phoneType": "mobile"}'},
    ],
)
async def test_a_malformed_creation_is_refused(request_: dict[str, Any]) -> None:
    """Missing, unknown, ill-typed and unreadable content is a bad request and creates nothing."""
    stand_in = stand_in_for(person(ALEX))
    answer = await ask(stand_in, "POST", methods_of(ALEX), **request_)
    assert (400, "badRequest") == error_of(answer)
    assert {} == stand_in.tenant.people[ALEX].methods


async def test_errors_of_the_phone_methods_backend_have_its_shape() -> None:
    """The inner error repeats the message, its date has no zone, and its ids are those of the headers."""
    stand_in = stand_in_for(person(ALEX))
    answer = await ask(stand_in, "GET", methods_of(ALEX, MOBILE), headers={"client-request-id": "mine"})
    assert answer.json() == {
        "error": {
            "code": "resourceNotFound",
            "message": "The user does not have the requested authentication method.",
            "innerError": {
                "message": "The user does not have the requested authentication method.",
                "date": "2026-09-21T14:13:20",
                "request-id": answer.headers["request-id"],
                "client-request-id": "mine",
            },
        }
    }
    assert "mine" == answer.headers["client-request-id"]


async def test_every_answer_carries_ids_and_the_date() -> None:
    """`request-id`, `client-request-id` (the same when none was given) and `Date` are always there."""
    answer = await ask(stand_in_for(), "GET", "/users")
    assert answer.headers["request-id"] == answer.headers["client-request-id"] != ""
    assert "Mon, 21 Sep 2026 14:13:20 GMT" == answer.headers["date"]


# What is not served


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("GET", "/v1.0/me"),
        ("DELETE", "/v1.0/users/x/manager/y"),
        ("GET", f"/v1.0/users/{ALEX}/authentication/operations"),
        ("GET", "/beta/users"),
        ("GET", f"/beta/users/{ALEX}/authentication/signInPreferences"),
        ("GET", f"/v1.0/users/{ALEX}/delta"),
        ("DELETE", "/v1.0/users/delta/authentication"),
        ("GET", "/v1.0/users/$count"),
        ("GET", f"/v1.0{methods_of(ALEX, '$count')}"),
        ("GET", "/"),
        ("POST", "/msi/token"),
    ],
)
async def test_an_unknown_path_is_refused_loudly(method: str, address: str) -> None:
    """501 names the verb and the path, so that nobody takes silence for an answer of Graph's."""
    answer = await ask(stand_in_for(), method, f"http://graph.test{address}")
    assert 501 == answer.status_code
    assert f"{method} {address.removeprefix('/v1.0')}" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "address",
    [
        "/users?$search=x",
        "/users?$filter=startsWith(mail,'a')",
        "/users?$filter=jobTitle eq 'x'",
        "/users?$filter=accountEnabled eq 'false'",
        "/users?$select=jobTitle",
        f"/users/{ALEX}?$expand=manager",
        f"{methods_of(ALEX)}?$filter=phoneType eq 'mobile'",
        "/roleManagement/directory/roleAssignments?$expand=roleDefinition",
    ],
)
async def test_an_unknown_query_is_refused_loudly(address: str) -> None:
    """A query the stand-in cannot honour is not quietly ignored."""
    stand_in = stand_in_for(person(ALEX, roles=[GLOBAL_ADMINISTRATOR]))
    assert (501, "NotImplemented") == error_of(await ask(stand_in, "GET", address))


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/users"), ("PATCH", methods_of(ALEX)), ("POST", methods_of(ALEX, MOBILE)), ("GET", "/$batch")],
)
async def test_a_wrong_verb_is_answered_as_the_backend_does(method: str, path: str) -> None:
    """404 UnknownError, with the backend's own JSON as a string in the message."""
    answer = await ask(stand_in_for(person(ALEX)), method, path)
    assert (404, "UnknownError") == error_of(answer)
    inner = json.loads(answer.json()["error"]["message"])
    assert (
        f"No HTTP resource was found that matches the request URI 'http://graph.test/v1.0{path}'." == inner["Message"]
    )


# Roles and groups


async def test_role_holders_are_people_and_groups() -> None:
    """Assignments and eligibilities name their principals, expanded with a type when asked."""
    stand_in = stand_in_for(
        person(ALEX, roles=[GLOBAL_ADMINISTRATOR], displayName="Alex"),
        person(BO, eligible_roles=[GLOBAL_ADMINISTRATOR]),
        groups=(Group(id=ADMINS, displayName="Admins", roles=["fe930be7-5e62-47db-91af-98c3a49a38b1"]),),
    )
    async with caller_of(stand_in) as caller:
        held = (await caller.get("/roleManagement/directory/roleAssignments?$expand=principal")).json()["value"]
        assert [
            (ADMINS, "#microsoft.graph.group"),
            (ALEX, "#microsoft.graph.user"),
        ] == [(row["principalId"], row["principal"]["@odata.type"]) for row in held]
        assert GLOBAL_ADMINISTRATOR == held[1]["roleDefinitionId"]
        path = "/roleManagement/directory/roleEligibilityScheduleInstances"
        assert [BO] == [row["principalId"] for row in (await caller.get(path)).json()["value"]]
        filtered = await caller.get(
            "/roleManagement/directory/roleAssignments", params={"$filter": f"principalId eq '{ALEX}'"}
        )
        assert [ALEX] == [row["principalId"] for row in filtered.json()["value"]]


async def test_eligibility_needs_a_licence() -> None:
    """Without the premium licence the service answers 400 AadPremiumLicenseRequired."""
    answer = await ask(stand_in_for(premium=False), "GET", "/roleManagement/directory/roleEligibilityScheduleInstances")
    assert (400, "AadPremiumLicenseRequired") == error_of(answer)


async def test_transitive_members_include_those_of_nested_groups() -> None:
    """Members of member groups come once, circles end, and pages have links."""
    stand_in = stand_in_for(
        person(ALEX, groups=[ADMINS, NESTED]),
        person(BO, groups=[NESTED]),
        person(BO.replace("2", "3"), groups=["elsewhere"]),
        groups=(Group(id=ADMINS, groups=[NESTED]), Group(id=NESTED, groups=[ADMINS])),
    )
    async with caller_of(stand_in) as caller:
        first = (await caller.get(f"/groups/{ADMINS.upper()}/transitiveMembers?$select=id&$top=2")).json()
        second = (await caller.get(first["@odata.nextLink"])).json()
        assert [
            ("#microsoft.graph.group", NESTED),
            ("#microsoft.graph.user", ALEX),
            ("#microsoft.graph.user", BO),
        ] == [(member["@odata.type"], member["id"]) for member in first["value"] + second["value"]]
        assert "@odata.nextLink" not in second
        assert (404, "Request_ResourceNotFound") == error_of(await caller.get(f"/groups/{ALEX}/transitiveMembers"))


async def test_pages_show_changes_made_behind_the_callers_back() -> None:
    """Lists kept for paging are made anew when somebody is changed."""
    stand_in = stand_in_for(person(ALEX), founder=False)
    async with caller_of(stand_in) as caller:
        path = "/roleManagement/directory/roleAssignments"
        assert [] == (await caller.get(path)).json()["value"]
        stand_in.tenant.put(person(ALEX, roles=[GLOBAL_ADMINISTRATOR]))
        assert 1 == len((await caller.get(path)).json()["value"])


# The identity


async def token_answer(stand_in: StandIn, query: dict[str, str], headers: dict[str, str]) -> httpx.Response:
    transport = httpx.ASGITransport(app=StandInApp(stand_in))
    async with httpx.AsyncClient(transport=transport) as client:
        return await client.get("http://graph.test/msi/token", params=query, headers=headers)


async def test_the_identity_endpoint_speaks_app_services_protocol() -> None:
    """The answer has the five fields, and the token the audience, the app and the roles granted."""
    clock = Clock()
    answer = await token_answer(stand_in_for(clock=clock), TOKEN_QUERY, {"X-IDENTITY-HEADER": "sandbox"})
    body = answer.json()
    claims = json.loads(base64.urlsafe_b64decode(body["access_token"].split(".")[1] + "=="))
    assert ["access_token", "client_id", "expires_on", "resource", "token_type"] == sorted(body)
    assert (body["resource"], body["expires_on"]) == ("https://graph.microsoft.com", str(int(clock.now) + 86_400))
    assert (claims["aud"], claims["appid"]) == ("https://graph.microsoft.com", body["client_id"])
    assert [
        "UserAuthMethod-Phone.ReadWrite.All",
        "User.Read.All",
        "RoleManagement.Read.Directory",
        "GroupMember.Read.All",
    ] == claims["roles"]


async def test_a_user_assigned_identity_has_to_be_named() -> None:
    """Without `client_id` App Service takes the identity of the site itself, which an app may not have."""
    stand_in = stand_in_for(is_user_assigned=True)
    given: list[dict[str, str]] = [{}, {"client_id": ALEX}, {"client_id": stand_in.options.app_id}]
    headers = {"X-IDENTITY-HEADER": "sandbox"}
    answers = [await token_answer(stand_in, {**TOKEN_QUERY, **one}, headers) for one in given]
    assert [400, 400, 200] == [answer.status_code for answer in answers]


async def test_a_token_for_storage_does_not_open_graph() -> None:
    """It has another audience, and App Service's endpoint keeps both apart in its cache."""
    stand_in = stand_in_for()
    query = {**TOKEN_QUERY, "resource": STORAGE}
    token = (await token_answer(stand_in, query, {"X-IDENTITY-HEADER": "sandbox"})).json()["access_token"]
    async with caller_of(stand_in) as caller:
        assert 200 == (await caller.get("/users")).status_code
        caller.headers["Authorization"] = f"Bearer {token}"
        assert 401 == (await caller.get("/users")).status_code


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        (TOKEN_QUERY, {}, 403),
        (TOKEN_QUERY, {"X-IDENTITY-HEADER": "wrong"}, 403),
        ({**TOKEN_QUERY, "api-version": "2017-09-01"}, {"X-IDENTITY-HEADER": "sandbox"}, 400),
        ({"api-version": "2019-08-01"}, {"X-IDENTITY-HEADER": "sandbox"}, 400),
        ({**TOKEN_QUERY, "resource": "https://vault.azure.net"}, {"X-IDENTITY-HEADER": "sandbox"}, 400),
        ({**TOKEN_QUERY, "resource_id": "/x"}, {"X-IDENTITY-HEADER": "sandbox"}, 400),
    ],
)
async def test_the_identity_endpoint_refuses_what_app_service_refuses(
    query: dict[str, str], headers: dict[str, str], status: int
) -> None:
    """Header, version, resource and parameters are checked; the refusal names its status in the body."""
    answer = await token_answer(stand_in_for(), query, headers)
    assert (answer.status_code, answer.json()["statusCode"]) == (status, status)


async def test_the_identity_can_leave_out_the_resource() -> None:
    """The switch plays endpoints that do not repeat the resource."""
    answer = await token_answer(stand_in_for(token_names_resource=False), TOKEN_QUERY, {"X-IDENTITY-HEADER": "sandbox"})
    assert "resource" not in answer.json()


@pytest.mark.parametrize("authorization", ["", "Bearer ", "Bearer x", "Bearer a.b.c", "Basic eDp4", "Bearer a.e30.c"])
async def test_a_missing_or_unreadable_token_is_unauthenticated(authorization: str) -> None:
    """401 with a challenge, on single requests and on batches."""
    for method, path in (("GET", "/users"), ("POST", "/$batch")):
        answer = await ask(stand_in_for(), method, path, headers={"Authorization": authorization})
        assert (401, "InvalidAuthenticationToken") == error_of(answer)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_token_of_another_cloud_is_unauthenticated() -> None:
    """Tokens are not interchangeable between clouds."""
    government = stand_in_for(cloud="usgov")
    token = government.identity.issue(resource="https://graph.microsoft.us", app_id="a", now=0, expires=2e9)
    answer = await ask(stand_in_for(), "GET", "/users", headers={"Authorization": f"Bearer {token}"})
    assert (401, "InvalidAuthenticationToken") == error_of(answer)


async def test_a_token_expires() -> None:
    """A token is good until its last second and not after."""
    clock = Clock()
    async with caller_of(stand_in_for(clock=clock, token_seconds=60)) as caller:
        await clock.sleep(59)
        assert 200 == (await caller.get("/users")).status_code
        await clock.sleep(1)
        assert (401, "InvalidAuthenticationToken") == error_of(await caller.get("/users"))


PHONE_READ, PHONE_WRITE = "UserAuthMethod-Phone.Read.All", "UserAuthMethod-Phone.ReadWrite.All"
METHODS_READ, BROAD = "UserAuthenticationMethod.Read.All", "UserAuthenticationMethod.ReadWrite.All"


@pytest.mark.parametrize(
    ("method", "path", "enough", "code"),
    [
        ("GET", methods_of(ALEX), {PHONE_READ, PHONE_WRITE, METHODS_READ, BROAD}, "accessDenied"),
        ("GET", f"/users/{ALEX}/authentication/methods", {METHODS_READ, BROAD}, "accessDenied"),
        ("DELETE", methods_of(ALEX, MOBILE), {PHONE_WRITE, BROAD}, "accessDenied"),
        ("GET", f"/users/{ALEX}", {"User.Read.All"}, "Authorization_RequestDenied"),
        ("GET", "/users", {"User.Read.All"}, "Authorization_RequestDenied"),
        (
            "GET",
            "/roleManagement/directory/roleAssignments",
            {"RoleManagement.Read.Directory"},
            "Authorization_RequestDenied",
        ),
        ("GET", f"/groups/{ADMINS}/transitiveMembers", {"GroupMember.Read.All"}, "Authorization_RequestDenied"),
    ],
)
async def test_each_request_needs_its_role(method: str, path: str, enough: set[str], code: str) -> None:
    """Any one of the roles that suffice lets the request through; all the others together do not."""
    known = {role for verbs in ROUTES.values() for route in verbs.values() for role in route.needs}
    for role in enough:
        stand_in = stand_in_for(person(ALEX, phones={"mobile": ONE}), groups=(Group(id=ADMINS),), roles=(role,))
        assert (await ask(stand_in, method, path)).is_success
    others = stand_in_for(person(ALEX, phones={"mobile": ONE}), roles=tuple(known - enough))
    assert error_of(await ask(others, method, path)) == (403, code)


# The same again


async def test_the_same_seed_gives_the_same_answers() -> None:
    """Ids, order in batches and faults come from the seed alone, so a run can be repeated exactly."""

    async def run(seed: int) -> list[tuple[int, str, str]]:
        stand_in = stand_in_for(person(ALEX, phones={"mobile": ONE}), seed=seed, latency_ms=50)
        async with caller_of(stand_in) as caller:
            await caller.post(
                "http://graph.test/control/inject", json={"kind": "status", "on": "phoneMethods.*", "probability": 0.5}
            )
            items = [{"id": str(number), "method": "GET", "url": methods_of(ALEX)} for number in range(20)]
            answers = [await caller.get(methods_of(ALEX)) for _ in range(20)]
            answers.append(await caller.post("/$batch", json={"requests": items}))
        return [(answer.status_code, answer.headers["date"], answer.text) for answer in answers]

    first = await run(1)
    assert first == await run(1)
    assert first != await run(2)
