"""What HR and administrators read about a code: two texts, and HR's names no setting."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.api.error_table import REQUEST_CODES
from shared.core.numbers.read_number import NumberRead, Regions, read_number
from shared.core.values.cell import Cell, CellKind
from shared.core.values.codes import CODES
from shared.core.values.slot import PhoneType
from shared.read_settings import FORMER_NAMES
from shared.settings import Settings

SHARED = Path(__file__).parents[3] / "shared"
SETTINGS = {name.upper() for name in Settings.model_fields} | set(FORMER_NAMES)
LIMITS = re.compile(r"\b(?:(?:MAX|MIN|ALLOW|PROTECT|REQUIRE|HELD)_[A-Z_]+|APPROVAL|LAYOUTS|ON_EXISTING|SMS_SIGN_IN)\b")


@pytest.mark.parametrize("code", CODES)
def test_hr_is_not_told_of_settings(code: str) -> None:
    """HR cannot change settings, grant permissions or redrive runs."""
    for text in (CODES[code].meaning, CODES[code].remedy):
        assert set() == set(re.findall(r"[A-Z][A-Z_]{2,}", text)) & SETTINGS
        assert not re.search(r"\bsettings?\b|\bgrant\b|\bredrive\b|\braise\b", text, re.IGNORECASE)


@pytest.mark.parametrize("code", [code for code, info in CODES.items() if "redrive the run" in info.for_admins])
def test_what_is_to_be_redriven_can_be(code: str) -> None:
    """A refused row is planned again in a redrive only if its code says so; a failed one always is."""
    assert CODES[code].redrivable or code == "retriesExhausted"


@pytest.mark.parametrize("code", CODES | REQUEST_CODES)
def test_loosening_a_limit_is_never_the_first_way_out(code: str) -> None:
    """The file, the person or the account comes first; a limit stands behind a condition."""
    info = (CODES | REQUEST_CODES)[code]
    for text in (info.remedy, info.for_admins):
        found = LIMITS.search(text)
        assert found is None or re.search(r"\b(if|only|where)\b", text[: found.start()], re.IGNORECASE)


def test_no_sentence_about_a_row_or_a_file_names_a_setting() -> None:
    """Reasons, notes and messages stand in HR's workbook; the tables of codes have their own tests.

    Administrators alone read about approvers, notifications and their sending.
    """
    for_administrators = {"approvers.py", "notifications.py", "outbox.py"}
    named = [
        (path.name, text)
        for place in ("core", "flows", "adapters/workbook")
        for path in (SHARED / place).rglob("*.py")
        if not path.name.startswith("codes_of_") and path.name not in for_administrators
        for text in _sentences(path)
        if set(re.findall(r"[A-Z][A-Z_]{2,}", text)) & SETTINGS
    ]
    assert [] == named


def _sentences(path: Path) -> Iterator[str]:
    """The texts with a space in them, or parts of such texts, without docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in docstrings)
    return (value for value in found if isinstance(value, str) and " " in value)


def test_who_can_act_is_named() -> None:
    """Where an administrator can do something, HR has something to do as well, or knows whom to ask."""
    silent = [code for code, info in CODES.items() if info.for_admins and not info.remedy]
    assert ["keptByPolicy"] == silent


@pytest.mark.parametrize("code", ["numberNotValid", "numberAmbiguous", "regionMissing", "plusMissing"])
def test_a_number_typed_as_the_remedy_says_is_accepted(code: str) -> None:
    """A General cell drops the plus, so that the remedy asks for a cell of the format Text."""
    assert CODES[code].remedy.startswith("Format the cell as Text, then write +, country code and number")
    typed = Cell("C2", CellKind.TEXT, "+49 171 1234567", "@")
    assert isinstance(read_number(typed, PhoneType.MOBILE, Regions()), NumberRead)
    dropped = Cell("C2", CellKind.INTEGER, "491711234567")
    assert not isinstance(read_number(dropped, PhoneType.MOBILE, Regions()), NumberRead)
