"""Opens the gateway to Graph, with its cloud, rate limits and time limits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from azure.core.credentials_async import AsyncTokenCredential

from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.clouds import CLOUDS
from shared.adapters.graph.gateway import GraphGateway
from shared.adapters.graph.plain_http import pinned_root, plain_session
from shared.adapters.graph.rate_limiter import AdaptiveRateLimiter, Pacing, Priority
from shared.adapters.graph.token import SharedCredential
from shared.core.values.capabilities import CloudName

TIMEOUT_SECONDS = 65.0
"""Graph times out on authentication methods after 60 s; the app waits a little longer, to get Graph's own answer."""


def open_gateway(
    *,
    cloud: CloudName,
    base_url: str | None,
    credential: AsyncTokenCredential,
    user_agent: str,
    pace: Pacing,
    priority: Priority = Priority.LOW,
    clock: Callable[[], float] | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> GraphGateway:
    """The gateway of this process. Call it on the event loop that will use it, and `close` it there.

    `cloud` is a key of CLOUDS; `base_url` (with its version) replaces the cloud's root; the caller closes
    `credential`; `user_agent` is `phone-methods/<version> process/<short id>`. `clock` returns seconds from any origin,
    by default those of the event loop, and `sleep` waits for a number of seconds.
    Raises ValueError for a URL that `pinned_root` refuses.
    """
    root = pinned_root(CLOUDS[cloud], base_url)
    client = GraphClient(
        plain_session(pace.max_concurrency, user_agent),
        SharedCredential(credential, CLOUDS[cloud].scope),
        root,
        AdaptiveRateLimiter(pace, clock or asyncio.get_running_loop().time, sleep),
        timeout_seconds,
    )
    return GraphGateway(client, priority)
