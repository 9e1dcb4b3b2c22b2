"""The sandbox plays App Service authentication: made-up people sign in, and functions get the platform's headers."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from sandbox.functions_host.sign_in import COLLEAGUES, SignIn
from shared.api.claims import claims_of
from shared.api.roles import CallerRole

PRINCIPAL, NAME = "x-ms-client-principal", "x-ms-client-principal-name"


@pytest.fixture
async def http() -> AsyncIterator[TestClient[web.Request, web.Application]]:
    """A site behind the sign-in that answers with the headers that a function would get."""
    sign_in = SignIn()
    site = web.Application()
    sign_in.add_routes(site.router)

    async def headers(request: web.Request) -> web.Response:
        return web.json_response({name.lower(): value for name, value in sign_in.headers_of(request).items()})

    site.router.add_get("/console", headers)
    async with TestClient(TestServer(site), cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        yield client


@pytest.mark.parametrize("number", range(len(COLLEAGUES)))
async def test_who_signs_in_calls_with_their_claims(
    http: TestClient[web.Request, web.Application], number: int
) -> None:
    """As the app reads them; a header of that name from the browser does not count."""
    page = await (await http.get("/.auth/login/aad?post_login_redirect_uri=/console")).text()
    assert COLLEAGUES[number].name in page
    forged = {PRINCIPAL: base64.b64encode(b"{}").decode(), NAME: "somebody.else@contoso.example"}
    answer = await http.get(f"/.auth/login/aad/{number}?post_login_redirect_uri=/console", headers=forged)

    found = await answer.json()
    claims = claims_of(found[PRINCIPAL])
    assert (COLLEAGUES[number].object_id, frozenset(COLLEAGUES[number].roles)) == (claims.object_id, claims.roles)
    assert COLLEAGUES[number].sign_in_name == found[NAME]
    assert COLLEAGUES[number].sign_in_name == (await (await http.get("/.auth/me")).json())[0]["user_id"]


async def test_signing_out_ends_the_session(http: TestClient[web.Request, web.Application]) -> None:
    assert 401 == (await http.get("/.auth/me")).status
    await http.get("/.auth/login/aad/0")
    assert 200 == (await http.get("/.auth/me")).status
    await http.get("/.auth/logout")
    assert 401 == (await http.get("/.auth/me")).status
    assert PRINCIPAL not in await (await http.get("/console")).json()


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example/", "evil", "javascript:1"])
async def test_nobody_is_led_to_another_site(http: TestClient[web.Request, web.Application], address: str) -> None:
    answer = await http.get("/.auth/login/aad/0", params={"post_login_redirect_uri": address}, allow_redirects=False)
    assert "/console" == answer.headers["Location"]


def test_the_roles_are_those_of_the_app() -> None:
    assert set(CallerRole) == {role for colleague in COLLEAGUES for role in colleague.roles}
