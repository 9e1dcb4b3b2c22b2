"""Another reader, which shares no code with openpyxl, sees no row that we do not see."""

from __future__ import annotations

from io import BytesIO

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from tests.adapters.workbook import corpus_cells, corpus_structure
from tests.adapters.workbook.odd import Odd
from tests.adapters.workbook.reading import opened, texts

_BEYOND_CALAMINE = {
    "far cell below",  # it wants memory for all cells between
    "dimension that is no range",
    "macros, dialog and macro sheets",
    "row numbers as decimals",
    "no content types",
    "part names with backslashes",
}
_BOTH = [
    odd
    for odd in (*corpus_structure.CORPUS, *corpus_cells.CORPUS)
    if odd.rows is not None and odd.name not in _BEYOND_CALAMINE
]


@pytest.mark.parametrize("odd", _BOTH, ids=str)
def test_no_row_is_missing(odd: Odd) -> None:
    """Every row in which calamine finds a value is among ours or above them."""
    data = odd.make()
    export = opened(data, odd.file)
    page = CalamineWorkbook.from_filelike(BytesIO(data)).get_sheet_by_name(export.sheet)
    first = page.start[0] + 1 if page.start else 1
    filled = [row for row, cells in enumerate(page.iter_rows(), first) if any(cell != "" for cell in cells)]
    assert {row for row in filled if row > export.header_row} <= {row for row, _ in texts(export)}


def test_openpyxl_parses_defused() -> None:
    """openpyxl uses defusedxml when it is installed; the result writer relies on it."""
    assert openpyxl.DEFUSEDXML is True
