"""The application permissions of Microsoft Graph that this app uses: purpose, when needed, and how to grant them.

The doctor compares a token with this table, the gateway names permissions from it when Graph refuses a request,
docs/permissions.md is generated from it, and a test compares the stand-in's roles with it.
App role ids: Microsoft Graph permissions reference.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from enum import StrEnum

GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"
"""Microsoft Graph's own application id, the same in every tenant."""
MANAGED_IDENTITY = "<object id of the managed identity>"
"""The placeholder in a grant command for an unknown identity."""


class Feature(StrEnum):
    """A part of the app that needs permissions; the value says when it needs them, or what they are good for."""

    CORE = "always"
    EMAIL = "`EMAIL_METHODS` is true, or is not set and `COLUMN_MAP` or `DIRECTORY_SOURCE` names `email`"
    PROTECTED_ACCOUNTS = "`PROTECT_ADMINS` is on"
    GROUPS = "`PROTECTED_GROUP_ID` or `PILOT_GROUP_ID` is set"
    REGISTRATION = "`API_CLIENT_ID` is set"
    MORE_PROTECTED = "optional: the doctor says what is not seen without it"
    POLICY_NOTE = "optional: the doctor says whether SMS and voice calls are enabled, and who delivers them"
    READINESS = "optional: with it the readiness report covers all people"
    ALL_METHODS = "optional: with it readiness sees all methods of people whom the app knows; a clean-up needs it"


@dataclass(frozen=True, slots=True)
class AppRole:
    """One application permission; `id` is its app role id on Microsoft Graph's service principal."""

    name: str
    id: str

    def grant_line(self, principal: str = MANAGED_IDENTITY) -> str:
        """The PowerShell command that grants it to the service principal with the object id `principal`."""
        graph = f"(Get-MgServicePrincipal -Filter \"appId eq '{GRAPH_APP_ID}'\").Id"
        return (
            f"New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId '{principal}' -PrincipalId '{principal}'"
            f" -ResourceId {graph} -AppRoleId {self.id}"
        )


@dataclass(frozen=True, slots=True)
class Permission:
    """One row of the table. `fallback` is a broader role that is enough too, for clouds without the narrow one."""

    role: AppRole
    purpose: str
    needed_by: frozenset[Feature]
    fallback: AppRole | None = None

    @property
    def accepted(self) -> tuple[AppRole, ...]:
        """Any one of these is enough; the least privileged comes first."""
        return (self.role,) if self.fallback is None else (self.role, self.fallback)

    def is_in(self, granted: Set[str]) -> bool:
        """Whether one of the granted roles is enough."""
        return not granted.isdisjoint(role.name for role in self.accepted)

    def __str__(self) -> str:
        """The names that an administrator can grant."""
        return self.role.name if self.fallback is None else f"{self.role.name} (or {self.fallback.name})"


_ALL_METHODS = AppRole("UserAuthenticationMethod.ReadWrite.All", "50483e42-d915-4231-9639-7fdb7fd190e5")

