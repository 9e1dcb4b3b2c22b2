"""The documented limits, with a clock that stands still between requests."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from sandbox.graph.options import Options, RateLimit
from sandbox.graph.throttle import Throttle, TokenBucket, documented_units, retry_after
from tests.sandbox.graph_client import ALEX, MOBILE, ONE, TWO, Clock, caller_of, methods_of, person, stand_in_for


def accepted(throttle: Throttle, attempts: int, *, writes: bool, now: float, app: str = "app") -> int:
    """How many of so many requests at one moment are let through."""
    return [throttle.charge(app, units=1, writes=writes, now=now) for _ in range(attempts)].count(None)


@pytest.mark.parametrize(
    ("people", "units"), [(1, 3_500), (49, 3_500), (50, 5_000), (500, 5_000), (501, 8_000), (300_000, 8_000)]
)
def test_the_unit_budget_follows_the_size_of_the_tenant(people: int, units: int) -> None:
    """Small, medium and large tenants have 3,500, 5,000 and 8,000 resource units per ten seconds."""
    assert documented_units(people) == RateLimit(units, 10)


def test_reads_are_limited_by_units() -> None:
    """A large tenant gives 8,000 units at once and 800 a second after that."""
    throttle = Throttle(Options(), 1_000, 0)
    assert 8_000 == accepted(throttle, 8_000, writes=False, now=0)
    assert 800 == accepted(throttle, 800, writes=False, now=1)
    assert 0 == accepted(throttle, 1, writes=False, now=1)


def test_writes_are_limited_by_their_own_budget() -> None:
    """3,000 writes at once and 20 a second after that; reads go on while writes are refused."""
    throttle = Throttle(Options(), 1_000, 0)
    assert 3_000 == accepted(throttle, 3_000, writes=True, now=0)
    assert 20 == accepted(throttle, 20, writes=True, now=1)
    assert 0 == accepted(throttle, 1, writes=True, now=1)
    assert 100 == accepted(throttle, 100, writes=False, now=1)


def test_a_write_costs_a_unit_too() -> None:
    """With no units left a write is refused for want of units, not of writes."""
    throttle = Throttle(Options(units=RateLimit(10, 10)), 1, 0)
    assert 10 == accepted(throttle, 11, writes=True, now=0)
    refusal = throttle.charge("app", units=1, writes=True, now=0)
    assert refusal is not None
    assert ("Tenant_Application/ReadWrite", "ResourceUnitLimitExceeded") == (refusal.scope, refusal.information)


def test_apps_share_the_writes_of_the_tenant() -> None:
    """Each app has 3,000 writes and the tenant 18,000 for all of them: the seventh app finds none left."""
    throttle = Throttle(Options(), 1_000, 0)
    assert [3_000] * 6 == [accepted(throttle, 3_000, writes=True, now=0, app=str(app)) for app in range(6)]
    refusal = throttle.charge("7", units=1, writes=True, now=0)
    assert refusal is not None
    assert ("Tenant/Write", "WriteLimitExceeded") == (refusal.scope, refusal.information)


def test_refused_requests_are_charged_but_not_without_end() -> None:
    """A retry storm pays twice, and at most one whole budget, so that a wait is never longer than two periods."""
    bucket = TokenBucket(RateLimit(10, 10), 1.0, 0)
    for _ in range(10):
        bucket.charge(1, 0)
    assert 2.0 == bucket.charge(1, 0)
    assert 3.0 == bucket.charge(1, 0)
    for _ in range(1_000):
        bucket.charge(1, 0)
    assert -10 == bucket.level(0)
    assert 0 == bucket.charge(1, 21)


def test_the_time_scale_makes_buckets_refill_faster() -> None:
    """At a scale of 10 a second refills what ten would; the size of the bucket stays."""
    throttle = Throttle(Options(time_scale=10, units=RateLimit(10, 10)), 1, 0)
    assert 10 == accepted(throttle, 20, writes=False, now=0)
    assert 10 == accepted(throttle, 20, writes=False, now=2)


def test_a_clock_set_back_gives_nothing_away() -> None:
    """Time that runs backwards neither refills nor empties a bucket."""
    bucket = TokenBucket(RateLimit(10, 10), 1.0, 100)
    bucket.charge(10, 100)
    assert 0 == bucket.level(50)


@pytest.mark.parametrize(
    ("form", "seconds", "header", "until"),
    [
        ("integer", 0.01, "1", 1_001),
        ("integer", 7.2, "8", 1_008),
        ("fraction", 2.128, "2.128", 1_002.128),
        ("date", 7.2, "Thu, 01 Jan 1970 00:16:48 GMT", 1_008),
        ("none", 7.2, None, 1_000),
    ],
)
def test_retry_after_takes_every_form_seen(form: Any, seconds: float, header: str | None, until: float) -> None:
    """Whole seconds, fractions, dates, or nothing."""
    assert retry_after(form, seconds, 1_000) == ({"Retry-After": header} if header else {}, until)


async def exhaust(clock: Clock, requests: int, **switches: Any) -> list[httpx.Response]:
    """So many reads of one person's methods at one moment."""
    stand_in = stand_in_for(person(ALEX, phones={"mobile": ONE}), clock=clock, **switches)
    async with caller_of(stand_in) as caller:
        return [await caller.get(methods_of(ALEX)) for _ in range(requests)]


