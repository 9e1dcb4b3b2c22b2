"""Rules of security that every variant of the deployment keeps; each test says why the rule is there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.infra.snapshots import DEPLOYMENTS, Resource, of_type, outputs, resources, site_settings, texts
from tools.infra import BUTTON, INFRA

ACCOUNTS = "Microsoft.Storage/storageAccounts"
ASSIGNMENTS = "Microsoft.Authorization/roleAssignments"
ACCOUNT_WIDE = {"b7e6dc6d-f1e8-4753-8033-0f276bb0955b", "974c5e8b-45b9-4653-ba55-5f855dd0fb88"}
"""Blob owner and queue contributor: the host makes containers and queues of its own in its account."""
ALLOWED_ROLES = ACCOUNT_WIDE | {
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe",  # Storage Blob Data Contributor
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",  # Storage Blob Data Reader
    "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",  # Storage Table Data Contributor
    "3913510d-42f4-4e42-8a64-420c390055eb",  # Monitoring Metrics Publisher
    "4633458b-17de-408a-b874-0445c86b69e6",  # Key Vault Secrets User
}

SECRET = re.compile(r"listKeys|listSecrets|[Cc]onnection|[Kk]ey\b|[Ss]ecret")

LOCKED = "longest-name"
"""The variant whose journal is locked."""

every_variant = pytest.mark.parametrize("variant", DEPLOYMENTS)


def role_of(assignment: Resource) -> str:
    return str(assignment["properties"]["roleDefinitionId"]).rpartition("/")[2].rstrip("')]")


@every_variant
def test_nobody_signs_in_to_storage_with_a_key(variant: str) -> None:
    """A key cannot be attributed to a person, and write access to the tables equals approval."""
    for account in of_type(variant, ACCOUNTS):
        properties = account["properties"]
        assert properties["allowSharedKeyAccess"] is False
        assert properties["allowBlobPublicAccess"] is False
        assert properties["allowCrossTenantReplication"] is False
        assert properties["supportsHttpsTrafficOnly"] is True
        assert "TLS1_2" == properties["minimumTlsVersion"]
    for container in of_type(variant, f"{ACCOUNTS}/blobServices/containers"):
        assert "None" == container["properties"]["publicAccess"]


@every_variant
def test_host_exports_and_journal_have_accounts_of_their_own(variant: str) -> None:
    """Whoever writes to the host's account owns the app; the journal must outlive those who write the data."""
    accounts = {one["name"] for one in of_type(variant, ACCOUNTS)}
    containers = [one["name"].split("/") for one in of_type(variant, f"{ACCOUNTS}/blobServices/containers")]
    owner = {container: account for account, _, container in containers}
    assert 3 == len({owner["app-package"], owner["journal"], owner["results"]})
    assert owner["results"] in accounts
    sftp = [one["name"] for one in of_type(variant, ACCOUNTS) if one["properties"]["isSftpEnabled"]]
    assert sftp == ([owner["hr-uploads"]] if variant == "flex-sftp" else [])
    assert owner["journal"] not in sftp


@every_variant
def test_the_site_is_closed_but_for_https(variant: str) -> None:
    """No HTTP, FTP, basic sign-in or foreign origin."""
    (site,) = of_type(variant, "Microsoft.Web/sites")
    configuration = site["properties"]["siteConfig"]
    assert site["properties"]["httpsOnly"] is True
    assert "Disabled" == configuration["ftpsState"]
    assert configuration["minTlsVersion"] >= "1.2"
    assert [] == configuration["cors"]["allowedOrigins"]
    policies = of_type(variant, "Microsoft.Web/sites/basicPublishingCredentialsPolicies")
    assert [False, False] == [one["properties"]["allow"] for one in policies]


@every_variant
def test_every_role_is_needed_and_no_wider_than_needed(variant: str) -> None:
    """Only the host's own account is granted as a whole: containers, queues and tables are granted one by one."""
    for assignment in of_type(variant, ASSIGNMENTS):
        role, scope = role_of(assignment), str(assignment.get("scope") or assignment["id"])
        assert role in ALLOWED_ROLES
        if ACCOUNTS in scope and "/default/" not in scope:
            assert role in ACCOUNT_WIDE
            assert "/sthost" in scope


