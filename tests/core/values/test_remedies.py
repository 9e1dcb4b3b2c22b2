"""What HR reads about a cell: a way that works in Excel, and no setting."""

from __future__ import annotations

import re

import pytest

from shared.core.numbers.read_number import NumberRead, Regions, read_number
from shared.core.values.cell import Cell, CellKind
from shared.core.values.codes_of_cells import CODES_OF_CELLS
from shared.core.values.slot import PhoneType
from shared.settings import Settings

SETTINGS = {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("code", CODES_OF_CELLS)
def test_no_remedy_of_a_cell_names_a_setting(code: str) -> None:
    """HR cannot change settings, and is not told to loosen a limit."""
    words = set(re.findall(r"[A-Z][A-Z_]{2,}", CODES_OF_CELLS[code].remedy))
    assert set() == words & SETTINGS


@pytest.mark.parametrize("code", ["numberNotValid", "numberAmbiguous", "regionMissing", "plusMissing"])
def test_a_number_typed_as_the_remedy_says_is_accepted(code: str) -> None:
    """A General cell drops the plus, so that the remedy asks for a cell of the format Text."""
    assert CODES_OF_CELLS[code].remedy.startswith("Format the cell as Text, then write +, country code and number")
    typed = Cell("C2", CellKind.TEXT, "+49 171 1234567", "@")
    assert isinstance(read_number(typed, PhoneType.MOBILE, Regions()), NumberRead)
    dropped = Cell("C2", CellKind.INTEGER, "491711234567")
    assert not isinstance(read_number(dropped, PhoneType.MOBILE, Regions()), NumberRead)
