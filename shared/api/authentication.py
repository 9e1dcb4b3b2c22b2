"""Who calls and what they may do; whatever is not certain is refused.

`AUTH_MODE=entra`: App Service authentication ("Easy Auth") signs callers in and hands on who they are. Its headers are
believed only where the platform says that it is on, because without it anybody can send them.
`AUTH_MODE=key`: the platform has checked a function key before the app is called; a key does not tell who holds it.
Called by the guard of every route. Facts: "Work with user identities in Azure App Service authentication"
(learn.microsoft.com/azure/app-service/configure-authentication-user-identities).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from shared.api.errors import RequestRefusedError
from shared.settings import Settings

KEY_CALLER = "key"
"""Who is recorded where a key was all there was."""
PRINCIPAL_HEADER = "x-ms-client-principal"
_PROVIDER = "aad"
_OBJECT_ID = frozenset({"oid", "http://schemas.microsoft.com/identity/claims/objectidentifier"})
_ROLES = frozenset({"roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"})


class Role(StrEnum):
    """The app roles of this app's registration; one that it does not know gives nothing."""

    READ = "PhoneMethods.Read"
    READ_WRITE = "PhoneMethods.ReadWrite"
    READ_NUMBERS = "PhoneMethods.ReadNumbers"
    UPLOAD = "Runs.Upload"
    APPROVE = "Runs.Approve"
    REPORTS = "Reports.Read"


@dataclass(frozen=True, slots=True)
class Caller:
    """`id` is the object id of the person or application, which is what runs record; "" = nobody."""

    id: str
    roles: frozenset[Role] = frozenset()

    @property
    def sees_numbers(self) -> bool:
        return Role.READ_NUMBERS in self.roles


NOBODY = Caller("")


def caller_of(headers: Mapping[str, str], settings: Settings) -> Caller:
    """Raises RequestRefusedError when it is not certain who calls."""
    if settings.auth_mode == "key":
        hidden = frozenset() if settings.http_show_numbers else frozenset({Role.READ_NUMBERS})
        return Caller(KEY_CALLER, frozenset(Role) - hidden)
    if not settings.website_auth_enabled:
        raise RequestRefusedError("authenticationDisabled")
    return _principal(headers.get(PRINCIPAL_HEADER, ""))


def _principal(header: str) -> Caller:
    """`{"auth_typ", "claims": [{"typ", "val"}], …}` in base64, as App Service authentication writes it."""
    try:
        principal = json.loads(base64.b64decode(header, validate=True))
        provider, claims = principal["auth_typ"], [_claim(claim) for claim in principal["claims"]]
    except (binascii.Error, UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError):
        raise RequestRefusedError("notAuthenticated") from None
    ids = {value for kind, value in claims if kind in _OBJECT_ID and value}
    if provider != _PROVIDER or len(ids) != 1:
        raise RequestRefusedError("notAuthenticated")
    known = {role.value for role in Role}
    return Caller(ids.pop(), frozenset(Role(value) for kind, value in claims if kind in _ROLES and value in known))


def _claim(claim: Any) -> tuple[str, str]:  # noqa: ANN401 - whatever JSON the header held
    return str(claim["typ"]), str(claim["val"])
