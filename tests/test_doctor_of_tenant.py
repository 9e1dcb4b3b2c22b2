"""The doctor about the tenant: which calling codes it needs, where an opt-in is needed, and who may approve."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from sandbox.graph.options import Options
from sandbox.graph.permissions import APP_ROLES, APPLICATIONS_READ
from sandbox.graph.person import Application, Group, Person
from sandbox.people import Staff
from shared.doctor.findings import Finding, Status
from testing.in_memory import InMemory, in_memory

OURS = Application(
    appId="a0000000-0000-4000-8000-000000000001",
    id="a0000000-0000-4000-8000-000000000002",
    principal="a0000000-0000-4000-8000-000000000003",
)
OK, WARNING = Status.OK, Status.WARNING


def person_id(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000000000"


@asynccontextmanager
async def tenant(
    *locations: str | None, settings: Mapping[str, str] | None = None, options: Options | None = None
) -> AsyncIterator[InMemory]:
    """One account for each usage location."""
    async with in_memory(Staff(()), settings, options) as world:
        for number, location in enumerate(locations):
            name = f"p{number}@contoso.example"
            world.stand_in.tenant.put(Person(id=person_id(number), userPrincipalName=name, usageLocation=location))
        yield world


async def finding(world: InMemory, check: str) -> Finding:
    return next(one for one in await world.app.doctor() if check == one.check)


@pytest.mark.parametrize(
    ("locations", "allowed", "said", "not_said"),
    [
        (
            ("US", "CA", "DE", "DE", None),
            "",
            "of 4 accounts that were read, ALLOWED_CALLING_CODES could be 1;49.",
            "CA (",
        ),
        (("US", "FR", "ES", "AU"), "", "could be 1;33;34;61.", "opt-in"),
        (("DE", "GB"), "44;49", "DE (+49), GB (+44).", "ALLOWED_CALLING_CODES"),
        (("DE", "FR"), "49", "refuses numbers of usage locations of accounts: FR (+33).", "could be"),
        (("BS", "US"), "", "BS (+1).", "US (+1)"),
        ((), "", "No usage location and no number", "support request"),
        (("ZZ",), "", "No usage location and no number", "support request"),
    ],
)
async def test_countries_of_accounts(locations: Sequence[str | None], allowed: str, said: str, not_said: str) -> None:
    """Codes are proposed while none are set; a country in which Microsoft asks for an opt-in is named once."""
    async with tenant(*locations, settings={"ALLOWED_CALLING_CODES": allowed}) as world:
        before = world.stand_in.stats.requests.copy()
        found = await finding(world, "countries")
        reads = world.stand_in.stats.requests - before

    assert (OK, "") == (found.status, found.remedy)
    assert said in found.sentence
    assert not_said not in found.sentence
    assert 1 == reads["users.list"]
    assert all(found.sentence.count(f"{region} (+") <= 1 for region in ("DE", "GB", "BS"))


async def test_countries_of_numbers_that_the_app_wrote() -> None:
    """A number of another country than the account's counts too."""
    async with tenant("US") as world:
        await world.run_to_end("staff.csv", f"objectId,office\n{person_id(0)},+44 20 7946 0001\n".encode())
        sentence = (await finding(world, "countries")).sentence

    assert "as of its list of 20 May 2025" in sentence
    assert sentence.endswith("GB (+44).")


@pytest.mark.parametrize(
    ("holders", "status", "said"),
    [
        ([], WARNING, "0 people have"),
        ([0], WARNING, "1 person has"),
        ([0, 1], WARNING, "2 people have"),
        ([0, 1, 2], OK, "3 people have"),
    ],
)
async def test_fewer_than_three_approvers_are_a_warning(holders: Sequence[int], status: Status, said: str) -> None:
    """People count once, directly or through a group; applications and holders of other roles do not."""
    group = Group(id="f0000000-0000-4000-8000-000000000001")
    other = replace(OURS, appId="b" + OURS.appId[1:], id="b" + OURS.id[1:], principal="b" + OURS.principal[1:])
    roles = {
        "Runs.Approve": [*map(person_id, holders[:2]), group.id, other.principal],
        "Runs.Upload": [person_id(3), person_id(4)],
    }
    settings = {"REQUIRE_SECOND_PERSON": "held", "API_CLIENT_ID": OURS.appId}
    async with tenant(settings=settings, options=Options(roles=(*APP_ROLES, APPLICATIONS_READ))) as world:
        world.stand_in.tenant.groups[group.id] = group
        world.stand_in.tenant.applications += [replace(OURS, holders_by_role=roles), other]
        for number in holders[1:]:
            person = Person(id=person_id(number), userPrincipalName=f"p{number}@contoso.example", groups=[group.id])
            world.stand_in.tenant.put(person)
        found = await finding(world, "approvers")

    assert status is found.status
    assert said in found.sentence
    assert ("Give it to 3 people or more." if status is WARNING else "") == found.remedy


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "One person may approve a run: REQUIRE_SECOND_PERSON is false."),
        (
            {"REQUIRE_SECOND_PERSON": "always"},
            "API_CLIENT_ID is not set, so the app cannot check who has the role Runs.Approve.",
        ),
    ],
)
async def test_approvers_are_counted_only_where_it_matters(settings: dict[str, str], said: str) -> None:
    """Without a registration nobody can tell."""
    async with tenant(settings=settings) as world:
        found = await finding(world, "approvers")
    assert (OK, said) == (found.status, found.sentence)
