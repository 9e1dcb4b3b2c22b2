"""The claims of a caller whom App Service authentication has signed in: account, tenant, roles and client.

Claims come under their short names or under the long ones that the platform maps them to. Facts: "Access token claims
reference" and "Optional claims reference" (learn.microsoft.com/entra/identity-platform).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections import defaultdict
from dataclasses import dataclass

from shared.api.errors import RequestRefusedError
from shared.core.person.account import UUID

_PROVIDER = "aad"

_MICROSOFT = "http://schemas.microsoft.com/identity/claims/"
_XMLSOAP = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
_OBJECT_ID = frozenset({"oid", f"{_MICROSOFT}objectidentifier"})
_ROLES = frozenset({"roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"})
_TENANT = frozenset({"tid", f"{_MICROSOFT}tenantid"})
_CLIENT = frozenset({"azp", "appid"})
_SCOPE = frozenset({"scp", f"{_MICROSOFT}scope"})
_SUBJECT = frozenset({"sub", f"{_XMLSOAP}nameidentifier"})
_IDENTITY_PROVIDER = frozenset({"idp", f"{_MICROSOFT}identityprovider"})
_SIGN_IN_NAME = frozenset({"upn", "preferred_username", "unique_name", f"{_XMLSOAP}upn", f"{_XMLSOAP}name"})
_IS_GUEST = "1"
"""The value of the optional claim `acct` for a guest; 0 is a member."""
_UUID = re.compile(UUID)


@dataclass(frozen=True, slots=True)
class Claims:
    """`clients` are the client ids, in lower case, of the applications that got the token."""

    object_id: str
    tenant: str
    roles: frozenset[str]
    clients: frozenset[str]
    is_application: bool
    """Whether the token is of an application alone, without a person."""
    is_guest: bool


def claims_of(header: str) -> Claims:
    """The claims in App Service authentication's header: `{"auth_typ", "claims": [{"typ", "val"}], …}` in base64.

    Raises RequestRefusedError `notAuthenticated` unless it is of Microsoft Entra ID, and names exactly one account and
    at most one tenant.
    """
    found: defaultdict[str, set[str]] = defaultdict(set)
    try:
        principal = json.loads(base64.b64decode(header, validate=True))
        provider = principal["auth_typ"]
        for claim in principal["claims"]:
            found[str(claim["typ"])].add(str(claim["val"]))
    except (binascii.Error, ValueError, KeyError, TypeError, RecursionError):
        raise RequestRefusedError("notAuthenticated") from None

    def values(names: frozenset[str]) -> set[str]:
        return {value for name in names for value in found.get(name, ()) if value}

    ids, tenants = values(_OBJECT_ID), {value.lower() for value in values(_TENANT)}
    if provider != _PROVIDER or len(ids) != 1 or len(tenants) > 1 or not all(map(_UUID.fullmatch, ids)):
        raise RequestRefusedError("notAuthenticated")
    object_id, tenant = ids.pop(), next(iter(tenants), "")
    clients, kinds = values(_CLIENT), found["idtyp"]
    is_application = "app" in kinds or (
        "user" not in kinds and (object_id in values(_SUBJECT) or bool(clients and not values(_SCOPE)))
    )
    return Claims(
        object_id=object_id,
        tenant=tenant,
        roles=frozenset(values(_ROLES)),
        clients=frozenset(client.lower() for client in clients),
        is_application=is_application,
        is_guest=_IS_GUEST in found["acct"]
        or any("#ext#" in name.lower() for name in values(_SIGN_IN_NAME))
        or any(not tenant or tenant not in home.lower() for home in values(_IDENTITY_PROVIDER)),
    )
