"""`make bench-console`: what the page of a run of 30,000 rows costs: requests to storage, bytes and milliseconds.

The run is on in-memory storage, whose requests take no time; a storage account adds some 10 ms for each. Milliseconds
have no bar, because they are those of this machine; a test limits requests and bytes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from statistics import median

import httpx

from sandbox.functions_host.sign_in import COLLEAGUES, headers_for
from sandbox.people import make_staff
from shared.adapters.storage.gathering import GATHER_SECONDS
from shared.console.app import build
from testing.doubles import MemoryStorage
from testing.in_memory import in_memory
from testing.large_run import RARE_NAME, RARE_ROW, put_large_run
from testing.storage_operations import StorageOperations

ROWS, REPEATS = 30_000, 7
MOST_MS_PAGE, MOST_MS_FOUND = 300, 500
SITE, TOKEN = "https://app.example", "t" * 20


@dataclass(frozen=True)
class Page:
    """A request of a browser; with a text, the form that finds rows."""

    name: str
    query: str
    most_ms: int
    text: str | None = None


PAGES = (
    Page("first page", "", MOST_MS_PAGE),
    Page("page in the middle", "?$skiptoken=15001", MOST_MS_PAGE),
    Page("filter by outcome, to the first answer", "?state=refused", MOST_MS_FOUND),
    Page("filter by code, to the first answer", "?outcomeCode=numberAmbiguous", MOST_MS_FOUND),
    Page("text: a rare name", "", MOST_MS_FOUND, RARE_NAME),
    Page("text: a common name", "", MOST_MS_FOUND, "Andersson"),
    Page("text: a row number", "", MOST_MS_FOUND, str(RARE_ROW)),
)


def main() -> None:
    asyncio.run(_measure())


async def _measure() -> None:
    operations = StorageOperations()
    settings = {"AUTH_MODE": "entra", "WEBSITE_AUTH_ENABLED": "True"}
    administrator = next(one for one in COLLEAGUES if one.does == "administrator")
    async with in_memory(
        make_staff(1), settings, storage=lambda now: MemoryStorage(now, operations, GATHER_SECONDS)
    ) as world:
        run = await put_large_run(world.app, world.clock.now(), ROWS)
        headers = {"Origin": SITE, "Sec-Fetch-Site": "same-origin", **headers_for(administrator)}
        transport, cookies = httpx.ASGITransport(build(world.app)), {"__Host-console-form": TOKEN}
        async with httpx.AsyncClient(transport=transport, base_url=SITE, headers=headers, cookies=cookies) as http:
            print(f"A run of {ROWS:,} rows, median of {REPEATS}")
            for page in PAGES:
                await _report(page, _asking(http, f"/console/runs/{run.id}", page), operations)


def _asking(http: httpx.AsyncClient, address: str, page: Page) -> Callable[[], Awaitable[httpx.Response]]:
    form: Mapping[str, str] = {"token": TOKEN, "text": page.text or ""}

    async def ask() -> httpx.Response:
        if page.text is None:
            return await http.get(f"{address}{page.query}")
        return await http.post(f"{address}{page.query}", data=form)

    return ask


async def _report(page: Page, ask: Callable[[], Awaitable[httpx.Response]], operations: StorageOperations) -> None:
    (await ask()).raise_for_status()
    milliseconds = []
    for _ in range(REPEATS):
        operations.counts.clear()
        began = time.perf_counter()
        answer = await ask()
        milliseconds.append((time.perf_counter() - began) * 1_000)
    print(
        f"{page.name:40} {operations.counts.total():2} requests {len(answer.content) / 1_000:6.1f} kB"
        f" {median(milliseconds):7.1f} ms (target {page.most_ms})"
    )


if __name__ == "__main__":
    main()
