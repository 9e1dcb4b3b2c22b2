"""Questions over the API: answers by row, what is refused, and that a refused call records nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from sandbox.graph.person import Person
from sandbox.people import Staff
from tests.adapters.workbook.results import sheets_of, values_of
from tests.api.caller import ENTRA, KEY, SOMEBODY_ELSE, World, api, principal

OWN, NEW = "+1 2025550101", "+1 2025550102"
PEOPLE = tuple(f"00000000-0000-4000-8000-{number:012d}" for number in (1, 2, 3))
EXPORT = "objectId,mobile\n" + "".join(f"{person},{NEW}\n" for person in PEOPLE)
type Answered = dict[str, Any]


@asynccontextmanager
async def asked(**settings: str) -> AsyncIterator[tuple[World, Answered]]:
    """The held run of questions about three people with numbers of their own, rows 2 to 4."""
    defaults = {**ENTRA, "MAX_UNMANAGED_REPLACED": "0", "MAX_SAME_MOBILE": "9"}
    async with api(Staff(()), {**defaults, **settings}) as world:
        for person in PEOPLE:
            tenant = world.inside.stand_in.tenant
            tenant.put(Person(id=person, userPrincipalName=f"{person}@contoso.example", phones={"mobile": OWN}))
        await world.inside.run_to_end("a.csv", EXPORT.encode())
        (run,) = (await world.http.get("/runs", params={"source": "questions"})).json()["value"]
        assert ("held", 3) == (run["state"], run["rows"])
        yield world, run


async def answer(world: World, run: Answered, answers: object, **headers: str) -> httpx.Response:
    sent = {"If-Match": f'"{run["digest"]}"', **headers}
    return await world.http.post(f"/runs/{run['id']}/answers", json={"answers": answers}, headers=sent)


async def get(world: World, run: Answered) -> Answered:
    found: Answered = (await world.http.get(f"/runs/{run['id']}")).json()
    return found


def numbers(world: World) -> list[str]:
    return [world.inside.directory()[person]["mobile"] for person in PEOPLE]


async def rows(world: World, run: Answered) -> list[tuple[str, str]]:
    listed = (await world.http.get(f"/runs/{run['id']}/rows")).json()["value"]
    return [(row["state"], row["code"]) for row in listed]


async def test_questions_are_answered_approved_and_written() -> None:
    """In several calls; the message says what is open, and the plan's files name the digest and the answers."""
    async with asked() as (world, run):
        first = await answer(world, run, {"2": "replace"})
        assert 200 == first.status_code
        assert f'"{first.json()["digest"]}"' == first.headers["ETag"] != f'"{run["digest"]}"'
        second = (await answer(world, first.json(), {"3": "leave"})).json()
        assert "replaced: 1; people without an answer: 1" in second["message"]
        assert second["digest"][:12] in second["message"]
        results = world.inside.app.results
        assert second["digest"] == json.loads(await results.read(f"{run['id']}/plan.json"))["digests"]["plan"]
        lines = values_of(sheets_of(await results.read(f"{run['id']}/plan.xlsx"))["Questions"].iter_rows())
        assert [(2, "replace"), (4, None)] == [(line[8], line[7]) for line in lines[3:]]
        assert {("mobile number", OWN, NEW)} == {(line[3], *line[5:7]) for line in lines[3:]}

        approved = await world.http.post(f"/runs/{run['id']}/approve", headers={"If-Match": second["digest"]})
        assert 200 == approved.status_code
        await world.inside.pump()
        expected = [("updated", "applied"), ("kept", "leftAsDecided"), ("kept", "awaitsDecision")]
        assert ("finished", expected) == ((await get(world, run))["state"], await rows(world, run))
        assert [NEW, OWN, OWN] == numbers(world)


async def test_a_repeated_answer_changes_nothing_more() -> None:
    """With the plan of now it is the same again; with that of before it is refused, because the plan has changed."""
    async with asked() as (world, run):
        given = {"2": "replace", "3": "leave"}
        first = (await answer(world, run, given)).json()
        repeated = await answer(world, first, given)
        assert (200, first["digest"]) == (repeated.status_code, repeated.json()["digest"])
        before = await answer(world, run, given)
        assert (412, "planChanged") == (before.status_code, before.json()["error"]["code"])


