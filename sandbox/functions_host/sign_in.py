"""App Service authentication in the sandbox: made-up people sign in by a click, and calls carry their claims.

Called by `web` for `/.auth/…` and before each function, where the setting WEBSITE_AUTH_ENABLED is True. Paths, headers
and the shape of the claims follow "Work with user identities in Azure App Service authentication"
(learn.microsoft.com/azure/app-service/configure-authentication-user-identities). A bearer token is a colleague's object
id. A caller without either may bring the headers itself, which the platform would remove: programs that test the app
do so.
"""

from __future__ import annotations

import base64
import html
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from aiohttp import web

from sandbox.graph.options import Options
from sandbox.graph.person import Person

_COOKIE = "AppServiceAuthSession"
_TENANT = Options().tenant_id
_CLAIMS = "http://schemas.microsoft.com/identity/claims/"
_HEADERS = (
    "x-ms-client-principal",
    "x-ms-client-principal-id",
    "x-ms-client-principal-name",
    "x-ms-client-principal-idp",
)


@dataclass(frozen=True, slots=True)
class Colleague:
    """A made-up person with the app roles that an administrator would give for this work."""

    name: str
    sign_in_name: str
    object_id: str
    does: str
    roles: tuple[str, ...]


_READ, _WRITE, _NUMBERS = "PhoneMethods.Read", "PhoneMethods.ReadWrite", "PhoneMethods.ReadNumbers"
_UPLOAD, _APPROVE, _REPORTS, _ERASE = "Runs.Upload", "Runs.Approve", "Reports.Read", "People.Erase"

COLLEAGUES = (
    Colleague("Hanna Ritter", "hanna.ritter@contoso.example", "a1b0c9d8-0000-4000-8000-0000000000a1", "HR", (_UPLOAD,)),
    Colleague(
        "Hilde Desk", "hilde.desk@contoso.example", "a1b0c9d8-0000-4000-8000-0000000000a2", "help desk", (_READ, _WRITE)
    ),
    Colleague(
        "Ada Minh",
        "ada.minh@contoso.example",
        "a1b0c9d8-0000-4000-8000-0000000000a3",
        "administrator",
        (_READ, _WRITE, _NUMBERS, _UPLOAD, _APPROVE, _REPORTS, _ERASE),
    ),
    Colleague(
        "Bo Lind",
        "bo.lind@contoso.example",
        "a1b0c9d8-0000-4000-8000-0000000000a4",
        "second administrator",
        (_READ, _WRITE, _NUMBERS, _APPROVE, _REPORTS),
    ),
    Colleague(
        "Otto Prüfer", "otto.pruefer@contoso.example", "a1b0c9d8-0000-4000-8000-0000000000a5", "auditor", (_REPORTS,)
    ),
    Colleague("Nora Neu", "nora.neu@contoso.example", "a1b0c9d8-0000-4000-8000-0000000000a6", "no role yet", ()),
)
ACCOUNTS = tuple(
    Person(id=one.object_id, userPrincipalName=one.sign_in_name, displayName=one.name) for one in COLLEAGUES
)
"""The colleagues' accounts in the directory, from which the app takes their names."""
_BY_TOKEN = {one.object_id: one for one in COLLEAGUES}


class SignIn:
    """Sessions live as long as the process."""

    def __init__(self) -> None:
        self._sessions: dict[str, Colleague] = {}

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_get("/.auth/login/aad", self._offer)
        router.add_get("/.auth/login/aad/{number}", self._start)
        router.add_get("/.auth/me", self._me)
        router.add_get("/.auth/logout", self._end)

    def headers_of(self, request: web.Request) -> Mapping[str, str]:
        """The request's headers; for a person who is signed in, the platform's replace those of the same names."""
        colleague = self._colleague(request)
        if colleague is None:
            return request.headers
        sent = {name: value for name, value in request.headers.items() if name.lower() not in _HEADERS}
        return sent | headers_for(colleague)

    def _colleague(self, request: web.Request) -> Colleague | None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return _BY_TOKEN.get(token) or self._sessions.get(request.cookies.get(_COOKIE, ""))

    async def _offer(self, request: web.Request) -> web.Response:
        there = quote(request.query.get("post_login_redirect_uri", "/console"), safe="")
        offered = "".join(
            f'<li><a href="/.auth/login/aad/{number}?post_login_redirect_uri={there}">{html.escape(one.name)}</a>, '
            f"{html.escape(one.does)}</li>"
            for number, one in enumerate(COLLEAGUES)
        )
        text = (
            '<!doctype html><html lang="en"><title>Sign in</title><meta name="viewport" content="width=device-width">'
            "<main><h1>Sign in as …</h1><p>In Azure, Microsoft's sign-in page is here.</p>"
            f"<ul>{offered}</ul></main></html>"
        )
        return web.Response(text=text, content_type="text/html")

    async def _start(self, request: web.Request) -> web.Response:
        number = request.match_info["number"]
        if not number.isdecimal() or int(number) >= len(COLLEAGUES):
            return web.Response(status=404)
        session = secrets.token_urlsafe(24)
        self._sessions[session] = COLLEAGUES[int(number)]
        answer = _redirect(request.query.get("post_login_redirect_uri", ""))
        answer.set_cookie(_COOKIE, session, httponly=True, samesite="Lax", path="/")
        return answer

    async def _me(self, request: web.Request) -> web.Response:
        colleague = self._colleague(request)
        if colleague is None:
            return web.json_response([], status=401)
        return web.json_response(
            [{"provider_name": "aad", "user_id": colleague.sign_in_name, "user_claims": _claims(colleague)}]
        )

    async def _end(self, request: web.Request) -> web.Response:
        self._sessions.pop(request.cookies.get(_COOKIE, ""), None)
        answer = _redirect(request.query.get("post_logout_redirect_uri", "/.auth/login/aad"))
        answer.del_cookie(_COOKIE)
        return answer


def headers_for(colleague: Colleague) -> dict[str, str]:
    """The headers that the platform adds for a person who is signed in."""
    claims = {"auth_typ": "aad", "name_typ": "name", "role_typ": "roles", "claims": _claims(colleague)}
    encoded = base64.b64encode(json.dumps(claims).encode()).decode()
    added = (encoded, colleague.object_id, colleague.sign_in_name, "aad")
    return dict(zip(_HEADERS, added, strict=True))


def _redirect(address: str) -> web.Response:
    """Redirect to a path of this host, or for any other address to the console."""
    parts = urlsplit(address)
    there = address if not (parts.scheme or parts.netloc) and address.startswith("/") else "/console"
    return web.Response(status=302, headers={"Location": there})


def _claims(colleague: Colleague) -> list[dict[str, str]]:
    found = (
        (f"{_CLAIMS}objectidentifier", colleague.object_id),
        (f"{_CLAIMS}tenantid", _TENANT),
        ("name", colleague.name),
        ("preferred_username", colleague.sign_in_name),
        *(("roles", role) for role in colleague.roles),
    )
    return [{"typ": kind, "val": value} for kind, value in found]
