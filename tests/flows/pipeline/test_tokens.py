"""Runs under rejected and missing tokens: nothing is refused or half written, and the run says why it waits."""

from __future__ import annotations

import base64
import json
from collections import Counter
from datetime import timedelta

import pytest

from sandbox.graph.faults import TOKEN, Fault
from sandbox.graph.options import Options
from sandbox.graph.person import Person
from sandbox.people import make_staff
from shared.adapters.graph.token import token_rejected
from shared.core.run.pause import Pause
from shared.core.run.run import Run
from shared.core.values.states import RowState, RunState
from testing.in_memory import InMemory, hosted
from testing.virtual_time import run as in_virtual_time
from tests.flows.small_tenant import csv, number, person, tenant_of
from trials.checks import left_at_last

SETTINGS = {
    "MAX_CREATE_SHARE": "1",
    "MAX_UPDATE_SHARE": "1",
    "LOOK_UP_RETRY_SECONDS": "5",
}
REJECTIONS = (
    Fault(kind="revoke", count=1),
    Fault(kind="status", status=401, count=1),
    Fault(kind="status", status=401, count=1, headers={"WWW-Authenticate": 'Bearer claims="eyJ4IjoxfQ=="'}),
)
LASTING = {
    "the identity answers with the old token": (Fault(kind="revoke", count=1), Fault(kind="old-token", on=TOKEN)),
    "the identity is down": (Fault(kind="revoke", count=1), Fault(kind="status", on=TOKEN, status=500)),
    "the identity says no": (Fault(kind="revoke", count=1), Fault(kind="status", on=TOKEN, status=400)),
    "Graph rejects every token": (Fault(kind="status", status=401),),
    "Graph is down": (Fault(kind="status", status=503),),
    "Graph throttles": (Fault(kind="throttle", seconds=30),),
    "no answer is whole": (Fault(kind="truncate", on="[!p]*"), Fault(kind="truncate", on="phoneMethods.list")),
    "no connection lasts": (Fault(kind="drop"),),
}


def _staff(count: int) -> list[Person]:
    return [person(n) for n in range(1, count + 1)]


def _export(count: int) -> bytes:
    rows = [(f"person{n}@contoso.example", number(n + 50), f"+1 20255502{n:02}") for n in range(1, count + 1)]
    return csv("User principal name,Mobile,Office", *rows)


async def _begin(world: InMemory, count: int, state: RunState) -> None:
    """Drop the export, and wait until its run is in the middle of `state`."""
    for one in _staff(count):
        world.stand_in.tenant.put(one)
    world.host.start()
    await world.host.drop("staff.csv", _export(count))
    while not [run async for run in world.app.runs.all() if run.state is state]:
        await world.clock.sleep(0.1)
    await world.clock.sleep(0.3)


async def _only_run(world: InMemory) -> Run:
    (run,) = [run async for run in world.app.runs.all()]
    return run


def _counts(run: Run) -> dict[RowState, int]:
    return {state: count for state, count in run.counts.items() if count}


async def _through_rejections(rejection: Fault, people: int) -> int:
    """Reject the token at each request of a run in turn; returns the number of requests."""
    after = 0
    while True:
        async with tenant_of(_staff(people), (), None, **SETTINGS) as world:
            world.stand_in.faults.add(Fault(**{**rejection.to_json(), "skip": after}))
            run = await world.run_to_end("staff.csv", _export(people))
            assert (RunState.FINISHED, {RowState.UPDATED: people}) == (run.state, _counts(run))
            assert all(len(methods) == 2 for methods in world.directory().values())
            if not world.stand_in.stats.faults:
                return after
        after += 1


async def test_a_token_may_be_rejected_at_any_request() -> None:
    """Whichever request of the run meets it, every row succeeds, and every person gets both numbers."""
    assert await _through_rejections(REJECTIONS[0], people=1) > 10


@pytest.mark.long
@pytest.mark.parametrize("rejection", REJECTIONS, ids=["revoked", "rejected once", "challenged"])
async def test_any_rejection_may_meet_any_request_of_several_people(rejection: Fault) -> None:
    """As above, with people whose requests overlap, and with a challenge."""
    assert await _through_rejections(rejection, people=3) > 20


