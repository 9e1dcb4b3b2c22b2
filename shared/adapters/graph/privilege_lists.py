"""The table of the lists that show who is privileged: path, permission, meaning of an empty list, tolerated errors.

An empty list that must not be empty counts as unreadable. For eligibility schedules alone, `licenceMissing` counts as
an empty list, because tenants without P2 have none. Sources: the reference pages of each list; the filter operator `in`
is documented for role assignments alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from shared.adapters.graph.error_table import (
    READ_APPLICATIONS,
    READ_GROUP,
    READ_GROUP_ELIGIBILITY,
    READ_MEMBERSHIPS,
    READ_ROLES,
    Purpose,
)


class PrivilegeList(StrEnum):
    """The value is what a person reads."""

    ROLE_ASSIGNMENTS = "active role assignments"
    ROLE_ASSIGNMENTS_OF = "active role assignments of some people or groups"
    ROLE_ELIGIBILITIES = "eligible and future role holders"
    ROLE_ELIGIBILITIES_OF = "eligible and future roles of one person"
    ROLE_GROUPS = "groups that can hold roles"
    GROUP_MEMBERS = "members of groups that can hold roles"
    GROUP_OWNERS = "owners of groups that can hold roles"
    GROUP_ELIGIBILITIES = "eligible members and owners of groups that can hold roles"
    GROUP_ELIGIBILITIES_OF = "groups of which one person may become a member or owner"
    GROUPS_OF = "groups of one person"
    OWNED_BY = "objects that one person owns"
    PROTECTED_GROUP = "members of the protected group"
    APP_ROLE_HOLDERS = "holders of roles of an application"
    APP_OWNERS = "owners of privileged applications and of this app's registration"


@dataclass(frozen=True, slots=True)
class ListRule:
    """`path` is below the root; braces stand for ids."""

    path: str
    purpose: Purpose
    may_be_empty: bool = True
    is_empty_without_licence: bool = False


_ROLES = "/roleManagement/directory"
_PIM = "/identityGovernance/privilegedAccess/group/eligibilitySchedules"
_SELECT = "?$select=id,visibility&$top=999"

RULES: Mapping[PrivilegeList, ListRule] = {
    PrivilegeList.ROLE_ASSIGNMENTS: ListRule(
        f"{_ROLES}/roleAssignments?$expand=principal", READ_ROLES, may_be_empty=False
    ),
    PrivilegeList.ROLE_ASSIGNMENTS_OF: ListRule(f"{_ROLES}/roleAssignments?$filter=principalId in ({{}})", READ_ROLES),
    PrivilegeList.ROLE_ELIGIBILITIES: ListRule(
        f"{_ROLES}/roleEligibilitySchedules?$expand=principal", READ_ROLES, is_empty_without_licence=True
    ),
    PrivilegeList.ROLE_ELIGIBILITIES_OF: ListRule(
        f"{_ROLES}/roleEligibilitySchedules?$filter=principalId eq '{{}}'", READ_ROLES, is_empty_without_licence=True
    ),
    PrivilegeList.ROLE_GROUPS: ListRule(
        "/groups?$filter=isAssignableToRole eq true&$select=id,visibility&$top=999", READ_GROUP
    ),
    PrivilegeList.GROUP_MEMBERS: ListRule(f"/groups/{{}}/transitiveMembers{_SELECT}", READ_GROUP),
    PrivilegeList.GROUP_OWNERS: ListRule(f"/groups/{{}}/owners{_SELECT}", READ_GROUP),
    PrivilegeList.GROUP_ELIGIBILITIES: ListRule(
        f"{_PIM}?$filter=groupId eq '{{}}'", READ_GROUP_ELIGIBILITY, is_empty_without_licence=True
    ),
    PrivilegeList.GROUP_ELIGIBILITIES_OF: ListRule(
        f"{_PIM}?$filter=principalId eq '{{}}'", READ_GROUP_ELIGIBILITY, is_empty_without_licence=True
    ),
    PrivilegeList.GROUPS_OF: ListRule("/users/{}/transitiveMemberOf?$select=id&$top=999", READ_MEMBERSHIPS),
    PrivilegeList.OWNED_BY: ListRule("/users/{}/ownedObjects?$select=id&$top=999", READ_MEMBERSHIPS),
    PrivilegeList.PROTECTED_GROUP: ListRule(f"/groups/{{}}/transitiveMembers{_SELECT}", READ_GROUP, may_be_empty=False),
    PrivilegeList.APP_ROLE_HOLDERS: ListRule("/servicePrincipals/{}/appRoleAssignedTo?$top=999", READ_APPLICATIONS),
    PrivilegeList.APP_OWNERS: ListRule("/{}/owners?$select=id&$top=999", READ_APPLICATIONS),
}
