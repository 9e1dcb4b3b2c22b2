"""`/users/delta`: which people a round returns, with which properties, and how rounds follow each other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from sandbox.graph.control import change_person
from sandbox.graph.stand_in import StandIn
from tests.sandbox.graph_client import ALEX, BO, Clock, caller_of, person, stand_in_for

CAT = "00000000-0000-4000-8000-000000000003"
SELECT = "mobilePhone,businessPhones,otherMails,onPremisesExtensionAttributes,employeeId,accountEnabled"
FIRST = f"/users/delta?$select={SELECT}"


class Reader:
    """Follows a round to its end, as a caller should."""

    def __init__(self, client: httpx.AsyncClient, stand_in: StandIn) -> None:
        self.client = client
        self.stand_in = stand_in
        self.pages: list[list[dict[str, Any]]] = []
        """Of the last round."""

    async def round(self, address: str) -> str:
        """The delta link."""
        self.pages = []
        while True:
            answer = await self.client.get(address)
            assert 200 == answer.status_code, answer.text
            page = answer.json()
            self.pages.append(page["value"])
            if "@odata.deltaLink" in page:
                assert "@odata.nextLink" not in page
                link: str = page["@odata.deltaLink"]
                return link
            address = page["@odata.nextLink"]

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [row for page in self.pages for row in page]

    def change(self, person_id: str, **fields: Any) -> None:
        change_person(self.stand_in.tenant, person_id, fields)


PEOPLE = (
    person(ALEX, mobilePhone="0491 570 006", onPremisesExtensionAttributes={"extensionAttribute1": "a"}),
    person(BO, employeeId="7", otherMails=["bo@example.com"]),
    person(CAT),
)


@asynccontextmanager
async def reader_of(clock: Clock | None = None, **switches: Any) -> AsyncIterator[Reader]:
    stand_in = stand_in_for(*PEOPLE, clock=clock, **switches)
    async with caller_of(stand_in) as client:
        yield Reader(client, stand_in)


@pytest.fixture
async def reader() -> AsyncIterator[Reader]:
    """Of a tenant with the defaults."""
    async with reader_of() as opened:
        yield opened


async def test_the_first_round_has_everybody_with_what_they_have(reader: Reader) -> None:
    """Only selected properties, only those that have a value, and the extension attributes all together."""
    await reader.round(FIRST)
    alex, bo, cat = reader.rows
    assert {"id": CAT, "accountEnabled": True} == cat
    assert {"id": BO, "accountEnabled": True, "employeeId": "7", "otherMails": ["bo@example.com"]} == bo
    attributes = alex.pop("onPremisesExtensionAttributes")
    assert {"id": ALEX, "accountEnabled": True, "mobilePhone": "0491 570 006"} == alex
    assert ("a", None, 15) == (attributes["extensionAttribute1"], attributes["extensionAttribute2"], len(attributes))


async def test_a_later_round_has_who_changed_in_what_was_selected(reader: Reader) -> None:
    """A change of another property, or of a method, is not in it; a lost value is null; the next round is empty."""
    link = await reader.round(FIRST)
    reader.change(ALEX, mobilePhone=None)
    reader.change(BO, displayName="Bo", phones={"mobile": "+1 2025550101"})
    reader.change(CAT, onPremisesExtensionAttributes={"extensionAttribute15": "c"})
    link = await reader.round(link)
    assert [ALEX, CAT] == [row["id"] for row in reader.rows]
    assert reader.rows[0]["mobilePhone"] is None
    assert "c" == reader.rows[1]["onPremisesExtensionAttributes"]["extensionAttribute15"]
    await reader.round(link)
    assert [] == reader.rows


async def test_who_leaves_joins_or_comes_back_is_told(reader: Reader) -> None:
    """Deleted people are marked; somebody new or restored comes with all they have."""
    link = await reader.round(FIRST)
    reader.change(BO, deleted=True)
    reader.change("new", userPrincipalName="new@contoso.example", mobilePhone="1")
    link = await reader.round(link)
    assert [
        {"id": BO, "@removed": {"reason": "changed"}},
        {"id": "new", "accountEnabled": True, "mobilePhone": "1"},
    ] == reader.rows
    reader.change(BO, deleted=False)
    link = await reader.round(link)
    assert [(BO, "7")] == [(row["id"], row.get("employeeId")) for row in reader.rows]


async def test_a_deleted_person_is_not_in_a_first_round(reader: Reader) -> None:
    """There is nothing to tell of them."""
    reader.change(BO, deleted=True)
    await reader.round(FIRST)
    assert [ALEX, CAT] == [row["id"] for row in reader.rows]


async def test_latest_begins_with_what_comes_from_now_on(reader: Reader) -> None:
    """An empty round, whose link then has the changes."""
    link = await reader.round(f"{FIRST}&$deltatoken=latest")
    assert [[]] == reader.pages
    reader.change(CAT, employeeId="9")
    await reader.round(link)
    assert [CAT] == [row["id"] for row in reader.rows]


async def test_pages_may_be_small_empty_and_repeated() -> None:
    """Whatever the pages look like, following the links finds everybody; links need no other query."""
    async with reader_of(page_size=2, empty_pages=True, repeated_changes=True) as reader:
        await reader.round(FIRST)
        assert [0, 2, 0, 2, 0, 2] == [len(page) for page in reader.pages]
        assert [ALEX, BO, CAT, ALEX, BO, CAT] == [row["id"] for row in reader.rows]
        assert [] == [finding for finding in reader.stand_in.findings if finding.kind == "paging-not-followed"]


async def test_a_change_during_a_round_is_told_in_the_next() -> None:
    """Nobody is lost who changes or leaves while the pages are fetched."""
    async with reader_of(page_size=1) as reader:
        page = (await reader.client.get(FIRST)).json()
        reader.change(ALEX, employeeId="1")
        reader.change(BO, deleted=True)
        link = await reader.round(page["@odata.nextLink"])
        assert [CAT] == [row["id"] for row in reader.rows]
        await reader.round(link)
        assert [ALEX, BO] == [row["id"] for row in reader.rows]


async def test_parentheses_are_the_same(reader: Reader) -> None:
    """The SDK writes the function with them."""
    await reader.round(FIRST.replace("delta", "delta()"))
    assert 3 == len(reader.rows)


async def test_forgotten_changes_begin_anew(reader: Reader) -> None:
    """410 with the address of a first round, which has the same selection; tokens given after that are good."""
    link = await reader.round(FIRST)
    await reader.client.post("http://graph.test/control/forget-changes")
    gone = await reader.client.get(link)
    assert (410, "syncStateNotFound") == (gone.status_code, gone.json()["error"]["code"])
    link = await reader.round(gone.headers["location"])
    assert {"id", "accountEnabled", "mobilePhone", "onPremisesExtensionAttributes"} == reader.rows[0].keys()
    await reader.round(link)
    assert [] == reader.rows


async def test_tokens_are_good_for_a_week() -> None:
    """At the limit one is refused, a second before not."""
    clock = Clock()
    async with reader_of(clock=clock, token_seconds=10_000_000) as reader:
        link = await reader.round(FIRST)
        clock.now += 7 * 86_400 - 1
        await reader.round(link)
        clock.now += 1
        assert 410 == (await reader.client.get(link)).status_code


async def test_a_restored_tenant_knows_no_tokens(reader: Reader) -> None:
    """What changed by restoring is in no log."""
    link = await reader.round(FIRST)
    reader.stand_in.restore(PEOPLE, ())
    assert 410 == (await reader.client.get(link)).status_code


@pytest.mark.parametrize("token", ["x", "e30=", "WzFd"])
async def test_a_token_that_is_none_is_refused(reader: Reader, token: str) -> None:
    """400, as for the page tokens of other collections."""
    for name in ("$skiptoken", "$deltatoken"):
        assert 400 == (await reader.client.get(f"/users/delta?{name}={token}")).status_code
