"""The settings of the site are those that the app and the Functions host read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

import pytest

from shared.read_settings import read_settings
from shared.settings import Settings
from tests.infra.snapshots import DEPLOYMENTS, resolved, site_settings
from tools.infra import INFRA

READ_BY_PLATFORM = {
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED",
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL",
    "AzureFunctionsJobHost__telemetryMode",
    "FUNCTIONS_EXTENSION_VERSION",
    "FUNCTIONS_WORKER_RUNTIME",
    "OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID",
    "WEBSITE_RUN_FROM_PACKAGE",
    "WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID",
}
SET_BY_PLATFORM = {"WEBSITE_AUTH_ENABLED", "WEBSITE_HOSTNAME", "WEBSITE_SITE_NAME"}
SET_WITH_SIGN_IN = {"WEBSITE_AUTH_AAD_ALLOWED_TENANTS"}
"""Only of a deployment whose registration is known."""
FROM_CLOUD = {"GRAPH_BASE_URL"}
"""Empty in every tenant: the address follows from GRAPH_CLOUD."""
CONNECTION = re.compile(
    r"(AzureWebJobsStorage|PhoneData|PhoneExports|PhoneJournal)__"
    r"(blobServiceUri|queueServiceUri|tableServiceUri|credential|clientId)"
)
SERVICES = {
    "AzureWebJobsStorage": {"blob", "queue", "table"},
    "PhoneData": {"blob", "queue", "table"},
    "PhoneExports": {"blob", "queue"},
    "PhoneJournal": {"blob"},
}
TYPED = {name.upper() for name in Settings.model_fields}
KNOWN = TYPED | READ_BY_PLATFORM | {"BLOB_SOURCE"}
NAMED_IN_BINDINGS = set(re.findall(r"%(\w+)%", (INFRA.parent / "function_app.py").read_text(encoding="utf-8")))
every_variant = pytest.mark.parametrize("variant", DEPLOYMENTS)


def unread(names: Iterable[str]) -> list[str]:
    """Names that neither the app nor the host nor the platform reads."""
    return [name for name in names if name not in KNOWN and not CONNECTION.fullmatch(name)]


def missing(names: Iterable[str]) -> set[str]:
    """Names that the app, or the host for a binding or the schedule of a timer, does not find."""
    return TYPED.union(NAMED_IN_BINDINGS).difference(names, SET_BY_PLATFORM, SET_WITH_SIGN_IN, FROM_CLOUD)


@every_variant
def test_every_name_is_read_by_somebody(variant: str) -> None:
    """A misspelt name would be ignored without a word."""
    assert [] == unread(site_settings(variant))


@every_variant
def test_every_setting_of_the_app_is_there(variant: str) -> None:
    """What the app reads can be seen, and changed, in one place."""
    assert set() == missing(site_settings(variant))


@every_variant
def test_every_name_in_a_binding_has_a_value(variant: str) -> None:
    """The host resolves them from the app settings alone: defaults of the app do not reach them."""
    settings = site_settings(variant)
    assert NAMED_IN_BINDINGS
    assert [] == [name for name in NAMED_IN_BINDINGS if not settings.get(name)]


@every_variant
def test_the_app_accepts_them(variant: str) -> None:
    """The values that the compiler could evaluate are valid; App Service puts secrets in place of references."""
    given = {name: value for name, value in site_settings(variant).items() if not value.startswith("[")}
    assert "entra" == read_settings({name: resolved(value) for name, value in given.items()}).auth_mode


@every_variant
def test_the_index_key_is_a_reference_to_the_secret_that_the_script_makes(variant: str) -> None:
    """No deployment carries the secret, so none can change it, and nobody has to name it."""
    script = (INFRA.parent / "scripts/make_index_key.py").read_text(encoding="utf-8")
    (name,) = re.findall('_NAME = "([a-z-]+)"', script)
    reference = site_settings(variant)["VALUE_INDEX_KEY"]
    assert re.fullmatch(rf".*@Microsoft\.KeyVault\(VaultName=.*SecretName={name}\).*", reference)


@every_variant
def test_every_connection_is_complete_and_uses_the_identity(variant: str) -> None:
    """Each needs the addresses of its services, the credential, and which of two identities is meant."""
    settings = site_settings(variant)
    named = {match[1] for name in settings if (match := CONNECTION.fullmatch(name))}
    assert named == SERVICES.keys() - (set() if variant == "flex-sftp" else {"PhoneExports"})
    for connection in named:
        assert "managedidentity" == settings[f"{connection}__credential"]
        assert settings[f"{connection}__clientId"] == settings["AZURE_CLIENT_ID"]
        given = {service for service in ("blob", "queue", "table") if f"{connection}__{service}ServiceUri" in settings}
        assert SERVICES[connection] == given


@every_variant
def test_one_wrong_letter_is_found(variant: str) -> None:
    """In every name, at every place: another letter, the other case, a letter left out, or written twice."""
    settings = site_settings(variant)
    unnoticed = []
    for name in settings:
        for altered in one_letter_off(name):
            others = [other for other in settings if other != name] + [altered]
            if not unread(others) and not missing(others):
                unnoticed.append(f"{altered} in place of {name}")
    assert [] == unnoticed


def one_letter_off(name: str) -> Iterator[str]:
    for at, letter in enumerate(name):
        for other in ("x" if letter != "x" else "y", letter.swapcase(), "", letter * 2):
            if other != letter:
                yield name[:at] + other + name[at + 1 :]


def test_no_time_zone_is_set() -> None:
    """Schedules are UTC: Flex Consumption supports neither TZ nor WEBSITE_TIME_ZONE."""
    for variant in DEPLOYMENTS:
        assert site_settings(variant).keys().isdisjoint({"TZ", "WEBSITE_TIME_ZONE"})


def test_the_defaults_are_the_apps() -> None:
    """infra/settings.json, which the templates load, reads as the app's own defaults."""
    written = json.loads((INFRA / "settings.json").read_text(encoding="utf-8"))
    schedules = {name: written[name] for name in written if name.endswith("_SCHEDULE")}
    assert read_settings(schedules) == read_settings(written)
