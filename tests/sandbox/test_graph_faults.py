"""Injected faults: whom they strike, what they do, and that they come the same way again."""

from __future__ import annotations

from random import Random
from typing import Any

import httpx
import pytest

from sandbox.graph.faults import Fault, Faults
from sandbox.graph.stand_in import StandIn
from sandbox.graph.wire import ConnectionDroppedError
from shared.core.values.slot import PhoneType
from tests.sandbox.graph_client import (
    ALEX,
    BO,
    MOBILE,
    ONE,
    TOKEN_QUERY,
    TWO,
    Clock,
    caller_of,
    methods_of,
    person,
    stand_in_for,
)


def one_person(clock: Clock | None = None) -> StandIn:
    return stand_in_for(person(ALEX, phones={"mobile": ONE}), person(BO, phones={"mobile": ONE}), clock=clock)


async def patch(caller: httpx.AsyncClient, number: str = TWO, who: str = ALEX) -> httpx.Response:
    return await caller.patch(methods_of(who, MOBILE), json={"phoneNumber": number})


def stored(stand_in: StandIn) -> str:
    return stand_in.tenant.people[ALEX].methods[PhoneType.MOBILE]


@pytest.mark.parametrize(
    ("fault", "status", "number"),
    [
        (Fault(kind="status", status=503), 503, ONE),
        (Fault(kind="status", status=204), 204, ONE),
        (Fault(kind="commit-then-status", status=409), 409, TWO),
        (Fault(kind="commit-then-status", status=500), 500, TWO),
        (Fault(kind="commit-then-status", status=504), 504, TWO),
        (Fault(kind="throttle"), 429, ONE),
        (Fault(kind="stale-reads"), 204, TWO),
        (Fault(kind="truncate"), 204, TWO),
        (Fault(kind="revoke"), 401, ONE),
    ],
)
async def test_a_fault_decides_what_is_done_and_what_is_said(fault: Fault, status: int, number: str) -> None:
    """The write is done or not, and the answer says something else, exactly as the fault defines."""
    stand_in = one_person()
    stand_in.faults.add(fault)
    async with caller_of(stand_in) as caller:
        assert (await patch(caller)).status_code == status
    assert stored(stand_in) == number
    committed = fault.kind in ("commit-then-status", "stale-reads", "truncate")
    assert dict(stand_in.stats.committed) == ({"phoneMethods.update": 1} if committed else {})


@pytest.mark.parametrize(("kind", "number"), [("drop", ONE), ("commit-then-drop", TWO)])
async def test_a_dropped_connection_gives_no_answer(kind: Any, number: str) -> None:
    """In process the cut connection is an error of its own; before it the write was done or not."""
    stand_in = one_person()
    stand_in.faults.add(Fault(kind=kind))
    async with caller_of(stand_in) as caller:
        with pytest.raises(ConnectionDroppedError):
            await patch(caller)
    assert stored(stand_in) == number


async def test_a_fault_answers_with_the_body_and_headers_given() -> None:
    """JSON, HTML as gateways send it, and headers such as a claims challenge."""
    stand_in = one_person()
    challenge = {"WWW-Authenticate": 'Bearer claims="e30="'}
    stand_in.faults.add(Fault(kind="status", status=502, body="<html>Bad gateway</html>", count=1))
    stand_in.faults.add(Fault(kind="status", status=401, headers=challenge, count=1))
    stand_in.faults.add(Fault(kind="status", status=200, body={"value": "odd"}, count=1))
    async with caller_of(stand_in) as caller:
        html, claims, odd = [await caller.get("/users") for _ in range(3)]
    assert (
        502,
        "<html>Bad gateway</html>",
        "text/html; charset=utf-8",
    ) == (html.status_code, html.text, html.headers["Content-Type"])
    assert (401, 'Bearer claims="e30="') == (claims.status_code, claims.headers["WWW-Authenticate"])
    assert "InvalidAuthenticationToken" == claims.json()["error"]["code"]
    assert {"value": "odd"} == odd.json()


