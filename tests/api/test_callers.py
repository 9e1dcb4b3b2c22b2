"""Who a caller is: a person or an application, of which tenant, through what; and what each of them may decide."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.exports import write_export
from sandbox.people import make_staff
from shared.api.claims import claims_of
from shared.api.errors import RequestRefusedError
from shared.api.guard import PRINCIPAL_HEADER
from shared.api.roles import CallerRole
from tests.api.caller import ENTRA, KEY, SOMEBODY, SOMEBODY_ELSE, World, api, principal

STAFF = make_staff(4)
EXPORT = write_export(STAFF)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TENANT, OTHER_TENANT = "72f988bf-86f1-41af-91ab-2d7cd0110001", "72f988bf-86f1-41af-91ab-2d7cd0110002"
CONNECTOR, OTHER_CLIENT = "04b07795-8ddb-461a-bbee-02f9e1bf0001", "04b07795-8ddb-461a-bbee-02f9e1bf0002"
TENANT_CLAIM = "http://schemas.microsoft.com/identity/claims/tenantid"
HELD = {**ENTRA, "APPROVAL": "always"}
SECOND = {**HELD, "REQUIRE_SECOND_PERSON": "held"}
APPLICATIONS: dict[str, dict[str, str]] = {
    "says so": {"idtyp": "app"},
    "says so beside a scope": {"idtyp": "app", "scp": "access"},
    "v2 without a scope": {"azp": OTHER_CLIENT},
    "v1 without a scope": {"appid": OTHER_CLIENT, "idp": f"https://sts.windows.net/{TENANT}/", "tid": TENANT},
    "its own subject": {"sub": SOMEBODY_ELSE},
}
PEOPLE: dict[str, dict[str, str]] = {
    "in a browser": {},
    "v2 with a scope": {"azp": OTHER_CLIENT, "scp": "access", "sub": "AbCdEf"},
    "v1 with a mapped scope": {"appid": OTHER_CLIENT, "http://schemas.microsoft.com/identity/claims/scope": "access"},
    "says so": {"azp": OTHER_CLIENT, "idtyp": "user"},
}


async def run_of(world: World, headers: dict[str, str] | None = None, query: str = "") -> dict[str, Any]:
    """A run that `headers` started, once nothing moves any more."""
    sent = {"Content-Type": XLSX, **(headers or {})}
    started = (await world.http.post(f"/runs{query}", content=EXPORT, headers=sent)).json()
    await world.inside.pump()
    run: dict[str, Any] = (await world.http.get(f"/runs/{started['id']}")).json()
    return run


async def approve(world: World, run: dict[str, Any], headers: dict[str, str] | None = None) -> tuple[int, str]:
    sent = {"If-Match": run["digest"], **(headers or {})}
    answer = await world.http.post(f"/runs/{run['id']}/approve", headers=sent)
    return answer.status_code, answer.headers.get("x-ms-error-code", answer.json().get("state"))


@pytest.mark.parametrize("kind", APPLICATIONS)
async def test_an_application_never_approves(kind: str) -> None:
    """Also where one approval by anybody is enough, and it is recorded as an application."""
    application = principal(*CallerRole, oid=SOMEBODY_ELSE, **APPLICATIONS[kind])
    async with api(STAFF, HELD) as world:
        run = await run_of(world, application)
        assert f"app:{SOMEBODY_ELSE}" == run["startedBy"]
        assert (403, "applicationMayNotApprove") == await approve(world, run, application)
        assert (200, "applying") == await approve(world, run)


@pytest.mark.parametrize("kind", PEOPLE)
async def test_a_person_approves_by_browser_and_by_token(kind: str) -> None:
    """Whatever of these claims the platform passes on."""
    async with api(STAFF, SECOND) as world:
        run = await run_of(world)
        person = principal(CallerRole.APPROVE, oid=SOMEBODY_ELSE, **PEOPLE[kind])
        assert (403, "secondPersonRequired") == await approve(world, run)
        assert (200, "applying") == await approve(world, run, person)


@pytest.mark.parametrize("claim", ["azp", "appid"])
@pytest.mark.parametrize("second_person", ["false", "true"])
async def test_a_flow_with_two_connections_is_not_two_people(claim: str, second_person: str) -> None:
    """An approval through the connector is refused with the run's link where a second person is wanted."""
    settings = {**HELD, "REQUIRE_SECOND_PERSON": second_person, "CONNECTOR_CLIENT_ID": f"{CONNECTOR.upper()};"}
    async with api(STAFF, settings) as world:
        run = await run_of(world)
        flow = principal(*CallerRole, oid=SOMEBODY_ELSE, scp="access", **{claim: CONNECTOR.title()})
        path = f"/runs/{run['id']}/approve"
        answer = await world.http.post(path, headers={"If-Match": run["digest"], **flow})

        if second_person == "false":
            assert 200 == answer.status_code
            return
        assert (403, "connectorMayNotApprove") == (answer.status_code, answer.json()["error"]["code"])
        assert f"https://app.example/api/v1/runs/{run['id']}." in answer.json()["error"]["message"]
        other = principal(*CallerRole, oid=SOMEBODY_ELSE, scp="access", **{claim: OTHER_CLIENT})
        assert (200, "applying") == await approve(world, run, other)