PHONES = Permission(
    AppRole("UserAuthMethod-Phone.ReadWrite.All", "6e85d483-7092-4375-babe-0a94a8213a58"),
    "Read, create, update and delete phone methods; switch SMS sign-in.",
    frozenset({Feature.CORE}),
    _ALL_METHODS,
)
EMAILS = Permission(
    AppRole("UserAuthMethod-Email.ReadWrite.All", "e8ecb853-1435-4a49-95ba-ec5b31b11672"),
    "Read, create, update and delete e-mail methods.",
    frozenset({Feature.EMAIL}),
    _ALL_METHODS,
)
USERS = Permission(
    AppRole("User.Read.All", "df021288-bdef-4463-88db-98f22de89214"),
    "Look up and list accounts; read their names, departments, usage locations, whether they are enabled, and the "
    "properties in `DIRECTORY_SOURCE`.",
    frozenset({Feature.CORE}),
)
ROLE_HOLDERS = Permission(
    AppRole("RoleManagement.Read.Directory", "483bed4a-2ad3-4361-a73b-c83ccdbdc53c"),
    "Read which accounts hold a directory role or may activate one: the app never writes to them.",
    frozenset({Feature.PROTECTED_ACCOUNTS}),
)
GROUP_MEMBERS = Permission(
    AppRole("GroupMember.Read.All", "98830695-27a2-44f7-8c18-0c3ebc9698f6"),
    "List the groups that can hold directory roles; read their members and owners, and the members of the protected "
    "group and of the pilot group.",
    frozenset({Feature.PROTECTED_ACCOUNTS, Feature.GROUPS}),
)
GROUP_ELIGIBILITY = Permission(
    AppRole("PrivilegedEligibilitySchedule.Read.AzureADGroup", "edb419d6-7edc-42a3-9345-509bfdf5d87c"),
    "Read who may become a member or an owner of a group that can hold directory roles (PIM for Groups).",
    frozenset({Feature.MORE_PROTECTED}),
)
APPLICATIONS = Permission(
    AppRole("Application.Read.All", "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30"),
    "Read the owners of this app's registration and the holders of its roles, and the owners of applications with "
    "privileged permissions in Graph.",
    frozenset({Feature.REGISTRATION, Feature.MORE_PROTECTED}),
)
HIDDEN_MEMBERS = Permission(
    AppRole("Member.Read.Hidden", "658aa5d8-239f-45c4-aa12-864f4fc7e490"),
    "Read the members of groups with hidden membership; without it such a group cannot be read.",
    frozenset({Feature.MORE_PROTECTED}),
)
REGISTRATION_REPORT = Permission(
    AppRole("AuditLog.Read.All", "b0afded3-3588-46d8-8b3d-9842eff778da"),
    "Read the tenant's report of registered authentication methods, for readiness and to show a person's default "
    "sign-in method; the tenant needs Entra ID P1.",
    frozenset({Feature.READINESS}),
)
ALL_METHODS = Permission(
    AppRole("UserAuthenticationMethod.Read.All", "38d9df27-64da-44fd-b7c5-a6fbac20248f"),
    "Read all authentication methods of a person, for readiness and before a number is cleaned up.",
    frozenset({Feature.ALL_METHODS}),
    _ALL_METHODS,
)
METHODS_POLICY = Permission(
    AppRole("Policy.Read.AuthenticationMethod", "8e3bc81b-d2f3-4b7b-838c-32c88218d2f0"),
    "Read whether the tenant enables SMS and voice calls, and whether it has a telecom provider of its own.",
    frozenset({Feature.POLICY_NOTE}),
)

PERMISSIONS = (
    *(PHONES, EMAILS, USERS, ROLE_HOLDERS, GROUP_MEMBERS),
    *(GROUP_ELIGIBILITY, APPLICATIONS, HIDDEN_MEMBERS, METHODS_POLICY, REGISTRATION_REPORT, ALL_METHODS),
)


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """The claims of a token for Graph that the app reads; `object_id` is the service principal's, if it is known."""

    roles: frozenset[str]
    object_id: str = MANAGED_IDENTITY
    client_id: str = ""

    def identity(self) -> str:
        """The identity whose token it is, in words."""
        client = f" with the client id {self.client_id}" if self.client_id else ""
        known = self.object_id != MANAGED_IDENTITY
        return f"The identity{client}" + (f" and the object id {self.object_id}" if known else "")


def missing(granted: Set[str], features: Set[Feature]) -> tuple[Permission, ...]:
    """The permissions that `features` need and `granted` lacks, in the table's order."""
    return tuple(one for one in _needed(features) if not one.is_in(granted))


def never_needed(granted: Set[str], *, narrow_exists: bool) -> tuple[str, ...]:
    """The granted roles that no feature of this app needs; where the narrow roles exist, it needs no fallback."""
    roles = ((one.role,) if narrow_exists else one.accepted for one in PERMISSIONS)
    return tuple(sorted(granted - {role.name for accepted in roles for role in accepted}))


def only_by_fallback(granted: Set[str], features: Set[Feature]) -> tuple[Permission, ...]:
    """The permissions that `features` need and `granted` has only in their fallback, in the table's order."""
    return tuple(one for one in _needed(features) if one.is_in(granted) and one.role.name not in granted)


def roles_to_grant(features: Set[Feature], *, narrow_exists: bool) -> list[AppRole]:
    """The least privileged roles that `features` need, each once, in the table's order."""
    return list(dict.fromkeys(to_grant(one, narrow_exists=narrow_exists) for one in _needed(features)))


def to_grant(permission: Permission, *, narrow_exists: bool) -> AppRole:
    """The least privileged role that the cloud offers."""
    return permission.accepted[0 if narrow_exists else -1]


def _needed(features: Set[Feature]) -> tuple[Permission, ...]:
    """The permissions that `features` need, in the table's order."""
    return tuple(permission for permission in PERMISSIONS if permission.needed_by & features)
