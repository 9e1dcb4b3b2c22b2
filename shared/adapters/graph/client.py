"""The HTTP client for one Graph: the SDK's request adapter over an aiohttp transport, one token, one pinned host.

Opened by `open_gateway`, on the event loop that will use it; used by the gateway. Neither Kiota nor aiohttp retries,
because only the rate limiter and the flows decide about retries. Answers are raw, because parsing them into the SDK's
typed models takes more CPU time than everything else.
"""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote

import aiohttp
import httpx
from azure.core.credentials_async import AsyncTokenCredential
from kiota_abstractions.authentication import AnonymousAuthenticationProvider
from kiota_abstractions.native_response_handler import NativeResponseHandler
from kiota_abstractions.request_information import RequestInformation
from kiota_abstractions.request_option import RequestOption
from kiota_http.middleware.options import ResponseHandlerOption
from kiota_http.observability_options import ObservabilityOptions
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient

from shared.adapters.graph.answers import Answer
from shared.adapters.graph.permissions import TokenClaims
from shared.adapters.graph.pinned_root import PinnedRoot
from shared.adapters.graph.plain_http import PlainHttp, aiohttp_transport
from shared.adapters.graph.rate_limiter import AdaptiveRateLimiter, Kind, Priority
from shared.adapters.graph.token import SharedCredential, token_rejected
from shared.core.values.errors import GraphUnavailableError
from shared.telemetry.signals import measure, note, span
from shared.telemetry.table import Metric, SpanName

CONNECT_SECONDS = 10.0
FOREIGN_ADDRESS_DELAY = 60.0
UNAUTHORIZED, TOO_MANY_REQUESTS = 401, 429
AGAIN_AFTER = (0.5, 1.0)
"""Seconds before a read without an answer is sent again, once for each; after that its message comes back later."""
_MOST_REJECTIONS = 2
"""After so many rejected tokens in one call, a token and its replacement, other tokens would be rejected as well."""

_VARIABLE = re.compile(r"\{([^}]+)\}")
_RAW_ANSWER: list[RequestOption] = [ResponseHandlerOption(response_handler=NativeResponseHandler())]


class _Adapter(GraphRequestAdapter):
    """Kiota's adapter without its own answer to claims challenges; the client answers every rejected token."""

    async def retry_cae_response_if_required(self, resp: httpx.Response, *_: object) -> httpx.Response:
        return resp


