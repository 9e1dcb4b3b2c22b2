"""E-mail methods, from the wire to the rules: one per person, with a fixed id, for those who hold the role."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.graph.faults import Fault
from sandbox.graph.permissions import APP_ROLES, EMAIL_READ, EMAIL_WRITE, METHODS_WRITE
from sandbox.graph.stand_in import StandIn
from tests.sandbox.graph_client import (
    ALEX,
    BO,
    EMAIL,
    MOBILE,
    ONE,
    Clock,
    ask,
    caller_of,
    emails_of,
    error_of,
    methods_of,
    person,
    stand_in_for,
)

MINE, OTHER = "alex@example.com", "alex@private.example.com"


def stand_in_with(email: str | None = MINE, **more: Any) -> StandIn:
    return stand_in_for(person(ALEX, email=email), **{"email_role": True, **more})


async def test_an_email_method_lives_through_all_its_verbs() -> None:
    """Create, read, update, list and delete answer with the status and body that Graph's reference gives."""
    context = f"http://graph.test/v1.0/$metadata#users('{ALEX}')/authentication/emailMethods"
    stand_in = stand_in_with(None)
    async with caller_of(stand_in) as caller:
        body = {"@odata.type": "#microsoft.graph.emailAuthenticationMethod", "emailAddress": MINE}
        created = await caller.post(emails_of(ALEX), json=body)
        entity = {"@odata.context": f"{context}/$entity", "id": EMAIL, "emailAddress": MINE}
        assert (created.status_code, created.json()) == (201, entity)
        got = await caller.get(emails_of(ALEX, EMAIL.upper()))
        assert (got.status_code, got.json()) == (200, entity)
        patched = await caller.patch(emails_of(ALEX, EMAIL), json={"emailAddress": OTHER})
        assert (204, b"") == (patched.status_code, patched.content)
        listed = (await caller.get(emails_of(ALEX))).json()
        assert listed == {"@odata.context": context, "value": [{"id": EMAIL, "emailAddress": OTHER}]}
        deleted = await caller.delete(emails_of(ALEX, EMAIL))
        assert (204, b"") == (deleted.status_code, deleted.content)
        assert [] == (await caller.get(emails_of(ALEX))).json()["value"]
    assert dict(stand_in.stats.committed) == {f"emailMethods.{verb}": 1 for verb in ("create", "update", "delete")}
    assert (6, 3) == (stand_in.stats.units_served, stand_in.stats.writes_served)


@pytest.mark.parametrize(
    ("method", "path", "body", "refusal"),
    [
        ("POST", emails_of(ALEX), {"emailAddress": OTHER}, (400, "badRequest")),
        ("POST", emails_of(BO), {"emailAddress": OTHER}, (404, "Request_ResourceNotFound")),
        ("PATCH", emails_of(ALEX, EMAIL), {"emailAddress": "alex"}, (400, "badRequest")),
        ("PATCH", emails_of(ALEX, EMAIL), {"emailAddress": 1}, (400, "badRequest")),
        ("PATCH", emails_of(ALEX, EMAIL), {}, (400, "badRequest")),
        ("PATCH", emails_of(ALEX, EMAIL), {"emailAddress": OTHER, "id": EMAIL}, (400, "badRequest")),
        ("PATCH", emails_of(ALEX, MOBILE), {"emailAddress": OTHER}, (404, "resourceNotFound")),
        ("PUT", emails_of(ALEX, EMAIL), {"emailAddress": OTHER}, (404, "UnknownError")),
    ],
)
async def test_what_the_rules_forbid_is_refused(
    method: str, path: str, body: dict[str, Any], refusal: tuple[int, str]
) -> None:
    """A second address, a malformed one, another id or a verb that is not there changes nothing."""
    stand_in = stand_in_with()
    assert error_of(await ask(stand_in, method, path, json=body)) == refusal
    assert MINE == stand_in.tenant.people[ALEX].email


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_a_method_that_is_not_there_is_not_found(method: str) -> None:
    """Reading, changing and deleting are no ways to create."""
    stand_in = stand_in_with(None)
    answer = await ask(stand_in, method, emails_of(ALEX, EMAIL), json={"emailAddress": MINE})
    assert (404, "resourceNotFound") == error_of(answer)


