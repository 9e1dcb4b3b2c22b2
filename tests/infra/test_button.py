"""The form of the button: it fills exactly the parameters of the template, with values that the template takes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

import pytest

from tools.infra import BUTTON, INFRA

FORM: dict[str, Any] = json.loads((INFRA / "createUiDefinition.json").read_text(encoding="utf-8"))["parameters"]
TEMPLATE: dict[str, Any] = json.loads(BUTTON.read_text(encoding="utf-8"))
PARAMETERS: dict[str, Any] = TEMPLATE["parameters"]
ELEMENTS: dict[str, Mapping[str, Any]] = {
    **{f"basics('{one['name']}')": one for one in FORM["basics"]},
    **{f"steps('{step['name']}').{one['name']}": one for step in FORM["steps"] for one in step["elements"]},
}
NAMED = re.compile(r"basics\('\w+'\)|steps\('\w+'\)\.\w+")


def elements_of(output: str) -> Iterator[Mapping[str, Any]]:
    for name in NAMED.findall(FORM["outputs"][output]):
        yield ELEMENTS[name]


def test_the_form_fills_every_parameter() -> None:
    """The portal ignores an output that the template lacks, and asks for a parameter that no output fills."""
    assert PARAMETERS.keys() == FORM["outputs"].keys()


def test_every_question_is_used() -> None:
    """An answer that goes nowhere would mislead."""
    used = {name for text in FORM["outputs"].values() for name in NAMED.findall(text)}
    assert ELEMENTS.keys() == used


@pytest.mark.parametrize("name", PARAMETERS)
def test_defaults_and_limits_are_those_of_the_template(name: str) -> None:
    """Whoever changes nothing in the form gets what the other ways of installing give."""
    parameter = PARAMETERS[name]
    for element in elements_of(name):
        if "min" in element:
            assert parameter["minValue"] <= element["min"] <= parameter["defaultValue"] <= element["max"]
            assert parameter["defaultValue"] == element["defaultValue"]
        if choices := element.get("constraints", {}).get("allowedValues"):
            assert parameter["allowedValues"] == [one["value"] for one in choices]
            assert parameter["defaultValue"] == next(
                one["value"] for one in choices if one["label"] == element["defaultValue"]
            )


def test_the_vaults_secret_never_goes_through_the_form() -> None:
    """Values of a form are kept with the deployment, where many can read them; the template names the secret itself."""
    assert [] == list(elements_of("settings"))
    assert "SecretName=value-index-key" in BUTTON.read_text(encoding="utf-8")


def test_a_package_comes_only_from_where_its_owner_says() -> None:
    """The form proposes no address but a marked placeholder, and asks for none where it would not be used."""
    element = ELEMENTS["steps('app').packageUri"]
    assert "/OWNER/" in element["placeholder"]
    assert "defaultValue" not in element
    assert "" == PARAMETERS["packageUri"]["defaultValue"]
    assert "[equals(basics('sku'), 'FC1')]" == element["visible"]
    (code,) = (one for one in every_resource(TEMPLATE) if one["type"] == "Microsoft.Web/sites/extensions")
    assert "[and(variables('isFlex'), not(empty(parameters('packageUri'))))]" == code["condition"]
    assert {"packageUri": "[parameters('packageUri')]", "remoteBuild": False} == code["properties"]


def every_resource(template: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Those of the modules too."""
    listed = template["resources"]
    for one in listed.values() if isinstance(listed, Mapping) else listed:
        yield one
        if one["type"] == "Microsoft.Resources/deployments":
            yield from every_resource(one["properties"]["template"])


def test_the_guides_button_names_both_files() -> None:
    """The portal reads them from a public address, of which the owner is a placeholder."""
    guide = (INFRA.parent / "docs/install.md").read_text(encoding="utf-8")
    (link,) = re.findall(r"https://portal\.azure\.com/#create/Microsoft\.Template/uri/[^)\s]+", guide)
    template, _, form = link.partition("/uri/")[2].partition("/createUIDefinitionUri/")
    root = "https://raw.githubusercontent.com/OWNER/phone-methods/main/infra"
    assert (f"{root}/azuredeploy.json", f"{root}/createUiDefinition.json") == (unquote(template), unquote(form))
