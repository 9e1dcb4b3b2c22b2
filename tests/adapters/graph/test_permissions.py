"""The table of permissions: what a token lacks, how it is granted, and that the stand-in asks for the same."""

from __future__ import annotations

import pytest

from sandbox.graph import permissions as stand_in
from sandbox.graph.options import Options
from shared.adapters.graph.permissions import (
    ALL_METHODS,
    EMAILS,
    GROUP_MEMBERS,
    METHODS_POLICY,
    PERMISSIONS,
    PHONES,
    REGISTRATION_REPORT,
    ROLE_HOLDERS,
    USERS,
    Feature,
    Permission,
    missing,
    never_needed,
    to_grant,
)

FIRST_DAY = frozenset({Feature.CORE, Feature.PROTECTED_ACCOUNTS})
IDENTITY = "5a7d5b0c-0000-4000-8000-000000000002"


@pytest.mark.parametrize(
    ("features", "needed"),
    [
        ({Feature.CORE}, {PHONES, USERS}),
        ({Feature.CORE, Feature.PROTECTED_ACCOUNTS}, {PHONES, USERS, ROLE_HOLDERS, GROUP_MEMBERS}),
        ({Feature.CORE, Feature.GROUPS}, {PHONES, USERS, GROUP_MEMBERS}),
        ({Feature.CORE, Feature.EMAIL}, {PHONES, USERS, EMAILS}),
        ({Feature.POLICY_NOTE}, {METHODS_POLICY}),
        ({Feature.READINESS, Feature.ALL_METHODS}, {REGISTRATION_REPORT, ALL_METHODS}),
    ],
)
def test_a_token_without_roles_lacks_what_is_switched_on(features: set[Feature], needed: set[Permission]) -> None:
    """Nothing more is asked for than the enabled features use."""
    assert needed == set(missing(frozenset(), features))


@pytest.mark.parametrize("permission", PERMISSIONS, ids=str)
def test_each_accepted_role_does(permission: Permission) -> None:
    """The narrow role or, where there is one, the fallback."""
    for role in permission.accepted:
        assert permission not in missing({role.name}, set(Feature))


def test_a_role_for_reading_is_not_one_for_writing() -> None:
    """Names are compared as a whole."""
    assert PHONES in missing({stand_in.PHONE_READ}, FIRST_DAY)


@pytest.mark.parametrize(
    ("narrow_exists", "named"),
    [(True, ("Mail.Send", "UserAuthenticationMethod.ReadWrite.All")), (False, ("Mail.Send",))],
)
def test_roles_that_nothing_needs_are_named(*, narrow_exists: bool, named: tuple[str, ...]) -> None:
    """Those of features that are off are not among them, nor are fallbacks where the narrow roles may not exist."""
    every = {role.name for permission in PERMISSIONS for role in permission.accepted}
    assert named == never_needed(every | {"Mail.Send"}, narrow_exists=narrow_exists)


def test_the_fallback_is_granted_where_the_narrow_role_may_not_exist() -> None:
    """National clouds are not known to offer the UserAuthMethod-* roles."""
    assert "UserAuthMethod-Phone.ReadWrite.All" == to_grant(PHONES, narrow_exists=True).name
    assert "UserAuthenticationMethod.ReadWrite.All" == to_grant(PHONES, narrow_exists=False).name
    assert "User.Read.All" == to_grant(USERS, narrow_exists=False).name


def test_a_grant_line_is_one_complete_command() -> None:
    """It names the identity twice, Graph by its application id, and the app role."""
    line = PHONES.role.grant_line(IDENTITY)
    assert "\n" not in line
    assert line.startswith("New-MgServicePrincipalAppRoleAssignment ")
    assert 2 == line.count(f"'{IDENTITY}'")
    assert "00000003-0000-0000-c000-000000000000" in line
    assert line.endswith("-AppRoleId 6e85d483-7092-4375-babe-0a94a8213a58")
    assert "'<object id of the managed identity>'" in PHONES.role.grant_line()


def test_no_app_role_id_stands_for_two_permissions() -> None:
    """A slip in copying would grant something else."""
    roles = {role for permission in PERMISSIONS for role in permission.accepted}
    assert len(roles) == len({role.id for role in roles}) == len({role.name for role in roles})


def test_the_stand_in_grants_what_a_first_day_needs() -> None:
    """Neither too little, or everything would fail here, nor too much, or a missing role would go unseen."""
    assert {permission.role.name for permission in missing(frozenset(), FIRST_DAY)} == set(Options().roles)


@pytest.mark.parametrize(
    ("asked", "permission"),
    [
        (stand_in.WRITES_PHONES, PHONES),
        (stand_in.READS_USERS, USERS),
        (stand_in.READS_ROLES, ROLE_HOLDERS),
        (stand_in.READS_MEMBERS, GROUP_MEMBERS),
        (stand_in.READS_POLICY, METHODS_POLICY),
        (stand_in.READS_REPORTS, REGISTRATION_REPORT),
        (stand_in.READS_METHODS, ALL_METHODS),
    ],
)
def test_the_stand_in_accepts_what_the_table_names(asked: tuple[str, ...], permission: Permission) -> None:
    """The same roles, the least privileged first."""
    assert asked == tuple(role.name for role in permission.accepted)
