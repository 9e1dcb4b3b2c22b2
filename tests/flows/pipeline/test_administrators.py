"""Administrators are never written to, however an export names them and however they came to their role."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sandbox.graph.faults import Fault
from sandbox.graph.options import Options
from sandbox.graph.permissions import APP_ROLES, APPLICATIONS_READ, HIDDEN_READ, PIM_GROUPS_READ
from sandbox.graph.person import GLOBAL_ADMINISTRATOR, Application, Group
from shared.core.call import SetPhone, SingleCall
from shared.core.values.errors import PermanentError
from shared.core.values.slot import PhoneType
from shared.core.values.states import RunState
from testing.in_memory import InMemory
from tests.flows.small_tenant import csv, number, outcomes, person, rows_of, tenant_of

ROLE, INNER, PROTECTED = (f"f0000000-0000-4000-8000-00000000000{last}" for last in "123")
GROUPS = (Group(id=ROLE, roles=[GLOBAL_ADMINISTRATOR]), Group(id=INNER, groups=[ROLE]), Group(id=PROTECTED))
ADMIN = person(1, userPrincipalName="admin@contoso.example", groups=[INNER])
NEW = number(11)
REFUSED = ("refused", "protectedAccount")


async def test_no_spelling_of_a_name_gets_past_the_wall() -> None:
    """An administrator through a nested group, by every kind of key; a look-alike is nobody."""
    protected = [
        ("userPrincipalName", ADMIN.userPrincipalName),
        ("userPrincipalName", "AdMiN@Contoso.EXAMPLE"),
        ("userPrincipalName", f" {ADMIN.userPrincipalName} "),
        ("mail", str(ADMIN.mail)),
        ("mail", str(ADMIN.mail).upper()),
        ("objectId", ADMIN.id),
        ("objectId", ADMIN.id.upper()),
        ("employeeId", str(ADMIN.employeeId)),
        ("employeeId", str(ADMIN.employeeId).lower()),
    ]
    nobody = [
        ("userPrincipalName", "\N{CYRILLIC SMALL LETTER A}dmin@contoso.example"),
        ("userPrincipalName", "adm\N{ZERO WIDTH SPACE}in@contoso.example"),
        ("userPrincipalName", "\N{FULLWIDTH LATIN SMALL LETTER A}dmin@contoso.example"),
        ("userPrincipalName", ADMIN.id),
    ]
    async with tenant_of([ADMIN], GROUPS) as world:
        found = []
        for position, (column, key) in enumerate((*protected, *nobody)):
            run = await world.run_to_end(f"{position}.csv", csv(f"{column},mobile", (key, NEW)))
            found += await outcomes(world, run)

        assert [REFUSED] * len(protected) == found[: len(protected)]
        assert {"refused"} == {state for state, _ in found}
        assert 0 == world.writes
        assert {"mobile": number(1)} == world.stand_in.tenant.people[ADMIN.id].methods


async def test_every_way_to_be_protected_protects() -> None:
    """A role of one's own, one that may be activated, the protected group, and the list in the settings."""
    people = [
        person(1, roles=[GLOBAL_ADMINISTRATOR]),
        person(2, eligible_roles=[GLOBAL_ADMINISTRATOR]),
        person(3, groups=[PROTECTED]),
        person(4),
        person(5),
    ]
    listed = f" {people[3].id.upper()} ;"
    async with tenant_of(people, GROUPS, PROTECTED_GROUP_ID=PROTECTED.upper(), PROTECTED_IDS=listed) as world:
        rows = [(f"E{index}", number(index + 10)) for index in range(1, 6)]
        run = await world.run_to_end("staff.csv", csv("employeeId,mobile", *rows))

        assert [REFUSED] * 4 + [("updated", "applied")] == await outcomes(world, run)
        assert 1 == world.writes