async def test_a_refusal_says_how_long_and_why() -> None:
    """429 TooManyRequests names the wait, the scope and the limit."""
    answer = (await exhaust(Clock(), 11, units=RateLimit(10, 100)))[-1]
    assert (429, "TooManyRequests") == (answer.status_code, answer.json()["error"]["code"])
    assert "429" == answer.json()["error"]["innerError"]["status"]
    assert "20" == answer.headers["Retry-After"]
    assert "ResourceUnitLimitExceeded" == answer.headers["x-ms-throttle-information"]
    assert answer.headers["x-ms-throttle-scope"].startswith("Tenant_Application/ReadWrite/")


async def test_the_wait_that_is_told_is_long_enough() -> None:
    """A caller that waits exactly as long as Retry-After says is served, in every form of the header."""
    for form in ("integer", "fraction", "date"):
        clock = Clock()
        stand_in = stand_in_for(person(ALEX), clock=clock, retry_after=form, units=RateLimit(3, 100))
        async with caller_of(stand_in) as caller:
            assert [200, 200, 200, 429] == [(await caller.get(methods_of(ALEX))).status_code for _ in range(4)]
            await clock.sleep(67)
            assert 200 == (await caller.get(methods_of(ALEX))).status_code


async def test_usage_is_told_from_four_fifths_on() -> None:
    """`x-ms-throttle-limit-percentage` appears at 0.8 and rises to 1."""
    answers = await exhaust(Clock(), 10, units=RateLimit(10, 10))
    told = [answer.headers.get("x-ms-throttle-limit-percentage") for answer in answers]
    assert [None] * 7 + ["0.80", "0.90", "1.00"] == told
    quiet = await exhaust(Clock(), 10, units=RateLimit(10, 10), limit_percentage=False)
    assert {None} == {answer.headers.get("x-ms-throttle-limit-percentage") for answer in quiet}


async def test_throttling_can_be_switched_off() -> None:
    """Without limits everything is served, and still counted."""
    answers = await exhaust(Clock(), 5, units=RateLimit(1, 10), throttling=False)
    assert [200] * 5 == [answer.status_code for answer in answers]


@pytest.mark.parametrize(
    ("method", "path", "units"),
    [
        ("GET", "/users", 2),
        ("GET", "/users?$select=id", 1),
        ("GET", "/users?$select=id&$top=5", 1),
        ("GET", "/users?$top=20", 2),
        ("GET", f"/users/{ALEX}", 1),
        ("GET", f"/users/{ALEX}?$select=id", 1),
        ("GET", methods_of(ALEX), 1),
        ("GET", "/roleManagement/directory/roleAssignments?$expand=principal", 2),
        ("GET", "/groups/g/transitiveMembers", 5),
        ("GET", "/groups/g/transitiveMembers?$select=id&$top=5", 3),
        ("DELETE", methods_of(ALEX, MOBILE), 1),
    ],
)
async def test_each_request_costs_its_units(method: str, path: str, units: int) -> None:
    """Costs are the documented ones; the unit header comes for directory objects only."""
    stand_in = stand_in_for(person(ALEX, phones={"mobile": ONE}, groups=["g"]))
    async with caller_of(stand_in) as caller:
        answer = await caller.request(method, path)
    assert answer.is_success
    assert stand_in.stats.units_served == units
    assert stand_in.stats.writes_served == (method == "DELETE")
    assert answer.headers.get("x-ms-resource-unit") == (None if "authentication" in path else str(units))


