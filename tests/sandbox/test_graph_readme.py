"""The stand-in's README says what the code does."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

import sandbox.graph
from sandbox.graph.control import ACTIONS
from sandbox.graph.faults import Fault, FaultKind
from sandbox.graph.findings import FindingKind
from sandbox.graph.options import Options
from sandbox.graph.routes import ROUTES
from tests.sandbox.graph_client import stand_in_for
from tests.sandbox.graph_description import DEVIATIONS

FOLDER = Path(sandbox.graph.__file__).parent
README = (FOLDER / "README.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its two head rows."""
    section = README.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def words(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def test_the_table_of_operations_is_the_route_table() -> None:
    """Every route is there with its query, its cost and its roles, and nothing else is."""
    told = {
        (words(kind)[0], words(operation)[0], tuple(words(query)), int(units), tuple(words(roles)))
        for kind, operation, query, units, roles in rows("What is served")
    }
    assert told == {
        (route.kind, f"{verb} {path}", tuple(sorted(route.query)), route.units, route.needs)
        for path, verbs in ROUTES.items()
        for verb, route in verbs.items()
    }


def test_all_switches_are_told() -> None:
    """The README names every field of the options once."""
    assert sorted(words(" ".join(row[1] for row in rows("Switches")))) == sorted(
        field.name for field in fields(Options)
    )


def test_all_faults_and_findings_are_told() -> None:
    """Each kind has its row."""
    assert [words(row[0])[0] for row in rows("Faults")] == list(get_args(FaultKind))
    assert [words(row[0])[0] for row in rows("Findings")] == list(get_args(FindingKind))


def test_all_recipes_can_be_cooked() -> None:
    """Each fault of the recipes is one, and could strike."""
    recipes = [json.loads(words(row[1])[0]) for row in rows("Recipes")]
    stand_in = stand_in_for()
    for recipe in recipes:
        stand_in.faults.add(Fault.from_json(recipe))
    assert len(stand_in.faults) == len(recipes) == 10


def test_all_deviations_are_told() -> None:
    """The table of what differs from Microsoft's description is the one by which conformance is tested."""
    told = [tuple(row) for row in rows("Where it differs from Microsoft's description")]
    assert told == [(deviation.described, deviation.answered) for deviation in DEVIATIONS]


def test_all_controls_are_told() -> None:
    """Each action of the control path has its row, and changing a person has one too."""
    told = [words(row[0])[0] for row in rows("Control")]
    assert told == [f"{verb} /control{path}" for verb, path in ACTIONS] + ["POST /control/people/{id}"]


def test_all_files_are_told() -> None:
    """The map of the package names every module."""
    told = set(words(" ".join(row[0] for row in rows("What happens to a request"))))
    assert told == {path.name for path in FOLDER.glob("*.py")} - {"__init__.py", "__main__.py"}
