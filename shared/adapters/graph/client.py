"""The HTTP client for one Graph: requests of the SDK's builders over plain HTTP, one token, one pinned host.

It belongs to the event loop on which it is opened. Nothing below it retries; the client does, within the rate limiter's
deadline, and so do the flows. The client itself sends the requests, not the SDK's adapter (decision 77). Answers are
raw, because parsing them into the SDK's typed models takes more CPU time than everything else.
"""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import aiohttp
import httpx
from kiota_abstractions.authentication import AnonymousAuthenticationProvider
from kiota_abstractions.request_information import RequestInformation
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient

from shared.adapters.graph import answers, requests
from shared.adapters.graph.answers import GraphAnswer, UnreadableAnswerError
from shared.adapters.graph.error_table import Purpose, explained, out_of_reach, unreadable
from shared.adapters.graph.permissions import TokenClaims
from shared.adapters.graph.plain_http import PinnedRoot
from shared.adapters.graph.rate_limiter import AdaptiveRateLimiter, Priority, RequestKind
from shared.adapters.graph.token import SharedCredential, token_rejected
from shared.core.values.errors import GraphUnavailableError
from shared.core.values.said import Said
from shared.telemetry.signals import measure, note, span
from shared.telemetry.table import Metric, SpanName

OTHER_HOST_DELAY = 60.0
UNAUTHORIZED, TOO_MANY_REQUESTS = 401, 429
AGAIN_AFTER = (0.5, 1.0)
"""Seconds before a read without an answer is sent again, once for each pause; then the read has failed."""
_MOST_REJECTIONS = 2
"""Rejected tokens in one call, a token and its replacement, after which no further token is tried."""

_VARIABLE = re.compile(r"\{([^}]+)\}")


class GraphClient:
    """Sends the requests that the module `requests` makes; `sdk` has the request builders for them."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        credential: SharedCredential,
        root: PinnedRoot,
        rate_limiter: AdaptiveRateLimiter,
        timeout_seconds: float,
    ) -> None:
        # The builders want an adapter that sends. This one has a transport that cannot.
        without_transport = httpx.AsyncClient(base_url=root.url, transport=httpx.AsyncBaseTransport(), trust_env=False)
        adapter = GraphRequestAdapter(AnonymousAuthenticationProvider(), without_transport)
        self.sdk = GraphServiceClient(request_adapter=adapter)
        self.root = root.url
        self._session = session
        self._credential = credential
        self._root = root
        self._rate_limiter = rate_limiter
        self._timeout_seconds = timeout_seconds
        self._silent_since: float | None = None

    async def send(
        self, request: RequestInformation, kind: RequestKind, priority: Priority, *, parts: Sequence[str] = ()
    ) -> GraphAnswer:
        """Graph's answer, whatever its status but 401 and 429; after these the request is sent again.

        A read whose answer `is_missing` is sent again after short pauses. Raises ThrottledError when the wait would end
        after the rate limiter's deadline, NoTokenError without a token that Graph accepts, and GraphUnavailableError
        for a link to another host. `parts` are the paths that a batch reads.
        """
        path, method, url = _path_template(request), _method(request), self._pinned(request)
        headers = {**(request.request_headers or {}), "x-ms-throttle-priority": priority.value}
        until = self._rate_limiter.deadline()
        cost, content = len(parts) or 1, request.content or None
        targets = [read_of(part) for part in parts] or [_called(method, url.removeprefix(self._root.url))]
        rejections, pauses = 0, iter(AGAIN_AFTER if kind is RequestKind.READ else ())
        while True:
            token = await self._credential.token()  # before `start`, so that a slow token delays no started request
            started = await self._rate_limiter.start(
                kind, cost, until, urgent=priority is Priority.HIGH, targets=targets
            )
            try:
                with span(SpanName.GRAPH, server=self._root.host, method=method, path=path, kind=kind, parts=cost):
                    headers |= {"Authorization": f"Bearer {token}", "client-request-id": str(uuid.uuid4())}
                    note(clientRequestId=headers["client-request-id"])
                    try:
                        sent = self._session.request(method, url, headers=headers, data=content, allow_redirects=False)
                        async with asyncio.timeout(self._timeout_seconds), sent as given:
                            body = await given.read()
                        answer = GraphAnswer(given.status, given.headers, body, started=started, token=token)
                    except (aiohttp.ClientError, OSError) as error:
                        answer = GraphAnswer(None, silence=self._silence(error), started=started, token=token)
                    note(status=answer.status, requestId=answer.request_id)
            finally:
                self._rate_limiter.finish()
            answer = self._with_silence(answer)
            if answer.status == UNAUTHORIZED:
                rejections += 1
                await self.replace_token(answer, rejections)
                reason = "token"
            elif answer.status == TOO_MANY_REQUESTS:
                self.throttled(kind, answer, targets)
                reason = "throttled"
            else:
                self._rate_limiter.accepted(kind, started, answer.limit_used(), () if parts else targets)
                pause = next(pauses, None) if answer.is_missing else None
                if pause is None or not await self._rate_limiter.pause(pause, until):
                    return answer
                reason = "noAnswer"
            measure(Metric.GRAPH_AGAIN, kind=kind, reason=reason)

    def _silence(self, error: Exception) -> str:
        """Why there is no answer."""
        if isinstance(error, TimeoutError):
            return f"nothing came within {self._timeout_seconds:.0f} s"
        return f"the connection failed ({type(error).__name__})"

    def _with_silence(self, answer: GraphAnswer) -> GraphAnswer:
        """The answer with `silent_for`: the time since the first request in a row that was not answered."""
        if not answer.is_missing:
            self._silent_since = None
            return answer
        if self._silent_since is None:
            self._silent_since = answer.started
        return replace(answer, silent_for=answer.started - self._silent_since)

    async def replace_token(self, answer: GraphAnswer, rejections: int) -> None:
        """Replace the token of a request, or of a part of a batch, that Graph answered with 401.

        `rejections` counts the rejected tokens of one call. Raises NoTokenError when no other token is left to try.
        """
        is_replaced = rejections < _MOST_REJECTIONS and await self._credential.replace(
            answer.token, answer.claims_challenge()
        )
        if not is_replaced:
            raise token_rejected(answer.request_id)

    async def token_claims(self) -> TokenClaims:
        return await self._credential.claims()

    def throttled(self, kind: RequestKind, answer: GraphAnswer, targets: Sequence[str]) -> None:
        """Report a 429 to a request, or to parts of a batch, to the rate limiter."""
        scope = answer.headers.get("x-ms-throttle-scope", "")
        self._rate_limiter.throttled(kind, answer.started, answer.retry_after(), scope, targets)

    def throttle_in_words(self) -> str:
        """How Graph throttles this process at this moment; "" = it does not."""
        return self._rate_limiter.in_words()

    async def close(self) -> None:
        """Close the sockets; the credential is closed by its owner."""
        await self._session.close()

    def _pinned(self, request: RequestInformation) -> str:
        """The whole URL, expanded once. Raises GraphUnavailableError for another host, which would get the token."""
        url = f"{self._root.url}{_path(request)}" if request.url_template else request.url
        if not self._root.holds(url):
            raise GraphUnavailableError(
                "foreignAddress",
                Said("Graph's link to the next page leads to another host, so the app did not follow it."),
                delay=OTHER_HOST_DELAY,
                remedy="Check GRAPH_CLOUD and GRAPH_BASE_URL, and any proxy between this app and Graph.",
            )
        return url


def read_of(path: str) -> str:
    """The rate limiter's name for the GET of a path below the root, alone or in a batch."""
    return _called("GET", path)


