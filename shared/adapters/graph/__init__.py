"""The way to Microsoft Graph. `open_gateway` is all that callers need; it imports the SDK when it is called."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from shared.adapters.graph.clouds import CLOUDS, Cloud, pinned_root
from shared.adapters.graph.rate_limiter import AdaptiveRateLimiter, Pacing, Priority

if TYPE_CHECKING:
    import httpx
    from azure.core.credentials_async import AsyncTokenCredential

    from shared.adapters.graph.gateway import GraphGateway

TIMEOUT_SECONDS = 65.0
"""Graph gives up on authentication methods after 60 s; hearing its answer is better than guessing it."""

__all__ = ["CLOUDS", "Cloud", "Pacing", "Priority", "open_gateway"]


def open_gateway(
    *,
    cloud: str,
    base_url: str | None,
    credential: AsyncTokenCredential,
    user_agent: str,
    pace: Pacing,
    priority: Priority = Priority.LOW,
    transport: httpx.AsyncBaseTransport | None = None,
    clock: Callable[[], float] | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> GraphGateway:
    """The gateway of this process. Call it on the event loop that will use it, and `close` it there.

    `cloud` is a key of CLOUDS; `base_url` (with its version) takes the place of the cloud's root; `credential` stays
    the caller's to close; `user_agent` is `phone-methods/<version> process/<short id>`. `clock` counts seconds from
    anywhere, as the event loop does unless told, and `sleep` waits for so many.
    Raises ValueError when the address is not https (loopback excepted).
    """
    from shared.adapters.graph.client import connect
    from shared.adapters.graph.gateway import GraphGateway

    client = connect(
        credential,
        CLOUDS[cloud].scope,
        pinned_root(CLOUDS[cloud], base_url),
        AdaptiveRateLimiter(pace, clock or asyncio.get_running_loop().time, sleep),
        connections=pace.max_concurrency,
        timeout_seconds=timeout_seconds,
        user_agent=user_agent,
        transport=transport,
    )
    return GraphGateway(client, priority)
