"""Before anything is created: tools, sign-in, rights and region. Changes nothing.

Hook of azd before `provision`; by hand: `AZURE_LOCATION=westeurope python scripts/preflight.py`.
"""

from __future__ import annotations

import os
import shutil

from azure_cli import az, from_environment, run

_PYTHON = "3.13"
_ASSIGNS_ROLES = {"Owner", "User Access Administrator"}
"""They may also make the delete lock, which a Role Based Access Control Administrator may not."""
_CREATES = {"Owner", "Contributor"}


def main() -> int:
    account = az("account", "show")
    location = from_environment("AZURE_LOCATION")
    complaints = [*_tools(), *_rights(account), *_providers()]
    if os.environ.get("PLAN_SKU", "FC1") == "FC1":
        complaints += _flex(account["id"], location)
    for complaint in complaints:
        print(f"- {complaint}")
    print(f"{len(complaints)} things to do before the deployment." if complaints else "Everything is ready.")
    return 1 if complaints else 0


def _tools() -> list[str]:
    return [] if shutil.which("azd") else ["azd is not installed: https://aka.ms/azd-install."]


def _rights(account: dict[str, object]) -> list[str]:
    """Whether the caller may create resources and assign roles in the subscription."""
    scope = f"/subscriptions/{account['id']}"
    user = az("ad", "signed-in-user", "show")
    assigned = az("role", "assignment", "list", "--assignee", user["id"], "--scope", scope, "--include-inherited")
    roles = {one["roleDefinitionName"] for one in assigned}
    found = []
    if not roles & _CREATES:
        found.append(f"You need the role Owner or Contributor on the subscription {account['name']}.")
    if not roles & _ASSIGNS_ROLES:
        found.append(f"You need a role that may assign roles and make locks: {' or '.join(sorted(_ASSIGNS_ROLES))}.")
    return found


def _providers() -> list[str]:
    """Whether the subscription has the resource providers that the templates use."""
    needed = ["Microsoft.Web", "Microsoft.Storage", "Microsoft.EventGrid", "Microsoft.KeyVault", "Microsoft.Insights"]
    if os.environ.get("NETWORK_ISOLATION") == "true":
        needed += ["Microsoft.App", "Microsoft.Network"]
    registered = {one["namespace"] for one in az("provider", "list") if one["registrationState"] == "Registered"}
    return [
        f"Register the resource provider: az provider register -n {name}" for name in needed if name not in registered
    ]


def _flex(subscription: str, location: str) -> list[str]:
    """Whether the region offers Flex Consumption with this version of Python; Azure itself is asked."""
    regions = az(
        "rest",
        "--url",
        f"/subscriptions/{subscription}/providers/Microsoft.Web/geoRegions?sku=FlexConsumption&api-version=2024-04-01",
    )
    if location.lower() not in {one["name"].lower().replace(" ", "") for one in regions["value"]}:
        return [f"{location} does not offer Flex Consumption: choose another region, or set PLAN_SKU to EP1."]
    stacks = az(
        "rest",
        "--url",
        f"/providers/Microsoft.Web/locations/{location}/functionAppStacks?api-version=2020-10-01&stack=python&sku=FC1",
    )
    versions = {
        minor["value"]
        for stack in stacks["value"]
        for major in stack["properties"]["majorVersions"]
        for minor in major["minorVersions"]
    }
    return (
        []
        if _PYTHON in versions
        else [f"{location} does not offer Python {_PYTHON} yet; it offers {', '.join(sorted(versions))}."]
    )


if __name__ == "__main__":
    run(main)
