"""Pages published from code say what the code says."""

from __future__ import annotations

import ast
import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from pydantic.alias_generators import to_camel, to_pascal

from shared.api.error_table import REQUEST_CODES
from shared.core.export.layout import Layout
from shared.core.record.ownership_record import OwnershipRecord, SlotRecord
from shared.core.run.row import Row
from shared.core.run.run import Run
from shared.core.run.transitions import TRANSITIONS
from shared.core.values.codes import CODES
from shared.core.values.states import RowState
from shared.settings import Settings
from tests.core.report.said_templates import said_templates
from tools.documents import PAGES, ROOT


@pytest.mark.parametrize("name", PAGES)
def test_published_pages_are_those_of_the_code(name: str) -> None:
    """`python -m tools.documents` writes them again after a change."""
    assert PAGES[name]() == (ROOT / name).read_text(encoding="utf-8")


def test_every_code_used_for_a_row_is_explained() -> None:
    """An outcome or refusal with a literal code that the table lacks would leave HR without a remedy."""
    used = set()
    for path in (ROOT / "shared").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _called(node) in {
                "Outcome",
                "PlanRefusal",
                "PermanentError",
                "RetryLaterError",
                "Verdict",
                "RequestRefusedError",
            }:
                position = 1 if _called(node) in {"Outcome", "Verdict"} else 0
                code = node.args[position] if len(node.args) > position else None
                if isinstance(code, ast.Constant) and isinstance(code.value, str) and code.value:
                    used.add(code.value)
    of_messages = {
        "invalidMessage", "keyNotStorable", "valueTooLarge", "messageTooLarge", "firstRowOpen", "notSettled",
        "questionsOpen",
    }  # fmt: skip
    assert used
    assert used - of_messages <= CODES.keys() | REQUEST_CODES.keys()


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ""


_KINDS = ("e-mail ", "IP ", "IPv4 ", "cell ", "postal ", "home ", "{")
_ADDRESS = re.compile(rf"{''.join(f'(?<!{kind})' for kind in _KINDS)}\baddress(?:es)?\b", re.IGNORECASE)
_DESCRIPTION = re.compile(r"description(?:\(|\s*=\s*)'.*")


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{one.name}" for one in (ROOT / "docs").glob("*.md"))])
def test_an_address_says_of_what_kind_it_is(page: str) -> None:
    """E-mail, IP, cell or postal address; a place on the web has a URL. The word alone stood for each of them."""
    lines = (ROOT / page).read_text(encoding="utf-8").splitlines()
    assert [] == [line for line in lines if _ADDRESS.search(line)]


def test_an_address_in_a_sentence_for_people_says_of_what_kind_it_is() -> None:
    """In the sentences about rows and files, and in what the deployment asks for."""
    asked = [
        line
        for path in (ROOT / "infra").rglob("*.bicep")
        for line in _DESCRIPTION.findall(path.read_text(encoding="utf-8"))
    ]
    assert len(asked) > 50
    assert [] == [one for one in (*said_templates(), *asked) if _ADDRESS.search(one)]


_PLACES = ("", "shared/", "shared/core/", "docs/")
_FILE = re.compile(r"`([\w/*-]+\.(?:py|json|md))`")
_NAMED_IN = re.compile(r"`(_?[A-Z][A-Z_]{3,})`(?:, `(_?[A-Z][A-Z_]{3,})`)* (?:in|of) `([\w/]+\.py)`")


def _found(name: str, folder: str) -> list[Path]:
    places = (*_PLACES, folder)
    return [one for place in places for one in ROOT.glob(f"{place}{name}")]


@pytest.mark.parametrize("page", ["docs/architecture.md", "docs/changing.md"])
def test_every_file_of_the_architecture_is_where_the_page_says(page: str) -> None:
    """By its path in the repository, in `shared` or its core, or beside the file that the same line names before."""
    for line in (ROOT / page).read_text(encoding="utf-8").splitlines():
        folder = ""
        for name in _FILE.findall(line):
            found = _found(name, folder)
            assert found, f"{name} in: {line}"
            folder = f"{found[0].parent.relative_to(ROOT)}/"


