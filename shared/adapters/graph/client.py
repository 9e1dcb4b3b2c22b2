"""One connection to one Graph: the SDK's request adapter over an aiohttp transport, one token, one pinned host.

Opened by `open_gateway`, on the event loop that will use it; used by the gateway. A request is sent once: Kiota's
retries are not loaded and aiohttp's own are refused, because only the governor and the flows may decide to repeat.
Answers come back raw, whatever their status, because the SDK's typed models cost more CPU than all the rest.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from functools import cache
from urllib.parse import quote

import aiohttp
import httpx
from aiohttp.client_middlewares import ClientHandlerType
from azure.core.credentials_async import AsyncTokenCredential
from httpx_aiohttp import AiohttpTransport
from kiota_abstractions.native_response_handler import NativeResponseHandler
from kiota_abstractions.request_information import RequestInformation
from kiota_abstractions.request_option import RequestOption
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from kiota_http.middleware.options import ResponseHandlerOption
from kiota_http.observability_options import ObservabilityOptions
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient

from shared.adapters.graph.answers import Answer
from shared.adapters.graph.clouds import PinnedRoot
from shared.adapters.graph.permissions import TokenClaims
from shared.adapters.graph.plain_http import PlainHttp
from shared.adapters.graph.rate_limiter import AdaptiveRateLimiter, Kind, Priority
from shared.adapters.graph.token import SingleFlightCredential
from shared.core.values.errors import GraphUnavailableError

CONNECT_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 60.0
FOREIGN_ADDRESS_DELAY = 60.0
TOO_MANY_REQUESTS = 429

_VARIABLE = re.compile(r"\{([^}]+)\}")
_RAW_ANSWER: list[RequestOption] = [ResponseHandlerOption(response_handler=NativeResponseHandler())]


class GraphClient:
    """Sends requests that `sdk`'s request builders have made."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        credential: SingleFlightCredential,
        root: PinnedRoot,
        rate_limiter: AdaptiveRateLimiter,
        timeout_seconds: float,
    ) -> None:
        provider = AzureIdentityAuthenticationProvider(credential, scopes=[credential.scope], allowed_hosts=[root.host])
        self._adapter = GraphRequestAdapter(provider, http)
        self._adapter.base_url = root.url
        # Spans would carry whole addresses, and in those of the look-up there is a sign-in name.
        self._adapter.observability_options = ObservabilityOptions(include_euii_attributes=False)
        self.sdk = GraphServiceClient(request_adapter=self._adapter)
        self._http = http
        self._credential = credential
        self._root = root
        self._rate_limiter = rate_limiter
        self._timeout_seconds = timeout_seconds

    async def send(self, request: RequestInformation, kind: Kind, priority: Priority, *, cost: int = 1) -> Answer:
        """Graph's answer, whatever its status; a throttled call is repeated while the governor's patience lasts.

        Raises ThrottledError when it does not, GraphUnavailableError when there is no token.
        """
        self._pin(request)
        request.headers.try_add("x-ms-throttle-priority", priority.value)
        until = self._rate_limiter.patience()
        while True:
            await self._credential.ready()  # before the turn comes: a slow token must not start a call in a halt
            started = await self._rate_limiter.start(kind, cost, until, urgent=priority is Priority.HIGH)
            try:
                answer = await self._exchange(request, started)
            finally:
                self._rate_limiter.finish()
            if answer.status != TOO_MANY_REQUESTS:
                self._rate_limiter.accepted(kind, started, answer.limit_used())
                return answer
            self.throttled(kind, answer)

    async def token_claims(self) -> TokenClaims:
        return await self._credential.claims()

    def throttled(self, kind: Kind, answer: Answer) -> None:
        """Tell the governor of a 429, also of one inside a batch."""
        scope = answer.headers.get("x-ms-throttle-scope", "")
        self._rate_limiter.throttled(kind, answer.started, answer.retry_after(), scope)

    async def close(self) -> None:
        """Close the sockets; the credential belongs to whoever made it."""
        await self._http.aclose()

    def _pin(self, request: RequestInformation) -> None:
        """Fix the address before Kiota expands it three times, and refuse any host but ours: it gets the token."""
        address = f"{self._root.url}{_path(request)}" if request.url_template else request.url
        if not self._root.holds(address):
            raise GraphUnavailableError(
                "foreignAddress",
                "Graph named a next page on another host; it was not followed.",
                delay=FOREIGN_ADDRESS_DELAY,
                remedy="Check GRAPH_CLOUD and GRAPH_BASE_URL, and what stands between this app and Graph.",
            )
        request.path_parameters = {}  # a fresh one: the setter of `url` clears it, and the builders share theirs
        request.url = address
        request.add_request_options(_RAW_ANSWER)

    async def _exchange(self, request: RequestInformation, started: float) -> Answer:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                response = await self._adapter.send_primitive_async(request, "bytes", None)
        except TimeoutError:
            return Answer(None, silence=f"nothing came within {self._timeout_seconds:.0f} s", started=started)
        except (httpx.HTTPError, aiohttp.ClientError, OSError) as error:
            return Answer(None, silence=f"the connection failed ({type(error).__name__})", started=started)
        return Answer(response.status_code, response.headers, response.content, started=started)


def _path(request: RequestInformation) -> str:
    """The address after the root. Without a query the template is filled in here: Kiota's way is a fifth of a call."""
    if request.query_parameters:
        request.path_parameters = {**request.path_parameters, "baseurl": ""}
        return request.url
    path = (request.url_template or "").removeprefix("{+baseurl}").partition("{?")[0]
    return _VARIABLE.sub(lambda found: quote(request.path_parameters[found[1]], safe=""), path)


def connect(
    credential: AsyncTokenCredential,
    scope: str,
    root: PinnedRoot,
    rate_limiter: AdaptiveRateLimiter,
    *,
    connections: int,
    timeout_seconds: float,
    user_agent: str,
    transport: httpx.AsyncBaseTransport | None = None,
) -> GraphClient:
    """A client for `root`. Must be called on the event loop that will use it. Opens no connection yet."""
    http = PlainHttp(
        transport or _aiohttp_transport(connections),
        headers={"User-Agent": user_agent},
        timeout=httpx.Timeout(timeout_seconds, connect=CONNECT_SECONDS),
    )
    return GraphClient(http, SingleFlightCredential(credential, scope), root, rate_limiter, timeout_seconds)


def _aiohttp_transport(connections: int) -> httpx.AsyncBaseTransport:
    """httpx's own pool collapses beyond 64 requests in flight (encode/httpcore#1035)."""
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections, keepalive_timeout=KEEP_ALIVE_SECONDS, ssl=_trust()),
        cookie_jar=aiohttp.DummyCookieJar(),
        middlewares=(_sent_once,),
    )
    return AiohttpTransport(verify=_trust(), client=session)


@cache
def _trust() -> ssl.SSLContext:
    """Made once: reading the certificates takes 50 ms."""
    return httpx.create_ssl_context()


async def _sent_once(request: aiohttp.ClientRequest, handler: ClientHandlerType) -> aiohttp.ClientResponse:
    """aiohttp repeats a GET or a DELETE by itself when a kept connection breaks, but not after this error."""
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise aiohttp.ClientPayloadError(str(error)) from error
