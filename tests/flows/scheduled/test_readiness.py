"""Readiness: everybody gets their class from the report, the directory and their own lists, whatever is missing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from io import BytesIO
from itertools import product
from typing import Any

import pytest
from openpyxl import load_workbook

from sandbox.graph.faults import Fault
from sandbox.graph.options import Options, TelecomProvider
from sandbox.graph.person import Person
from sandbox.people import DEPARTMENTS, Staff, make_staff
from shared.core.record.readiness import Readiness
from shared.core.run.run import Run
from shared.core.values.states import RunState
from shared.flows.person.find_person import MOST_REPORTS, REPORT_SPAN
from shared.flows.scheduled.readiness import SECONDS_PER_PAGE
from testing import virtual_time
from testing.doubles import MemoryStorage
from testing.doubles.dying import Dying, Killed
from testing.in_memory import InMemory, hosted, in_memory
from tests.flows.small_tenant import csv, number, person, tenant_of

GRANTED = Options(report_role=True, throttling=False)  # here Graph's limits use real time, and the app's waits do not
EVERYTHING = GRANTED.changed({"methods_role": True, "policy_role": True})
PASSKEY, APP = "passKeyDeviceBound", "microsoftAuthenticatorPush"

SEEDS: dict[Readiness, dict[str, Any]] = {
    Readiness.PHONE_ONLY: {"phones": {"mobile": number(1)}, "email": "a@example.com"},
    Readiness.ALTERNATE_OR_OFFICE_ONLY: {"phones": {"office": number(2)}},
    Readiness.PHONE_FOR_RESET: {"phones": {"mobile": number(3)}, "other_methods": [PASSKEY, APP]},
    Readiness.NUMBER_CAN_GO: {
        "phones": {"mobile": number(4)},
        "email": "b@example.com",
        "other_methods": [PASSKEY, APP],
    },
    Readiness.OTHER_METHODS: {"phones": {}, "other_methods": [APP]},
    Readiness.EMAIL_ONLY: {"phones": {}, "email": "c@example.com"},
    Readiness.NOTHING: {"phones": {}},
}


def people(each: int = 1) -> list[Person]:
    """So many people of every class, in two departments."""
    seeds = [seed for seed in SEEDS.values() for _ in range(each)]
    return [
        person(
            index, **{**seed, "mail": None, "displayName": f"Person {index}", "department": ("Sales", "IT")[index % 2]}
        )
        for index, seed in enumerate(seeds, 1)
    ]


async def readiness(world: InMemory) -> tuple[Run, dict[str, Any]]:
    run = await world.app.readiness()
    await world.pump()
    report = await world.app.newest_readiness()
    assert report is not None
    return await world.stored(run.id), report


def counts(report: dict[str, Any]) -> dict[str, int]:
    return {one["class"]: one["count"] for one in report["classes"] if one["count"]}


async def know(world: InMemory, who: Sequence[Person]) -> None:
    """Have the app write an office number to these people, so that it knows them."""
    rows = [(one.id, f"+1 2025550{place + 140}") for place, one in enumerate(who)]
    await world.run_to_end("staff.csv", csv("objectId,office", *rows))


async def test_everybody_has_the_class_that_was_seeded() -> None:
    """By count, person and department, with the action; the result is a workbook that names people."""
    seeded = people(each=2)
    async with tenant_of(seeded, options=GRANTED) as world:
        run, report = await readiness(world)

        assert (RunState.FINISHED, "14 people in the report; the lists of 0 people could not be read.") == (
            run.state,
            run.message,
        )
        assert {one.value: 2 for one in SEEDS} == counts(report)
        (phones,) = [one for one in report["classes"] if one["class"] == "phoneOnly"]
        assert {seeded[0].id, seeded[1].id} == {one["id"] for one in phones["people"]}
        assert {"Sales": 1, "IT": 1} == phones["departments"]
        assert "passkey" in phones["action"]
        assert (True, 14, "6 of 14 people depend on a phone.") == (
            report["coversEverybody"],
            report["people"],
            report["message"],
        )
        assert {"inUse": 0, "notInUse": 0, "notKnown": 14} == report["smsSignIn"]

        book = load_workbook(BytesIO(await world.app.results.read(run.result_blob)))
        assert f"{run.id}/readiness.xlsx" == run.result_blob
        lines = [*book["Who depends on a phone"].iter_rows(values_only=True)]
        assert 15 == len(lines)
        assert ("Person 1", "IT", "phoneOnly") == (lines[2][0], lines[2][2], lines[2][7]) or "Person" in str(
            lines[1][0]
        )
        assert {"Sales", "IT"} <= {row[0] for row in book["By department"].iter_rows(values_only=True)}
        assert 2 == len(vars(book["About this run"])["_charts"])


async def test_the_made_up_people_are_of_every_class() -> None:
    """So that a report of the sandbox shows what a report shows, by department too."""
    async with in_memory(make_staff(300), {}, GRANTED) as world:
        _, report = await readiness(world)
        assert {one.value for one in SEEDS} == counts(report).keys()
        assert set(DEPARTMENTS) == set().union(*(one["departments"] for one in report["classes"]))


def test_readiness_and_a_help_desk_stay_within_graphs_limit_together() -> None:
    """Of 5 requests for reports in 10 s, for the whole app."""
    assert MOST_REPORTS + REPORT_SPAN.total_seconds() / SECONDS_PER_PAGE <= 5


async def test_a_cancelled_run_leaves_the_newest_report() -> None:
    """What it has read by then is only a part of the tenant."""
    async with tenant_of(people(), options=GRANTED) as world:
        finished, report = await readiness(world)
        cancelled = await world.app.readiness()
        await world.app.decisions.cancel(cancelled.id, "a test")
        await world.pump()

        stored = await world.stored(cancelled.id)
        assert (RunState.CANCELLED, True) == (stored.state, stored.closed)
        assert report == await world.app.newest_readiness()
        assert [finished.id] == [one["run"] for one in report["history"]]


async def test_the_share_over_time_has_no_names() -> None:
    """One point per run, the oldest first; a run that is repeated has one."""
    async with tenant_of(people(), options=GRANTED) as world:
        first, _ = await readiness(world)
        world.clock.leap_to(world.clock.now() + timedelta(days=7))
        second, report = await readiness(world)

        assert [first.id, second.id] == [one["run"] for one in report["history"]]
        assert [7, 7] == [one["people"] for one in report["history"]]
        assert {"run", "at", "people", "counts"} == set(report["history"][0])
        assert "00000000-0000-4000" not in json.dumps(report["history"])


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (Options(), "permissionMissing"),
        (Options(report_role=True, report_licence=False), "licenceMissing"),
    ],
)
@pytest.mark.parametrize("methods_role", [True, False])
async def test_without_the_report_the_people_whom_the_app_knows_are_read(
    options: Options, code: str, *, methods_role: bool
) -> None:
    """The answer says why. Without the lists of all methods only phones are known, which makes no class."""
    seeded = people()
    async with tenant_of(seeded, options=options.changed({"methods_role": methods_role})) as world:
        await know(world, [seeded[3], seeded[5]])
        run, report = await readiness(world)

        assert RunState.FINISHED is run.state
        assert (False, code, 2) == (report["coversEverybody"], report["code"], report["people"])
        assert any(report["reason"] in note for note in run.notes)
        expected = {"numberCanGo": 1, "alternateOrOfficeOnly": 1} if methods_role else {"notKnown": 2}
        assert expected == counts(report)
        assert {"inUse": 0, "notInUse": 2, "notKnown": 0} == report["smsSignIn"]


async def test_a_refusal_by_chance_is_not_believed() -> None:
    """A licensed tenant may get the answer of one without a licence; the report is read again."""
    async with tenant_of(people(), options=GRANTED) as world:
        body = {"error": {"code": "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "message": "No."}}
        world.stand_in.faults.add(Fault(kind="status", on="reports.*", status=403, body=body, count=2))
        _, report = await readiness(world)
        assert (True, 7) == (report["coversEverybody"], report["people"])


async def test_an_empty_report_is_not_believed() -> None:
    """Then the people whom the app knows are read, as without a report."""
    seeded = people()
    async with tenant_of(seeded, options=EVERYTHING) as world:
        await know(world, seeded[:1])
        world.stand_in.faults.add(Fault(kind="status", on="reports.*", status=200, body={"value": []}))
        _, report = await readiness(world)
        assert (False, "answerUnreadable", 1) == (report["coversEverybody"], report["code"], report["people"])


async def test_sms_sign_in_is_told_of_those_whose_list_was_read() -> None:
    """The report does not show it, and it comes beside the class of the methods."""
    signs_in = person(1, phones={"mobile": number(1)}, smsSignInState="ready")
    other = person(2, phones={"mobile": number(2)}, smsSignInState="ready")
    async with tenant_of([signs_in, other], options=GRANTED) as world:
        await know(world, [signs_in])
        _, report = await readiness(world)

        assert {"inUse": 1, "notInUse": 0, "notKnown": 1} == report["smsSignIn"]
        assert {"phoneOnly": 2, "smsSignIn": 1} == counts(report)


async def test_a_list_is_newer_than_the_report() -> None:
    """What a list shows counts; what no list can show is taken from the report."""
    changed = person(1, phones={"mobile": number(1)}, other_methods=["certificateBasedAuthentication", APP])
    async with tenant_of([changed], options=EVERYTHING) as world:
        await know(world, [changed])
        body = {"value": [{"id": changed.id, "methodsRegistered": ["certificateBasedAuthentication", "email", APP]}]}
        world.stand_in.faults.add(Fault(kind="status", on="reports.*", status=200, body=body))
        _, report = await readiness(world)
        assert {"phoneForReset": 1} == counts(report)


async def test_disabled_people_are_counted_and_not_classified() -> None:
    """Nobody signs in with their accounts, and the report leaves them out."""
    async with tenant_of([person(1), person(2, accountEnabled=False)], options=GRANTED) as world:
        _, report = await readiness(world)
        assert (1, 1, {"phoneOnly": 1}) == (report["people"], report["disabled"], counts(report))


async def test_who_is_not_in_the_report_yet_is_not_known() -> None:
    """An account that is newer than the report."""
    async with tenant_of([person(1), person(2)], options=GRANTED) as world:
        body = {"value": [{"id": person(1).id, "methodsRegistered": ["mobilePhone"]}]}
        world.stand_in.faults.add(Fault(kind="status", on="reports.*", status=200, body=body))
        _, report = await readiness(world)
        assert {"phoneOnly": 1, "notKnown": 1} == counts(report)


@pytest.mark.parametrize(
    ("sms", "voice", "proposed", "words"),
    [
        (None, None, None, ""),
        (TelecomProvider(), TelecomProvider(), "own-provider", "delivers all text messages and calls"),
        (TelecomProvider(), None, None, "calls: none shown"),
        (TelecomProvider(), TelecomProvider(percentage=99), None, "calls: 99 %"),
        (TelecomProvider(evaluation=True), TelecomProvider(), None, "text messages: evaluation"),
    ],
)
async def test_the_mode_is_proposed_from_the_policy(
    sms: TelecomProvider | None, voice: TelecomProvider | None, proposed: str | None, words: str
) -> None:
    """A provider that does not deliver everything is none yet, and an absent property says nothing."""
    options = Options(report_role=True, policy_role=True, sms_provider=sms, voice_provider=voice)
    async with tenant_of([person(1)], options=options) as world:
        run, report = await readiness(world)
        assert proposed == report["proposedDelivery"]
        assert words in report["deliveryNote"]
        assert bool(words) == (report["deliveryNote"] in run.notes)


async def _of_a_large_tenant(each: int, page: int, fault: Fault | None = None) -> None:
    seeded = people(each)
    options = Options(report_role=True, report_page_size=page)
    async with hosted(Staff(()), options=options) as world:
        for one in seeded:
            world.stand_in.tenant.put(one)
        if fault:
            world.stand_in.faults.add(fault)
        world.host.start()
        run = await world.app.readiness()
        while not (await world.stored(run.id)).closed:  # noqa: ASYNC110 - the time is virtual
            await asyncio.sleep(10)
        report = await world.app.newest_readiness()
        assert report is not None
        assert {one.value: each for one in SEEDS} == counts(report)
        pages, asked = -(-len(seeded) // page), world.stand_in.stats.requests["reports.registrations"]
        assert asked > pages if fault else asked == pages
        assert 0 == world.stand_in.stats.throttled.total()


def test_the_report_is_read_within_its_limit() -> None:
    """Thirty pages: at most five requests in ten seconds, so that not one is refused."""
    virtual_time.run(_of_a_large_tenant(each=30, page=7))


@pytest.mark.long
def test_thirty_thousand_people() -> None:
    """Everybody has the class that was seeded, without one refused request."""
    virtual_time.run(_of_a_large_tenant(each=4_286, page=1_000))


@pytest.mark.parametrize(("page", "twice"), [*product([1, 100], [True, False])])
async def test_pages_and_repeated_messages_change_nothing(page: int, *, twice: bool) -> None:
    """Small pages, empty ones, and every message twice."""
    options = GRANTED.changed({"report_page_size": page, "page_size": page, "empty_pages": True})
    async with tenant_of(people(), options=options) as world:
        world.host.twice = twice
        _, report = await readiness(world)
        assert {one.value: 1 for one in SEEDS} == counts(report)
        assert 1 == len(report["history"])


def test_graph_may_fail_meanwhile() -> None:
    """What is not answered is asked again, and nobody is counted twice."""
    fault = Fault(kind="status", status=503, probability=0.3, count=12)
    virtual_time.run(_of_a_large_tenant(each=3, page=4, fault=fault))


@pytest.mark.long
async def test_a_process_that_dies_at_any_request_changes_nothing() -> None:
    """The process ends at every request to storage in turn; another delivery, or the sweep, goes on."""
    options = GRANTED.changed({"report_page_size": 3})
    for left in range(1, 200):
        dying = Dying()
        storage = partial(MemoryStorage, on_operation=dying)
        async with in_memory(Staff(()), {}, options, storage=storage) as world:
            for person_ in people():
                world.stand_in.tenant.put(person_)
            run = await world.app.readiness()
            dying.left = left
            with suppress(Killed):
                await world.pump()
            is_over, dying.left = dying.left > 0, 0
            while not (await world.stored(run.id)).closed:
                world.clock.leap_to(world.clock.now() + timedelta(minutes=11))
                await world.app.sweep()
                await world.pump()
            report = await world.app.newest_readiness()
            assert report is not None
            assert {one.value: 1 for one in SEEDS} == counts(report), left
            assert [run.id] == [one["run"] for one in report["history"]], left
        if is_over:
            return
    raise AssertionError("the run never came to its end")