async def test_sms_sign_in_is_never_switched_for_the_protected() -> None:
    """Also where the setting asks it for everybody and the number is already right."""
    admin = person(1, groups=[ROLE], smsSignInState="notEnabled")
    async with tenant_of([admin], GROUPS, SMS_SIGN_IN="enable") as world:
        run = await world.run_to_end("staff.csv", csv("employeeId,mobile", ("E1", number(1))))

        assert [REFUSED] == await outcomes(world, run)
        assert 0 == world.writes


async def test_a_wall_that_may_not_be_read_names_the_permission() -> None:
    """In the reason, because whoever reads it can then have it granted, and redrive."""
    missing = "RoleManagement.Read.Directory"
    options = Options(roles=tuple(role for role in APP_ROLES if role != missing))
    async with tenant_of([ADMIN, person(2)], GROUPS, options) as world:
        run = await world.run_to_end("staff.csv", csv("employeeId,mobile", ("E2", number(12))))

        (row,) = await rows_of(world, run)
        assert ("refused", "protectedAccountsUnreadable", True) == (row.state, row.code, row.may_be_redriven)
        assert f"needs the permission {missing}" in row.reason
        assert 0 == world.writes


OWNED, HIDDEN_GROUP = "f0000000-0000-4000-8000-000000000004", "f0000000-0000-4000-8000-000000000005"
MESSAGE_CENTER_READER = "790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b"
EVERYTHING = Options(roles=(*APP_ROLES, PIM_GROUPS_READ, APPLICATIONS_READ))
OURS = Application(
    appId="a0000000-0000-4000-8000-000000000001",
    id="a0000000-0000-4000-8000-000000000002",
    principal="a0000000-0000-4000-8000-000000000003",
    owners=[person(4).id],
    holders=[person(5).id, PROTECTED],
)
MIGHTY = Application(
    appId="a0000000-0000-4000-8000-000000000004",
    id="a0000000-0000-4000-8000-000000000005",
    principal="a0000000-0000-4000-8000-000000000006",
    owners=[person(7).id],
    principal_owners=[person(8).id],
    graph_roles=["RoleManagement.ReadWrite.Directory"],
)
HARMLESS = Application(
    appId="a0000000-0000-4000-8000-000000000007",
    id="a0000000-0000-4000-8000-000000000008",
    principal="a0000000-0000-4000-8000-000000000009",
    owners=[person(9).id],
    graph_roles=["Mail.Send"],
)
UNREADABLE, APPLIED = ("refused", "protectedAccountsUnreadable"), ("updated", "applied")


async def written(world: InMemory, *people: int) -> list[tuple[str, str]]:
    """The outcomes of a file that gives each of these people another number."""
    rows = [(f"E{one}", number(one + 20)) for one in people]
    return await outcomes(world, await world.run_to_end(f"{people}.csv", csv("employeeId,mobile", *rows)))


async def test_everybody_is_seen_who_could_make_himself_an_administrator() -> None:
    """Owners and eligible ones of a group that can hold roles, owners and role holders of this app, other owners."""
    group = Group(
        id=OWNED,
        isAssignableToRole=True,
        owners=[person(1).id],
        eligible_members=[person(2).id],
        eligible_owners=[person(3).id],
    )
    people = [person(one, groups=[PROTECTED] if one == 6 else []) for one in range(1, 10)]
    async with tenant_of(people, [*GROUPS, group], EVERYTHING, API_CLIENT_ID=OURS.appId) as world:
        world.stand_in.tenant.applications += [OURS, MIGHTY, HARMLESS]
        assert [REFUSED] * 8 + [APPLIED] == await written(world, *range(1, 10))


