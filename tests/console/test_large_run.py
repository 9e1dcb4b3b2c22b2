"""A run of 30,000 rows: a page of it is small and costs few requests, and every row is found."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from html import unescape

import httpx
import pytest
import pytest_asyncio
from starlette.types import ASGIApp

from sandbox.people import make_staff
from shared.adapters.storage.gathering import GATHER_SECONDS
from shared.api.app import ROOT
from shared.api.app import build as build_api
from shared.api.roles import CallerRole
from shared.console.app import build
from shared.core.run.row_index import ROW_INDEX
from testing.doubles import MemoryStorage
from testing.in_memory import in_memory
from testing.large_run import RARE_ROW, object_id_of, put_large_run
from testing.storage_operations import StorageOperations
from tests.api.caller import ENTRA, principal

ROWS = 30_000
MOST_BYTES, MOST_REQUESTS = 100_000, 6
EVERYTHING = principal(*CallerRole)
MASKED = principal(CallerRole.REPORTS)
TOKEN = "t" * 20

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Large:
    """The run's page and API, and the requests to storage."""

    run: str
    storage: MemoryStorage
    operations: StorageOperations
    console: ASGIApp
    api: ASGIApp

    async def page(self, query: str = "", text: str | None = None, caller: dict[str, str] = EVERYTHING) -> str:
        """The page of the run; with a text, as its form sends it. Every page is within its limits."""
        self.operations.counts.clear()
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(self.console),
            base_url="https://app.example",
            cookies={"__Host-console-form": TOKEN},
            headers={"Origin": "https://app.example", "Sec-Fetch-Site": "same-origin", **caller},
        ) as http:
            address = f"/console/runs/{self.run}{query}"
            form = {"token": TOKEN, "text": text or ""}
            answer = await (http.get(address) if text is None else http.post(address, data=form))
        assert 200 == answer.status_code, answer.text
        assert MOST_BYTES >= len(answer.content)
        assert MOST_REQUESTS >= self.operations.counts.total(), self.operations.counts
        return answer.text

    async def found(self, text: str, query: str = "", caller: dict[str, str] = EVERYTHING) -> list[int]:
        """By the API, page by page."""
        numbers, address = list[int](), f"/runs/{self.run}/rows/find?{query}"
        transport = httpx.ASGITransport(self.api, root_path=ROOT)
        async with httpx.AsyncClient(transport=transport, base_url=f"https://app.example{ROOT}") as http:
            while address:
                answer = await http.post(address, json={"text": text}, headers={**caller, "X-Requested-With": "tests"})
                assert 200 == answer.status_code, answer.text
                numbers += [row["row"] for row in answer.json()["value"]]
                address = answer.json()["@odata.nextLink"]
        return numbers


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def large() -> AsyncIterator[Large]:
    operations = StorageOperations()

    def storage(now: object) -> MemoryStorage:
        return MemoryStorage(now, operations, GATHER_SECONDS)  # type: ignore[arg-type]

    async with in_memory(make_staff(1), ENTRA, storage=storage) as world:
        run = await put_large_run(world.app, world.clock.now(), ROWS)
        yield Large(run.id, world.storage, operations, build(world.app), build_api(world.app))


def rows_on(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'/rows/(\d+)"', page)]


def next_of(page: str) -> str:
    """The query of the next page."""
    found = re.search(r'"/console/runs/[^"?]+(\?[^"#]*skiptoken[^"#]*)#rows"', page)
    return unescape(found[1]) if found else ""


@pytest.mark.parametrize("caller", [EVERYTHING, MASKED], ids=["everything", "masked"])
async def test_the_page_is_small_and_cheap(large: Large, caller: dict[str, str]) -> None:
    """Whoever looks; and so is the page in the middle of the run."""
    first = await large.page(caller=caller)
    assert list(range(2, 52)) == rows_on(first)
    assert list(range(52, 102)) == rows_on(await large.page(next_of(first), caller=caller))
    assert list(range(15_002, 15_052)) == rows_on(await large.page("?$skiptoken=15001", caller=caller))


@pytest.mark.parametrize(
    ("query", "caller"),
    [
        ("?state=refused", EVERYTHING),
        ("?outcomeCode=numberAmbiguous", EVERYTHING),
        ("?outcomeCode=numberAmbiguous", MASKED),
    ],
)
async def test_a_filter_goes_on_until_it_finds(large: Large, query: str, caller: dict[str, str]) -> None:
    """A page is read with few requests, and may be empty where another follows; none is left out."""
    page, found, pages = await large.page(query, caller=caller), list[int](), 1
    while following := next_of(page):
        found += rows_on(page)
        page, pages = await large.page(following, caller=caller), pages + 1
    found += rows_on(page)

    assert [RARE_ROW] == found
    assert pages <= ROWS // 4_000 + 1


@pytest.mark.parametrize(
    "text", [str(RARE_ROW), object_id_of(RARE_ROW), f"E{RARE_ROW:06}", "zolc", "Łukasz", f"person{RARE_ROW}@contoso"]
)
async def test_a_text_finds_one_of_all_rows_at_once(large: Large, text: str) -> None:
    page = await large.page(text=text)
    assert [RARE_ROW] == rows_on(page)
    assert not next_of(page)
    assert [RARE_ROW] == await large.found(text) == await large.found(text, caller=MASKED)


async def test_a_text_that_many_rows_fit_is_answered_in_pages(large: Large) -> None:
    """And together with a filter; the next page is a form, so that no address holds the text."""
    page = await large.page(text="Andersson")
    assert list(range(9, 9 + 50 * 9, 9)) == rows_on(page)
    assert 'name="text" value="Andersson"' in page
    assert "Andersson" not in "".join(re.findall(r'(?:href|action)="[^"]*"', page))
    assert 9 + 50 * 9 == rows_on(await large.page(next_of(page), text="Andersson"))[0]
    assert [] == await large.found("Andersson", "state=refused&$top=1000")
    assert [RARE_ROW] == await large.found("zo", "state=refused")


async def test_without_an_index_the_rows_are_searched(large: Large) -> None:
    """As before the plan is ready, and of runs of an earlier version."""
    blobs = large.storage.container("results").blobs
    kept = blobs.pop(f"{large.run}/{ROW_INDEX}")
    try:
        assert "None of the rows up to 3,999 fits" in await large.page(text="zolc")
        assert [RARE_ROW] == await large.found("zolc", "outcomeCode=numberAmbiguous")
    finally:
        blobs[f"{large.run}/{ROW_INDEX}"] = kept
