"""Who may call what: every route in every state of authentication and with every role, against a table of its own."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from fastapi import APIRouter

from sandbox.people import make_staff
from shared.api.app import build
from shared.api.guard import PRINCIPAL_HEADER, GuardedRoute
from shared.api.roles import ADMISSIONS, CallerRole
from tests.answers import HOOKS
from tests.api.caller import ENTRA, KEY, World, api, principal

STAFF = make_staff(10)
PATHS = build().openapi()["paths"]
ROUTES = {
    operation["operationId"]: (method.upper(), path)
    for path, item in PATHS.items()
    for method, operation in item.items()
}
RUN = "20261121T080000Z-0123456789"
READ, WRITE, NUMBERS, UPLOAD, APPROVE, REPORTS, ERASE = CallerRole

FOLLOW = {REPORTS, UPLOAD, APPROVE}
OPENED_BY: dict[str, set[CallerRole]] = {
    "ListPhoneMethods": {READ, WRITE},
    "GetPhoneMethod": {READ, WRITE},
    "CreatePhoneMethod": {WRITE},
    "SetPhoneMethod": {WRITE},
    "UpdatePhoneMethod": {WRITE},
    "DeletePhoneMethod": {WRITE},
    "EnableSmsSignIn": {WRITE},
    "DisableSmsSignIn": {WRITE},
    "ListEmailMethods": {READ, WRITE},
    "GetEmailMethod": {READ, WRITE},
    "CreateEmailMethod": {WRITE},
    "SetEmailMethod": {WRITE},
    "UpdateEmailMethod": {WRITE},
    "DeleteEmailMethod": {WRITE},
    "FindPersonData": {ERASE},
    "ErasePersonData": {ERASE},
    "FindPeople": {READ, WRITE},
    "ListPersonRuns": {READ, WRITE},
    "StartRun": {UPLOAD},
    "ListRuns": FOLLOW,
    "GetRun": FOLLOW,
    "ListRunRows": FOLLOW,
    "FindRunRows": FOLLOW,
    "ListChangedRuns": FOLLOW,
    "DownloadPlan": set(),
    "DownloadResult": FOLLOW,
    "ApproveRun": {APPROVE},
    "RejectRun": {APPROVE},
    "CancelRun": {UPLOAD, APPROVE},
    "RedriveRun": {APPROVE},
    "UndoRun": {APPROVE},
    "StartCheckedRun": {UPLOAD},
    "ChooseRunColumns": {APPROVE},
    "AnswerRun": {APPROVE},
    "ListLayouts": FOLLOW,
    "GetLayout": FOLLOW,
    "ForgetLayout": {APPROVE},
    "AcceptProtectedAccounts": {APPROVE},
    "GetRunAudit": {REPORTS},
    "VerifyJournal": {REPORTS},
    "GetDrift": {REPORTS},
    "GetReadiness": {REPORTS},
    "StartSweep": {UPLOAD, APPROVE},
    "GetTemplate": set(CallerRole),
    "GetOpenApi": set(CallerRole),
    "GetHealth": set(CallerRole),
}
"""Which role alone is enough, written down again by hand."""
WORKBOOKS = {"DownloadPlan"}
"""Need APPROVE, and READ_NUMBERS besides."""
ERASURES = {"FindPersonData", "ErasePersonData"}
"""Need a caller who is known."""
SIGNED_IN_IS_ENOUGH = {"GetTemplate", "GetOpenApi", "GetHealth"}


def test_every_route_is_in_the_table_and_no_other() -> None:
    """A route without an entry would be open or shut by accident."""
    assert set(OPENED_BY) == set(ROUTES) == set(ADMISSIONS)


def test_a_route_without_an_admission_cannot_be_made() -> None:
    """It fails when it is registered, not when somebody calls it."""
    router = APIRouter(route_class=GuardedRoute)
    with pytest.raises(KeyError):
        router.add_api_route("/secrets", lambda: None, operation_id="GetSecrets")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def entra() -> AsyncIterator[World]:
    async with api(STAFF, ENTRA, roles=()) as world:
        yield world


async def call(world: World, operation: str, headers: dict[str, str]) -> httpx.Response:
    """With a body that no route takes: whoever is let in gets another answer than 401 or 403."""
    method, path = ROUTES[operation]
    path = path.replace("{id}", "nobody").replace("{typeOrId}", "pager").replace("{run}", RUN)
    world.http.headers.pop(PRINCIPAL_HEADER, None)
    body = None if method == "GET" else b"{"
    return await world.http.request(method, path, content=body, headers={"Content-Type": "text/plain", **headers})


def of_provider(provider: str) -> dict[str, str]:
    return principal(*CallerRole, provider=provider)


def altered(**changes: object) -> dict[str, str]:
    content = json.loads(base64.b64decode(principal(*CallerRole)[PRINCIPAL_HEADER])) | changes
    return {PRINCIPAL_HEADER: base64.b64encode(json.dumps(content).encode()).decode()}


NOT_SIGNED_IN: dict[str, dict[str, str]] = {
    "no header": {},
    "empty": {PRINCIPAL_HEADER: ""},
    "no base64": {PRINCIPAL_HEADER: "###"},
    "no JSON": {PRINCIPAL_HEADER: base64.b64encode(b"{").decode()},
    "no object": {PRINCIPAL_HEADER: base64.b64encode(b"[]").decode()},
    "no claims": {PRINCIPAL_HEADER: base64.b64encode(b'{"auth_typ": "aad"}').decode()},
    "claims of another form": altered(claims=["roles"]),
    "another provider": of_provider("google"),
    "nobody's object id": principal(*CallerRole, oid=""),
    "two object ids": altered(claims=[{"typ": "oid", "val": "a"}, {"typ": "oid", "val": "b"}]),
    "joined twice": {PRINCIPAL_HEADER: ",".join([principal(*CallerRole)[PRINCIPAL_HEADER]] * 2)},
    "a name without a principal": {"x-ms-client-principal-name": "admin@contoso.example"},
    "a bearer token that nobody has checked": {"Authorization": "Bearer abc"},
    "a key": {"x-functions-key": "abc"},
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("state", NOT_SIGNED_IN)
async def test_whoever_is_not_certainly_signed_in_gets_nothing(entra: World, state: str) -> None:
    """401 on every route but health, before anything of the request is looked at."""
    answers = {operation: await call(entra, operation, NOT_SIGNED_IN[state]) for operation in ROUTES}

    assert {401} == {answer.status_code for operation, answer in answers.items() if operation != "GetHealth"}
    assert {"status": "ok"} == answers["GetHealth"].json()
    assert "Bearer" == answers["ListRuns"].headers["WWW-Authenticate"]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("role", CallerRole)
async def test_a_role_opens_exactly_its_routes(entra: World, role: CallerRole) -> None:
    """Every route with every role alone; 403 names the roles to ask for."""
    answers = {operation: await call(entra, operation, principal(role)) for operation in ROUTES}

    let_in = {operation for operation, answer in answers.items() if answer.status_code not in {401, 403}}
    assert {operation for operation, roles in OPENED_BY.items() if role in roles} == let_in
    refused = [answer.json()["error"]["code"] for answer in answers.values() if answer.status_code == 403]
    assert set(refused) <= {"roleMissing", "numbersForbidden"}


@pytest.mark.asyncio(loop_scope="module")
async def test_no_role_or_an_unknown_one_opens_nothing_of_anybody(entra: World) -> None:
    """Signed in without a role: the form and the description, nothing else; unknown roles give nothing."""
    for headers in (principal(), principal("Runs.Approve.All", "runs.approve", "Admin")):
        answers = {operation: await call(entra, operation, headers) for operation in ROUTES}
        let_in = {operation for operation, answer in answers.items() if answer.status_code != 403}
        assert SIGNED_IN_IS_ENOUGH == let_in


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("beside", sorted(CallerRole))
async def test_a_workbook_needs_its_role_and_the_right_to_numbers(entra: World, beside: CallerRole) -> None:
    """Only both together open it: then there is no such run."""
    for operation in WORKBOOKS:
        answer = await call(entra, operation, principal(beside, NUMBERS))
        assert (404 if beside is APPROVE else 403) == answer.status_code


@pytest.mark.parametrize("settings", [{"AUTH_MODE": "entra"}, {}, {**ENTRA, "WEBSITE_AUTH_ENABLED": "False"}])
async def test_headers_are_not_believed_where_the_platform_does_not_sign_in(settings: dict[str, str]) -> None:
    """Without App Service authentication anybody could send them: 503, whatever they say."""
    async with api(STAFF, settings) as world:
        answers = {operation: await call(world, operation, principal(*CallerRole)) for operation in ROUTES}

        codes = {answer.headers["x-ms-error-code"] for operation, answer in answers.items() if operation != "GetHealth"}
        assert {"authenticationDisabled"} == codes


async def test_with_keys_everything_is_open_but_numbers_and_erasures() -> None:
    """The platform has checked the key; headers of Easy Auth, which anybody can send then, change nothing."""
    async with api(STAFF, KEY) as world:
        for headers in ({}, principal(*CallerRole)):
            answers = {operation: await call(world, operation, headers) for operation in ROUTES}
            refused = {operation for operation, answer in answers.items() if answer.status_code in {401, 403}}
            assert WORKBOOKS | ERASURES == refused
    async with api(STAFF, {**KEY, "HTTP_SHOW_NUMBERS": "true"}) as world:
        assert {404} == {(await call(world, operation, {})).status_code for operation in WORKBOOKS}


@pytest.mark.parametrize("settings", [{"AUTH_MODE": "Key"}, {"AUTH_MODE": "none"}, {**ENTRA, "SMALL_SET": "few"}])
async def test_settings_that_cannot_be_used_open_nothing(
    settings: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """503 everywhere, also for health; what is wrong with them is in the log alone."""
    from shared.app import App
    from testing.doubles import MemoryStorage
    from testing.virtual_time import VirtualClock

    clock = VirtualClock()
    app = App(settings, clock=clock, storage=MemoryStorage(clock.now))
    transport = httpx.ASGITransport(build(app), root_path="/api/v1")
    async with httpx.AsyncClient(transport=transport, base_url="https://app.example/api/v1", event_hooks=HOOKS) as http:
        answers = [await call(World(None, http), operation, principal(*CallerRole)) for operation in ROUTES]  # type: ignore[arg-type]

    assert {(503, "invalidSettings")} == {(answer.status_code, answer.headers["x-ms-error-code"]) for answer in answers}
    assert "Input should be" in caplog.text
    assert not any("Input should be" in answer.text for answer in answers)


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 400), ("none", 400)]
)
async def test_a_browser_on_another_site_cannot_use_somebodys_session(site: str, status: int) -> None:
    """A form on a foreign page would carry the cookie of App Service authentication along."""
    async with api(STAFF, ENTRA) as world:
        files = {"file": ("a.xlsx", b"")}
        answer = await world.http.post("/runs", files=files, headers={"Sec-Fetch-Site": site})

        assert status == answer.status_code
        assert 200 == (await world.http.get("/runs", headers={"Sec-Fetch-Site": site})).status_code


@pytest.mark.parametrize(
    ("settings", "headers", "status", "code"),
    [
        (ENTRA, {}, 401, "notAuthenticated"),
        (ENTRA, principal(CallerRole.APPROVE), 403, "roleMissing"),
        (ENTRA, principal(CallerRole.REPORTS), 200, None),
        (KEY, {}, 403, "deepHealthNeedsEntra"),
        ({"AUTH_MODE": "entra"}, principal(CallerRole.REPORTS), 503, "authenticationDisabled"),
    ],
)
async def test_the_doctor_is_for_those_who_may_read_reports(
    settings: dict[str, str], headers: dict[str, str], status: int, code: str | None
) -> None:
    """Health says nothing to anybody; with `deep` it says everything, but only to a caller who is known."""
    async with api(STAFF, settings, roles=()) as world:
        world.http.headers.pop(PRINCIPAL_HEADER, None)
        answer = await world.http.get("/health", params={"deep": True}, headers=headers)

        assert (status, code) == (answer.status_code, answer.headers.get("x-ms-error-code"))
        if status == 200:
            assert {"settings", "token", "tables"} <= {check["check"] for check in answer.json()["checks"]}
