"""Administrators are never written to, however an export names them and however they came to their role."""

from __future__ import annotations

from sandbox.graph.options import Options
from sandbox.graph.permissions import APP_ROLES
from sandbox.graph.person import GLOBAL_ADMINISTRATOR, Group
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
