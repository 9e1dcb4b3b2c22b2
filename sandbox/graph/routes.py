"""The table of everything the stand-in serves of Graph: path and verb -> kind, permissions, cost and handler.

Compiled once; the stand-in looks every request up here.
Costs are resource units from "Microsoft Graph service-specific throttling limits", identity and access.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from sandbox.graph import (
    delta,
    directory,
    email_methods,
    grants,
    permissions,
    phone_methods,
    policies,
    privilege,
    registrations,
)
from sandbox.graph.call import Call, Reply
from sandbox.graph.errors import Dialect
from sandbox.graph.state import Tenant

Handler = Callable[[Tenant, Call], Reply]


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphRoute:
    """One operation; `kind` names it in faults, findings and statistics."""

    kind: str
    handler: Handler
    needs: tuple[str, ...]
    """One of these permissions is needed; the least privileged comes first."""
    units: int = 1
    query: frozenset[str] = frozenset()
    dialect: Dialect = "authentication"

    @property
    def is_report(self) -> bool:
        """Whether it also counts for the limit of reports."""
        return self.kind.startswith("reports.")

    def cost(self, query: dict[str, str]) -> int:
        """Resource units of one request: `$select` and a small `$top` make it cheaper, `$expand` more expensive."""
        if not query:
            return self.units
        small = query.get("$top", "").isdecimal() and int(query["$top"]) < 20
        return max(1, self.units - ("$select" in query) - small + ("$expand" in query))


def _phones(kind: str, handler: Handler, needs: tuple[str, ...] = permissions.WRITES_PHONES) -> GraphRoute:
    return GraphRoute(kind=f"phoneMethods.{kind}", handler=handler, needs=needs)


def _emails(kind: str, handler: Handler, needs: tuple[str, ...] = permissions.WRITES_EMAILS) -> GraphRoute:
    return GraphRoute(kind=f"emailMethods.{kind}", handler=handler, needs=needs)


def _reads(kind: str, handler: Handler, needs: tuple[str, ...], units: int, query: str) -> GraphRoute:
    return GraphRoute(
        kind=kind, handler=handler, needs=needs, units=units, query=frozenset(query.split()), dialect="directory"
    )


def _privilege_routes() -> dict[str, dict[str, GraphRoute]]:
    """Path -> GET; each row: kind, handler, permissions, units, query."""
    filtered = f"$filter $expand {_PAGED}"
    roles, members, applications = permissions.READS_ROLES, permissions.READS_MEMBERS, permissions.READS_APPLICATIONS
    rows: dict[str, tuple[str, Handler, tuple[str, ...], int, str]] = {
        "/roleManagement/directory/roleAssignments": (
            *("roleAssignments.list", privilege.list_role_assignments),
            *(roles, 1, f"$select {filtered}"),
        ),
        "/roleManagement/directory/roleEligibilityScheduleInstances": (
            *("roleEligibility.list", privilege.list_role_eligibility),
            *(roles, 1, filtered),
        ),
        "/roleManagement/directory/roleEligibilitySchedules": (
            *("roleEligibility.schedules", privilege.list_role_eligibility),
            *(roles, 1, filtered),
        ),
        "/beta/roleManagement/directory/roleDefinitions": (
            *("roleDefinitions.list", privilege.list_privileged_roles),
            *(roles, 1, "$filter $select"),
        ),
        "/groups": ("groups.list", privilege.list_groups, members, 2, f"$filter $select {_PAGED}"),
        "/groups/{group}": ("groups.get", privilege.get_group, members, 1, "$select"),
        "/groups/{group}/transitiveMembers": (
            *("groupMembers.list", privilege.list_transitive_members),
            *(members, 5, f"$select {_PAGED}"),
        ),
        "/groups/{group}/owners": ("groupOwners.list", privilege.list_group_owners, members, 2, f"$select {_PAGED}"),
        "/identityGovernance/privilegedAccess/group/eligibilitySchedules": (
            *("groupEligibility.list", privilege.list_group_eligibility),
            *(permissions.READS_PIM_GROUPS, 1, f"$filter {_PAGED}"),
        ),
        "/users/{user}/transitiveMemberOf": (
            *("memberOf.list", privilege.list_transitive_groups),
            *(permissions.READS_USERS, 5, f"$select {_PAGED}"),
        ),
        "/users/{user}/ownedObjects": (
            *("ownedObjects.list", privilege.list_owned_objects),
            *(permissions.READS_USERS, 2, f"$select {_PAGED}"),
        ),
        "/servicePrincipals": (
            *("servicePrincipals.list", privilege.list_service_principals),
            *(applications, 1, "$filter $select"),
        ),
        "/servicePrincipals/{object}": (
            *("servicePrincipals.get", privilege.get_service_principal),
            *(applications, 1, "$select"),
        ),
        "/servicePrincipals/{object}/appRoleAssignedTo": (
            *("appRoles.list", privilege.list_role_holders_of_application),
            *(applications, 1, _PAGED),
        ),
        "/servicePrincipals/{object}/owners": (
            *("servicePrincipalOwners.list", privilege.list_owners_of_service_principal),
            *(applications, 2, f"$select {_PAGED}"),
        ),
        "/applications": ("applications.list", privilege.list_applications, applications, 1, "$filter $select"),
        "/applications/{object}/owners": (
            *("applicationOwners.list", privilege.list_owners_of_registration),
            *(applications, 2, f"$select {_PAGED}"),
        ),
    }
    return {path: {"GET": _reads(*row)} for path, row in rows.items()}


def _writes_grants(kind: str, handler: Handler) -> GraphRoute:
    return GraphRoute(kind=f"appRoles.{kind}", handler=handler, needs=permissions.WRITES_GRANTS, dialect="directory")


_PHONES = "/users/{user}/authentication/phoneMethods"
_EMAILS = "/users/{user}/authentication/emailMethods"
_PAGED = "$top $skiptoken"
ROUTES: dict[str, dict[str, GraphRoute]] = {
    "/users": {
        "GET": _reads("users.list", directory.list_users, permissions.READS_USERS, 2, f"$filter $select {_PAGED}"),
    },
    "/users/delta": {
        "GET": _reads(
            "users.delta", delta.list_changed_users, permissions.READS_USERS, 1, "$deltatoken $select $skiptoken"
        ),
    },
    "/users/{user}": {
        "GET": _reads("users.get", directory.get_user, permissions.READS_USERS, 1, "$select"),
    },
    _PHONES: {
        "GET": _phones("list", phone_methods.list_phone_methods, permissions.READS_PHONES),
        "POST": _phones("create", phone_methods.create_phone_method),
    },
    f"{_PHONES}/{{method}}": {
        "GET": _phones("get", phone_methods.get_phone_method, permissions.READS_PHONES),
        "PATCH": _phones("update", phone_methods.update_phone_method),
        "PUT": _phones("replace", phone_methods.replace_phone_method),
        "DELETE": _phones("delete", phone_methods.delete_phone_method),
    },
    f"{_PHONES}/{{method}}/enableSmsSignIn": {
        "POST": _phones("enableSmsSignIn", phone_methods.enable_sms_sign_in),
    },
    f"{_PHONES}/{{method}}/disableSmsSignIn": {
        "POST": _phones("disableSmsSignIn", phone_methods.disable_sms_sign_in),
    },
    _EMAILS: {
        "GET": _emails("list", email_methods.list_email_methods, permissions.READS_EMAILS),
        "POST": _emails("create", email_methods.create_email_method),
    },
    f"{_EMAILS}/{{method}}": {
        "GET": _emails("get", email_methods.get_email_method, permissions.READS_EMAILS),
        "PATCH": _emails("update", email_methods.update_email_method),
        "DELETE": _emails("delete", email_methods.delete_email_method),
    },
    **_privilege_routes(),
    "/servicePrincipals/{object}/appRoleAssignments": {
        "GET": _reads(
            "appRoles.ofPrincipal", grants.list_roles_of_principal, permissions.READS_APPLICATIONS, 1, _PAGED
        ),
    },
    "/servicePrincipals/{object}/appRoleAssignedTo/{assignment}": {
        "DELETE": _writes_grants("revoke", grants.revoke_role),
    },
    "/users/{user}/authentication/methods": {
        "GET": GraphRoute(kind="methods.list", handler=registrations.list_all_methods, needs=permissions.READS_METHODS),
    },
    "/reports/authenticationMethods/userRegistrationDetails": {
        "GET": _reads("reports.registrations", registrations.list_registrations, permissions.READS_REPORTS, 1, _PAGED),
    },
    "/reports/authenticationMethods/userRegistrationDetails/{user}": {
        "GET": _reads("reports.registration", registrations.get_registration, permissions.READS_REPORTS, 1, ""),
    },
    "/policies/authenticationMethodsPolicy": {
        "GET": _reads("policy.get", policies.get_methods_policy, permissions.READS_POLICY, 1, ""),
    },
}
"""Path -> verb -> route; names in braces stand for one segment."""
ROUTES["/servicePrincipals/{object}/appRoleAssignedTo"]["POST"] = _writes_grants("grant", grants.grant_role)

KINDS = {route.kind: verb != "GET" for verbs in ROUTES.values() for verb, route in verbs.items()}
"""Every kind of request, and whether it writes."""

_NO_NAMES = frozenset({"$count", "$ref", "$value", "delta"})
"""Segments that Graph reads as a function where a name could be; `delta` may have parentheses."""

_Compiled = tuple[tuple[tuple[int, str], ...], tuple[tuple[int, str], ...], dict[str, GraphRoute]]


def _compile() -> dict[int, list[_Compiled]]:
    """Number of segments -> (literal segments by position, names by position, verbs)."""
    table: dict[int, list[_Compiled]] = {}
    for path, verbs in ROUTES.items():
        segments = list(enumerate(path.split("/")[1:]))
        literals = tuple((index, text) for index, text in segments if not text.startswith("{"))
        names = tuple((index, text.strip("{}")) for index, text in segments if text.startswith("{"))
        table.setdefault(len(segments), []).append((literals, names, verbs))
    return table


_TABLE = _compile()


def find(path: str) -> tuple[dict[str, GraphRoute], dict[str, str]] | None:
    """The verbs served at a path and the values of its names; None when the path is not known.

    Empty segments are ignored and percent-encoding is undone segment by segment, so that an encoded slash stays
    inside its name.
    """
    segments = [unquote(segment) if "%" in segment else segment for segment in path.split("/") if segment]
    if segments[-1:] == ["delta()"]:
        segments[-1] = "delta"
    for literals, names, verbs in _TABLE.get(len(segments), ()):
        if all(segments[index] == text for index, text in literals):
            found = {name: segments[index] for index, name in names}
            if _NO_NAMES.isdisjoint(found.values()):
                return verbs, found
    return None