async def test_switches_hold_for_email_methods_too() -> None:
    """Broken rules, absent methods and updates are answered as for phones."""
    stand_in = stand_in_with(rule_answer="409", not_found="UnknownError", patch_answer="200")
    async with caller_of(stand_in) as caller:
        assert (409, "badRequest") == error_of(await caller.post(emails_of(ALEX), json={"emailAddress": OTHER}))
        updated = await caller.patch(emails_of(ALEX, EMAIL), json={"emailAddress": OTHER})
        assert (200, OTHER) == (updated.status_code, updated.json()["emailAddress"])
        await caller.delete(emails_of(ALEX, EMAIL))
        assert (404, "UnknownError") == error_of(await caller.get(emails_of(ALEX, EMAIL)))


@pytest.mark.parametrize(
    ("method", "enough"),
    [("GET", {EMAIL_READ, EMAIL_WRITE, METHODS_WRITE}), ("DELETE", {EMAIL_WRITE, METHODS_WRITE})],
)
async def test_email_methods_need_their_own_role(method: str, enough: set[str]) -> None:
    """Any one of the roles that suffice lets the request through; those of the app without e-mail do not."""
    for role in enough:
        assert (await ask(stand_in_with(email_role=False, roles=(role,)), method, emails_of(ALEX, EMAIL))).is_success
    others = tuple({*APP_ROLES, EMAIL_READ} - enough)
    refused = await ask(stand_in_with(email_role=False, roles=others), method, emails_of(ALEX, EMAIL))
    assert (403, "accessDenied") == error_of(refused)


async def test_the_role_is_granted_only_when_asked_for_and_missed_when_unused() -> None:
    """By default the identity cannot touch e-mail; once granted, not using the role is a finding."""
    assert (403, "accessDenied") == error_of(await ask(stand_in_with(email_role=False), "GET", emails_of(ALEX)))
    stand_in = stand_in_with()
    async with caller_of(stand_in) as caller:
        await caller.get(methods_of(ALEX))
        assert [finding.text for finding in stand_in.findings if EMAIL_WRITE in finding.text] != []
        await caller.delete(emails_of(ALEX, EMAIL))
    assert [] == [finding.text for finding in stand_in.findings if EMAIL_WRITE in finding.text]


async def test_faults_strike_email_methods() -> None:
    """A write that was done and reported as failed, and reads that show the address before it."""
    clock = Clock()
    stand_in = stand_in_with(clock=clock)
    stand_in.faults.add(Fault(kind="commit-then-status", on="emailMethods.delete", status=504, count=1))
    stand_in.faults.add(Fault(kind="stale-reads", on="emailMethods.create", seconds=5, count=1))
    async with caller_of(stand_in) as caller:
        assert 504 == (await caller.delete(emails_of(ALEX, EMAIL))).status_code
        assert 201 == (await caller.post(emails_of(ALEX), json={"emailAddress": OTHER})).status_code
        assert [] == (await caller.get(emails_of(ALEX))).json()["value"]
        await clock.sleep(5)
        assert OTHER == (await caller.get(emails_of(ALEX, EMAIL))).json()["emailAddress"]


async def test_an_email_method_is_no_phone_method() -> None:
    """The lists are apart, and an address does not keep the last phone from being deleted."""
    alex = person(ALEX, email=MINE, phones={"mobile": ONE}, default_method="mobile")
    stand_in = stand_in_for(alex, email_role=True)
    async with caller_of(stand_in) as caller:
        assert [MOBILE] == [row["id"] for row in (await caller.get(methods_of(ALEX))).json()["value"]]
        assert 204 == (await caller.delete(methods_of(ALEX, MOBILE))).status_code
    assert MINE == stand_in.tenant.people[ALEX].email


async def test_an_email_method_may_be_asked_for_in_a_batch() -> None:
    """As an item like any other."""
    body = {"requests": [{"id": "1", "method": "GET", "url": emails_of(ALEX)}]}
    answer = await ask(stand_in_with(), "POST", "/$batch", json=body)
    assert [{"id": EMAIL, "emailAddress": MINE}] == answer.json()["responses"][0]["body"]["value"]