def _called(method: str, path: str) -> str:
    return f"{method} {path.lstrip('/').partition('?')[0]}"


def _method(request: RequestInformation) -> str:
    return request.http_method.value if request.http_method else ""


def _path_template(request: RequestInformation) -> str:
    """The path with the names of its variables; "" for a request that is a whole URL."""
    return (request.url_template or "").removeprefix("{+baseurl}").partition("{?")[0]


def _path(request: RequestInformation) -> str:
    """The path after the root. Without a query it is expanded here: Kiota's expansion takes a fifth of a call's CPU."""
    if request.query_parameters:
        request.path_parameters = {**request.path_parameters, "baseurl": ""}
        return request.url
    return _VARIABLE.sub(lambda found: quote(request.path_parameters[found[1]], safe=""), _path_template(request))


class Asking:
    """Sends requests with one priority, and turns every answer into a value or one of the app's errors.

    Every method may raise ThrottledError, GraphUnavailableError, and what the error table gives for the purpose.
    """

    def __init__(self, client: GraphClient, priority: Priority) -> None:
        self.client = client
        self.priority = priority

    async def ask(self, request: RequestInformation, purpose: Purpose) -> GraphAnswer:
        """The answer if it is a success; otherwise raises the error that `error_table` gives for it."""
        answer = await self.client.send(
            request, RequestKind.WRITE if purpose.write else RequestKind.READ, self.priority
        )
        if answer.ok:
            return answer
        error = explained(answer, purpose)
        if purpose.write and error.code == "permissionMissing" and await self._was_granted(purpose):
            raise out_of_reach(answer)
        raise error

    async def read[T](self, request: RequestInformation, parse: Callable[[Any], T], purpose: Purpose) -> T:
        return read(await self.ask(request, purpose), parse, purpose)

    async def items[T](
        self, request: RequestInformation, parse: Callable[[Any], T], purpose: Purpose
    ) -> AsyncIterator[T]:
        """All items of a paged collection; an empty page may have another after it."""
        seen = set[str]()
        while True:
            answer = await self.ask(request, purpose)
            page = read(answer, answers.page_of(parse), purpose)
            for item in page.items:
                yield item
            if page.next_link is None:
                return
            if page.next_link in seen:
                raise unreadable(answer, purpose)
            seen.add(page.next_link)
            request = requests.page(page.next_link)

    async def token_claims(self) -> TokenClaims:
        """The roles and the object id in this app's own token."""
        return await self.client.token_claims()

    async def _was_granted(self, purpose: Purpose) -> bool:
        try:
            claims = await self.token_claims()
        except GraphUnavailableError:  # without readable roles no grant is proven
            return False
        return purpose.permission.is_in(claims.roles)


def read[T](answer: GraphAnswer, parse: Callable[[Any], T], purpose: Purpose) -> T:
    """The parsed answer. Raises GraphUnavailableError when it does not have the documented form."""
    try:
        return parse(answer.json())
    except UnreadableAnswerError as error:
        raise unreadable(answer, purpose) from error
