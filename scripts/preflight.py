"""Before anything is created: tools and their versions, sign-in, rights, region and quota. Changes nothing.

Hook of azd before `provision`; by hand: `AZURE_LOCATION=westeurope python scripts/preflight.py`.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from azure_cli import StepError, az, azd, from_environment, run

_PYTHON = "3.13"
_AZ, _AZD = "2.60.0", "1.23.15"
"""The oldest versions that know what the deployment uses."""
_CORES = 2
"""An instance that is always ready, and one more."""
_RIGHTS = {
    "Microsoft.Resources/subscriptions/resourceGroups/write": "create resources, such as Owner or Contributor",
    "Microsoft.Authorization/roleAssignments/write": "assign roles, such as Owner or User Access Administrator",
    "Microsoft.Authorization/locks/write": "make locks, such as Owner or User Access Administrator",
}
_CHOICES = {
    "PLAN_SKU": ("FC1", "EP1"),
    "STORAGE_SKU": ("Standard_ZRS", "Standard_LRS", "Standard_GZRS", "Standard_GRS"),
    **dict.fromkeys(("NETWORK_ISOLATION", "SFTP", "NOTIFICATIONS", "TELEMETRY"), ("true", "false")),
}
_GRAPH_CLOUDS = {
    "AzureCloud": ("global",),
    "AzureUSGovernment": ("usgov", "usgov-dod"),
    "AzureChinaCloud": ("china",),
}
"""What GRAPH_CLOUD may be, by the cloud of Azure."""
_NAMESPACES = (
    *("Microsoft.EventGrid", "Microsoft.Insights", "Microsoft.KeyVault", "Microsoft.ManagedIdentity"),
    *("Microsoft.OperationalInsights", "Microsoft.Storage", "Microsoft.Web"),
)
_NAMESPACES_OF_NETWORK = ("Microsoft.App", "Microsoft.Network")


def main() -> int:
    account = az("account", "show")
    location = from_environment("AZURE_LOCATION").lower().replace(" ", "")
    complaints = [*_tools(), *_choices(), *_signed_in(account), *_rights(account), *_providers(), *_accounts(location)]
    if os.environ.get("PLAN_SKU", "FC1") == "FC1":
        complaints += _flex(account["id"], location)
    complaints += _copies(account["id"], location)
    complaints += _cores(account["id"], location)
    for complaint in complaints:
        print(f"- {complaint}")
    print(f"{len(complaints)} things to do before the deployment." if complaints else "Everything is ready.")
    return 1 if complaints else 0


def _tools() -> list[str]:
    found = []
    if (version := str(az("version")["azure-cli"])) and _is_older(version, _AZ):
        found.append(f"The Azure CLI is {version}; {_AZ} or later is needed: az upgrade.")
    try:
        version = str(azd("version")["azd"]["version"])
    except StepError as error:
        found.append(str(error))
    else:
        if _is_older(version, _AZD):
            found.append(f"azd is {version}; {_AZD} or later is needed: https://aka.ms/azd-install.")
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    if here != _PYTHON:
        found.append(f"The scripts run on Python {here}; they need {_PYTHON}.")
    return found


def _is_older(version: str, needed: str) -> bool:
    """By the numbers of the versions; what follows them, such as `-beta.1`, does not count."""
    found, least = ([int(number) for number in re.findall(r"\d+", one)[:3]] for one in (version, needed))
    return found < least


def _choices() -> Iterator[str]:
    """Variables with a value that the templates do not take."""
    for name, allowed in _CHOICES.items():
        if (value := os.environ.get(name) or allowed[0]) not in allowed:
            yield f"{name} is {value}, and should be {' or '.join(allowed)}."
    cloud, chosen = str(az("cloud", "show")["name"]), os.environ.get("GRAPH_CLOUD") or "global"
    of_cloud = _GRAPH_CLOUDS.get(cloud, (chosen,))
    if chosen not in of_cloud:
        yield f"GRAPH_CLOUD is {chosen}, and in {cloud} it should be {' or '.join(of_cloud)}."


def _signed_in(account: Mapping[str, Any]) -> Iterator[str]:
    """Whether the Azure CLI is where azd, or the person, wants to deploy to."""
    wanted = os.environ.get("AZURE_SUBSCRIPTION_ID") or account["id"]
    if account["id"] != wanted:
        yield f"The Azure CLI is in the subscription {account['name']}: az account set --subscription {wanted}."
    tenant = os.environ.get("AZURE_TENANT_ID") or account["tenantId"]
    if account["tenantId"] != tenant:
        yield f"The Azure CLI is in the tenant {account['tenantId']}: az login --tenant {tenant}."


def _rights(account: Mapping[str, Any]) -> list[str]:
    """Whether the roles of the caller, a person or a pipeline, allow what the deployment does in the subscription."""
    is_person = account["user"]["type"] == "user"
    caller = az("ad", "signed-in-user", "show")["id"] if is_person else account["user"]["name"]
    assigned = az(
        *("role", "assignment", "list", "--assignee", caller, "--scope", f"/subscriptions/{account['id']}"),
        *("--include-inherited", *(["--include-groups"] if is_person else [])),
    )
    roles = {one["roleDefinitionName"] for one in assigned}
    granted = [one for role in sorted(roles) for one in az("role", "definition", "list", "--name", role)]
    permissions = [permission for one in granted for permission in one["permissions"]]
    return [
        f"In the subscription {account['name']} you need a role with which you may {may}."
        for action, may in _RIGHTS.items()
        if not any(_allows(one, action) for one in permissions)
    ]


def _allows(permission: Mapping[str, Sequence[str]], action: str) -> bool:
    return _matches(permission["actions"], action) and not _matches(permission["notActions"], action)


def _matches(patterns: Sequence[str], action: str) -> bool:
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)


def _providers() -> list[str]:
    """Whether the subscription has the resource providers that the templates use."""
    needed = [*_NAMESPACES]
    if os.environ.get("NETWORK_ISOLATION") == "true":
        needed += _NAMESPACES_OF_NETWORK
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
    if location not in {one["name"].lower().replace(" ", "") for one in regions["value"]}:
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


def _copies(subscription: str, location: str) -> list[str]:
    """Whether the region keeps copies of storage as chosen: not every region has zones. Source: "Skus - List"."""
    chosen = os.environ.get("STORAGE_SKU") or _CHOICES["STORAGE_SKU"][0]
    listed = az(
        "rest", "--url", f"/subscriptions/{subscription}/providers/Microsoft.Storage/skus?api-version=2023-05-01"
    )
    offered = {
        one["name"]
        for one in listed["value"]
        if one.get("kind") == "StorageV2" and location in map(str.lower, one["locations"]) and not one["restrictions"]
    }
    if chosen in offered:
        return []
    others = " or ".join(name for name in _CHOICES["STORAGE_SKU"] if name in offered)
    return [f"{location} does not offer {chosen}: set STORAGE_SKU to {others}, or choose another region."]


def _accounts(location: str) -> list[str]:
    """Whether the region has room for the storage accounts: the host's, the data's, the journal's, and SFTP's."""
    needed = 4 if os.environ.get("SFTP") == "true" else 3
    usage = az("storage", "account", "show-usage", "--location", location)
    free = usage["limit"] - usage["currentValue"]
    if free >= needed:
        return []
    return [f"{location} has room for {free} more storage accounts, and {needed} are needed: ask for more quota."]


def _cores(subscription: str, location: str) -> list[str]:
    """Whether the plan's cores are free. Source: "Get Usages In Location - List" (App Service REST).

    A quota that cannot be read is no complaint: Azure then says so when it makes the plan.
    """
    kind = "flex" if os.environ.get("PLAN_SKU", "FC1") == "FC1" else "elastic"
    path = f"/subscriptions/{subscription}/providers/Microsoft.Web/locations/{location}/usages"
    try:
        listed = az("rest", "--url", f"{path}?api-version=2024-11-01")["value"]
    except StepError as error:
        print(f"The quota of cores is not known ({error}).")
        return []
    return [
        f"{location}: {one['name']['value']} has {one['limit'] - one['currentValue']} free, and {_CORES} are needed: "
        "ask for more quota."
        for one in listed
        if kind in one["name"]["value"].lower() and one["limit"] - one["currentValue"] < _CORES
    ]


if __name__ == "__main__":
    run(main)