@pytest.mark.long
@pytest.mark.parametrize("state", [RunState.PLANNING, RunState.APPLYING])
@pytest.mark.parametrize("fault", LASTING)
def test_a_fault_of_two_hours_costs_no_row(fault: str, state: RunState) -> None:
    """Nothing is refused, nothing stays half written, and soon after the fault the run goes on by itself."""

    async def story() -> tuple[RunState, dict[RowState, int], list[str], float]:
        async with hosted(make_staff(0), SETTINGS, Options(latency_ms=250), poll=10) as world:
            await _begin(world, 6, state)
            for one in LASTING[fault]:
                world.stand_in.faults.add(one)
            await world.clock.sleep(2 * 3600)
            world.stand_in.faults.withdraw()
            over = world.clock.now()
            (run,) = await world.host.runs_over(1, within=2 * 3600)
            took = (world.clock.now() - over).total_seconds()
            return run.state, _counts(run), await left_at_last(world), took

    ended, counts, left, took = in_virtual_time(story())
    assert (RunState.FINISHED, {RowState.UPDATED: 6}, []) == (ended, counts, left)
    assert took < 3700


def _without_token(hours: float) -> tuple[list[Run], Counter[str], list[dict[str, object]], int]:
    """The run from time to time under a token that is rejected for so long, and how it ended; its rows' codes; the
    events; and the requests to Graph and to the identity in the first hours."""

    async def story() -> tuple[list[Run], Counter[str], list[dict[str, object]], int]:
        async with hosted(make_staff(0), SETTINGS, Options(latency_ms=250), poll=10) as world:
            await _begin(world, 6, RunState.APPLYING)
            for one in LASTING["the identity answers with the old token"]:
                world.stand_in.faults.add(one)
            before, seen = world.stand_in.stats.requests.total(), list[Run]()
            for _ in range(int(hours)):
                await world.clock.sleep(3600)
                seen.append(await _only_run(world))
            requests = world.stand_in.stats.requests.total() - before
            world.stand_in.faults.withdraw()
            (run,) = await world.host.runs_over(1, within=2 * 3600)
            codes = Counter([row.code async for row in world.app.rows.in_order(run)])
            events = [
                json.loads(base64.b64decode(message.text))
                for message in world.storage.queue("run-events").messages.values()
            ]
            return [*seen, run], codes, events, requests

    return in_virtual_time(story())


def test_a_missing_identity_is_told_in_its_own_words() -> None:
    """The message at once, and one event later, say the cause as the identity gives it, and what to check."""

    async def story() -> tuple[list[str], list[int]]:
        async with hosted(make_staff(0), SETTINGS, Options(latency_ms=250), poll=10) as world:
            await _begin(world, 2, RunState.PLANNING)
            world.stand_in.faults.add(Fault(kind="revoke", count=1))
            said = {"error": "invalid_request", "error_description": "Identity not found"}
            world.stand_in.faults.add(Fault(kind="status", on=TOKEN, status=400, body=said))
            messages, told = list[str](), list[int]()
            for _ in range(2):
                await world.clock.sleep(240)
                messages.append((await _only_run(world)).message)
                events = world.storage.queue("run-events").messages.values()
                told.append(sum(b"stalled" in base64.b64decode(message.text) for message in events))
            return messages, told

    messages, told = in_virtual_time(story())
    expected = ("tokenUnavailable", "Identity not found", "AZURE_CLIENT_ID")
    assert all(words in message for words in expected for message in messages)
    assert [0, 1] == told


def test_a_paused_run_says_why_and_asks_seldom() -> None:
    """One event, the reason and the remedy in the message; a few requests an hour, however many rows wait."""
    seen, _, events, requests = _without_token(3)
    for run in seen[:-1]:
        assert ("tokenRejected", True) == (run.pause.code if run.pause else "", "GRAPH_CLOUD" in run.message)
        assert "Waiting for a token since" in run.message
    assert [None, ""] == [seen[-1].pause, seen[-1].message]
    assert 1 == sum(event["event"] == "stalled" for event in events)
    assert requests < 100


async def test_rows_that_meet_the_fault_together_begin_one_pause() -> None:
    """The second row finds the run paused, drops its message, and does not move the time of the next try."""

    async def not_expected() -> None:
        raise AssertionError("a paused run sends and fails no row")

    async with tenant_of(_staff(1), (), None, **SETTINGS) as world:
        run = await world.drop("staff.csv", _export(1))
        pauses = list[Pause | None]()

        for _ in range(2):
            await world.app.run_parts.token_pauses.row_without_token(
                run, token_rejected(""), again=not_expected, fail=not_expected
            )
            pauses.append((await world.stored(run)).pause)
            world.clock.leap_to(world.clock.now() + timedelta(minutes=1))

        assert pauses[0] is not None
        assert pauses[0] == pauses[1]


@pytest.mark.long
def test_after_a_day_the_rows_fail_so_that_they_can_be_redriven() -> None:
    """The run ends by itself with a code that says why, and nothing is lost."""
    seen, codes, _, _ = _without_token(26)
    assert (RunState.FINISHED, True) == (seen[-2].state, seen[-2].closed)
    assert {"tokenRejected"} == set(codes) - {"applied"}
