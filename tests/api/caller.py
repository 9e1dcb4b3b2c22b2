"""Callers for tests of the API: the real app in memory, spoken to over ASGI, with Easy Auth's header or a key."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from sandbox.graph.options import Options
from sandbox.people import Staff
from shared.api.app import ROOT, build
from shared.api.guard import PRINCIPAL_HEADER
from shared.api.roles import CallerRole
from testing.in_memory import InMemory, in_memory
from tests.answers import HOOKS

SOMEBODY = "5f0c0c8e-6f0e-4a59-9d3e-0c6a52f1b001"
SOMEBODY_ELSE = "5f0c0c8e-6f0e-4a59-9d3e-0c6a52f1b002"
ENTRA = {"AUTH_MODE": "entra", "WEBSITE_AUTH_ENABLED": "True"}
KEY = {"AUTH_MODE": "key"}


def principal(*roles: str, oid: str = SOMEBODY, provider: str = "aad", **more: str) -> dict[str, str]:
    """The header that App Service authentication adds, with claims as it spells them, and `more` of them."""
    claims = [
        {"typ": "http://schemas.microsoft.com/identity/claims/objectidentifier", "val": oid},
        {"typ": "name", "val": "Somebody"},
        *({"typ": "roles", "val": role} for role in roles),
        *({"typ": name, "val": value} for name, value in more.items()),
    ]
    content = {"auth_typ": provider, "claims": claims, "name_typ": "name", "role_typ": "roles"}
    return {PRINCIPAL_HEADER: base64.b64encode(json.dumps(content).encode()).decode()}


@dataclass
class World:
    """The app in memory and a client of its API."""

    inside: InMemory
    http: httpx.AsyncClient


PLAIN = Options()


@asynccontextmanager
async def api(
    staff: Staff,
    settings: Mapping[str, str],
    *,
    roles: Iterable[str] = CallerRole,
    options: Options = PLAIN,
) -> AsyncIterator[World]:
    """`roles` are those that the client's calls carry; a call may bring headers of its own.

    `options` are those of the tenant, such as `email_role`: then the app may change e-mail methods.

    The client names itself in a header, as every program does that sends forms.
    """
    async with in_memory(staff, settings, options) as inside:
        transport = httpx.ASGITransport(build(inside.app), root_path=ROOT)
        headers = {"X-Requested-With": "tests"} | (principal(*roles) if settings.get("AUTH_MODE") != "key" else {})
        async with httpx.AsyncClient(
            transport=transport, base_url=f"https://app.example{ROOT}", headers=headers, event_hooks=HOOKS
        ) as http:
            yield World(inside, http)
