"""The memory of reading is far below the size of the rows; `make bench-intake` measures its time."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from xlsxwriter import Workbook  # type: ignore[import-untyped] # the package ships no types

from tests.adapters.workbook.own_process import run

_HEADER = ("userPrincipalName", "mobile", "alternateMobile", "office", "country", "name", "department", "number")


def write_people(file: Path, rows: int) -> None:
    """A workbook as Excel writes it, with shared strings: 8 columns, of which most texts differ."""
    rng = random.Random(1)
    with Workbook(file) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, _HEADER)
        for row in range(1, rows + 1):
            phones = (f"+1 202 555 01{rng.randrange(100):02}", f"+61 491 {row:07}", 33199000000 + row)
            page.write_row(
                row, 0, (f"person{row}@contoso.example", *phones, rng.choice("UAF"), f"Name {row}", "Sales", row)
            )


@pytest.mark.long
def test_large_file(tmp_path: Path) -> None:
    """200,000 rows in at most 120 MiB above the start."""
    file = tmp_path / "people.xlsx"
    write_people(file, 200_000)
    found = run("reading_memory", file)
    assert 200_000 == found["rows"]
    assert found["peakMiB"] <= 120