@pytest.mark.parametrize("package", ["core", "flows"])
def test_the_architecture_lists_packages_in_the_order_of_their_layers(package: str) -> None:
    """A package imports only from what stands above it."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (layers,) = (one["layers"] for one in contracts if one.get("containers") == [f"shared.{package}"])
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    (listed,) = re.findall(rf"^  {package}/.*\n((?:    .*\n)+)", page, re.MULTILINE)
    places = [
        min(found.start() for found in re.finditer(rf"\b{name}(?:/|\.py)", listed))
        for layer in reversed(layers)
        for name in layer.split(" | ")
        if name != "best_effort"
    ]
    assert places == sorted(places)


def test_every_interface_is_in_the_decision_about_interfaces() -> None:
    record = (ROOT / "docs/decisions/0094-an-interface-stands-for-something-outside.md").read_text(encoding="utf-8")
    interfaces = {
        found
        for path in (ROOT / "shared").rglob("*.py")
        for found in re.findall(r"^class ([A-Z]\w*)\(.*\bProtocol\)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert len(interfaces) > 10
    assert [] == sorted(name for name in interfaces if f"`{name}`" not in record)


def test_every_constant_of_the_architecture_is_in_its_file() -> None:
    """A constant by its name; a setting by the name of its field."""
    page = (ROOT / "docs/changing.md").read_text(encoding="utf-8")
    named = [(name, match[3]) for match in _NAMED_IN.finditer(page) for name in match.groups()[:2] if name]
    assert len(named) > 10
    for name, file in named:
        (path,) = _found(file, "")[:1]
        code = path.read_text(encoding="utf-8")
        assert re.search(rf"\b({name}|{name.lower()})\b", code), f"{name} in {file}"


def test_every_decision_is_in_the_list_of_decisions() -> None:
    folder = ROOT / "docs/decisions"
    listed = re.findall(r"\]\((\d{4}-[^)]+\.md)\)", (folder / "README.md").read_text(encoding="utf-8"))
    assert sorted(path.name for path in folder.glob("0*.md")) == sorted(set(listed))


def test_the_list_of_decisions_says_which_are_superseded() -> None:
    folder = ROOT / "docs/decisions"
    listed = (folder / "README.md").read_text(encoding="utf-8")
    superseded = {
        path.name: found[1]
        for path in folder.glob("0*.md")
        if (
            found := re.search(r"^Status: superseded by decision (\d+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        )
    }
    assert "0079-queries-are-bound-and-not-run.md" in superseded
    assert superseded == dict(re.findall(r"\]\((\d{4}-[^)]+)\) \(superseded by (\d+)\)", listed))


_DELAY = re.compile("DELAY|PAUSE|BACK_OFF|RETRY_AFTER|AGAIN_AFTER")
_LONGEST_OF_A_QUEUE = ("_LONGEST_DELAY", "adapters/storage/limits.py")


def test_every_delay_of_the_code_is_in_the_table_of_delays() -> None:
    """By the name of its constant, in a line that names its file."""
    lines = _section("docs/changing.md", "Delays").splitlines()
    delays = [
        (name, path.relative_to(ROOT / "shared").as_posix())
        for path in (ROOT / "shared").rglob("*.py")
        for name in _constants(path)
        if _DELAY.search(name)
    ]
    assert len(delays) > 15
    missing = [one for one in delays if not any(f"`{one[0]}`" in line and f"`{one[1]}`" in line for line in lines)]
    assert [_LONGEST_OF_A_QUEUE] == missing


def _constants(path: Path) -> list[str]:
    assigned = [one for one in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(one, ast.Assign)]
    names = [name for one in assigned for target in one.targets for name in ast.walk(target)]
    return [name.id for name in names if isinstance(name, ast.Name)]


def test_the_table_of_retention_has_every_number_of_days() -> None:
    settings = [name.upper() for name in Settings.model_fields if name.startswith("keep_")]
    assert len(settings) > 5
    assert [] == [name for name in settings if f"`{name}`" not in _section("docs/reconcile.md", "Retention")]


def _section(page: str, title: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8").partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def _columns(kind: type[Run | Row | OwnershipRecord | Layout], *others: str) -> set[str]:
    """The columns of its fields; `others` are the key, the ETag or the time of the entity, or several columns."""
    return {to_camel(one.name) for one in fields(kind) if one.name not in others}


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("Runs", _columns(Run, "id", "etag")),
        ("Rows", _columns(Row, "run", "number", "etag")),
        (
            "People",
            _columns(OwnershipRecord, "object_id", "slots", "etag", "stored_at")
            | {f"{{slot}}{to_pascal(one.name)}" for one in fields(SlotRecord)},
        ),
        ("Layouts", _columns(Layout, "fingerprint")),
    ],
)
def test_the_architecture_names_every_column_of_a_table(table: str, columns: set[str]) -> None:
    """And no column that does not exist."""
    described = _section("docs/architecture.md", "Tables").partition(f"**{table}**")[2]
    (listed,) = re.findall(r"\n\| column \|.*?\n\n", described, re.DOTALL)[:1]
    cells = re.findall(r"^\| (`[^|]*`) \|", listed, re.MULTILINE)
    assert columns == {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def test_every_partition_of_the_ledger_is_in_the_architecture() -> None:
    """A reader of the storage account finds each of them on the page."""
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    named = re.compile(r"^_?\w*PARTITION\b.*? = (.*)$", re.MULTILINE)
    lines = [
        line
        for path in (ROOT / "shared/adapters/ledger").glob("*.py")
        for line in named.findall(path.read_text(encoding="utf-8"))
    ]
    assert len(lines) > 15
    assert [] == [line for line in lines if f"`{line.split('"')[1]}`" not in page]


def test_the_diagram_of_a_run_has_every_move_between_its_states() -> None:
    """As in the table of transitions; an event after which a run stays in its state is no arrow."""
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    diagram = page.partition("## States of a run")[2].partition("## ")[0]
    drawn = set(re.findall(r"^  (\w+|\[\*\]) --> (\w+)\b", diagram, re.MULTILINE))
    moves = {
        (state.value if state else "[*]", row.next_state.value)
        for row in TRANSITIONS
        if row.next_state
        for state in row.states or (None,)
        if state is not row.next_state
    }
    assert moves == drawn


def test_the_diagram_of_a_row_has_every_state() -> None:
    """And no state that does not exist."""
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    diagram = page.partition("## States of a row")[2].partition("## ")[0]
    assert {state.value for state in RowState} == set(re.findall(r"--> (\w+)\b", diagram))
