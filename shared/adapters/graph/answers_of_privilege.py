"""Parses the answers of Graph about roles, groups and applications; ids come in lower case.

An answer without a part that must be there raises UnreadableAnswerError.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shared.adapters.graph.answers import UnreadableAnswerError, entity, folded


@dataclass(frozen=True, slots=True)
class Principal:
    """A user, group or service principal that holds a directory role."""

    id: str
    kind: str
    """`user`, `group` or `servicePrincipal`; "" = Graph did not name it."""
    role: str
    """The role definition id."""

    @property
    def is_group(self) -> bool:
        return self.kind == "group"


@dataclass(frozen=True, slots=True)
class DirectoryObject:
    """A member, an owner or a group."""

    id: str
    is_group: bool
    hides_members: bool
    """Whether it is a group with hidden membership."""


@dataclass(frozen=True, slots=True)
class AppRoleHolder:
    """Who holds a role of an application: a user, a group or a service principal."""

    id: str
    role: str
    kind: str
    """`User`, `Group` or `ServicePrincipal`; "" = Graph did not name it."""

    @property
    def is_group(self) -> bool:
        return self.kind == "Group"

    @property
    def is_application(self) -> bool:
        return self.kind == "ServicePrincipal"


def principal(item: Any) -> Principal:  # noqa: ANN401 - JSON
    """The holder of a role, from a role assignment or eligibility that may contain the principal."""
    fields = entity(item)
    expanded = fields.get("principal")
    kind = str(expanded.get("@odata.type", "")) if isinstance(expanded, dict) else ""
    return Principal(
        folded(fields, "principalId"), kind.removeprefix("#microsoft.graph."), folded(fields, "roleDefinitionId")
    )


def eligible(item: Any) -> DirectoryObject:  # noqa: ANN401 - JSON
    """Who may become a member or owner of a group."""
    return DirectoryObject(folded(entity(item), "principalId"), is_group=False, hides_members=False)


def eligible_group(item: Any) -> DirectoryObject:  # noqa: ANN401 - JSON
    """The group of which somebody may become a member or owner."""
    return DirectoryObject(folded(entity(item), "groupId"), is_group=True, hides_members=False)


def app_id(document: Any) -> str:  # noqa: ANN401 - JSON
    """The `appId` of a service principal, in lower case."""
    return folded(entity(document), "appId")


def directory_object(item: Any) -> DirectoryObject:  # noqa: ANN401 - JSON
    fields = entity(item)
    is_group = fields.get("@odata.type") == "#microsoft.graph.group"
    return DirectoryObject(folded(fields, "id"), is_group, fields.get("visibility") == "HiddenMembership")


def app_role_holder(item: Any) -> AppRoleHolder:  # noqa: ANN401 - JSON
    fields = entity(item)
    role = fields.get("appRoleId")
    kind = fields.get("principalType")
    return AppRoleHolder(
        folded(fields, "principalId"),
        role.lower() if isinstance(role, str) else "",
        kind if isinstance(kind, str) else "",
    )


def app_roles(item: Any) -> tuple[str, dict[str, str]]:  # noqa: ANN401 - JSON
    """The id of a service principal, and its app roles as id -> name."""
    fields = entity(item)
    roles = fields.get("appRoles")
    if not isinstance(roles, list):
        raise UnreadableAnswerError("no list of app roles")
    return folded(fields, "id"), {folded(role, "id"): str(role.get("value")) for role in map(entity, roles)}
