"""The templates compile without a warning, what derives from them is up to date, and names fit Azure's limits."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.adapters.graph.permissions import roles_to_grant
from shared.read_settings import read_settings
from shared.wiring.features import features_of
from tests.infra.snapshots import DEPLOYMENTS, of_type, resources
from tools.infra import BUTTON, INFRA, Bicep, TemplateError, compiler, snapshot_of, variants

_ACCOUNT = "Microsoft.Storage/storageAccounts"
_OF_ACCOUNT = r"[a-z0-9]{3,24}/default/"
_LOWER = r"(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*"
_GUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
LIMITS = {
    "Microsoft.Resources/resourceGroups": r"[-\w._()]{1,90}",
    "Microsoft.Storage/storageAccounts": r"[a-z0-9]{3,24}",
    "Microsoft.KeyVault/vaults": r"[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]",
    "Microsoft.Web/sites": r"[a-zA-Z0-9][a-zA-Z0-9-]{0,30}[a-zA-Z0-9]",
    "Microsoft.Web/serverfarms": r"[a-zA-Z0-9-]{1,40}",
    "Microsoft.ManagedIdentity/userAssignedIdentities": r"[a-zA-Z0-9][\w-]{2,127}",
    "Microsoft.OperationalInsights/workspaces": r"[a-zA-Z0-9][a-zA-Z0-9-]{2,61}[a-zA-Z0-9]",
    "Microsoft.EventGrid/systemTopics": r"[a-zA-Z0-9-]{3,50}",
    "Microsoft.Network/privateEndpoints": r"[a-zA-Z0-9][\w.-]{0,62}\w",
    "Microsoft.Network/virtualNetworks": r"[a-zA-Z0-9][\w.-]{0,62}\w",
    "Microsoft.Insights/components": r"[\w().-]{1,260}",
    "Microsoft.Insights/actionGroups": r"[^:<>+/&%?]{1,260}",
    "Microsoft.Insights/scheduledQueryRules": r"[^*<>%{}&:?/#|]{1,260}",
    "Microsoft.Insights/workbooks": _GUID,
    "Microsoft.Authorization/roleAssignments": _GUID,
    "Microsoft.Authorization/locks": r"[\w.-]{1,90}",
    f"{_ACCOUNT}/blobServices/containers": _OF_ACCOUNT + _LOWER,
    f"{_ACCOUNT}/queueServices/queues": _OF_ACCOUNT + _LOWER,
    f"{_ACCOUNT}/tableServices/tables": _OF_ACCOUNT + "[A-Za-z][A-Za-z0-9]{2,62}",
    "Microsoft.EventGrid/systemTopics/eventSubscriptions": r"[a-zA-Z0-9-]{3,50}/[a-zA-Z0-9-]{3,64}",
}
FIXED = re.compile(
    r".*/(blobServices|queueServices|tableServices|managementPolicies|immutabilityPolicies|config"
    r"|basicPublishingCredentialsPolicies|privateDnsZones|virtualNetworkLinks|privateDnsZoneGroups)"
)
"""Kinds whose names Azure gives."""
"""Source: "Naming rules and restrictions for Azure resources". A site keeps to 32, beyond which host ids collide."""


@pytest.mark.parametrize("variant", [*DEPLOYMENTS, "events"])
def test_every_name_fits(variant: str) -> None:
    """Also for the longest name of an environment."""
    wrong = [
        one["name"]
        for kind, pattern in LIMITS.items()
        for one in of_type(variant, kind)
        if not re.fullmatch(pattern, one["name"])
    ]
    assert [] == wrong
    kinds = {one["type"] for one in resources(variant)}
    assert {kind for kind in kinds if not FIXED.fullmatch(kind)} <= LIMITS.keys()


@pytest.fixture(scope="module")
def bicep() -> Iterator[Bicep]:
    program = compiler()
    if program is None:
        pytest.skip("no Bicep compiler: set BICEP to it, or put bicep on the PATH")
    with Bicep(program) as found:
        yield found


@pytest.mark.parametrize("template", ["main.bicep", "events.bicep"])
def test_the_templates_compile_without_a_warning(bicep: Bicep, template: str) -> None:
    """Every useful rule of the linter is an error."""
    assert bicep.compiled(INFRA / template)


@pytest.mark.parametrize("variant", variants(), ids=lambda path: path.stem)
def test_the_snapshots_are_up_to_date(bicep: Bicep, variant: Path) -> None:
    """`python -m tools.infra` writes them again."""
    assert json.loads(snapshot_of(variant).read_text(encoding="utf-8")) == bicep.snapshot(variant)


def test_what_the_compiler_says_is_an_error_that_names_its_line(bicep: Bicep, tmp_path: Path) -> None:
    """In a template, and in the parameters of a variant; the compiler goes on with the next file."""
    template, variant = tmp_path / "one.bicep", tmp_path / "one.bicepparam"
    template.write_text("param used string\nparam unused string = ''\noutput said string = used\n")
    with pytest.raises(TemplateError, match=r"one\.bicep\(2\): Warning no-unused-params"):
        bicep.compiled(template)
    template.write_text("param used string\noutput said string = used\n")
    assert bicep.compiled(template)
    variant.write_text("using 'one.bicep'\n\nparam usd = ''\n")
    with pytest.raises(TemplateError, match=r"one\.bicepparam\(3\): Error"):
        bicep.snapshot(variant)


@pytest.mark.skipif(
    "BICEP_GRAPH_TYPES" not in os.environ, reason="BICEP_GRAPH_TYPES does not name the extension's types"
)
def test_the_grants_compile_without_a_warning(bicep: Bicep, tmp_path: Path) -> None:
    """Against the types of Microsoft's Graph extension, which is otherwise fetched from a registry."""
    types = "graph-types.tgz"
    shutil.copy(os.environ["BICEP_GRAPH_TYPES"], tmp_path / types)
    (tmp_path / "bicepconfig.json").write_text(json.dumps({"extensions": {"microsoftGraphV1": f"./{types}"}}))
    assert bicep.compiled(Path(shutil.copy(INFRA / "graph.bicep", tmp_path)))


def test_the_grants_are_those_of_the_default_features() -> None:
    """The declarative way grants what the script grants, where no setting differs from its default."""
    features = features_of(read_settings(json.loads((INFRA / "settings.json").read_text(encoding="utf-8"))))
    listed = re.findall(r"^  '([\w-]+)' // (\S+)$", (INFRA / "graph.bicep").read_text(encoding="utf-8"), re.MULTILINE)
    assert {(role.id, role.name) for role in roles_to_grant(features, narrow_exists=True)} == set(listed)


def test_the_buttons_template_is_up_to_date(bicep: Bicep) -> None:
    """The compiler's version does not count."""
    fresh, committed = (
        json.loads(bicep.compiled(INFRA / "resources.bicep")),
        json.loads(BUTTON.read_text(encoding="utf-8")),
    )
    assert _without_generator(fresh) == _without_generator(committed)


def _without_generator(template: object) -> object:
    match template:
        case dict():
            return {key: _without_generator(value) for key, value in template.items() if key != "_generator"}
        case list():
            return [_without_generator(item) for item in template]
        case _:
            return template
