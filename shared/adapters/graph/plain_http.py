"""The HTTP below the client: a session of aiohttp that sends each request once, and the one base URL.

It neither retries, keeps cookies nor logs URLs, some of which hold sign-in names.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

import aiohttp
import httpx
from aiohttp.client_middlewares import ClientHandlerType

from shared.adapters.graph.clouds import Cloud

CONNECT_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 60.0


def plain_session(connections: int, user_agent: str) -> aiohttp.ClientSession:
    """A session with up to `connections` sockets. Must be made on the event loop that will use it.

    Only the connecting has a time limit; the caller limits the rest, and follows no redirects.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections, keepalive_timeout=KEEP_ALIVE_SECONDS, ssl=_trust()),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": user_agent},
        middlewares=(_sent_once,),
        timeout=aiohttp.ClientTimeout(sock_connect=CONNECT_SECONDS),
    )


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


LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class PinnedRoot:
    """The only server that gets the token; `url` is the versioned root without a trailing slash."""

    url: str
    host: str

    def holds(self, url: str) -> bool:
        """Whether `url`, such as a nextLink, has the same scheme, host and port."""
        try:
            ours, theirs = urlsplit(self.url), urlsplit(url)
            same_port = (ours.port or _port(ours.scheme)) == (theirs.port or _port(theirs.scheme))
        except ValueError:
            return False
        no_userinfo = theirs.username is None and theirs.password is None
        return same_port and no_userinfo and (ours.scheme, ours.hostname) == (theirs.scheme, theirs.hostname)


def pinned_root(cloud: Cloud, base_url: str | None) -> PinnedRoot:
    """The root of all requests: `base_url` (GRAPH_BASE_URL, with its version) if given, else the cloud's v1.0.

    Raises ValueError unless the URL is https, or http to loopback, and has no user name, query or fragment.
    """
    url = (base_url or f"{cloud.root}/v1.0").rstrip("/")
    parts = urlsplit(url)
    host = parts.hostname or ""
    secure = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK_HOSTS)
    if not host or not secure or parts.query or parts.fragment or parts.username is not None:
        raise ValueError(
            "GRAPH_BASE_URL must look like https://graph.microsoft.com/v1.0; http is accepted for loopback only."
        )
    return PinnedRoot(url, host)


def _port(scheme: str) -> int:
    return {"https": 443, "http": 80}.get(scheme, 0)
