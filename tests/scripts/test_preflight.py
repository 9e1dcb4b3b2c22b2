"""The preflight asks Azure what a deployment needs, and changes nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.infra.snapshots import DEPLOYMENTS, resources
from tests.scripts.recorder import AzureCli

OF_NETWORK = {"Microsoft.App", "Microsoft.Network"}
"""Flex Consumption joins a network with the first."""
WITHOUT_REGISTRATION = {"Microsoft.Authorization", "Microsoft.Resources"}
"""Every subscription has these."""
PROVIDERS = {
    resource["type"].partition("/")[0] for variant in (*DEPLOYMENTS, "events") for resource in resources(variant)
}.difference(OF_NETWORK, WITHOUT_REGISTRATION)
STACKS = {"value": [{"properties": {"majorVersions": [{"minorVersions": [{"value": "3.12"}, {"value": "3.13"}]}]}}]}
USAGES = "rest --url /subscriptions/00000000-0000-0000-0000-000000000001/providers/Microsoft.Web/locations/"
ACCOUNT = {
    "id": "00000000-0000-0000-0000-000000000001",
    "name": "Contoso",
    "tenantId": "00000000-0000-0000-0000-00000000aaaa",
    "user": {"type": "user", "name": "somebody@contoso.example"},
}
ROLES = {
    "Owner": (["*"], []),
    "Contributor": (["*"], ["Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"]),
    "User Access Administrator": (["*/read", "Microsoft.Authorization/*"], []),
    "Role Based Access Control Administrator": (["Microsoft.Authorization/roleAssignments/write", "*/read"], []),
    "Reader": (["*/read"], []),
    "Our own": (
        ["Microsoft.Resources/*", "Microsoft.Authorization/roleAssignments/*", "microsoft.authorization/locks/write"],
        [],
    ),
}
"""Actions and those that are taken out, as Azure documents its built-in roles; the last is a custom role."""
COPIES = "rest --url /subscriptions/00000000-0000-0000-0000-000000000001/providers/Microsoft.Storage/skus"


def offered(*names: str) -> dict[str, Any]:
    """Kinds of copies in the region; another region, and another kind of account, have them all."""
    here = [{"name": name, "kind": "StorageV2", "locations": ["westeurope"], "restrictions": []} for name in names]
    other = {"name": "Standard_GRS", "restrictions": []}
    return {
        "value": [
            *here,
            {**other, "kind": "StorageV2", "locations": ["northeurope"]},
            {**other, "kind": "Storage", "locations": ["westeurope"]},
        ]
    }


READY: Mapping[str, Any] = {
    "version": {"azure-cli": "2.60.0", "azd": {"version": "1.23.15"}},
    "storage account show-usage": {"currentValue": 247, "limit": 250},
    USAGES: {"value": [{"name": {"value": "Flex cores"}, "currentValue": 248, "limit": 250}]},
    "account show": ACCOUNT,
    "cloud show": {"name": "AzureCloud"},
    "ad signed-in-user show": {"id": "00000000-0000-4000-8000-000000000001"},
    "role assignment list": [{"roleDefinitionName": "Owner"}],
    **{
        f"role definition list --name {name}": [{"permissions": [{"actions": actions, "notActions": without}]}]
        for name, (actions, without) in ROLES.items()
    },
    "provider list": [{"namespace": name, "registrationState": "Registered"} for name in PROVIDERS],
    COPIES: offered("Standard_LRS", "Standard_ZRS"),
    "rest --url /subscriptions/": {"value": [{"name": "West Europe"}]},
    "rest --url /providers/Microsoft.Web/": STACKS,
}


def run(folder: Path, changes: Mapping[str, Any], **environment: str) -> tuple[int, str, list[str]]:
    cli = AzureCli.at(folder / "az", {**READY, **changes})
    done = cli.run("preflight", AZURE_LOCATION="westeurope", **environment)
    return done.returncode, done.stdout + done.stderr, cli.asked()


def test_a_ready_subscription_passes(tmp_path: Path) -> None:
    """Nothing is created, registered or changed."""
    code, said, asked = run(tmp_path, {})
    assert (0, "Everything is ready.\n") == (code, said)
    assert [] == [line for line in asked if {"create", "register", "update", "delete"} & set(line.split())]


@pytest.mark.parametrize(
    ("changes", "environment", "words"),
    [
        ({}, {"AZURE_SUBSCRIPTION_ID": "another"}, "az account set --subscription another"),
        ({}, {"AZURE_TENANT_ID": "another"}, "az login --tenant another"),
        ({}, {"PLAN_SKU": "ep1"}, "PLAN_SKU is ep1, and should be FC1 or EP1"),
        ({}, {"NETWORK_ISOLATION": "yes"}, "NETWORK_ISOLATION is yes, and should be true or false"),
        ({}, {"GRAPH_CLOUD": "usgov"}, "in AzureCloud it should be global"),
        ({"cloud show": {"name": "AzureUSGovernment"}}, {}, "in AzureUSGovernment it should be usgov or usgov-dod"),
        ({"provider list": []}, {}, "az provider register -n Microsoft.EventGrid"),
        ({"version": {"azure-cli": "2.9.1", "azd": {"version": "1.24.0"}}}, {}, "2.60.0 or later is needed"),
        ({"version": {"azure-cli": "2.73.0", "azd": {"version": "1.9.20-beta.1"}}}, {}, "1.23.15 or later is needed"),
        ({"storage account show-usage": {"currentValue": 248, "limit": 250}}, {}, "room for 2 more storage accounts"),
        ({}, {"SFTP": "true"}, "and 4 are needed"),
        ({COPIES: offered("Standard_LRS")}, {}, "does not offer Standard_ZRS: set STORAGE_SKU to Standard_LRS, or"),
        ({}, {"STORAGE_SKU": "Standard_GRS"}, "set STORAGE_SKU to Standard_ZRS or Standard_LRS, or"),
        (
            {USAGES: {"value": [{"name": {"value": "Flex cores"}, "currentValue": 249, "limit": 250}]}},
            {},
            "Flex cores has 1 free, and 2 are needed",
        ),
        ({}, {"NETWORK_ISOLATION": "true"}, "az provider register -n Microsoft.App"),
        ({"rest --url /subscriptions/": {"value": []}}, {}, "PLAN_SKU to EP1"),
        ({"rest --url /providers/Microsoft.Web/": {"value": []}}, {}, "does not offer Python 3.13"),
    ],
)
def test_what_is_missing_is_named_with_its_remedy(
    tmp_path: Path, changes: Mapping[str, Any], environment: Mapping[str, str], words: str
) -> None:
    """One line for each thing that the deployment would fail on later."""
    code, said, _ = run(tmp_path, changes, **environment)
    assert 1 == code
    assert words in said


@pytest.mark.parametrize(
    ("roles", "missing"),
    [
        (["Owner"], []),
        (["Contributor", "User Access Administrator"], []),
        (["Our own"], []),
        (["Contributor"], ["assign roles", "make locks"]),
        (["Contributor", "Role Based Access Control Administrator"], ["make locks"]),
        (["User Access Administrator"], ["create resources"]),
        (["Reader"], ["create resources", "assign roles", "make locks"]),
        ([], ["create resources", "assign roles", "make locks"]),
    ],
)
def test_rights_are_those_of_the_roles(tmp_path: Path, roles: list[str], missing: list[str]) -> None:
    """By what each role allows, so that custom roles count."""
    code, said, _ = run(tmp_path, {"role assignment list": [{"roleDefinitionName": role} for role in roles]})
    assert (int(bool(missing)), missing) == (code, re.findall(r"with which you may (\w+ \w+)", said))


def test_a_pipeline_is_asked_by_its_own_name(tmp_path: Path) -> None:
    """It is no person of the directory, and no member of a group."""
    pipeline = {"type": "servicePrincipal", "name": "00000000-0000-4000-8000-000000000002"}
    signed_in = {"ad signed-in-user show": None, "account show": ACCOUNT | {"user": pipeline}}
    code, _, asked = run(tmp_path, signed_in)
    assert 0 == code
    assert any(line.startswith(f"role assignment list --assignee {pipeline['name']} ") for line in asked)


def test_a_quota_that_cannot_be_read_is_told_and_stops_nobody(tmp_path: Path) -> None:
    """Clouds may not offer the list; of other plans no quota counts."""
    code, said, _ = run(tmp_path, {USAGES: None, f"!{USAGES}": "not found"})
    assert (0, True) == (code, said.startswith("The quota of cores is not known"))
    (tmp_path / "others").mkdir()
    others = {"value": [{"name": {"value": "Elastic Premium"}, "currentValue": 0, "limit": 0}]}
    assert 0 == run(tmp_path / "others", {USAGES: others})[0]


@pytest.mark.parametrize("network", [set(), OF_NETWORK])
def test_every_resource_provider_of_the_templates_is_asked_for(tmp_path: Path, network: set[str]) -> None:
    """A provider that is not registered fails the deployment in its midst."""
    code, said, _ = run(tmp_path, {"provider list": []}, NETWORK_ISOLATION=str(bool(network)).lower())
    assert 1 == code
    assert PROVIDERS | network == set(re.findall(r"az provider register -n (\S+)", said))


def test_roles_that_a_group_holds_count(tmp_path: Path) -> None:
    """Rights in Azure mostly come through groups."""
    _, _, asked = run(tmp_path, {})
    assert ["--include-groups"] == [
        word for line in asked if line.startswith("role assignment list") for word in line.split() if "groups" in word
    ]


def test_elastic_premium_needs_no_flex(tmp_path: Path) -> None:
    """Regions and clouds without Flex Consumption are served by EP1."""
    assert 0 == run(tmp_path, {"rest --url /subscriptions/": {"value": []}}, PLAN_SKU="EP1")[0]


def test_a_missing_variable_is_named(tmp_path: Path) -> None:
    """Run by hand, a script says which variable it needs."""
    done = AzureCli.at(tmp_path / "az", READY).run("preflight")
    assert 1 == done.returncode
    assert "AZURE_LOCATION is not set" in done.stderr
