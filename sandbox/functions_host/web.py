"""The host's HTTP server: function routes with keys, the blob webhook, and starting a function by hand.

Called by `host`; calls `routes` and back into the host to invoke. Follows `AuthenticationLevelHandler.cs` and
`GrpcMessageConversionExtensions.cs` of Azure/azure-functions-host.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace

from aiohttp import web

from sandbox.functions_host.app import LoadedApp
from sandbox.functions_host.routes import HttpRoute, parse_routes
from sandbox.functions_host.runtime import FunctionFailedError, http_request
from sandbox.functions_host.sign_in import SignIn

LARGEST_BODY = 100 * 1024 * 1024
"""Bytes; the real host's default limit."""

TakeEvents = Callable[[web.Request], Awaitable[web.Response]]
"""Answers a POST of Event Grid to the blob webhook."""

Start = Callable[[str, str], bool]
"""Starts the named function by hand with an input; False when there is none of that name."""


@dataclass(frozen=True, slots=True)
class Keys:
    """`function` opens functions of level FUNCTION, `blobs` these and the blob webhook, `master` everything."""

    master: str
    function: str
    blobs: str

    @classmethod
    def read(cls, settings: Mapping[str, str]) -> Keys:
        """The keys in `HOST_MASTER_KEY`, `HOST_FUNCTION_KEY` and `HOST_BLOBS_KEY`; random where not set."""
        return cls(
            *(settings.get(f"HOST_{name}_KEY") or secrets.token_urlsafe(32) for name in ("MASTER", "FUNCTION", "BLOBS"))
        )

    def opens(self, level: str, key: str) -> bool:
        match level:
            case "ANONYMOUS":
                return True
            case "FUNCTION":
                return _any_of(key, (self.function, self.blobs, self.master))
            case "SYSTEM":
                return _any_of(key, (self.blobs, self.master))
            case _:
                return _any_of(key, (self.master,))


class Web:
    """One application: the blob webhook, starts by hand, sign-in if it is on, and the functions' routes."""

    def __init__(
        self, app: LoadedApp, keys: Keys, take_events: TakeEvents, start: Start, sign_in: SignIn | None
    ) -> None:
        self._app = app
        self._sign_in = sign_in
        self._routes = parse_routes(app.triggered_by("httpTrigger"), app.config.route_prefix)
        self._keys = keys
        self._take_events = take_events
        self._start = start

    def application(self) -> web.Application:
        application = web.Application(client_max_size=LARGEST_BODY)
        application.router.add_post("/runtime/webhooks/blobs", self._webhook)
        application.router.add_post("/admin/functions/{name}", self._start_by_hand)
        if self._sign_in:
            self._sign_in.add_routes(application.router)
        application.router.add_route("*", "/{path:.*}", self._function)
        return application

    async def _function(self, request: web.Request) -> web.Response:
        path = request.rel_url.path_safe.replace("%25", "%")  # decoded but for %2F, which is no separator in Azure
        for route in self._routes:
            params = route.match(request.method, path)
            if params is not None:
                return await self._call(route, params, request)
        return web.Response(status=404)

    async def _call(self, route: HttpRoute, params: Mapping[str, str], request: web.Request) -> web.Response:
        if not self._keys.opens(route.level, _key(request)):
            return web.Response(status=401)
        # A chunked body reaches a Python worker empty.
        body = await request.read() if request.content_length else b""
        headers = self._sign_in.headers_of(request) if self._sign_in else request.headers
        value = http_request(
            method=request.method,
            url=str(request.url),
            headers=_joined((name.lower(), value) for name, value in headers.items()),
            params=params,
            query={name: value for name, value in _joined(request.query.items()).items() if value},
            body=body,
        )
        try:
            answer = await self._app.invoke(route.function, value, {})
        except FunctionFailedError:
            return web.Response(status=500)
        return _response(answer)

    async def _webhook(self, request: web.Request) -> web.Response:
        if not self._keys.opens("SYSTEM", _key(request)):
            return web.Response(status=401)
        return await self._take_events(request)

    async def _start_by_hand(self, request: web.Request) -> web.Response:
        if not self._keys.opens("ADMIN", _key(request)):
            return web.Response(status=401)
        body = await request.read()
        given = json.loads(body).get("input", "") if body else ""
        return web.Response(status=202 if self._start(request.match_info["name"], given) else 404)


def _any_of(key: str, keys: Iterable[str]) -> bool:
    return any(hmac.compare_digest(key.encode(), known.encode()) for known in keys)


def _key(request: web.Request) -> str:
    return request.headers.get("x-functions-key") or request.query.get("code", "")


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _response(answer: object) -> web.Response:
    match answer:
        case None:
            return web.Response(status=204)
        case SimpleNamespace(status_code=status, headers=headers, cookies=cookies, body=body):
            response = web.Response(status=int(status), body=body, headers=headers)
            for cookie in cookies or ():
                response.set_cookie(
                    cookie.name,
                    cookie.value,
                    path=cookie.path.value or "/",
                    max_age=int(cookie.max_age.value) if cookie.max_age else None,
                    secure=cookie.secure.value,
                    httponly=cookie.http_only.value,
                    samesite=cookie.same_site or None,
                )
            return response
        case _:
            return web.Response(text=str(answer))
