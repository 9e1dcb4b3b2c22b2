"""Grants the app's identity the application permissions of Microsoft Graph that the enabled features need, and no more.

Hook of azd after `provision`; by hand: `python scripts/grant_permissions.py [--with PART] [--revoke] [--yes]` with
APP_IDENTITY_PRINCIPAL_ID set. It grants nothing without a yes: the answer to its question, or `--yes`
(docs/decisions/0084). `--with` asks for optional permissions too, such as those of readiness. What is granted
already is left; nothing is done twice. Who may grant: a Privileged Role Administrator, or an application with
AppRoleAssignment.ReadWrite.All and Application.Read.All. A caller without that gets the PowerShell lines for a
colleague. Sources: "Grant an appRoleAssignment to a service principal" (Graph v1.0).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Mapping, Sequence

from azure_cli import Graph, GraphRefusedError, StepError, agreed, az, from_environment, run

from shared.adapters.graph.clouds import CLOUDS
from shared.adapters.graph.permissions import GRAPH_APP_ID, PERMISSIONS, AppRole, Feature, roles_to_grant
from shared.core.values.errors import PermanentError
from shared.read_settings import read_settings
from shared.wiring.features import features_of

OPTIONAL = {
    "readiness": Feature.READINESS,
    "clean-up": Feature.ALL_METHODS,
    "delivery": Feature.POLICY_NOTE,
    "protection": Feature.MORE_PROTECTED,
}
"""What no setting switches on, by the name that `--with` takes."""
_QUESTION = "Grant the missing ones? They let the app change how people sign in."
_ALREADY_GRANTED = "already exists"
_REFERENCE = "@Microsoft.KeyVault("
_FORBIDDEN = 403
_NOT_REPLICATED = 404
_WAITS_SECONDS = (5, 10, 20)
"""A service principal that was just created is not known everywhere at once."""


def main() -> int:
    arguments = _arguments()
    principal = from_environment("APP_IDENTITY_PRINCIPAL_ID")
    graph = Graph()
    resource = graph.service_principal(GRAPH_APP_ID)["id"]
    granted = {
        one["appRoleId"]: one["id"]
        for one in graph.get_all(f"/servicePrincipals/{principal}/appRoleAssignments")
        if one["resourceId"] == resource
    }
    if arguments.revoke:
        return _revoke(graph, resource, granted)
    wanted = wanted_roles(_settings_of_site(), arguments.optional)
    missing = [role for role in wanted if role.id not in granted]
    _say(wanted, missing)
    if not missing or not (arguments.yes or agreed(_QUESTION, f"To grant them:\n  {_command(arguments)}")):
        return 0
    try:
        for role in missing:
            _grant(graph, resource, principal, role)
    except GraphRefusedError as error:
        return _for_a_colleague(error, "grant", [role.grant_line(principal) for role in missing])
    print("Granted. A token may need up to a day to have them. docs/install.md, step 6, shows what it has.")
    return 0


def wanted_roles(environment: Mapping[str, str], optional: Iterable[str]) -> list[AppRole]:
    """The least privileged role of every permission that the features of these settings and the optional ones need."""
    try:
        settings = read_settings(environment)
    except PermanentError as error:
        raise StepError(f"{error.message} Correct them in the deployment; docs/install.md says how.") from None
    features = features_of(settings).union(OPTIONAL[name] for name in optional)
    return roles_to_grant(features, narrow_exists=CLOUDS[settings.graph_cloud].narrow_permissions)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Grants the app's identity its permissions of Microsoft Graph.")
    parser.add_argument(
        "--with",
        dest="optional",
        action="append",
        choices=OPTIONAL,
        default=[],
        help="ask for the optional permissions of this part too; may be given several times",
    )
    parser.add_argument("--revoke", action="store_true", help="take every permission of Microsoft Graph away")
    parser.add_argument("--yes", action="store_true", help="grant without a question")
    return parser.parse_args()


def _settings_of_site() -> dict[str, str]:
    """The app settings as deployed, without secrets: the app alone reads what they refer to. Raises StepError."""
    listed = az(
        *("functionapp", "config", "appsettings", "list"),
        *("--name", from_environment("SITE_NAME"), "--resource-group", from_environment("AZURE_RESOURCE_GROUP")),
    )
    return {one["name"]: one["value"] for one in listed if not one["value"].startswith(_REFERENCE)}


def _for_a_colleague(error: GraphRefusedError, verb: str, lines: Sequence[str]) -> int:
    """What somebody pastes who has the directory role. Raises any other error than its absence."""
    if error.status != _FORBIDDEN:
        raise error
    print(f"You may not {verb} these permissions. Give these lines to a Privileged Role Administrator:")
    print("Connect-MgGraph -Scopes AppRoleAssignment.ReadWrite.All,Application.Read.All")
    print("\n".join(lines))
    return 1


def _say(wanted: Sequence[AppRole], missing: Sequence[AppRole]) -> None:
    print("The enabled features need these permissions of Microsoft Graph:")
    for role in wanted:
        print(f"  {'to grant' if role in missing else 'granted '}  {role.name}")


def _command(arguments: argparse.Namespace) -> str:
    """Grants without a question what was asked for."""
    return " ".join(["python scripts/grant_permissions.py --yes", *(f"--with {part}" for part in arguments.optional)])


def _grant(graph: Graph, resource: str, principal: str, role: AppRole) -> None:
    body = {"principalId": principal, "resourceId": resource, "appRoleId": role.id}
    for wait in (*_WAITS_SECONDS, None):
        try:
            graph.post(f"/servicePrincipals/{resource}/appRoleAssignedTo", body)
        except GraphRefusedError as error:
            if _ALREADY_GRANTED in str(error):
                break
            if error.status != _NOT_REPLICATED or wait is None:
                raise
            time.sleep(wait)
        else:
            break
    print(f"  now granted: {role.name}")


def _revoke(graph: Graph, resource: str, granted: Mapping[str, str]) -> int:
    names = {role.id: role.name for one in PERMISSIONS for role in one.accepted}
    try:
        for role_id, assignment in granted.items():
            graph.delete(f"/servicePrincipals/{resource}/appRoleAssignedTo/{assignment}")
            print(f"  revoked: {names.get(role_id, role_id)}")
    except GraphRefusedError as error:
        line = "Remove-MgServicePrincipalAppRoleAssignedTo -ServicePrincipalId {} -AppRoleAssignmentId {}"
        return _for_a_colleague(error, "revoke", [line.format(resource, one) for one in granted.values()])
    print("The identity has no permission of Microsoft Graph any more.")
    return 0


if __name__ == "__main__":
    run(main)
