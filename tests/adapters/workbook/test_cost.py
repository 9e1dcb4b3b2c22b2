"""Reading stays near the speed of bare openpyxl, and its memory far below the size of the rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.workbook.cost import people
from tests.adapters.workbook.own_process import run


def _measure(folder: Path, rows: int, passes: int) -> dict[str, float]:
    file = folder / "people.xlsx"
    file.write_bytes(people(rows))
    return run("cost", file, passes)


def test_small_file(tmp_path: Path) -> None:
    """1,500 rows in at most 1.6 times the CPU time of bare openpyxl."""
    found = _measure(tmp_path, rows=1_500, passes=4)
    assert found["ours"] <= 1.6 * found["bare"]


@pytest.mark.long
def test_large_file(tmp_path: Path) -> None:
    """100,000 rows in at most 1.6 times the CPU time of bare openpyxl."""
    found = _measure(tmp_path, rows=100_000, passes=2)
    assert found["ours"] <= 1.6 * found["bare"]


@pytest.mark.long
def test_memory(tmp_path: Path) -> None:
    """200,000 rows in at most 120 MiB above the start."""
    assert _measure(tmp_path, rows=200_000, passes=1)["peakMiB"] <= 120
