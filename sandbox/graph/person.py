"""People and groups of the made-up tenant as plain values, and their JSON form.

Seeds, dumps and the control path use these; `state.py` builds its living tenant from them.
"""
# ruff: noqa: N815 - Graph's spelling for Graph's properties, so that seeds, answers and code read alike

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Self

from sandbox.graph.decoding import STRICT, decode
from shared.core.values.slot import PhoneType

GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
"""The role definition id, the same in every tenant (Microsoft Entra built-in roles)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user of the tenant: directory properties, phone and e-mail methods, SMS sign-in, roles and groups."""

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    id: str
    userPrincipalName: str
    displayName: str = ""
    mail: str | None = None
    employeeId: str | None = None
    department: str | None = None
    usageLocation: str | None = None
    accountEnabled: bool = True
    userType: str = "Member"
    mobilePhone: str | None = None
    businessPhones: Sequence[str] = ()
    otherMails: Sequence[str] = ()
    onPremisesExtensionAttributes: Mapping[str, str] = field(default_factory=dict)
    """Those of `extensionAttribute1` to `extensionAttribute15` that have a value."""
    phones: Mapping[PhoneType, str] | Mapping[str, str] = field(default_factory=dict)
    """Phone type -> number, the authentication methods (not the directory's phone properties above)."""
    other_methods: Sequence[str] = ()
    """What is registered beside phones and e-mail, by the names of the registration report."""
    email: str | None = None
    """The authentication method for resetting a password, not the directory's `mail` above."""
    default_method: PhoneType | str | None = None
    """Which phone method is the default for signing in, and so cannot be deleted while there are others."""
    smsSignInState: str = "notAllowedByPolicy"
    """Of the mobile. Anything but `notAllowedByPolicy` puts the person into the SMS policy's sign-in scope."""
    roles: Sequence[str] = ()
    """Role definition ids assigned now."""
    eligible_roles: Sequence[str] = ()
    groups: Sequence[str] = ()
    """Ids of the groups the person is a direct member of."""
    restricted: bool = False
    """In a restricted management administrative unit: an app may read the authentication methods and not write them."""
    deleted: bool = False
    """Soft-deleted: not found any more, but a number held for SMS sign-in stays taken."""

    def to_json(self) -> dict[str, Any]:
        return _to_json(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Raises ValueError naming each field that is unknown, missing or wrong."""
        return decode(cls, _fields(data))


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group that can hold roles and be a member of other groups."""

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    id: str
    displayName: str = ""
    roles: Sequence[str] = ()
    eligible_roles: Sequence[str] = ()
    groups: Sequence[str] = ()
    isAssignableToRole: bool = False
    """Also true for a group that holds a role."""
    visibility: str | None = None
    """`HiddenMembership`: without one more permission the members read as an empty list."""
    owners: Sequence[str] = ()
    eligible_members: Sequence[str] = ()
    """Object ids of people who may become members (PIM for Groups)."""
    eligible_owners: Sequence[str] = ()

    @property
    def can_hold_roles(self) -> bool:
        return self.isAssignableToRole or bool(self.roles or self.eligible_roles)

    def to_json(self) -> dict[str, Any]:
        return _to_json(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Raises ValueError naming each field that is unknown, missing or wrong."""
        return decode(cls, _fields(data))


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """An app registration with its service principal. Only tests have any; seeds and dumps do not."""

    appId: str
    id: str
    """The object id of the registration."""
    principal: str
    """The object id of the service principal."""
    owners: Sequence[str] = ()
    principal_owners: Sequence[str] = ()
    holders: Sequence[str] = ()
    """Object ids of the people and groups who hold one of its app roles."""
    holders_by_role: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The same by the role's name; a principal of another application may be among them."""
    graph_roles: Sequence[str] = ()
    """Names of the application permissions in Graph that it was granted."""


_JSON_NAMES = {
    "default_method": "defaultMethod",
    "other_methods": "otherMethods",
    "eligible_roles": "eligibleRoles",
    "eligible_members": "eligibleMembers",
    "eligible_owners": "eligibleOwners",
}
_FIELD_NAMES = {json_name: name for name, json_name in _JSON_NAMES.items()}


def _to_json(value: Person | Group) -> dict[str, Any]:
    return {_JSON_NAMES.get(name, name): content for name, content in asdict(value).items()}


def _fields(data: Mapping[str, Any]) -> dict[str, Any]:
    return {_FIELD_NAMES.get(name, name): content for name, content in data.items()}
