"""The managed identity: its token endpoint, as App Service has it, and the check of tokens in requests.

Served at `/msi/token`; checked by the stand-in for each request to Graph.
Source: App Service documentation, "REST endpoint reference" of managed identities; protocol version 2019-08-01.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sandbox.graph import errors
from sandbox.graph.call import Reply
from sandbox.graph.clouds import CLOUDS
from sandbox.graph.options import Options

STORAGE = "https://storage.azure.com"
"""The resource of every storage account, in every cloud."""
_API_VERSION = "2019-08-01"
_PARAMETERS = {"api-version", "resource", "client_id", "mi_res_id", "object_id", "principal_id"}
_REMEMBERED = 1_000


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of a token."""

    app_id: str
    roles: frozenset[str]
    expires: float
    number: int
    """The number of the token in the order of issue."""


class Identity:
    """Issues unsigned tokens and reads them again."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._resource = CLOUDS[options.cloud].resource
        self._read: dict[str, Claims] = {}
        self._issued = 0
        self._revoked = 0
        """The number of the last token that was revoked."""
        self._last: dict[str, Reply] = {}

    def revoke(self) -> None:
        """Reject all tokens that were issued so far."""
        self._revoked = self._issued

    def token(self, query: Mapping[str, str], header: str | None, now: float, *, old: bool = False) -> Reply:
        """The answer to `GET /msi/token`, which may be a refusal; `old`: the last token again, as from a cache."""
        if refusal := self._refusal(query, header):
            return refusal
        resource, client_id = query["resource"], query.get("client_id", self._options.app_id)
        if old and resource in self._last:
            return replace(self._last[resource])
        expires = int(now) + self._options.token_seconds
        body = {
            "access_token": self.issue(resource=resource, app_id=client_id, now=now, expires=expires),
            "expires_on": str(expires),
            "token_type": "Bearer",
            "client_id": client_id,
        }
        if self._options.token_names_resource:
            body["resource"] = resource
        self._last[resource] = Reply(200, body)
        return replace(self._last[resource])

    def _refusal(self, query: Mapping[str, str], header: str | None) -> Reply | None:
        if header != self._options.identity_header:
            return _refusal(403, "The X-IDENTITY-HEADER is missing or wrong.")
        if query.get("api-version") != _API_VERSION:
            return _refusal(400, f"Only api-version {_API_VERSION} is spoken here.")
        if unknown := sorted(set(query) - _PARAMETERS):
            return _refusal(400, f"Unknown parameter {unknown[0]}.")
        resource = query.get("resource", "")
        if resource.rstrip("/") not in (self._resource, STORAGE):
            return _refusal(400, f"There is no resource {resource!r}; tokens are for {self._resource} and {STORAGE}.")
        if self._options.is_user_assigned and query.get("client_id") != self._options.app_id:
            return _refusal(400, "No User Assigned or Delegated Managed Identity found for specified ClientId.")
        return None

    def issue(self, *, resource: str, app_id: str, now: float, expires: float) -> str:
        self._issued += 1
        claims = {
            "aud": resource,
            "iss": f"https://sts.windows.net/{self._options.tenant_id}/",
            "iat": int(now),
            "nbf": int(now),
            "exp": int(expires),
            "appid": app_id,
            "idtyp": "app",
            "roles": list(self._options.granted),
            "tid": self._options.tenant_id,
            "uti": str(self._issued),
            "ver": "1.0",
        }
        return f"{_encode({'alg': 'none', 'typ': 'JWT'})}.{_encode(claims)}."

    def check(self, authorization: str, now: float) -> Claims:
        """The claims of the bearer token; raises GraphError (401) when it is missing, invalid or expired."""
        claims = self._read.get(authorization)
        if claims is None:
            claims = self._parse(authorization)
            if len(self._read) >= _REMEMBERED:
                self._read.clear()
            self._read[authorization] = claims
        if claims.expires <= now or claims.number <= self._revoked:
            raise errors.unauthenticated("Lifetime validation failed, the token is expired.")
        return claims

    def _parse(self, authorization: str) -> Claims:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise errors.unauthenticated("Access token is empty.")
        try:
            content = json.loads(_decode(token.split(".")[1]))
            audience = str(content["aud"])
            number = int(content.get("uti", 0)) or self._issued
            claims = Claims(content["appid"], frozenset(content.get("roles", ())), float(content["exp"]), number)
        except (ValueError, KeyError, IndexError, TypeError):
            raise errors.unauthenticated("CompactToken parsing failed.") from None
        if audience.rstrip("/") != self._resource:
            raise errors.unauthenticated("Access token validation failure. Invalid audience.")
        return claims


def _refusal(status: int, message: str) -> Reply:
    return Reply(status, {"statusCode": status, "message": message})


def _encode(part: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part, separators=(",", ":")).encode()).rstrip(b"=").decode()


def _decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