@pytest.mark.parametrize("became", ["role", "eligible", "member", "owner", "eligibleMember", "holder", "ownsApp"])
async def test_whoever_becomes_privileged_is_refused_a_minute_later(became: str) -> None:
    """The list of the last ten minutes does not know it; a run of few and a call ask about the person."""
    group = Group(id=OWNED, isAssignableToRole=True)
    async with tenant_of([person(1), person(2)], [group], EVERYTHING, API_CLIENT_ID=OURS.appId) as world:
        tenant = world.stand_in.tenant
        tenant.applications += [replace(OURS, holders=[], owners=[]), replace(MIGHTY, owners=[], principal_owners=[])]
        assert [APPLIED] == await written(world, 2)
        who = person(1).id
        match became:
            case "role":
                tenant.put(person(1, roles=[GLOBAL_ADMINISTRATOR]))
            case "eligible":
                tenant.put(person(1, eligible_roles=[GLOBAL_ADMINISTRATOR]))
            case "member":
                tenant.put(person(1, groups=[OWNED]))
            case "owner":
                tenant.groups[OWNED] = replace(group, owners=[who])
            case "eligibleMember":
                tenant.groups[OWNED] = replace(group, eligible_members=[who])
            case "holder":
                tenant.applications[0] = replace(OURS, holders=[who], owners=[])
            case _:
                tenant.applications[1] = replace(MIGHTY, owners=[who], principal_owners=[])
        world.clock.leap_to(world.clock.now() + timedelta(seconds=61))
        assert [REFUSED] == await written(world, 1)
        with pytest.raises(PermanentError) as refused:
            await world.app.single_calls.do(SingleCall(who, SetPhone(PhoneType.MOBILE, number(13)), "a test"))
        assert "protectedAccount" == refused.value.code


async def test_an_administrator_of_a_minute_is_refused_in_a_run_of_many_too() -> None:
    """Between release and apply: the answer that release got is too old by then."""
    people = [person(one, phones={}) for one in range(1, 31)]
    async with tenant_of(people) as world:
        world.work_by_messages()
        held_back = [(f"E{one}", number(one + 40)) for one in range(1, 31)]
        identity = await world.drop("staff.csv", csv("employeeId,mobile", *held_back))

        async def is_releasing() -> bool:
            run = await world.stored(identity)
            return run.state is RunState.APPLYING and run.cursor > 0

        await world.pump(is_releasing)
        written_before = set(changed(world))
        late = next(one for one in people if one.id not in written_before)
        user = world.stand_in.tenant.find(late.id)
        assert user is not None
        world.stand_in.tenant.put(replace(user.to_person(), roles=[GLOBAL_ADMINISTRATOR]))
        world.clock.leap_to(world.clock.now() + timedelta(seconds=61))
        await world.pump()
        found = {row.object_id: (row.state, row.code) for row in await rows_of(world, await world.stored(identity))}
        assert REFUSED == found.pop(late.id)
        assert {("created", "applied")} == set(found.values())


def changed(world: InMemory) -> list[str]:
    return [
        user.person.id for user in world.stand_in.tenant.people.values() if user.methods != dict(user.person.phones)
    ]


@pytest.mark.parametrize("on", ["roleAssignments.list", "groups.list", "groupMembers.list"])
async def test_a_missing_licence_is_forgiven_on_schedules_alone(on: str) -> None:
    """Role assignments need none, so the answer means something else."""
    async with tenant_of([person(1)], GROUPS) as world:
        body = {"error": {"code": "AadPremiumLicenseRequired", "message": "no"}}
        world.stand_in.faults.add(Fault(kind="status", on=on, status=400, body=body))
        assert [UNREADABLE] == await written(world, 1)
        assert 0 == world.writes


async def test_an_empty_role_list_is_unreadable() -> None:
    """No tenant is without an administrator."""
    async with tenant_of([person(1)]) as world:
        world.stand_in.faults.add(Fault(kind="status", on="roleAssignments.list", status=200, body={"value": []}))
        assert [UNREADABLE] == await written(world, 1)


@pytest.mark.parametrize(
    ("group", "members"),
    [
        (Group(id=PROTECTED), False),
        (Group(id=PROTECTED, visibility="HiddenMembership"), True),
        (Group(id=PROTECTED), None),
    ],
)
async def test_a_protected_group_that_shows_nobody_is_unreadable(group: Group, *, members: bool | None) -> None:
    """Empty, hidden, or with nothing but an empty group in it; with the permission a hidden one is read."""
    nested = Group(id=INNER, groups=[PROTECTED])
    people = [person(1), person(2, groups=[PROTECTED] if members else [])]
    groups = [group, nested] if members is None else [group]
    async with tenant_of(people, groups, PROTECTED_GROUP_ID=PROTECTED) as world:
        assert [UNREADABLE] * 2 == await written(world, 1, 2)
    if members:
        options = Options(roles=(*APP_ROLES, HIDDEN_READ))
        async with tenant_of(people, groups, options, PROTECTED_GROUP_ID=PROTECTED) as world:
            assert [APPLIED, REFUSED] == await written(world, 1, 2)