@pytest.mark.parametrize(
    ("form", "header"),
    [("integer", "7"), ("fraction", "6.500"), ("date", "Mon, 21 Sep 2026 14:13:27 GMT"), ("none", None)],
)
async def test_a_throttling_fault_tells_the_wait_in_the_form_chosen(form: Any, header: str | None) -> None:
    """Every form of Retry-After can be asked for, whatever the limits say."""
    stand_in = one_person()
    stand_in.faults.add(Fault(kind="throttle", retry_after=form, seconds=6.5))
    async with caller_of(stand_in) as caller:
        answer = await caller.get(methods_of(ALEX))
    assert (answer.status_code, answer.headers.get("Retry-After")) == (429, header)


async def test_stale_reads_end_after_their_time() -> None:
    """After the write, reads see the old number for the seconds given, then the new one."""
    clock = Clock()
    stand_in = one_person(clock)
    stand_in.faults.add(Fault(kind="stale-reads", seconds=5, count=1))
    async with caller_of(stand_in) as caller:
        await patch(caller)
        seen = []
        for _ in range(3):
            seen.append((await caller.get(methods_of(ALEX, MOBILE))).json()["phoneNumber"])
            await clock.sleep(2.5)
    assert [ONE, ONE, TWO] == seen


async def test_a_fault_strikes_only_what_it_names() -> None:
    """By kind of request with wildcards, by person under either name, after so many, and so often."""
    stand_in = one_person()
    for fault in (
        Fault(kind="status", on="phoneMethods.list", skip=1, count=2),
        Fault(kind="status", on="phoneMethods.*", user=BO.upper(), status=500),
    ):
        stand_in.faults.add(fault)
    async with caller_of(stand_in) as caller:
        assert [200, 503, 503, 200, 200] == [(await caller.get(methods_of(ALEX))).status_code for _ in range(5)]
        assert 200 == (await caller.get("/users")).status_code
        assert 204 == (await patch(caller)).status_code
        assert 500 == (await patch(caller, who=f"user-{BO[-4:]}@contoso.example")).status_code


async def test_a_rule_broken_under_a_fault_is_still_told() -> None:
    """Nothing is committed that the rules forbid, so the caller gets the rule's own answer."""
    stand_in = one_person()
    stand_in.faults.add(Fault(kind="commit-then-status", status=504))
    async with caller_of(stand_in) as caller:
        assert 400 == (await patch(caller, "555")).status_code


async def test_the_whole_batch_can_fail() -> None:
    """A fault on `batch` answers for all items, with them done or not."""
    stand_in = one_person()
    stand_in.faults.add(Fault(kind="status", on="batch", status=503, count=1))
    stand_in.faults.add(Fault(kind="commit-then-status", on="batch", status=504, count=1))
    body = {
        "requests": [
            {
                "id": "1",
                "method": "PATCH",
                "url": methods_of(ALEX, MOBILE),
                "headers": {"Content-Type": "application/json"},
                "body": {"phoneNumber": TWO},
            }
        ]
    }
    async with caller_of(stand_in) as caller:
        seen = [((await caller.post("/$batch", json=body)).status_code, stored(stand_in)) for _ in range(3)]
    assert [(503, ONE), (504, TWO), (200, TWO)] == seen


async def test_the_token_endpoint_can_fail() -> None:
    """A fault on `token` answers in the endpoint's own shape."""
    stand_in = one_person()
    async with caller_of(stand_in) as caller:
        stand_in.faults.add(Fault(kind="status", on="token", status=500, count=1))
        statuses = []
        for _ in range(2):
            answer = await caller.get("http://graph.test/msi/token", params=TOKEN_QUERY)
            statuses.append((answer.status_code, answer.json().get("statusCode")))
    assert [(500, 500), (200, None)] == statuses


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind="status", on="phoneMethod.*"),
        Fault(kind="stale-reads", on="users.*"),
        Fault(kind="commit-then-drop", on="phoneMethods.list"),
    ],
)
def test_a_fault_that_could_never_strike_is_refused(fault: Fault) -> None:
    """A misspelt kind, or a commit where there is nothing to commit, is an error of the test that injects it."""
    with pytest.raises(ValueError, match=r"known are .*phoneMethods\.create"):
        one_person().faults.add(fault)


