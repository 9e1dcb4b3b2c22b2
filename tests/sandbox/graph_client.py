"""A caller of the Graph stand-in in process, and the time it lives in; used by the tests of the stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import httpx

from sandbox.graph.clouds import CLOUDS
from sandbox.graph.options import Options
from sandbox.graph.person import Group, Person
from sandbox.graph.stand_in import StandIn
from sandbox.graph.wire import StandInApp
from shared.adapters.graph.method_ids import EMAIL_METHOD_ID, METHOD_IDS
from shared.core.values.slot import PhoneType

ALEX = "00000000-0000-4000-8000-000000000001"
BO = "00000000-0000-4000-8000-000000000002"
MOBILE, ALTERNATE, OFFICE = (
    METHOD_IDS[kind] for kind in (PhoneType.MOBILE, PhoneType.ALTERNATE_MOBILE, PhoneType.OFFICE)
)
EMAIL = EMAIL_METHOD_ID
ONE, TWO, THREE = "+1 2025550101", "+1 2025550102", "+1 2025550103"
TOKEN_QUERY = {"api-version": "2019-08-01", "resource": "https://graph.microsoft.com"}


class Clock:
    """Seconds that pass only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


def person(object_id: str, **fields: Any) -> Person:
    """Somebody whose sign-in name is made from the object id."""
    return Person(**{"id": object_id, "userPrincipalName": f"user-{object_id[-4:]}@contoso.example", **fields})


def methods_of(object_id: str, method_id: str = "") -> str:
    return f"/users/{object_id}/authentication/phoneMethods" + (f"/{method_id}" if method_id else "")


def emails_of(object_id: str, method_id: str = "") -> str:
    return f"/users/{object_id}/authentication/emailMethods" + (f"/{method_id}" if method_id else "")


def stand_in_for(
    *people: Person, groups: tuple[Group, ...] = (), clock: Clock | None = None, seed: int = 1, **switches: Any
) -> StandIn:
    time = clock or Clock()
    options = Options(**switches)
    randomness = Random(seed)
    return StandIn(people, groups=groups, options=options, random=randomness, clock=time, sleep=time.sleep)


@asynccontextmanager
async def caller_of(stand_in: StandIn, process: str = "one") -> AsyncIterator[httpx.AsyncClient]:
    """A client at the root of Graph, with a token got from the identity endpoint."""
    transport = httpx.ASGITransport(app=StandInApp(stand_in))
    async with httpx.AsyncClient(transport=transport, base_url="http://graph.test/v1.0") as client:
        client.headers["X-IDENTITY-HEADER"] = stand_in.options.identity_header
        query = {**TOKEN_QUERY, "resource": CLOUDS[stand_in.options.cloud].resource}
        answer = await client.get("http://graph.test/msi/token", params=query)
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        client.headers["User-Agent"] = f"stand-in-tests/1.0 process/{process}"
        yield client


async def ask(stand_in: StandIn, method: str, path: str, **request: Any) -> httpx.Response:
    async with caller_of(stand_in) as caller:
        return await caller.request(method, path, **request)


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]