class TestLoosening:
    """What a setting makes strict, only a person loosens, and never alone where two are wanted."""

    @pytest.mark.parametrize(
        ("settings", "query"),
        [
            ({"EXPORT_SCOPE": "full"}, "?scope=partial"),
            ({}, "?approval=never"),
            ({"APPROVAL": "always"}, "?approval=never"),
            ({"APPROVAL": "always"}, "?approval=limits"),
            ({"APPROVAL": "never"}, "?approval=limits"),
            ({"APPROVAL": "never"}, "?onExisting=overwrite"),
            ({"ON_EXISTING": "keep"}, "?onExisting=owned"),
        ],
    )
    async def test_a_loosened_run_waits(self, settings: dict[str, str], query: str) -> None:
        """It is held, never rejected or applied; and who may not approve may not loosen."""
        async with api(STAFF, {**ENTRA, **settings, "REQUIRE_SECOND_PERSON": "held"}) as world:
            sent = {"Content-Type": XLSX}
            for caller in (
                principal(CallerRole.UPLOAD),
                principal(*CallerRole, oid=SOMEBODY_ELSE, idtyp="app"),
            ):
                refused = await world.http.post(f"/runs{query}", content=EXPORT, headers={**sent, **caller})
                assert "looseningNotAllowed" == refused.headers["x-ms-error-code"]
            run = await run_of(world, query=query)
            assert ("held", "always") == (run["state"], run["options"]["approval"])
            assert "a second person has to approve" in run["concerns"][0]
            assert (403, "secondPersonRequired") == await approve(world, run)

    @pytest.mark.parametrize("query", ["?scope=partial", "?approval=never", "?onExisting=overwrite"])
    async def test_a_key_never_loosens(self, query: str) -> None:
        """A key has every role, and belongs to nobody."""
        async with api(STAFF, {**KEY, "EXPORT_SCOPE": "full"}) as world:
            answer = await world.http.post(f"/runs{query}", content=EXPORT, headers={"Content-Type": XLSX})
            assert (403, "looseningNotAllowed") == (answer.status_code, answer.headers["x-ms-error-code"])

    @pytest.mark.parametrize("query", ["?scope=full", "?scope=partial", "?approval=always", "?preview=true"])
    async def test_what_does_not_loosen_is_free(self, query: str) -> None:
        """`partial` is no loosening where it is the setting."""
        async with api(STAFF, KEY) as world:
            answer = await world.http.post(f"/runs{query}", content=EXPORT, headers={"Content-Type": XLSX})
            assert 201 == answer.status_code


async def test_an_uploader_cancels_only_own_runs() -> None:
    """Others' runs are cancelled by those who may approve; dropped files are nobody's own."""
    uploader = principal(CallerRole.UPLOAD, oid=SOMEBODY_ELSE)
    async with api(STAFF, HELD) as world:
        runs = [await run_of(world), await run_of(world, uploader)]
        dropped = await world.inside.drop("staff.xlsx", EXPORT)
        await world.inside.pump()

        async def cancel(identity: str, headers: dict[str, str]) -> str:
            answer = await world.http.post(f"/runs/{identity}/cancel", headers=headers)
            return str(answer.headers.get("x-ms-error-code", answer.json().get("state")))

        answers = [await cancel(identity, uploader) for identity in (runs[0]["id"], dropped, runs[1]["id"])]
        assert ["otherPersonsRun", "otherPersonsRun", "cancelled"] == answers
        assert "cancelled" == await cancel(runs[0]["id"], principal(CallerRole.APPROVE, oid=SOMEBODY_ELSE))


