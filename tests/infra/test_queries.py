"""The queries of alerts and pictures fit the tables of Log Analytics, by Microsoft's own parser, and show no number."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.infra.log_tables import QUERIES, TABLES
from tools.infra import INFRA

ROOT = INFRA.parent
LIBRARY = ROOT / "node_modules/@kusto/language-service-next"
needs_library = pytest.mark.skipif(
    not LIBRARY.is_dir() or shutil.which("node") is None, reason="`npm install` brings Kusto's parser"
)


def checked(queries: dict[str, str]) -> dict[str, Any]:
    given = json.dumps({"tables": TABLES, "queries": queries})
    program = Path(__file__).with_name("check_kql.js").read_text(encoding="utf-8")
    run = subprocess.run(["node", "-e", program], input=given, capture_output=True, text=True, check=True, cwd=ROOT)  # noqa: S603, S607 - our own program
    answers: dict[str, Any] = json.loads(run.stdout)
    return answers


@cache
def answers() -> dict[str, Any]:
    return checked(QUERIES)


@needs_library
@pytest.mark.parametrize("name", QUERIES)
def test_a_query_fits_its_tables(name: str) -> None:
    """Every table, column, operator and type."""
    assert [] == answers()[name]["faults"]


@needs_library
def test_the_parser_finds_what_is_wrong() -> None:
    """Otherwise a changed library could find nothing, and say so."""
    wrong = ("AppTraces | where Massage == ''", "AppTrace | take 1", "AppTraces | were true", "AppTraces | where ")
    found = checked({query: query for query in wrong})
    assert all(found[query]["faults"] for query in wrong)


@needs_library
def test_no_query_shows_who_was_written_to() -> None:
    """In Entra's record of a change stands the number in clear."""
    for name in QUERIES:
        assert {"TargetResources", "AdditionalDetails"}.isdisjoint(answers()[name]["columns"])


def test_every_query_is_used() -> None:
    """By an alert or by the workbook."""
    loaded = re.findall(r"loadTextContent\('queries/([\w-]+)\.kql'\)", (INFRA / "monitor.bicep").read_text())
    assert sorted(QUERIES) == sorted(loaded)


@needs_library
def test_alerts_measure_columns_of_their_queries() -> None:
    """And divide by them."""
    bicep = (INFRA / "monitor.bicep").read_text(encoding="utf-8")
    rules = re.findall(r"queries/([\w-]+)\.kql'\)\n    (?:by: \['(\w+)'\]|measure: '(\w+)')", bicep)
    assert rules
    for name, divided, measured in rules:
        assert (divided or measured) in answers()[name]["columns"]
