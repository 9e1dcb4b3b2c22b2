"""The managed identity's token, requested once for all calls at the same moment.

Used by the client. azure-identity has no lock, so 500 calls after a cold start would make 500 token requests.
"""

from __future__ import annotations

import asyncio
import logging
from types import TracebackType
from typing import Any

from azure.core.credentials import AccessToken
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError

from shared.adapters.graph.permissions import MANAGED_IDENTITY, TokenClaims
from shared.core.values.errors import GraphUnavailableError
from shared.shared_reads import Cache

log = logging.getLogger(__name__)

_DELAY = 30.0
_REUSED_FOR = 1.0
"""Seconds; azure-identity caches the token itself, and renews it 300 s before it expires."""
_REMEDY = (
    "Check that the app has a managed identity, AZURE_CLIENT_ID if it is user-assigned, "
    "and that GRAPH_CLOUD is the tenant's."
)


class SharedCredential(AsyncTokenCredential):
    """`credential`, with one request for all callers at the same moment. It renews its token; its owner closes it."""

    def __init__(self, credential: AsyncTokenCredential, scope: str) -> None:
        self.scope = scope
        self._credential = credential
        self._tokens = Cache(self._ask, lambda: asyncio.get_running_loop().time(), _REUSED_FOR)
        self._failing = False

    async def ready(self) -> None:
        """Get a valid token. Raises GraphUnavailableError when the token endpoint returns none."""
        await self._tokens.get(None)

    async def get_token(self, *_: str, claims: str | None = None, **__: Any) -> AccessToken:  # noqa: ANN401
        """As AsyncTokenCredential.get_token, always for `scope`: a recent token, or a new one for a claims challenge.

        Calls that get the same challenge at the same moment share one token request.
        """
        token = await self._tokens.get(claims)
        if claims is not None:
            self._tokens.drop(None)
        return token

    async def claims(self) -> TokenClaims:
        """The claims of a current token. Raises GraphUnavailableError when there is none or it cannot be read."""
        return claims_in((await self._tokens.get(None)).token)

    async def _ask(self, claims: str | None) -> AccessToken:
        try:
            token = await self._credential.get_token(self.scope, claims=claims)
        except (AzureError, KeyError) as error:  # KeyError: a token answer without `resource`
            failure = GraphUnavailableError(
                "tokenUnavailable",
                f"The managed identity returned no token for Graph ({type(error).__name__}).",
                delay=_DELAY,
                remedy=_REMEDY,
            )
            if not self._failing:  # logged once, because many rows wait for the token
                log.warning("%s %s", failure.message, failure.remedy)
            self._failing = True
            raise failure from error
        self._failing = False
        return token

    async def close(self) -> None:
        """Does nothing: the owner of the credential closes it."""

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self.close()


def claims_in(token: str) -> TokenClaims:
    """The claims of this app's own token, without verification, because only Graph can verify it.

    Raises GraphUnavailableError when it is not a JWT with such claims. Source: "Access token claims reference" of the
    Microsoft identity platform.
    """
    import jwt  # imports cryptography, which takes 0.1 s; only the doctor and refused writes read claims

    try:
        claims = jwt.decode(token, options={"verify_signature": False})
        return TokenClaims(frozenset(claims.get("roles", ())), str(claims.get("oid", MANAGED_IDENTITY)))
    except (jwt.InvalidTokenError, TypeError):
        raise GraphUnavailableError(
            "tokenUnreadable",
            "The token for Graph cannot be read, so its roles are not known.",
            delay=_DELAY,
            remedy="Compare the app's role assignments with docs/permissions.md by hand.",
        ) from None  # the cause would show parts of the token
