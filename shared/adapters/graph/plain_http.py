"""The HTTP below the client: it sends each request once, as it is, over aiohttp.

It neither retries, keeps cookies, follows redirects nor logs addresses, some of which hold sign-in names.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from functools import cache

import aiohttp
import httpx
from aiohttp.client_middlewares import ClientHandlerType

CONNECT_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 60.0


class PlainHttp:
    """One session with up to `connections` sockets. Must be made on the event loop that will use it."""

    def __init__(self, connections: int, user_agent: str) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=connections, keepalive_timeout=KEEP_ALIVE_SECONDS, ssl=trust()),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": user_agent},
            middlewares=(_sent_once,),
            timeout=aiohttp.ClientTimeout(sock_connect=CONNECT_SECONDS),
        )

    async def send(
        self, method: str, address: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and whole body of the answer. Raises aiohttp.ClientError or OSError when there is none.

        The caller limits the time.
        """
        sent = self._session.request(method, address, headers=headers, data=body or None, allow_redirects=False)
        async with sent as response:
            return response.status, response.headers, await response.read()

    async def close(self) -> None:
        await self._session.close()


@cache
def trust() -> ssl.SSLContext:
    """The trusted certificates, cached because reading them takes 50 ms."""
    return httpx.create_ssl_context()


async def _sent_once(request: aiohttp.ClientRequest, handler: ClientHandlerType) -> aiohttp.ClientResponse:
    """Prevents aiohttp's own retry of a GET or DELETE on a broken connection, by raising an error it does not retry."""
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise aiohttp.ClientPayloadError(str(error)) from error
