"""The flows of docs/power-automate.md, made by the calls that their steps make."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from sandbox.exports import write_export
from sandbox.graph.person import Person
from sandbox.people import PersonKind, Staff, make_staff
from shared.core.values.states import Source
from tests.api.caller import ENTRA, World, api
from tests.connector.calls import call
from tests.connector.files import API, DEFINITION, OFFERED, ROOT, definition

STAFF = make_staff(60)
ROLES = ("Runs.Upload", "Runs.Approve")
PAGE = (ROOT / "docs/power-automate.md").read_text("utf-8")


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with api(STAFF, ENTRA, roles=ROLES) as world:
        yield world


@pytest.fixture
async def world_with_numbers() -> AsyncIterator[World]:
    """Figures of a plan are for accounts that may see numbers."""
    async with api(STAFF, ENTRA, roles=(*ROLES, "PhoneMethods.ReadNumbers")) as world:
        yield world


async def test_an_export_is_held_approved_and_reported(world_with_numbers: World) -> None:
    """Start run, get it until the plan waits, approve what was shown, get it until it is over, list what failed."""
    world = world_with_numbers
    started = await call(
        world.http.request, "StartRun", name="staff.xlsx", preview=False, approval="always", file=write_export(STAFF)
    )
    assert 201 == started.status_code
    run = started.json()["id"]
    await world.inside.pump()

    held = (await call(world.http.request, "GetRun", run=run)).json()
    assert ("held", False, 0) == (held["state"], held["isFinished"], world.inside.writes)
    assert {"creates", "updates", "removals", "refused", "unmatched"} <= set(held["planned"])
    approved = await call(world.http.request, "ApproveRun", run=run, **{"If-Match": held["digest"]})
    assert 200 == approved.status_code
    await world.inside.pump()

    over = (await call(world.http.request, "GetRun", run=run)).json()
    assert ("finished", True) == (over["state"], over["isFinished"])
    assert world.inside.writes > 0
    states = ["refused", "failed", "stale", "unconfirmed"]
    page = (await call(world.http.request, "ListRunRows", run=run, state=states, **{"$top": 2})).json()
    rows = page["value"]
    while page["@odata.nextLink"]:
        page = (await world.http.get(page["@odata.nextLink"])).json()
        rows += page["value"]
    assert sum(over["counts"].get(state, 0) for state in states) == len(rows) > 2
    assert [] == [row for row in rows if not (row["code"] and row["reason"])]


async def test_the_trigger_starts_the_flow_when_a_run_waits_and_when_its_result_is_there(world: World) -> None:
    """Each run once per change, without numbers; the uploader gets the result, and the plan is not theirs to have."""
    clock = world.inside.clock
    since = (await call(world.http.request, "OnRunHeldOrFinished")).json()["nextSince"]

    async def polled() -> list[tuple[str, str]]:
        nonlocal since
        clock.leap_to(clock.now() + timedelta(minutes=3))
        answer = (await call(world.http.request, "OnRunHeldOrFinished", since=since)).json()
        since = answer["nextSince"]
        return [(run["id"], run["state"]) for run in answer["value"]]

    started = await call(world.http.request, "StartRun", name="staff.xlsx", approval="always", file=write_export(STAFF))
    run = started.json()["id"]
    assert [] == await polled()
    await world.inside.pump()
    assert [(run, "held")] == await polled()
    assert [] == await polled()
    listed = (await call(world.http.request, "ListRuns", state=["held"])).json()["value"]
    await call(world.http.request, "ApproveRun", run=run, **{"If-Match": listed[0]["digest"]})
    await world.inside.pump()
    assert [(run, "finished")] == await polled()

    workbook = await call(world.http.request, "DownloadResult", run=run)
    assert (200, b"PK") == (workbook.status_code, workbook.content[:2])
    assert 403 == (await call(world.http.request, "DownloadPlan", run=run)).status_code


async def test_questions_are_answered_by_an_object_of_rows() -> None:
    """As a flow fills it in; the plan has a new digest."""
    async with api(Staff(()), {**ENTRA, "MAX_UNMANAGED_REPLACED": "0"}, roles=ROLES) as world:
        person = "00000000-0000-4000-8000-000000000001"
        phones = {"mobile": "+1 2025550101"}
        world.inside.stand_in.tenant.put(Person(id=person, userPrincipalName="p@contoso.example", phones=phones))
        await world.inside.run_to_end("a.csv", f"objectId,mobile\n{person},+1 2025550102\n".encode())
        (run,) = [one async for one in world.inside.app.runs.all() if one.source is Source.QUESTIONS]

        given = {"run": run.id, "If-Match": run.digest, "body": {"answers": {"2": "replace"}}}
        answered = await call(world.http.request, "AnswerRun", **given)
        assert (200, "held", True) == (
            answered.status_code,
            answered.json()["state"],
            answered.json()["digest"] != run.digest,
        )


async def test_another_plan_than_the_one_shown_is_not_approved(world: World) -> None:
    """And a rejected run writes nothing."""
    started = await call(world.http.request, "StartRun", name="staff.xlsx", approval="always", file=write_export(STAFF))
    run = started.json()["id"]
    await world.inside.pump()

    assert 412 == (await call(world.http.request, "ApproveRun", run=run, **{"If-Match": "0" * 64})).status_code
    assert 200 == (await call(world.http.request, "RejectRun", run=run)).status_code
    await world.inside.pump()
    assert ("rejected", 0) == ((await call(world.http.request, "GetRun", run=run)).json()["state"], world.inside.writes)


async def test_a_step_that_is_repeated_starts_no_second_run(world: World) -> None:
    """With the id that the flow made once."""
    call_id = {"Repeatability-Request-ID": "3f9c0000-0000-4000-8000-00000000000a"}
    runs = [
        (await call(world.http.request, "StartRun", name="staff.xlsx", file=write_export(STAFF), **call_id)).json()[
            "id"
        ]
        for _ in range(2)
    ]

    assert runs[0] == runs[1]


async def test_one_answer_of_a_form_sets_the_number_of_one_person() -> None:
    """Written as people write it; who is protected is refused, and no answer repeats the number."""
    people = {member.kind: member.person for member in STAFF.members if member.person}
    async with api(STAFF, ENTRA, roles=["PhoneMethods.ReadWrite"]) as world:
        answers = [
            await call(
                world.http.request,
                "SetPhoneMethod",
                userID=person.id,
                phonemethodID="mobile",
                body={"phoneNumber": number},
            )
            for person, number in (
                (people[PersonKind.GREENFIELD], "(202) 555-0142"),
                (people[PersonKind.GREENFIELD], "(202) 555"),
                (people[PersonKind.ADMINISTRATOR], "(202) 555-0142"),
            )
        ]

        assert [201, 422, 403] == [answer.status_code for answer in answers]
        assert "created" == answers[0].json()["outcome"]
        assert [] == [answer.text for answer in answers if re.search("202.?5550142|555", answer.text)]


def test_the_pages_expressions_and_steps_name_what_there_is() -> None:
    """Every field that an expression reads is one of the operation's answer, and every step one of the connector's."""
    operations = {operation.content["summary"].replace(" ", "_"): operation for operation in OFFERED.values()}
    read = re.findall(r"triggerOutputs\(\)\?\['body/([\w/]+)'\]", PAGE)
    assert len(read) >= 8
    assert set(re.findall(r"body\('(\w+)'\)", PAGE)) <= operations.keys()
    polled = definition(operations["When_a_run_is_held_or_finished"].content["responses"]["200"]["schema"])
    answer = definition(polled["properties"]["value"]["items"])
    for path in read:
        first, *rest = path.split("/")
        assert first in answer["properties"], path
        assert not rest or "additionalProperties" in answer["properties"][first] or "counts" == first, path
    fields = set(re.findall(r"^   \* (?:[^*\n]*, )?\*([^*]+)\*:", PAGE, re.MULTILINE))
    titles = set(re.findall(r"'x-ms-summary': '([^']+)'", str(DEFINITION)))
    assert {"Phone Number", "Phone Type", "File Content"} <= fields <= titles
    steps = set(re.findall(r"Phone methods, \*\*([^*]+)\*\*", PAGE))
    assert steps <= {operation.content["summary"] for operation in OFFERED.values()}
    roles = set(re.findall(r"`((?:Runs|PhoneMethods|Reports)\.\w+)`", PAGE))
    assert [] == [role for role in roles if role not in str(API)]