@pytest.mark.parametrize("variant", ["flex", "flex-sftp"])
def test_hr_writes_exports_and_only_reads_what_comes_back(variant: str) -> None:
    """A returned result that is corrected is compared with what was returned, so nobody else may write there."""
    given = {
        str(one.get("scope") or one["id"]).partition("/containers/")[2].partition("/")[0]: role_of(one)
        for one in of_type(variant, ASSIGNMENTS)
        if one["properties"]["principalType"] == "Group"
    }
    exports = "hr-uploads" if variant == "flex-sftp" else "hr-exports"
    contributor, reader = "ba92f5b4-2d11-453d-a403-e96b0029c9fe", "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
    assert {exports: contributor, "hr-returns": reader} == given


@pytest.mark.parametrize("variant", ["flex-network", "premium"])
def test_no_group_gets_a_role_unless_it_is_named(variant: str) -> None:
    """HR_GROUP_ID is empty by default."""
    assert {"ServicePrincipal"} == {one["properties"]["principalType"] for one in of_type(variant, ASSIGNMENTS)}


@every_variant
def test_the_network_closes_storage_and_vault(variant: str) -> None:
    """With network isolation only Event Grid, as a trusted service, reaches an account from outside."""
    isolated = variant in ("flex-network", "premium")
    for account in of_type(variant, ACCOUNTS):
        rules = account["properties"]["networkAcls"]
        assert ("Deny" if isolated else "Allow") == rules["defaultAction"]
        assert rules["bypass"] in ("None", "AzureServices")
        assert account["properties"]["isSftpEnabled"] == bool(rules["ipRules"])
        if not account["name"].startswith(("stdata", "stexp")):
            assert "None" == rules["bypass"]
    endpoints = of_type(variant, "Microsoft.Network/privateEndpoints")
    assert (8 if isolated else 0) == len(endpoints)


@every_variant
def test_logs_are_written_by_identities_only(variant: str) -> None:
    """An instrumentation key in the wrong hands would let a stranger fill or forge the log."""
    for insights in of_type(variant, "Microsoft.Insights/components"):
        assert insights["properties"]["DisableLocalAuth"] is True
    for workspace in of_type(variant, "Microsoft.OperationalInsights/workspaces"):
        assert workspace["properties"]["features"]["disableLocalAuth"] is True


@pytest.mark.parametrize("variant", [variant for variant in DEPLOYMENTS if variant != LOCKED])
def test_the_journal_is_immutable_and_not_locked(variant: str) -> None:
    """Records can be appended, not changed. A locked policy could never be taken back, so people lock it by hand."""
    (policy,) = of_type(variant, f"{ACCOUNTS}/blobServices/containers/immutabilityPolicies")
    assert policy["properties"]["allowProtectedAppendWrites"] is True
    assert policy["properties"]["immutabilityPeriodSinceCreationInDays"] >= 1
    assert "/journal/" in policy["name"]


def test_a_locked_policy_is_left_as_it_is() -> None:
    """It can only be extended: a deployment that sets it again would fail, and with it every later upgrade."""
    assert [] == list(of_type(LOCKED, f"{ACCOUNTS}/blobServices/containers/immutabilityPolicies"))


@every_variant
def test_platform_deletes_later_than_the_app(variant: str) -> None:
    """A second net over every container of HR data: never before the app's own retention, and never not at all."""
    settings = site_settings(variant)
    keeps = {
        "EXPORTS_CONTAINER": "KEEP_EXPORTS_DAYS",
        "DONE_CONTAINER": "KEEP_EXPORTS_DAYS",
        "RETURNS_CONTAINER": "KEEP_RETURNS_DAYS",
        "RESULTS_CONTAINER": "KEEP_RESULTS_DAYS",
        "QUARANTINE_CONTAINER": "KEEP_QUARANTINE_DAYS",
    }
    own = {settings[container]: int(settings[days]) for container, days in keeps.items()} | {"event-dead-letters": 0}
    rules = [
        rule["definition"]
        for one in of_type(variant, f"{ACCOUNTS}/managementPolicies")
        for rule in one["properties"]["policy"]["rules"]
    ]
    after = {
        rule["filters"]["prefixMatch"][0].rstrip("/"): rule["actions"]["baseBlob"]["delete"][
            "daysAfterModificationGreaterThan"
        ]
        for rule in rules
    }
    assert own.keys() == after.keys()
    assert all(after[container] >= days + 30 for container, days in own.items())


