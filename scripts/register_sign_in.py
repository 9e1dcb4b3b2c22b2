"""Makes the app registration with which people sign in to the app: its roles, and a credential without a secret.

By hand, between `provision` and the second `provision` that switches sign-in on:
`python scripts/register_sign_in.py`, then `azd env set SIGN_IN_CLIENT_ID <client id>` and `azd provision`. Needs
SITE_HOST, SIGN_IN_IDENTITY_PRINCIPAL_ID and AZURE_TENANT_ID. Run again, it changes what differs and nothing else.
Sources: "application resource type", "federatedIdentityCredential resource type" (Graph v1.0); "Use a managed identity
instead of a secret" (App Service authentication).
"""

from __future__ import annotations

import os
import uuid
from typing import Any

from azure_cli import Graph, StepError, az, from_environment, run

from shared.api.roles import CallerRole

_NAME = "Phone methods"
_CREDENTIAL = "site-identity"
_NAMESPACE = uuid.UUID("5a7d5b0c-58f7-4c9a-9f0e-2f4f8a5b9d11")
"""From it and a role's name follows the role's id, the same in every tenant."""
_SCOPE = str(uuid.uuid5(_NAMESPACE, "user_impersonation"))
"""For callers with a token of their own: connectors, and people with the Azure CLI."""
_AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
"""The same in every tenant."""
_AUDIENCES = {
    "AzureCloud": "api://AzureADTokenExchange",
    "AzureUSGovernment": "api://AzureADTokenExchangeUSGov",
    "AzureChinaCloud": "api://AzureADTokenExchangeChina",
}
_MEANING = {
    CallerRole.READ: "Read phone methods of people, numbers masked.",
    CallerRole.READ_WRITE: "Read and change phone methods of people.",
    CallerRole.READ_NUMBERS: "See numbers in clear.",
    CallerRole.UPLOAD: "Start runs.",
    CallerRole.APPROVE: "Approve, reject and redrive runs.",
    CallerRole.REPORTS: "Read runs and reports.",
    CallerRole.ERASE: "Find and erase what is stored about a person.",
}


def main() -> int:
    graph = Graph()
    wanted = _registration(from_environment("SITE_HOST"))
    application = _application(graph, wanted)
    client_id = application["appId"]
    if application.get("identifierUris") != [f"api://{client_id}"]:
        graph.patch(f"/applications/{application['id']}", {"identifierUris": [f"api://{client_id}"]})
    _service_principal(graph, client_id)
    _credential(graph, application["id"])
    print(f"The client id is {client_id}. Next: azd env set SIGN_IN_CLIENT_ID {client_id}, then azd provision.")
    print("Without azd: deploy the resources again with it as signInClientId, as docs/install.md says.")
    return 0


def _registration(host: str) -> dict[str, Any]:
    return {
        "displayName": f"{_NAME} ({os.environ.get('AZURE_ENV_NAME') or host})",
        "signInAudience": "AzureADMyOrg",
        "api": {
            "requestedAccessTokenVersion": 2,
            "oauth2PermissionScopes": [
                {
                    "id": _SCOPE,
                    "value": "user_impersonation",
                    "type": "User",
                    "isEnabled": True,
                    "adminConsentDisplayName": "Call the app",
                    "adminConsentDescription": "Call the app as the signed-in person, with that person's roles.",
                    "userConsentDisplayName": "Call the app",
                    "userConsentDescription": "Call the app as you, with your roles.",
                }
            ],
            "preAuthorizedApplications": [{"appId": _AZURE_CLI, "delegatedPermissionIds": [_SCOPE]}],
        },
        "web": {
            "redirectUris": [f"https://{host}/.auth/login/aad/callback"],
            "implicitGrantSettings": {"enableIdTokenIssuance": True},
        },
        "appRoles": [
            {
                "id": str(uuid.uuid5(_NAMESPACE, role.value)),
                "allowedMemberTypes": ["User", "Application"],
                "displayName": role.value,
                "description": _MEANING[role],
                "value": role.value,
                "isEnabled": True,
            }
            for role in CallerRole
        ],
    }


def _application(graph: Graph, wanted: dict[str, Any]) -> dict[str, Any]:
    found = graph.find("/applications", displayName=wanted["displayName"])
    if len(found) > 1:
        raise StepError(f"There are {len(found)} registrations named {wanted['displayName']}. Delete the wrong ones.")
    if not found:
        print(f"Creating the registration {wanted['displayName']} with {len(wanted['appRoles'])} roles.")
        return graph.post("/applications", wanted)
    (application,) = found
    urls = application.get("web", {}).get("redirectUris", [])
    if urls and urls != wanted["web"]["redirectUris"]:
        raise StepError(
            f"The registration {wanted['displayName']} ({application['appId']}) is that of another site: "
            f"{', '.join(urls)}. Nothing was changed. Give this environment another name, or delete the "
            f"registration if that site is gone: az ad app delete --id {application['appId']}"
        )
    if not _holds(application, wanted):
        print(f"Updating the registration {wanted['displayName']}.")
        graph.patch(f"/applications/{application['id']}", wanted)
    return application


def _holds(found: object, wanted: object) -> bool:
    """Whether all that is wanted is found; Graph answers with more properties than it was given."""
    match found, wanted:
        case dict(), dict():
            return all(_holds(found.get(key), value) for key, value in wanted.items())
        case list(), list():
            return len(found) == len(wanted) and all(any(_holds(one, item) for one in found) for item in wanted)
    return found == wanted


def _service_principal(graph: Graph, client_id: str) -> None:
    """With `appRoleAssignmentRequired` only people who were given a role can sign in."""
    found = graph.find("/servicePrincipals", appId=client_id)
    principal = found[0] if found else graph.post("/servicePrincipals", {"appId": client_id})
    if not principal.get("appRoleAssignmentRequired"):
        graph.patch(f"/servicePrincipals/{principal['id']}", {"appRoleAssignmentRequired": True})


def _credential(graph: Graph, application: str) -> None:
    """The site's second identity proves who the site is: there is no secret that could leak or expire."""
    path = f"/applications/{application}/federatedIdentityCredentials"
    cloud = az("cloud", "show")
    wanted = {
        "issuer": f"{cloud['endpoints']['activeDirectory']}/{from_environment('AZURE_TENANT_ID')}/v2.0",
        "subject": from_environment("SIGN_IN_IDENTITY_PRINCIPAL_ID"),
        "audiences": [_AUDIENCES[cloud["name"]]],
    }
    found = [one for one in graph.get_all(path) if one["name"] == _CREDENTIAL]
    if not found:
        print("Adding the credential of the site's identity.")
        graph.post(path, {"name": _CREDENTIAL, **wanted})
    elif not _holds(found[0], wanted):
        print("Updating the credential: the site has another identity now.")
        graph.patch(f"{path}/{found[0]['id']}", wanted)


if __name__ == "__main__":
    run(main)