def test_a_neighbour_uses_up_its_share_of_the_tenants_writes() -> None:
    """Another app that takes half leaves half, at once and afterwards, and the refusal names the tenant."""
    options = Options(tenant_writes=RateLimit(100, 10), neighbour_writes=0.5)
    throttle = Throttle(options, 1, 0)
    assert 50 == accepted(throttle, 100, writes=True, now=0)
    assert 50 == accepted(throttle, 100, writes=True, now=20)
    refusal = throttle.charge("app", units=1, writes=True, now=20)
    assert refusal is not None
    assert ("Tenant/Write", "WriteLimitExceeded") == (refusal.scope, refusal.information)


async def test_a_hidden_limit_refuses_without_a_word() -> None:
    """Half of the documented budget, no warning before, and a 429 that names no wait, no scope and no limit."""
    answers = await exhaust(Clock(), 6, units=RateLimit(10, 10), hidden_limit=0.5)
    assert [200] * 5 + [429] == [answer.status_code for answer in answers]
    said = {name for answer in answers for name in answer.headers if name.startswith(("retry", "x-ms-throttle"))}
    assert set() == said
    assert "TooManyRequests" == answers[-1].json()["error"]["code"]


async def test_a_hidden_limit_holds_for_authentication_methods_only() -> None:
    """The directory goes on, writes have a hidden budget of their own, and time refills it."""
    clock = Clock()
    stand_in = stand_in_for(
        person(ALEX, phones={"mobile": ONE}),
        clock=clock,
        units=RateLimit(100, 10),
        writes=RateLimit(4, 10),
        hidden_limit=0.5,
    )
    async with caller_of(stand_in) as caller:

        async def write() -> int:
            return (await caller.patch(methods_of(ALEX, MOBILE), json={"phoneNumber": TWO})).status_code

        assert [204, 204, 429] == [await write() for _ in range(3)]
        assert 200 == (await caller.get(methods_of(ALEX))).status_code
        assert [200] * 60 == [(await caller.get(f"/users/{ALEX}")).status_code for _ in range(60)]
        await clock.sleep(10)
        assert 204 == await write()
    assert {"phoneMethods.update": 1} == stand_in.stats.throttled
    assert (4, 3) == (stand_in.stats.writes_offered, stand_in.stats.writes_served)


async def test_without_throttling_nothing_is_hidden_either() -> None:
    """The switch that turns the limits off turns off all of them."""
    answers = await exhaust(Clock(), 5, units=RateLimit(2, 10), hidden_limit=0.5, throttling=False)
    assert [200] * 5 == [answer.status_code for answer in answers]


@pytest.mark.parametrize(
    ("form", "header"),
    [("integer", "200"), ("fraction", "200.000"), ("date", "Mon, 21 Sep 2026 14:16:40 GMT"), ("none", None)],
)
async def test_waits_can_be_made_long(form: str, header: str | None) -> None:
    """No wait is shorter than the switch says, in every form; 200 seconds is more than SDKs wait."""
    answer = (await exhaust(Clock(), 2, units=RateLimit(1, 1), retry_after=form, minimum_retry_after=200))[-1]
    assert (answer.status_code, answer.headers.get("Retry-After")) == (429, header)


@pytest.mark.parametrize("switch", [{"neighbour_writes": 1.0}, {"neighbour_writes": -0.1}, {"hidden_limit": 0.0}])
def test_a_share_is_a_share(switch: dict[str, Any]) -> None:
    """A budget of nothing would make every wait endless, so it is refused, in Python and in JSON."""
    name = next(iter(switch))
    with pytest.raises(ValueError, match=f"{name} must be a share"):
        Options(**switch)
    with pytest.raises(ValueError, match=f"{name} must be a share"):
        Options().changed(switch)


async def test_a_refused_write_changes_nothing() -> None:
    """A throttled write was not done."""
    stand_in = stand_in_for(person(ALEX, phones={"mobile": ONE}), writes=RateLimit(1, 10))
    async with caller_of(stand_in) as caller:
        statuses = [
            (await caller.patch(methods_of(ALEX, MOBILE), json={"phoneNumber": number})).status_code
            for number in (ONE, TWO)
        ]
    assert [204, 429] == statuses
    assert {"mobile": ONE} == stand_in.tenant.people[ALEX].methods
