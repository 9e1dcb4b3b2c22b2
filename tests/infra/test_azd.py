"""What azd reads: azure.yaml by its schema, the hooks that it names, and the parameters that it fills."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

import jsonschema
import pytest
import yaml  # type: ignore[import-untyped] # its types are a package of their own

from tests.infra.snapshots import texts
from tools.infra import INFRA

ROOT = INFRA.parent
AZURE: dict[str, Any] = yaml.safe_load((ROOT / "azure.yaml").read_text(encoding="utf-8"))
GIVEN_BY_AZD = {"AZURE_ENV_NAME", "AZURE_LOCATION"}


def test_azure_yaml_obeys_its_schema() -> None:
    """The schema of azd, version 1.0."""
    schema = json.loads((ROOT / "tests/schemas/azd-azure.yaml.v1.0.schema.json").read_text(encoding="utf-8"))
    assert [] == [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(AZURE)]


HOOKS = [one for hooks in AZURE["hooks"].values() for one in (hooks if isinstance(hooks, list) else [hooks])]


@pytest.mark.parametrize("hook", HOOKS, ids=[one["run"] for one in HOOKS])
def test_every_hook_is_a_script(hook: dict[str, Any]) -> None:
    """azd runs it in its folder, with the packages of the requirements beside it."""
    assert (ROOT / hook["run"]).is_file()
    assert "python" == hook["kind"]
    assert (ROOT / hook["run"]).with_name("requirements.txt").is_file()


def test_every_parameter_is_one_of_the_template() -> None:
    """Each has a value of the environment, with a default where azd does not ask for it."""
    filled = json.loads((INFRA / "main.parameters.json").read_text(encoding="utf-8"))["parameters"]
    declared = set(re.findall(r"^param (\w+)", (INFRA / "main.bicep").read_text(encoding="utf-8"), re.MULTILINE))
    assert filled.keys() <= declared
    for value in texts([parameter["value"] for parameter in filled.values()]):
        name, equals, _ = value.strip("${}").partition("=")
        assert equals or name in GIVEN_BY_AZD


def test_every_setting_is_one_of_the_app() -> None:
    """Settings that azd fills from the environment are in infra/settings.json, so a misspelt one is found."""
    filled = json.loads((INFRA / "main.parameters.json").read_text(encoding="utf-8"))["parameters"]
    known = json.loads((INFRA / "settings.json").read_text(encoding="utf-8"))
    assert filled["settings"]["value"].keys() <= known.keys()


def test_azd_deploys_the_package_that_make_writes() -> None:
    """Otherwise Azure would install every library anew, or azd would deploy a folder without libraries."""
    app = AZURE["services"]["app"]
    assert (False, "package") == (app["remoteBuild"], app["dist"])
    assert "\t$(PYTHON) -m tools.package package app.zip\n" in (ROOT / "Makefile").read_text(encoding="utf-8")
    guides = [(ROOT / path).read_text(encoding="utf-8") for path in ("README.md", "docs/install.md", "docs/upgrade.md")]
    deploys = [line for text in guides for line in text.splitlines() if line.startswith("azd deploy")]
    assert deploys
    assert [] == [line for line in deploys if not line.startswith("azd deploy app --from-package app.zip")]


def test_azd_can_install_the_project() -> None:
    """Before it makes the package, azd installs pyproject.toml in a folder beside it, which must not be deployed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert [] == project["tool"]["setuptools"]["packages"]
    assert "*_env" in (ROOT / ".funcignore").read_text(encoding="utf-8").splitlines()