@every_variant
def test_outputs_tell_no_secret(variant: str) -> None:
    """They are kept with the deployment, where whoever may read the group can read them: names, addresses and ids."""
    assert {"_NAME", "_HOST", "_ID", "_ACCOUNT", "_CONTAINER", "_GROUP"} >= {
        name[name.rindex("_") :] for name in outputs(variant)
    }
    assert [] == [text for text in texts(outputs(variant)) if SECRET.search(text)]
    assert [] == [
        text for text in texts(json.loads(BUTTON.read_text(encoding="utf-8"))["outputs"]) if SECRET.search(text)
    ]


@pytest.mark.parametrize("variant", [*DEPLOYMENTS, "events"])
def test_every_resource_is_tagged(variant: str) -> None:
    """By the environment, so that azd, and whoever pays, finds what belongs together."""
    assert [] == [
        one["name"] for one in resources(variant) if "location" in one and "azd-env-name" not in one.get("tags", {})
    ]


@every_variant
def test_the_group_cannot_be_deleted_by_mistake(variant: str) -> None:
    """It holds who has which number, and the identity that may change them."""
    (lock,) = of_type(variant, "Microsoft.Authorization/locks")
    assert "CanNotDelete" == lock["properties"]["level"]


def test_sign_in_is_configured_only_with_a_registration() -> None:
    """Without one the platform signs nobody in, and the app refuses every call."""
    (sign_in,) = (one for one in of_type("flex", "Microsoft.Web/sites/config") if one["name"].endswith("V2"))
    validation = sign_in["properties"]["globalValidation"]
    assert "AllowAnonymous" == validation["unauthenticatedClientAction"]
    assert ["/runtime/webhooks/blobs"] == validation["excludedPaths"]
    assert not any(one["name"].endswith("V2") for one in of_type("premium", "Microsoft.Web/sites/config"))
    assert "OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID" in site_settings("flex")


@pytest.mark.parametrize("variant", [*DEPLOYMENTS, "events"])
def test_no_secret_is_read_but_the_webhooks_key(variant: str) -> None:
    """Event Grid has no other way to call the host's webhook; the key never leaves Azure's resource manager."""
    found = [text for one in resources(variant) for text in texts(one) if "listKeys" in text or "listSecrets" in text]
    assert (1 if variant == "events" else 0) == len(found)


def test_event_grid_sends_complete_uploads_of_one_container() -> None:
    """An SFTP upload sends an event for an empty blob first, and `exports2` must not match `exports`."""
    (subscription,) = of_type("events", "Microsoft.EventGrid/systemTopics/eventSubscriptions")
    chosen = subscription["properties"]["filter"]
    assert ["Microsoft.Storage.BlobCreated"] == chosen["includedEventTypes"]
    assert chosen["subjectBeginsWith"].endswith("/containers/hr-exports/blobs/")
    (complete,) = chosen["advancedFilters"]
    assert ("StringIn", "data.api") == (complete["operatorType"], complete["key"])
    assert {"PutBlob", "PutBlockList", "CopyBlob", "FlushWithClose", "SftpCommit"} == set(complete["values"])


ADDRESS_OF_ONE_CLOUD = re.compile(
    r"core\.windows\.net|azurewebsites\.\w+|login\.microsoftonline\.\w+|login\.chinacloudapi\.\w+|vault\.azure\.net"
)


@pytest.mark.parametrize("template", sorted(INFRA.rglob("*.bicep")), ids=lambda path: path.name)
def test_no_address_of_one_cloud_is_written_out(template: Path) -> None:
    """`environment()` knows the suffixes and sign-in addresses of every cloud."""
    assert [] == ADDRESS_OF_ONE_CLOUD.findall(template.read_text(encoding="utf-8"))


def test_the_vault_is_reached_through_the_network() -> None:
    """On Linux, Elastic Premium resolves references to a closed vault only with all traffic in the network."""
    (site,) = of_type("premium", "Microsoft.Web/sites")
    configuration = site["properties"]["siteConfig"]
    assert configuration["vnetRouteAllEnabled"] == configuration["functionsRuntimeScaleMonitoringEnabled"]
    assert "appSubnetId" in configuration["vnetRouteAllEnabled"]
