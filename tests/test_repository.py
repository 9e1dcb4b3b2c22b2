"""The files by which others find, check, deploy and change this repository."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml  # type: ignore[import-untyped] # a dependency of schemathesis; it has no types

from tools.sbom import bill_of_materials

ROOT = Path(__file__).parent.parent
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS = [form for form in sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.yml")) if form.name != "config.yml"]
SCHEMA_OF = {
    **dict.fromkeys(WORKFLOWS, "github-workflows"),
    **dict.fromkeys(FORMS, "github-issue-forms"),
    GITHUB / "dependabot.yml": "dependabot",
}


def loaded(path: Path) -> dict[str, Any]:
    """YAML 1.1, which the library reads, takes the key `on` for true."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {"on" if key is True else key: value for key, value in content.items()}


@pytest.mark.parametrize("path", SCHEMA_OF, ids=lambda path: path.name)
def test_githubs_files_obey_their_schemas(path: Path) -> None:
    """GitHub ignores a misspelt key without a word."""
    schema = json.loads((ROOT / f"tests/schemas/{SCHEMA_OF[path]}.schema.json").read_text(encoding="utf-8"))
    errors = jsonschema.Draft7Validator(schema).iter_errors(loaded(path))
    assert [] == [f"{error.json_path}: {error.message[:200]}" for error in errors]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_have_few_rights_and_an_end(path: Path) -> None:
    """A job gets no more of the token than it names, does not hang, and leaves no credentials behind."""
    workflow = loaded(path)
    assert {"contents": "read"} == workflow["permissions"]
    assert "pull_request_target" not in workflow["on"]
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 45
        checkouts = [step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@")]
        assert [{"persist-credentials": False}] == [step["with"] for step in checkouts]


def test_only_the_deployment_gets_a_token_of_azure() -> None:
    """It waits for the reviewers of its environment, and is never started by a push or a pull request."""
    with_token = [path for path in WORKFLOWS if "id-token" in path.read_text(encoding="utf-8")]
    assert [GITHUB / "workflows/azure-dev.yml"] == with_token
    deployment = loaded(with_token[0])
    assert {"workflow_dispatch"} == set(deployment["on"])
    assert "production" == deployment["jobs"]["deploy"]["environment"]


def test_the_readme_has_the_sections_of_the_gallery() -> None:
    """azd's gallery asks for these four."""
    headings = re.findall(r"^## (.+)$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert ["Features", "Getting Started", "Guidance", "Resources"] == headings


def test_the_map_names_every_folder() -> None:
    """A package that nobody can place would be searched for."""
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S607
    folders = {line.partition("/")[0] for line in tracked.splitlines() if "/" in line and not line.startswith(".")}
    packages = {f"shared/{path.parent.name}" for path in (ROOT / "shared").glob("*/__init__.py")}
    text = (ROOT / "AGENTS.md").read_text(encoding="utf-8")
    assert [] == sorted(name for name in (folders - {"shared"}) | packages if f"`{name}/" not in text)


def test_help_names_every_target() -> None:
    """`make help` is the list of what can be done here."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert set(phony.split()) == set(re.findall(r"^([a-z-]+):.* ## ", makefile, re.MULTILINE))


@pytest.mark.parametrize(("target", "variable"), [("soak", "MINUTES"), ("snapshot", "FOLDER"), ("up", "LISTENERS")])
def test_a_variable_of_make_can_stand_before_and_behind_the_command(target: str, variable: str) -> None:
    """A value that is left out without a word starts something else than was asked for."""
    make = ["make", "--dry-run", target]
    for command, more in ((make, {variable: "as-asked"}), ([*make, f"{variable}=as-asked"], {})):
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, **more}, capture_output=True, text=True, check=True)  # noqa: S603
        assert "as-asked" in done.stdout


def _is_a_value(node: ast.expr) -> bool:
    """Whether this is written out where it stands, or a constant."""
    match node:
        case ast.Constant():
            return True
        case ast.List() | ast.Tuple() | ast.Set():
            return all(map(_is_a_value, node.elts))
        case ast.Dict():
            return all(key is not None and _is_a_value(key) for key in node.keys) and all(map(_is_a_value, node.values))
        case ast.Name():
            return node.id.isupper()
    return False


def _turned_round(source: str) -> list[int]:
    """The lines that assert that something computed equals a value."""
    comparisons = [node.test for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assert)]
    return [
        one.lineno
        for one in comparisons
        if isinstance(one, ast.Compare)
        and isinstance(one.ops[0], ast.Eq)
        and _is_a_value(one.comparators[0])
        and not _is_a_value(one.left)
    ]


def test_a_turned_assertion_is_found() -> None:
    assert [2, 3] == _turned_round("assert 1 == f()\nassert f() == 1\nassert g == {'a': [MOST]}\nassert f() == g")


def test_assertions_name_what_is_expected_first() -> None:
    """In an assertion of two sides the reader knows which is which."""
    found = {
        str(path.relative_to(ROOT)): lines
        for path in (ROOT / "tests").rglob("*.py")
        if (lines := _turned_round(path.read_text(encoding="utf-8")))
    }
    assert {} == found


def test_no_docstring_lists_who_calls() -> None:
    """Such lists fall behind; a search for the name has no gaps."""
    callers = re.compile(r'(^|"""|[.] )(Called|Used) (only )?by |(?<!will )\b(call|use)s? it[.;]', re.MULTILINE)
    listing = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "shared").rglob("*.py")
        if callers.search(path.read_text(encoding="utf-8"))
    ]
    assert [] == listing


def test_the_bill_of_materials_names_pinned_packages() -> None:
    """What is deployed is what the tests ran with."""
    pinned = {
        re.sub(r"[-_.]+", "-", name).lower(): version
        for name, version in re.findall(r"^([\w.-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    }
    components = {one["name"]: one["version"] for one in bill_of_materials()["components"]}
    assert {"azure-functions", "msgraph-sdk", "openpyxl"} <= components.keys()
    assert components.items() <= pinned.items()