def strikes(seed: int) -> list[bool]:
    """Which of 200 requests a rule of probability 0.3 strikes."""
    faults = Faults({"a": False}, Random(seed))
    faults.add(Fault(kind="status", on="a", probability=0.3))
    return [faults.draw("a", now=0) is not None for _ in range(200)]


def test_faults_come_the_same_way_again() -> None:
    """The same seed strikes the same requests, about as many as the probability says; another seed others."""
    assert strikes(1) == strikes(1)
    assert strikes(1) != strikes(2)
    assert 40 <= sum(strikes(1)) <= 80


async def test_a_slow_answer_comes_late_and_a_withdrawn_fault_not_at_all() -> None:
    """The write is done at once, its answer kept back; after withdrawing nothing is."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    stand_in = StandIn([person(ALEX, phones={"mobile": ONE})], random=Random(1), sleep=sleep)
    stand_in.faults.add(Fault(kind="slow", seconds=55))
    async with caller_of(stand_in) as caller:
        assert 204 == (await patch(caller)).status_code
        assert [55] == slept
        stand_in.faults.withdraw()
        assert 204 == (await patch(caller, ONE)).status_code
    assert ([55], ONE) == (slept, stored(stand_in))


async def test_an_answer_may_break_off() -> None:
    """The body is the first half of what would have been sent, which is no JSON."""
    stand_in = one_person()
    stand_in.faults.add(Fault(kind="truncate", on="phoneMethods.list"))
    async with caller_of(stand_in) as caller:
        answer = await caller.get(methods_of(ALEX))
    assert (200, True) == (answer.status_code, answer.text.startswith("{"))
    with pytest.raises(ValueError, match=r"delimiter|Expecting|Unterminated"):
        answer.json()


async def test_a_fault_may_come_and_go_by_the_clock() -> None:
    """In the first seconds of every period it strikes, and not in the rest."""
    clock = Clock()
    stand_in = one_person(clock)
    stand_in.faults.add(Fault(kind="status", on="phoneMethods.list", every=20, lasting=7))
    statuses = []
    async with caller_of(stand_in) as caller:
        clock.now += 20 - clock.now % 20
        for _ in range(10):
            statuses.append((await caller.get(methods_of(ALEX))).status_code)
            clock.now += 4
    assert [503, 503, 200, 200, 200] * 2 == statuses


async def test_every_form_of_retry_after_is_drawn() -> None:
    """With `any`, the header comes in each form, or not at all, and its seconds are within their bounds."""
    stand_in = one_person()
    stand_in.faults.add(Fault(kind="throttle", retry_after="any", least_seconds=2, seconds=3))
    async with caller_of(stand_in) as caller:
        texts = [(await caller.get(methods_of(ALEX))).headers.get("Retry-After") for _ in range(200)]
    assert {None, "0", "soon", "3", "-3"} <= set(texts)
    fractions = [float(text) for text in texts if text and "." in text]
    assert fractions
    assert all(2 <= fraction <= 3 for fraction in fractions)
    assert any(text.endswith("GMT") for text in texts if text)


async def test_a_revoked_token_is_rejected_until_there_is_a_new_one() -> None:
    """All tokens so far are rejected; an endpoint that answers from its cache gives one of them again."""
    stand_in = one_person()
    stand_in.faults.add(Fault(kind="revoke", on="phoneMethods.list", count=1))
    stand_in.faults.add(Fault(kind="old-token", on="token", count=1, skip=2))
    async with caller_of(stand_in) as caller:
        first, old, other = [(await stand_in.token(TOKEN_QUERY, "sandbox")).body["access_token"] for _ in range(3)]
        assert first == old != other
        statuses = [
            (await caller.get(methods_of(ALEX), headers={"Authorization": f"Bearer {token}"})).status_code
            for token in (first, first, other)
        ]
        newest = (await stand_in.token(TOKEN_QUERY, "sandbox")).body["access_token"]
        after = await caller.get(methods_of(ALEX), headers={"Authorization": f"Bearer {newest}"})
    assert ([401, 401, 401], 200) == (statuses, after.status_code)
