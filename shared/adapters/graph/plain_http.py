"""The HTTP below Kiota's adapter: it sends each request once, as it is, over aiohttp.

The client opens it. Neither of the two retries, keeps cookies or logs addresses.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from functools import cache
from typing import Any

import aiohttp
import httpx
from aiohttp.client_middlewares import ClientHandlerType
from httpx_aiohttp import AiohttpTransport

KEEP_ALIVE_SECONDS = 60.0


class PlainHttp(httpx.AsyncClient):
    """Sends each request once, as it was built; only `build_request` and `send`, which Kiota's adapter calls, work.

    An ordinary httpx client merges addresses, keeps cookies, looks for redirects, credentials and hooks, which takes a
    fifth of the time of a call, and logs every address, some of which hold sign-in names. This one does not.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport, headers: Mapping[str, str], timeout: httpx.Timeout) -> None:
        super().__init__(transport=transport)
        self._plain = transport
        self._always = dict(headers)
        self._limits = {"timeout": timeout.as_dict()}

    def build_request(
        self,
        method: str,
        url: httpx.URL | str,
        *,
        headers: Any = None,  # noqa: ANN401 - httpx takes many forms; the adapter gives a mapping
        content: Any = None,  # noqa: ANN401 - likewise; the adapter gives bytes
        extensions: Mapping[str, Any] | None = None,
        **_: Any,  # noqa: ANN401 - what the adapter does not use
    ) -> httpx.Request:
        return httpx.Request(
            method,
            url,
            headers={**self._always, **(headers or {})},
            content=content,
            extensions={**self._limits, **(extensions or {})},
        )

    async def send(self, request: httpx.Request, **_: Any) -> httpx.Response:  # noqa: ANN401 - as above
        """The answer with its whole body. Raises httpx.HTTPError when the transport fails."""
        response = await self._plain.handle_async_request(request)
        response.request = request
        try:
            await response.aread()
        finally:
            await response.aclose()
        return response


def aiohttp_transport(connections: int) -> httpx.AsyncBaseTransport:
    """The transport on aiohttp; httpx's own pool becomes very slow above 64 requests (encode/httpcore#1035)."""
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections, keepalive_timeout=KEEP_ALIVE_SECONDS, ssl=_trust()),
        cookie_jar=aiohttp.DummyCookieJar(),
        middlewares=(_sent_once,),
    )
    return AiohttpTransport(verify=_trust(), client=session)


@cache
def _trust() -> ssl.SSLContext:
    """The trusted certificates, cached because reading them takes 50 ms."""
    return httpx.create_ssl_context()


async def _sent_once(request: aiohttp.ClientRequest, handler: ClientHandlerType) -> aiohttp.ClientResponse:
    """Prevents aiohttp's own retry of a GET or DELETE on a broken connection, by raising an error it does not retry."""
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise aiohttp.ClientPayloadError(str(error)) from error