class GraphClient:
    """Sends requests that `sdk`'s request builders have made."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        credential: SharedCredential,
        root: PinnedRoot,
        rate_limiter: AdaptiveRateLimiter,
        timeout_seconds: float,
    ) -> None:
        self._adapter = _Adapter(AnonymousAuthenticationProvider(), http)  # `send` adds the token
        self._adapter.base_url = root.url
        # Spans would contain whole URLs, and the URL of a look-up contains a sign-in name.
        self._adapter.observability_options = ObservabilityOptions(include_euii_attributes=False)
        self.sdk = GraphServiceClient(request_adapter=self._adapter)
        self.root = root.url
        self._http = http
        self._credential = credential
        self._root = root
        self._rate_limiter = rate_limiter
        self._timeout_seconds = timeout_seconds
        self._silent_since: float | None = None

    async def send(
        self, request: RequestInformation, kind: Kind, priority: Priority, *, parts: Sequence[str] = ()
    ) -> Answer:
        """Graph's answer, whatever its status; a throttled request is sent again until the rate limiter's deadline.

        A read that got no answer, and no time either, is sent again after short pauses. A request whose token is
        rejected is sent again with another one. Raises ThrottledError after the deadline, and NoTokenError without a
        token that Graph accepts. `parts` are the addresses that a batch reads.
        """
        path = _path_template(request)
        self._pin(request)
        request.headers.try_add("x-ms-throttle-priority", priority.value)
        until = self._rate_limiter.deadline()
        cost = len(parts) or 1
        addresses = [read_of(part) for part in parts] or [self._address(request)]
        rejections, pauses = 0, iter(AGAIN_AFTER if kind is Kind.READ else ())
        while True:
            token = await self._credential.token()  # before `start`, so that a slow token delays no started request
            started = await self._rate_limiter.start(
                kind, cost, until, urgent=priority is Priority.HIGH, addresses=addresses
            )
            try:
                with span(
                    SpanName.GRAPH, server=self._root.host, method=_method(request), path=path, kind=kind, parts=cost
                ):
                    answer = await self._send_once(request, token, started)
                    note(status=answer.status, requestId=answer.request_id)
            finally:
                self._rate_limiter.finish()
            answer = self._with_silence(answer)
            if answer.status == UNAUTHORIZED:
                rejections += 1
                await self.replace_token(answer, rejections)
                reason = "token"
            elif answer.status == TOO_MANY_REQUESTS:
                self.throttled(kind, answer, addresses)
                reason = "throttled"
            else:
                self._rate_limiter.accepted(kind, started, answer.limit_used(), () if parts else addresses)
                pause = next(pauses, None) if answer.is_missing else None
                if pause is None or not await self._rate_limiter.pause(pause, until):
                    return answer
                reason = "noAnswer"
            measure(Metric.GRAPH_AGAIN, kind=kind, reason=reason)

    def _with_silence(self, answer: Answer) -> Answer:
        """The answer with the time for which there was none, counted from the first request of that time."""
        if not answer.is_missing:
            self._silent_since = None
            return answer
        if self._silent_since is None:
            self._silent_since = answer.started
        return replace(answer, silent_for=answer.started - self._silent_since)

    async def _send_once(self, request: RequestInformation, token: str, started: float) -> Answer:
        request.headers.remove("Authorization")
        request.headers.add("Authorization", f"Bearer {token}")
        client_request_id = str(uuid.uuid4())
        request.headers.remove("client-request-id")
        request.headers.add("client-request-id", client_request_id)
        note(clientRequestId=client_request_id)
        try:
            async with asyncio.timeout(self._timeout_seconds):
                response = await self._adapter.send_primitive_async(request, "bytes", None)
        except TimeoutError:
            silence = f"nothing came within {self._timeout_seconds:.0f} s"
            return Answer(None, silence=silence, started=started, token=token)
        except (httpx.HTTPError, aiohttp.ClientError, OSError) as error:
            silence = f"the connection failed ({type(error).__name__})"
            return Answer(None, silence=silence, started=started, token=token)
        return Answer(response.status_code, response.headers, response.content, started=started, token=token)

    async def replace_token(self, answer: Answer, rejections: int) -> None:
        """Get another token than that of a request which Graph answered with 401, also inside a batch.

        `rejections` counts the rejected tokens of one call. Raises NoTokenError when there is no other token.
        """
        is_replaced = rejections < _MOST_REJECTIONS and await self._credential.replace(
            answer.token, answer.claims_challenge()
        )
        if not is_replaced:
            raise token_rejected(answer.request_id)

    async def token_claims(self) -> TokenClaims:
        return await self._credential.claims()

    def throttled(self, kind: Kind, answer: Answer, addresses: Sequence[str]) -> None:
        """Report a 429 to a request, or to parts of a batch, to the rate limiter."""
        scope = answer.headers.get("x-ms-throttle-scope", "")
        self._rate_limiter.throttled(kind, answer.started, answer.retry_after(), scope, addresses)

    async def close(self) -> None:
        """Close the sockets; the credential is closed by its owner."""
        await self._http.aclose()

    def _address(self, request: RequestInformation) -> str:
        """What the rate limiter calls a pinned request."""
        path = request.url.removeprefix(self._root.url).lstrip("/").partition("?")[0]
        return f"{_method(request)} {path}"

    def _pin(self, request: RequestInformation) -> None:
        """Expand the address once (Kiota does it three times). Refuse other hosts, because they would get the token."""
        address = f"{self._root.url}{_path(request)}" if request.url_template else request.url
        if not self._root.holds(address):
            raise GraphUnavailableError(
                "foreignAddress",
                "Graph's link to the next page leads to another host, so the app did not follow it.",
                delay=FOREIGN_ADDRESS_DELAY,
                remedy="Check GRAPH_CLOUD and GRAPH_BASE_URL, and any proxy between this app and Graph.",
            )
        request.path_parameters = {}  # a new one: the setter of `url` clears it, and request builders share theirs
        request.url = address
        request.add_request_options(_RAW_ANSWER)


def read_of(address: str) -> str:
    """What the rate limiter calls the GET of an address below the root, alone or in a batch."""
    return f"GET {address.lstrip('/').partition('?')[0]}"


def _method(request: RequestInformation) -> str:
    return request.http_method.value if request.http_method else ""


def _path_template(request: RequestInformation) -> str:
    """The path with the names of its variables, for as long as `_pin` has not put in their values; "" of a link."""
    return (request.url_template or "").removeprefix("{+baseurl}").partition("{?")[0]


def _path(request: RequestInformation) -> str:
    """The address after the root. Without a query it is expanded here, because Kiota needs a fifth of a call's time."""
    if request.query_parameters:
        request.path_parameters = {**request.path_parameters, "baseurl": ""}
        return request.url
    return _VARIABLE.sub(lambda found: quote(request.path_parameters[found[1]], safe=""), _path_template(request))


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
    """A client for `root`, without a connection yet. Must be called on the event loop that will use it."""
    http = PlainHttp(
        transport or aiohttp_transport(connections),
        headers={"User-Agent": user_agent},
        timeout=httpx.Timeout(timeout_seconds, connect=CONNECT_SECONDS),
    )
    return GraphClient(http, SharedCredential(credential, scope), root, rate_limiter, timeout_seconds)