async def test_a_hidden_group_inside_another_is_no_empty_group() -> None:
    """Its members are in the protected group, and nobody can tell who they are."""
    inner = Group(id=HIDDEN_GROUP, groups=[PROTECTED], visibility="HiddenMembership")
    people = [person(1), person(2, groups=[HIDDEN_GROUP]), person(3, groups=[PROTECTED])]
    async with tenant_of(people, [Group(id=PROTECTED), inner], PROTECTED_GROUP_ID=PROTECTED) as world:
        assert [UNREADABLE] * 3 == await written(world, 1, 2, 3)


@pytest.mark.parametrize("options", [Options(), EVERYTHING, Options(premium=False), replace(EVERYTHING, premium=False)])
async def test_tenants_without_pim_or_without_p2_run_through(options: Options) -> None:
    """No groups that can hold roles, nobody eligible, and schedules that need a licence."""
    async with tenant_of([person(1), person(2, roles=[GLOBAL_ADMINISTRATOR])], (), options) as world:
        assert [APPLIED, REFUSED] == await written(world, 1, 2)


@pytest.mark.parametrize("beta", [True, False])
async def test_fifty_message_center_readers_hold_no_run_that_protects_the_privileged(*, beta: bool) -> None:
    """Privileged roles, custom ones where Graph does not tell, and those that the settings name stay protected."""
    custom = "c0000000-0000-4000-8000-000000000001"
    readers = [person(one, roles=[MESSAGE_CENTER_READER]) for one in range(1, 5)]
    others = [person(5, roles=[GLOBAL_ADMINISTRATOR]), person(6, eligible_roles=[GLOBAL_ADMINISTRATOR])]
    people = [*readers, *others, person(7, roles=[custom])]
    async with tenant_of(people, (), Options(beta=beta), PROTECT_ADMINS="privileged") as world:
        seventh = APPLIED if beta else REFUSED
        assert [APPLIED] * 4 + [REFUSED] * 2 + [seventh] == await written(world, *range(1, 8))
    named = {"PROTECT_ADMINS": "privileged", "PROTECTED_ROLES": custom}
    async with tenant_of(people, (), Options(beta=beta), **named) as world:
        assert [APPLIED] * 4 + [REFUSED] * 3 == await written(world, *range(1, 8))


async def test_only_groups_with_privileged_roles_make_people_privileged() -> None:
    """By an assignment or an eligibility of the group."""
    groups = [
        Group(id=ROLE, roles=[MESSAGE_CENTER_READER]),
        Group(id=INNER, roles=[GLOBAL_ADMINISTRATOR]),
        Group(id=OWNED, eligible_roles=[GLOBAL_ADMINISTRATOR]),
    ]
    people = [person(1, groups=[ROLE]), person(2, groups=[INNER]), person(3, groups=[OWNED])]
    async with tenant_of(people, groups, PROTECT_ADMINS="privileged") as world:
        assert [APPLIED, REFUSED, REFUSED] == await written(world, 1, 2, 3)


async def test_without_protection_nothing_is_asked() -> None:
    """PROTECT_ADMINS=false reads no role, and the protected group all the same."""
    people = [person(1, roles=[GLOBAL_ADMINISTRATOR]), person(2, groups=[PROTECTED])]
    async with tenant_of(people, GROUPS, PROTECT_ADMINS="false", PROTECTED_GROUP_ID=PROTECTED) as world:
        assert [APPLIED, REFUSED] == await written(world, 1, 2)
        assert 0 == world.stand_in.stats.requests["roleAssignments.list"]