async def test_an_answer_may_change_until_it_is_approved_but_not_from_leave() -> None:
    """*Leave* is remembered at once, so only the next export asks again."""
    async with asked() as (world, run):
        first = (await answer(world, run, {"2": "replace", "3": "leave"})).json()
        refused = await answer(world, first, {"3": "replace"})
        assert (422, "answersNotUsable") == (refused.status_code, refused.json()["error"]["code"])
        second = (await answer(world, first, {"2": "leave"})).json()
        await world.http.post(f"/runs/{run['id']}/approve", headers={"If-Match": second["digest"]})
        await world.inside.pump()
        assert [OWN] * 3 == numbers(world)


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"0": "leave"},
        {"02": "leave"},
        {"-2": "leave"},
        {" 2": "leave"},
        {"2\n": "leave"},
        {"C2": "leave"},
        {"10000000": "leave"},
        {"2": ""},
        {"2": "Replace"},
        {"2": None},
        {"2": True},
        ["2"],
        None,
        {str(row): "leave" for row in range(2, 2003)},
    ],
    ids=str,
)
async def test_what_is_no_answer_is_refused_as_a_whole(answers: object) -> None:
    async with asked() as (world, run):
        refused = await answer(world, run, answers)
        assert (400, "badRequest") == (refused.status_code, refused.json()["error"]["code"])
        assert run["digest"] == (await get(world, run))["digest"]


async def test_one_wrong_row_refuses_all_answers() -> None:
    """The row is named, and the right ones are not recorded."""
    async with asked() as (world, run):
        refused = await answer(world, run, {"2": "replace", "3": "leave", "5": "leave", "99": "replace"})
        error = refused.json()["error"]
        assert (422, "answersNotUsable") == (refused.status_code, error["code"])
        assert "row 5, 99" in error["message"]
        assert run["digest"] == (await get(world, run))["digest"]
        assert [("planned", "changePlanned")] * 3 == await rows(world, run)


@pytest.mark.parametrize("end", ["approve", "reject", "cancel"])
async def test_an_answer_after_the_end_is_refused(end: str) -> None:
    async with asked() as (world, run):
        assert (
            200 == (await world.http.post(f"/runs/{run['id']}/{end}", headers={"If-Match": run["digest"]})).status_code
        )
        for _ in range(2):
            late = await answer(world, run, {"2": "replace"})
            assert (409, "runNotHeld") == (late.status_code, late.json()["error"]["code"])
            await world.inside.pump()
        assert [OWN] * 3 == numbers(world)


async def test_other_runs_take_no_answers() -> None:
    """A held run that asks nothing, a run that does not exist, and a call that names no plan."""
    async with asked() as (world, run):
        csv = {"Content-Type": "text/csv"}
        held = (await world.http.post("/runs?approval=always", content=EXPORT, headers=csv)).json()
        await world.inside.pump()
        for asked_run, status, code in (
            (await get(world, held), 422, "answersNotUsable"),
            ({"id": "20261121T080000Z-0123456789", "digest": run["digest"]}, 404, "runNotFound"),
        ):
            refused = await answer(world, asked_run, {"2": "replace"})
            assert (status, code) == (refused.status_code, refused.json()["error"]["code"])
        missing = await world.http.post(f"/runs/{run['id']}/answers", json={"answers": {"2": "leave"}})
        assert (428, "ifMatchMissing") == (missing.status_code, missing.json()["error"]["code"])


async def test_with_two_people_the_message_says_who_is_missing() -> None:
    """The file came from nobody known, so two approve; an approval before the answers is none of the new plan."""
    async with asked(REQUIRE_SECOND_PERSON="held") as (world, run):
        agreed = await world.http.post(f"/runs/{run['id']}/approve", headers={"If-Match": run["digest"]})
        assert ("held", 200) == (agreed.json()["state"], agreed.status_code)
        answered = (await answer(world, run, {"2": "replace"})).json()
        assert answered["message"].endswith("Missing: the approvals of 2 people, one of whom has not touched the run.")
        match = {"If-Match": answered["digest"]}
        one = await world.http.post(f"/runs/{run['id']}/approve", headers=match)
        assert "Missing: the approval of one more person." in one.json()["message"]
        other = {**match, **principal("Runs.Approve", oid=SOMEBODY_ELSE)}
        assert "applying" == (await world.http.post(f"/runs/{run['id']}/approve", headers=other)).json()["state"]
        await world.inside.pump()
        assert [NEW, OWN, OWN] == numbers(world)


@pytest.mark.parametrize("role", ["Runs.Upload", "Reports.Read", "PhoneMethods.ReadWrite", "PhoneMethods.ReadNumbers"])
async def test_only_who_may_approve_answers(role: str) -> None:
    """Nothing is recorded, and nothing is said of the run."""
    async with asked() as (world, run):
        refused = await answer(world, run, {"2": "leave"}, **principal(role))
        assert (403, "roleMissing") == (refused.status_code, refused.json()["error"]["code"])
        assert run["digest"] == (await get(world, run))["digest"]


async def test_a_key_answers_where_one_person_is_enough() -> None:
    async with asked(**KEY) as (world, run):
        assert 200 == (await answer(world, run, {"2": "leave"})).status_code
