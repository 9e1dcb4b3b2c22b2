"""The managed identity's token, asked for once however many calls need it.

Used by the client: azure-identity has no lock, so that 256 calls on a cold start would make 256 token requests.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any

from azure.core.credentials import AccessToken
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError

from shared.core.errors import GraphUnavailableError

_DELAY = 30.0


class SingleFlightCredential(AsyncTokenCredential):
    """`credential` behind a lock. It keeps its own cache, renews its token ahead of time and is its maker's to close."""

    def __init__(self, credential: AsyncTokenCredential, scope: str) -> None:
        self.scope = scope
        self._credential = credential
        self._one_at_a_time = asyncio.Lock()
        self._met_claims: str | None = None

    async def ready(self) -> None:
        """Have a token in the cache. Raises GraphUnavailableError when the token endpoint gives none."""
        await self.get_token(self.scope)

    async def get_token(self, *scopes: str, claims: str | None = None, **options: Any) -> AccessToken:  # noqa: ANN401
        """As AsyncTokenCredential.get_token. A claims challenge that many calls meet is answered once for all."""
        async with self._one_at_a_time:
            fresh_claims = None if claims == self._met_claims else claims
            try:
                token = await self._credential.get_token(*scopes, claims=fresh_claims, **options)
            except (AzureError, KeyError) as error:  # KeyError: a token answer without `resource`
                raise GraphUnavailableError(
                    "tokenUnavailable",
                    f"The managed identity gave no token for Graph ({type(error).__name__}).",
                    delay=_DELAY,
                    remedy="Check that the app has a managed identity, and AZURE_CLIENT_ID if it is user-assigned.",
                ) from error
            self._met_claims = claims or self._met_claims
            return token

    async def close(self) -> None:
        """Nothing of its own to close."""

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self.close()
