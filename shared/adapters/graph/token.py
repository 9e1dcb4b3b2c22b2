"""The managed identity's token, requested once for all calls at the same moment, and replaced when Graph rejects it.

azure-identity has no lock, so 500 calls after a cold start would make 500 token requests; and it caches a token until
shortly before it expires, so until then only a request with claims makes it ask for another one.
"""

from __future__ import annotations

import asyncio

from azure.core.credentials import AccessToken
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError

from shared.adapters.graph.permissions import MANAGED_IDENTITY, TokenClaims
from shared.core.values.errors import GraphUnavailableError, NoTokenError
from shared.core.values.redaction import redacted
from shared.core.values.said import Said
from shared.shared_reads import Cache
from shared.telemetry.events import EventName
from shared.telemetry.signals import event

_DELAY = 30.0
_REUSED_FOR = 1.0
"""Seconds; azure-identity caches the token itself, and renews it 300 s before it expires."""
_REPLACED_FOR = 5.0
"""Seconds for which the identity is not asked again to replace the same token."""
_LONGEST_REQUEST = 60.0
_ANY_CLAIMS = "{}"
"""Claims that ask for nothing: azure-identity then asks the identity, instead of its own cache."""
_REMEDY = (
    "Check that the app has a managed identity, AZURE_CLIENT_ID if it is user-assigned, "
    "and that GRAPH_CLOUD is the tenant's."
)


class SharedCredential:
    """The token of `credential` for `scope`. Every method raises NoTokenError when the identity returns none."""

    def __init__(self, credential: AsyncTokenCredential, scope: str) -> None:
        self.scope = scope
        self._credential = credential
        self._tokens = Cache(self._ask, _now, _REUSED_FOR)
        self._replacements = Cache(self._replace, _now, _REPLACED_FOR)
        self._failing = False

    async def token(self) -> str:
        """A valid token."""
        return await self._tokens.get(None)

    async def replace(self, rejected: str, claims: str) -> bool:
        """Replace the token that Graph has `rejected`, with the claims of its challenge, or "".

        Returns False when the identity returns that token again. Calls with the same token share one request.
        """
        return await self.token() != rejected or await self._replacements.get((rejected, claims)) != rejected

    async def claims(self) -> TokenClaims:
        """The claims of a current token. Raises GraphUnavailableError when it cannot be read."""
        return claims_in(await self.token())

    async def _replace(self, rejection: tuple[str, str]) -> str:
        _, claims = rejection
        token = await self._ask(claims or _ANY_CLAIMS)
        self._tokens.drop(None)
        return token

    async def _ask(self, claims: str | None) -> str:
        try:
            async with asyncio.timeout(_LONGEST_REQUEST):
                token: AccessToken = await self._credential.get_token(self.scope, claims=claims)
        except (AzureError, KeyError, TimeoutError) as error:  # KeyError: a token answer without `resource`
            words = redacted(str(error)) or "no answer"
            failure = NoTokenError(
                "tokenUnavailable",
                Said(
                    "The managed identity returned no token for Graph ({why}).", why=f"{type(error).__name__}: {words}"
                ),
                delay=_DELAY,
                remedy=_REMEDY,
            )
            if not self._failing:  # logged once, because many rows wait for the token
                event(EventName.TOKEN_MISSING, code=failure.code, message=failure.message, remedy=failure.remedy)
            self._failing = True
            raise failure from error
        self._failing = False
        return token.token


def token_rejected(request_id: str) -> NoTokenError:
    return NoTokenError(
        "tokenRejected",
        Said(
            "Graph rejects the token of the managed identity, and the identity returns no other one that Graph accepts."
        ),
        delay=_DELAY,
        remedy="Wait: Azure may keep an old token for up to a day. If Graph still rejects it then, check the managed "
        "identity and GRAPH_CLOUD: the token is not for this Graph.",
        request_id=request_id,
    )


def _now() -> float:
    return asyncio.get_running_loop().time()


def claims_in(token: str) -> TokenClaims:
    """The claims of this app's own token, without verification, because only Graph can verify it.

    Raises GraphUnavailableError when it is not a JWT with such claims. Source: "Access token claims reference" of the
    Microsoft identity platform.
    """
    import jwt  # not at a cold start: it imports cryptography, which takes 0.1 s

    try:
        claims = jwt.decode(token, options={"verify_signature": False})
        client_id = claims.get("appid", claims.get("azp", ""))  # by version of the token
        return TokenClaims(frozenset(claims.get("roles", ())), str(claims.get("oid", MANAGED_IDENTITY)), str(client_id))
    except (jwt.InvalidTokenError, TypeError):
        raise GraphUnavailableError(
            "tokenUnreadable",
            Said("The token for Graph cannot be read, so its roles are not known."),
            delay=_DELAY,
            remedy="Compare the app's role assignments with docs/permissions.md by hand.",
        ) from None  # the cause would show parts of the token