async def test_a_run_shows_who_touched_it() -> None:
    """Everybody, by recorded name."""
    async with api(STAFF, HELD) as world:
        run = await run_of(world)
        other = principal(*CallerRole, oid=SOMEBODY_ELSE)
        await world.http.post(f"/runs/{run['id']}/cancel", headers=other)
        assert [SOMEBODY, SOMEBODY_ELSE] == (await world.http.get(f"/runs/{run['id']}")).json()["touchedBy"]


STRANGERS: dict[str, dict[str, str]] = {
    "another tenant": {TENANT_CLAIM: OTHER_TENANT},
    "no tenant": {},
    "a guest by acct": {"tid": TENANT, "acct": "1"},
    "a guest by home": {"tid": TENANT, "idp": f"https://sts.windows.net/{OTHER_TENANT}/"},
    "a guest by mail": {"tid": TENANT, "idp": "mail"},
    "a guest by name": {"tid": TENANT, "upn": "a_example.com#EXT#@contoso.example"},
}
"""Claims of callers who are not members of the tenant."""


@pytest.mark.parametrize("kind", STRANGERS)
async def test_the_tenant_is_pinned_and_guests_are_refused(kind: str) -> None:
    """Even with every role; ALLOW_GUESTS lets guests in, never another tenant."""
    who = principal(*CallerRole, **STRANGERS[kind])
    is_guest = kind.startswith("a guest")
    for allowed in ("false", "true"):
        async with api(STAFF, {**ENTRA, "TENANT_ID": TENANT.upper(), "ALLOW_GUESTS": allowed}) as world:
            answer = await world.http.get("/runs", headers=who)
            refused = "guestRefused" if is_guest else "otherTenant"
            expected = None if is_guest and allowed == "true" else refused
            assert expected == answer.headers.get("x-ms-error-code")


@pytest.mark.parametrize("claims", [{"tid": TENANT}, {TENANT_CLAIM: TENANT.upper()}, {"tid": TENANT, "acct": "0"},
                                    {"tid": TENANT, "idp": f"https://sts.windows.net/{TENANT}/"}])  # fmt: skip
async def test_a_member_of_the_tenant_is_let_in(claims: dict[str, str]) -> None:
    """However the claim is spelled."""
    async with api(STAFF, {**ENTRA, "TENANT_ID": TENANT}) as world:
        assert 200 == (await world.http.get("/runs", headers=principal(*CallerRole, **claims))).status_code


@pytest.mark.parametrize("admitted", [f"{TENANT}", f"{OTHER_TENANT.upper()}, {TENANT},"])
async def test_without_a_setting_the_tenants_of_the_deployment_are_pinned(admitted: str) -> None:
    """The platform checks them too; the app does not rely on that alone."""
    async with api(STAFF, {**ENTRA, "WEBSITE_AUTH_AAD_ALLOWED_TENANTS": admitted}) as world:
        answers = [
            await world.http.get("/runs", headers=principal(*CallerRole, tid=tid)) for tid in (TENANT, SOMEBODY, "")
        ]
        assert [200, 403, 403] == [answer.status_code for answer in answers]


async def test_a_guest_is_refused_without_a_pinned_tenant_too() -> None:
    """An identity provider of which nobody can say that it is this tenant's is another one."""
    async with api(STAFF, ENTRA) as world:
        for claims in ({"acct": "1"}, {"idp": "mail"}, {"tid": TENANT, "idp": "mail"}):
            answer = await world.http.get("/runs", headers=principal(*CallerRole, **claims))
            assert "guestRefused" == answer.headers["x-ms-error-code"]


@pytest.mark.parametrize("oid", ["key", "timer", "export", "local:root", f"app:{SOMEBODY}", f"{SOMEBODY} ", "x" * 36])
async def test_a_name_that_the_app_gives_itself_cannot_be_claimed(oid: str) -> None:
    """An account has a UUID; anything else is nobody."""
    with pytest.raises(RequestRefusedError) as refused:
        claims_of(principal(*CallerRole, oid=oid)[PRINCIPAL_HEADER])
    assert "notAuthenticated" == refused.value.code


async def test_an_account_of_two_tenants_is_nobody() -> None:
    """Two claims that contradict each other prove nothing."""
    with pytest.raises(RequestRefusedError):
        claims_of(principal(tid=TENANT, **{TENANT_CLAIM: OTHER_TENANT})[PRINCIPAL_HEADER])
