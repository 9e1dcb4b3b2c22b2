"""Outcome codes: what the table says of each, and which codes of older versions are still understood."""

from __future__ import annotations

import json
from pathlib import Path

from shared.core.values.codes import CODES
from shared.core.values.codes_of_calls import CODES_OF_CALLS
from shared.core.values.codes_of_cells import CODES_OF_CELLS
from shared.core.values.codes_of_files import CODES_OF_FILES
from shared.core.values.codes_of_rows import CODES_OF_ROWS
from shared.core.values.former_codes import CODE_NOW, code_now

_STORED_ROWS = Path(__file__).parents[2] / "snapshots/0.1.0/tables/Rows.json"


def test_each_meaning_is_a_sentence() -> None:
    """Results join meanings and notes, so each must end like a sentence."""
    assert [] == [code for code, info in CODES.items() if not info.meaning.endswith(".")]


def test_former_codes_lead_to_codes_that_exist() -> None:
    """No code is both a former name and a present one."""
    assert set() == set(CODE_NOW.values()) - set(CODES)
    assert set() == set(CODE_NOW) & set(CODES)


def test_every_code_that_an_older_version_stored_has_a_meaning() -> None:
    """Rows of a run that began before the upgrade keep their meaning, their remedy and the right to a redrive."""
    stored = {entity["code"] for entity in json.loads(_STORED_ROWS.read_text(encoding="utf-8"))} - {""}

    assert "alreadyThere" in stored
    assert set() == {code_now(code) for code in stored} - set(CODES)


def test_no_code_stands_in_two_tables() -> None:
    """The tables of rows, calls, cells and files are joined without one hiding another's line."""
    assert len(CODES) == len(CODES_OF_ROWS) + len(CODES_OF_CALLS) + len(CODES_OF_CELLS) + len(CODES_OF_FILES)
