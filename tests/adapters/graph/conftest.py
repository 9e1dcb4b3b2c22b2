"""A gateway with the real managed-identity credential, on a stand-in of its own for each test."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from azure.core.credentials_async import AsyncTokenCredential
from azure.identity.aio import ManagedIdentityCredential

from sandbox.graph.options import Options
from sandbox.graph.person import GLOBAL_ADMINISTRATOR, Group, Person
from sandbox.graph.server import serve
from sandbox.graph.stand_in import StandIn
from shared.adapters.graph import Pacing
from shared.adapters.graph.gateway import GraphGateway
from shared.adapters.graph.opening import open_gateway
from shared.core.values.capabilities import CloudName

ALEX = "00000000-0000-4000-8000-000000000001"
BO = "00000000-0000-4000-8000-000000000002"
CHRIS = "00000000-0000-4000-8000-000000000003"
NOBODY = "00000000-0000-4000-8000-0000000000ff"
ADMINS = "00000000-0000-4000-8000-0000000000a1"
USER_AGENT = "phone-methods/0.1.0 process/test"

PEOPLE = (
    Person(
        id=ALEX,
        userPrincipalName="alex@contoso.example",
        mail="alex.o'neil@example.com",
        employeeId="E'1",
        displayName="Alex",
        usageLocation="us",
        phones={"mobile": "+1 2025550101", "office": "+1 2025550102x12"},
    ),
    Person(
        id=BO,
        userPrincipalName="bo_fabrikam.example#EXT#@contoso.example",
        mail="team@example.com",
        userType="Guest",
        accountEnabled=False,
        groups=[ADMINS],
    ),
    Person(id=CHRIS, userPrincipalName="chris@contoso.example", mail="team@example.com", roles=[GLOBAL_ADMINISTRATOR]),
)
GROUPS = (Group(id=ADMINS, displayName="Admins", eligible_roles=[GLOBAL_ADMINISTRATOR]),)


class SharedTime:
    """A clock for both ends: whoever sleeps moves it on, so that waits are kept and take no time."""

    def __init__(self) -> None:
        self.now = float(int(time.time()))  # the credential looks at the real clock to see whether its token is fresh

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class Room:
    """A gateway and the stand-in it talks to."""

    gateway: GraphGateway
    stand_in: StandIn
    url: str


OpenRoom = Callable[..., Any]


@asynccontextmanager
async def gateway_at(
    url: str, credential: AsyncTokenCredential, *, cloud: CloudName = "global", **options: Any
) -> AsyncIterator[GraphGateway]:
    """A gateway for the Graph at `url`; `options` are those of open_gateway."""
    gateway = open_gateway(
        cloud=cloud,
        base_url=f"{url}/v1.0",
        credential=credential,
        user_agent=USER_AGENT,
        **{"pace": Pacing(expected_workers=1), **options},
    )
    try:
        yield gateway
    finally:
        await gateway.close()


@pytest.fixture
async def open_room(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OpenRoom]:
    """Opens a stand-in with `people`, `groups` and switches, and a gateway on it; both are closed after the test."""
    async with AsyncExitStack() as stack:

        async def open_(
            people: Sequence[Person] = PEOPLE,
            groups: Sequence[Group] = GROUPS,
            *,
            shared_time: SharedTime | None = None,
            pace: Pacing | None = None,
            **switches: Any,
        ) -> Room:
            options = Options(**switches)
            theirs: dict[str, Any] = {"clock": shared_time.clock, "sleep": shared_time.sleep} if shared_time else {}
            stand_in = StandIn(people, groups=groups, random=Random(7), options=options, **theirs)
            url = await stack.enter_async_context(serve(stand_in))
            monkeypatch.setenv("IDENTITY_ENDPOINT", f"{url}/msi/token")
            monkeypatch.setenv("IDENTITY_HEADER", options.identity_header)
            client_id = options.app_id if options.is_user_assigned else None
            credential = await stack.enter_async_context(ManagedIdentityCredential(client_id=client_id))
            ours = theirs | ({"pace": pace} if pace else {})
            gateway = await stack.enter_async_context(gateway_at(url, credential, cloud=options.cloud, **ours))
            return Room(gateway, stand_in, url)

        yield open_


@pytest.fixture
async def room(open_room: OpenRoom) -> Room:
    """A stand-in with its defaults."""
    opened: Room = await open_room()
    return opened
