"""The real app in memory for a given tenant, time and storage, and a client of its API."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime

import httpx

from sandbox.graph.control import population
from sandbox.graph.options import Options
from sandbox.graph.stand_in import StandIn
from sandbox.graph.state import Tenant
from shared.api.app import ROOT, build
from shared.app import App
from testing.doubles import MemoryStorage
from testing.host_in_memory import HostInMemory
from testing.in_memory import InMemory, app_beside
from testing.virtual_time import VirtualClock
from tools.snapshot.stored import Json

GRAPH = "https://graph.microsoft.com/v1.0"
"""The placeholder in a snapshot for the stand-in's URL, which differs each time."""


def stand_in_for(tenant: Json, clock: VirtualClock) -> StandIn:
    """A Graph stand-in with this seed, on the app's clock."""
    people, groups, options = population(tenant)
    stand_in = StandIn(people, groups=groups, options=Options().changed(options), random=random.Random(0))
    stand_in.tenant = Tenant(people, groups, options=stand_in.options, clock=lambda: clock.now().timestamp())
    return stand_in


@asynccontextmanager
async def opened(
    tenant: Json,
    settings: Mapping[str, str],
    now: datetime,
    fill: Callable[[MemoryStorage, str], None] = lambda _storage, _graph: None,
) -> AsyncIterator[InMemory]:
    """A world at this time; `fill` fills its storage, given Graph's URL."""
    clock = VirtualClock(now)
    stand_in = stand_in_for(tenant, clock)
    storage = MemoryStorage(clock.now)
    async with app_beside(stand_in, settings, clock, storage) as (app, of_world):
        fill(storage, of_world["GRAPH_BASE_URL"])
        yield InMemory(HostInMemory(app, storage, clock), clock, stand_in, of_world)


def api_of(app: App) -> httpx.AsyncClient:
    """A client of the app's HTTP API."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(build(app), root_path=ROOT), base_url=f"https://app.example{ROOT}"
    )
