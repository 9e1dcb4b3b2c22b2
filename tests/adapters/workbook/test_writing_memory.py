"""The memory of writing a large result does not grow with the rows that need work."""

from __future__ import annotations

import random
import tracemalloc
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from shared.adapters.workbook.writing.pages import write_page
from shared.adapters.workbook.writing.sorted_lines import SortedLines
from shared.adapters.workbook.writing.streamed import add_sheet
from shared.core.report.open_work import Work
from shared.core.report.page import Column, Kind, Line, Page, Table
from tests.adapters.workbook.own_process import run
from tests.adapters.workbook.test_reading_memory import write_people

_TODO = ("Type the number with its country code.", "Ask your IT department.", "Correct the sign-in name.")
_WORK = dict(zip(_TODO, (Work.TYPE, Work.ASK, Work.TYPE), strict=True))


def _line(number: int) -> Line:
    return Line((number, f"person{number}@contoso.example", f"B{number}", f"what stands in row {number}"))


def test_lines_are_sorted_outside_memory() -> None:
    """By the kind of work, what to do, and row; two lines of one row stay in their order. A line takes 500 bytes."""
    rng = random.Random(1)
    entries = [(rng.choice(_TODO), row, _line(row * 10 + part)) for row in range(10_000) for part in (0, 1)]
    rng.shuffle(entries)
    with SortedLines() as lines:
        assert not lines
        tracemalloc.start()
        for todo, row, line in entries:
            lines.add(_WORK[todo], todo, row, line)
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert lines
        assert held < 150 * len(entries)
        numbered = [(todo, row, at) for at, (todo, row, _) in enumerate(entries)]
        first = {todo: min((row, at) for own, row, at in numbered if own == todo) for todo in _TODO}
        in_order = sorted(entries, key=lambda entry: (_WORK[entry[0]], first[entry[0]], entry[1]))
        assert [line for _, _, line in in_order] == list(lines)
        assert len(entries) == sum(1 for _ in lines)


def test_heights_of_rows_are_not_held() -> None:
    """Nearly every row with a sentence has one."""
    workbook = Workbook(write_only=True)
    sheet = add_sheet(workbook, "Rows")
    columns = (Column("What to do", 20, Kind.SENTENCE),)
    lines = (Line(("a sentence that needs more than one line of this width",)) for _ in range(2_000))
    write_page(sheet, Page("Rows", (Table(columns, lines),), "{page}"))
    assert len(sheet.row_dimensions) < 10
    saved = BytesIO()
    workbook.save(saved)
    written = load_workbook(saved).worksheets[0]
    assert {48.0} == {written.row_dimensions[row].height for row in range(2, 2_002)}


@pytest.mark.long
def test_large_result(tmp_path: Path) -> None:
    """100,000 rows of which every tenth needs work take about as much as rows of which none does."""
    file = tmp_path / "people.xlsx"
    write_people(file, 100_000)
    plain, work = (run("writing_memory", file, 100_000, every)["peakMiB"] for every in (0, 10))
    assert work <= plain + 5
