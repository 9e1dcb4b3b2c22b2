"""What the stand-in tells of roles, groups and applications, and which questions it refuses as Graph does."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.graph.permissions import APP_ROLES, APPLICATIONS_READ, HIDDEN_READ, PIM_GROUPS_READ
from sandbox.graph.person import GLOBAL_ADMINISTRATOR, Application, Group
from sandbox.graph.privilege import FOUNDER, GRAPH_APP_ID
from tests.sandbox.graph_client import ALEX, BO, caller_of, person, stand_in_for

ROLES = "/roleManagement/directory"
ASSIGNMENTS, SCHEDULES = f"{ROLES}/roleAssignments", f"{ROLES}/roleEligibilitySchedules"
PIM = "/identityGovernance/privilegedAccess/group/eligibilitySchedules"
GROUP, HIDDEN, PLAIN = (f"f0000000-0000-4000-8000-00000000000{last}" for last in "123")
EVERYTHING = (*APP_ROLES, PIM_GROUPS_READ, APPLICATIONS_READ)
GROUPS = (
    Group(id=GROUP, isAssignableToRole=True, owners=[BO], eligible_members=[ALEX], eligible_owners=[BO]),
    Group(id=HIDDEN, roles=[GLOBAL_ADMINISTRATOR], visibility="HiddenMembership"),
    Group(id=PLAIN),
)
OURS = Application(
    appId="a0000000-0000-4000-8000-000000000001",
    id="a0000000-0000-4000-8000-000000000002",
    principal="a0000000-0000-4000-8000-000000000003",
    owners=[ALEX],
    principal_owners=[BO],
    holders=[ALEX, PLAIN],
    graph_roles=["RoleManagement.ReadWrite.Directory"],
)


async def get(path: str, roles: tuple[str, ...] = EVERYTHING, **switches: Any) -> tuple[int, Any]:
    """Status and body of a request to a tenant with two people, three groups and an application."""
    people = (person(ALEX, groups=[HIDDEN, PLAIN]), person(BO, eligible_roles=[GLOBAL_ADMINISTRATOR]))
    stand_in = stand_in_for(*people, groups=GROUPS, roles=roles, **switches)
    stand_in.tenant.applications.append(OURS)
    async with caller_of(stand_in) as caller:
        address = f"http://graph.test{path}" if path.startswith("/beta") else path
        answer = await caller.get(address)
        return answer.status_code, answer.json()


async def ids(path: str, roles: tuple[str, ...] = EVERYTHING, name: str = "id") -> list[str]:
    status, body = await get(path, roles)
    assert 200 == status
    return [row[name] for row in body["value"]]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{ASSIGNMENTS}?$filter=principalId in ({','.join([repr(ALEX)] * 15)})", 200),
        (f"{ASSIGNMENTS}?$filter=principalId in ({','.join([repr(ALEX)] * 16)})", 400),
        (f"{SCHEDULES}?$filter=principalId eq '{ALEX}'", 200),
        (f"{SCHEDULES}?$filter=principalId in ('{ALEX}')", 400),
        (f"{PIM}?$filter=groupId eq '{GROUP}'", 200),
        (f"{PIM}?$filter=groupId in ('{GROUP}')", 400),
        (PIM, 400),
        ("/groups", 501),
        (f"/users/{ALEX}/transitiveMemberOf?$filter=isAssignableToRole eq true", 501),
    ],
)
async def test_each_list_takes_the_filters_that_graph_documents(path: str, status: int) -> None:
    """`in` on role assignments alone, at most 15 values; PIM for Groups never lists all."""
    assert status == (await get(path))[0]


@pytest.mark.parametrize("path", [SCHEDULES, f"{PIM}?$filter=principalId eq '{ALEX}'"])
async def test_schedules_need_a_licence_and_assignments_do_not(path: str) -> None:
    """400 AadPremiumLicenseRequired."""
    status, body = await get(path, premium=False)
    assert (400, "AadPremiumLicenseRequired") == (status, body["error"]["code"])
    assert 200 == (await get(ASSIGNMENTS, premium=False))[0]


async def test_a_hidden_membership_reads_as_an_empty_list() -> None:
    """And the group is missing among those of its member, unless one more permission is granted."""
    members, groups = f"/groups/{HIDDEN}/transitiveMembers", f"/users/{ALEX}/transitiveMemberOf"
    assert [] == await ids(members)
    assert [PLAIN] == await ids(groups)
    assert [ALEX] == await ids(members, (*EVERYTHING, HIDDEN_READ))
    assert {HIDDEN, PLAIN} == set(await ids(groups, (*EVERYTHING, HIDDEN_READ)))
    assert "HiddenMembership" == (await get(f"/groups/{HIDDEN}?$select=id,visibility"))[1]["visibility"]


async def test_groups_that_can_hold_roles_their_owners_and_those_who_may_join() -> None:
    """A group with a role is among them; eligible people are not members."""
    assert {GROUP, HIDDEN} == set(await ids("/groups?$filter=isAssignableToRole eq true&$select=id"))
    assert [BO] == await ids(f"/groups/{GROUP}/owners?$select=id")
    assert [] == await ids(f"/groups/{GROUP}/transitiveMembers")
    assert [ALEX, BO] == await ids(f"{PIM}?$filter=groupId eq '{GROUP}'", name="principalId")


async def test_applications_their_owners_and_their_permissions() -> None:
    """By application id; Graph's own service principal lists who has permissions in it."""
    assert [OURS.principal] == await ids(f"/servicePrincipals?$filter=appId eq '{OURS.appId}'")
    assert [OURS.id] == await ids(f"/applications?$filter=appId eq '{OURS.appId}'")
    assert [ALEX] == await ids(f"/applications/{OURS.id}/owners")
    assert [BO] == await ids(f"/servicePrincipals/{OURS.principal}/owners")
    assert [ALEX, PLAIN] == await ids(f"/servicePrincipals/{OURS.principal}/appRoleAssignedTo", name="principalId")
    assert OURS.appId == (await get(f"/servicePrincipals/{OURS.principal}"))[1]["appId"]
    _, graph = await get(f"/servicePrincipals?$filter=appId eq '{GRAPH_APP_ID}'&$select=id,appRoles")
    (principal,) = graph["value"]
    names = {role["id"]: role["value"] for role in principal["appRoles"]}
    _, granted = await get(f"/servicePrincipals/{principal['id']}/appRoleAssignedTo")
    assert ["RoleManagement.ReadWrite.Directory"] == [names[row["appRoleId"]] for row in granted["value"]]
    assert [GROUP, OURS.principal] == await ids(f"/users/{BO}/ownedObjects?$select=id")


async def test_no_tenant_is_without_an_administrator_unless_the_switch_says_so() -> None:
    """A service principal stands in for those whom a made-up tenant leaves out."""
    for founder, expected in ((True, [FOUNDER]), (False, [])):
        async with caller_of(stand_in_for(person(ALEX), founder=founder)) as caller:
            rows = (await caller.get(ASSIGNMENTS)).json()["value"]
            assert expected == [row["principalId"] for row in rows]


@pytest.mark.parametrize(("beta", "status"), [(True, 200), (False, 404)])
async def test_privileged_roles_come_from_graph_by_beta_alone(*, beta: bool, status: int) -> None:
    """Where the cloud has it."""
    path = f"{ROLES}/roleDefinitions?$filter=isPrivileged eq true&$select=id"
    found, body = await get(f"/beta{path}", beta=beta)
    assert status == found
    if beta:
        assert GLOBAL_ADMINISTRATOR in {row["id"] for row in body["value"]}
    assert 501 == (await get(path))[0]
