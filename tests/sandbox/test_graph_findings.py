"""What the stand-in finds in its callers, and what it does not hold against them."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.graph.faults import Fault
from sandbox.graph.findings import CallerFindings
from sandbox.graph.permissions import APP_ROLES, METHODS_WRITE, PHONE_READ, PHONE_WRITE, USERS_READ
from sandbox.graph.stand_in import StandIn
from tests.sandbox.graph_client import ALEX, BO, MOBILE, ONE, TWO, Clock, caller_of, methods_of, person, stand_in_for


def kinds(stand_in: StandIn) -> list[str]:
    """The findings but for roles, which a short test never needs all of."""
    return [finding.kind for finding in stand_in.findings if finding.kind != "role-not-needed"]


@pytest.mark.parametrize(
    ("started", "found"), [(100.0, 0), (100.05, 0), (100.06, 1), (109.99, 1), (110.0, 0), (111.0, 0), (99.0, 0)]
)
def test_a_wait_is_kept_or_ignored(started: float, found: int) -> None:
    """Requests begun within 50 ms of a 429, or from the time given on, are fine; those between are not."""
    findings = CallerFindings()
    findings.throttled("p", ["read"], now=100.0, until=110.0)
    findings.started("p", "users.list", "read", (), at=started)
    assert len(findings.all()) == found


@pytest.mark.parametrize(("process", "access"), [("other", "read"), ("p", "write"), ("p", "batch")])
def test_a_wait_binds_one_process_and_one_kind(process: str, access: Any) -> None:
    """Other processes know nothing of the 429, and other kinds of request may go on."""
    findings = CallerFindings()
    findings.throttled("p", ["read"], now=100.0, until=110.0)
    findings.started(process, "users.list", access, (), at=105.0)
    assert [] == findings.all()


@pytest.mark.parametrize(("said_of", "found"), [("GET /users/a", 1), ("GET /users/b", 0), ("read", 1), ("write", 0)])
def test_a_wait_binds_what_it_was_said_of(said_of: str, found: int) -> None:
    """Without a scope it is the request alone, with one every request of that access."""
    findings = CallerFindings()
    findings.throttled("p", [said_of], now=100.0, until=110.0)
    findings.started("p", "users.get", "read", ["GET /users/a"], at=105.0)
    assert len(findings.all()) == found


def test_the_longest_wait_counts() -> None:
    """A second 429 with a shorter wait does not shorten the first, and none restarts the 50 ms."""
    findings = CallerFindings()
    findings.throttled("p", ["read"], now=100.0, until=110.0)
    findings.throttled("p", ["read"], now=104.0, until=105.0)
    findings.started("p", "users.list", "read", (), at=104.01)
    findings.started("p", "users.list", "read", (), at=109.0)
    assert ["p: users.list was started 5.99 s before the time that a 429 had given (2 times)"] == [
        str(finding) for finding in findings.all()
    ]


async def test_a_caller_that_waits_is_not_found_and_one_that_does_not_is() -> None:
    """Over HTTP: the process is read from the User-Agent, the wait from the 429 that was sent."""
    clock = Clock()
    stand_in = stand_in_for(person(ALEX), clock=clock)
    async with caller_of(stand_in, "good") as good, caller_of(stand_in, "bad") as bad:
        stand_in.faults.add(Fault(kind="throttle", on="phoneMethods.list", seconds=10, count=2))
        for caller in (good, bad):
            assert 429 == (await caller.get(methods_of(ALEX))).status_code
        await clock.sleep(1)
        assert 200 == (await bad.get(methods_of(ALEX))).status_code
        assert 404 == (await good.delete(methods_of(ALEX, MOBILE))).status_code
        await clock.sleep(9)
        assert 200 == (await good.get(methods_of(ALEX))).status_code
    assert [("retry-after-ignored", "bad")] == [
        (finding.kind, finding.process) for finding in stand_in.findings if "role" not in finding.kind
    ]


async def test_items_of_the_batch_that_was_throttled_are_not_held_against_it() -> None:
    """All items of a batch begin together, so those after a throttled one are not early."""
    clock = Clock()
    stand_in = stand_in_for(person(ALEX), clock=clock)
    stand_in.faults.add(Fault(kind="throttle", on="phoneMethods.list", count=1))
    items = [{"id": str(number), "method": "GET", "url": methods_of(ALEX)} for number in range(5)]
    async with caller_of(stand_in) as caller:
        await caller.post("/$batch", json={"requests": items})
        assert [] == kinds(stand_in)
        await clock.sleep(1)
        await caller.post("/$batch", json={"requests": items[:1]})
    assert ["retry-after-ignored"] == kinds(stand_in)


async def test_without_a_time_there_is_nothing_to_ignore() -> None:
    """A 429 without Retry-After leaves the wait to the caller."""
    clock = Clock()
    stand_in = stand_in_for(person(ALEX), clock=clock)
    stand_in.faults.add(Fault(kind="throttle", retry_after="none", count=1))
    async with caller_of(stand_in) as caller:
        await caller.get(methods_of(ALEX))
        await clock.sleep(1)
        await caller.get(methods_of(ALEX))
    assert [] == kinds(stand_in)


async def test_a_caller_without_a_mark_is_known_by_its_whole_user_agent() -> None:
    """Processes of other tools are distinguished by their User-Agent."""
    stand_in = stand_in_for(person(ALEX), person(BO))
    async with caller_of(stand_in) as caller:
        await caller.get("/users?$top=1&$select=id")
        await caller.get("/users?$top=1", headers={"User-Agent": "curl/8"})
    assert {"one": 1, "curl/8": 1} == stand_in.stats.requests_by_process


async def test_a_page_left_out_is_found() -> None:
    """A next page that nobody fetched is found, with the process it was given to; fetching it settles the matter."""
    stand_in = stand_in_for(*(person(f"00000000-0000-4000-8000-{number:012d}") for number in range(5)), page_size=2)
    async with caller_of(stand_in, "first") as first, caller_of(stand_in, "second") as second:
        page = (await first.get("/users", params={"$select": "id,mail"})).json()
        assert [("paging-not-followed", "first")] == [(finding.kind, finding.process) for finding in stand_in.findings][
            :1
        ]
        page = (await second.get(page["@odata.nextLink"].replace("$", "%24").replace(",", "%2C"))).json()
        assert [("paging-not-followed", "second")] == [
            (finding.kind, finding.process) for finding in stand_in.findings
        ][:1]
        await second.get(page["@odata.nextLink"])
    assert [] == kinds(stand_in)


async def test_a_probe_for_one_row_needs_no_second_page() -> None:
    """Whoever asks for a page of one wants to know whether it may ask, not everybody."""
    stand_in = stand_in_for(person(ALEX), person(BO))
    async with caller_of(stand_in) as caller:
        await caller.get("/users?$top=1")
    assert [] == kinds(stand_in)


@pytest.mark.parametrize(
    ("granted", "asked", "superfluous"),
    [
        ((PHONE_WRITE, USERS_READ), ["list", "user"], []),
        ((PHONE_WRITE, USERS_READ), ["list"], [USERS_READ]),
        ((PHONE_READ, PHONE_WRITE), ["list"], [PHONE_WRITE]),
        ((PHONE_READ, PHONE_WRITE), ["list", "patch"], [PHONE_READ]),
        ((PHONE_WRITE, METHODS_WRITE), ["list", "patch"], [METHODS_WRITE]),
        ((*APP_ROLES, "Directory.Read.All"), ["list", "user", "roles", "members"], ["Directory.Read.All"]),
        ((METHODS_WRITE,), ["patch"], []),
        (APP_ROLES, [], []),
    ],
)
async def test_a_role_nobody_needs_is_found(granted: tuple[str, ...], asked: list[str], superfluous: list[str]) -> None:
    """What could be taken away with everything asked still allowed is superfluous, the broadest role first."""
    stand_in = stand_in_for(person(ALEX, phones={"mobile": ONE}, groups=["g"]), roles=granted)
    async with caller_of(stand_in) as caller:
        requests = {
            "list": caller.build_request("GET", methods_of(ALEX)),
            "user": caller.build_request("GET", f"/users/{ALEX}"),
            "patch": caller.build_request("PATCH", methods_of(ALEX, MOBILE), json={"phoneNumber": TWO}),
            "roles": caller.build_request("GET", "/roleManagement/directory/roleAssignments"),
            "members": caller.build_request("GET", "/groups/g/transitiveMembers"),
        }
        for name in asked:
            assert (await caller.send(requests[name])).is_success
    assert [finding.text for finding in stand_in.findings] == [
        f"the role {role} is granted, but no request needed it" for role in superfluous
    ]


def test_a_429_in_an_answer_that_is_lost_binds_nobody() -> None:
    """Who never got it cannot keep its wait."""
    findings = CallerFindings()
    with findings.lost():
        findings.throttled("p", ["GET /users/a"], now=100.0, until=110.0)
    findings.started("p", "users.get", "read", ["GET /users/a"], at=105.0)
    assert ([], 0) == (findings.all(), findings.longest_wait())


def test_waits_of_one_request_add_up_once_it_is_sent_again() -> None:
    """A request that is not needed any more is no reason for a caller to wait."""
    findings = CallerFindings()
    for start in (100.0, 120.0):
        findings.throttled("p", ["GET /users/a"], now=start, until=start + 10)
        findings.started("p", "users.get", "read", ["GET /users/a"], at=start + 11)
    findings.throttled("p", ["GET /users/b"], now=100.0, until=160.0)
    assert 20 == findings.longest_wait()
