"""The HTTP client under the SDK's adapter: sends a request as it was built, once, and nowhere else.

Made by `client`. An ordinary httpx client merges addresses, keeps cookies, and looks for redirects, credentials and
hooks with every request, a fifth of what a call costs; none of them has any business with Graph and a token.
It also logs every address, and some of them hold sign-in names; this one logs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx


class PlainHttp(httpx.AsyncClient):
    """Only what Kiota's adapter asks of it: `build_request` and `send`; nothing else may be called."""

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
        headers: Any = None,  # noqa: ANN401 - the many forms that httpx takes; the adapter gives a mapping
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
        """The whole answer, read to its end. Raises httpx.HTTPError as the transport does."""
        response = await self._plain.handle_async_request(request)
        response.request = request
        try:
            await response.aread()
        finally:
            await response.aclose()
        return response
