"""How the tests make results and look into them."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from shared.adapters.workbook.writing.result import write_result
from shared.core.run.documents import RowReport
from tests.adapters.workbook.reading import opened

GOOD = RowReport("created", "applied", "The change was made and read back.", "")
BAD = RowReport("refused", "letters", "B3: the number has letters in it", "Correct the cell.", "+61 491 570 006")
REPORTS = {2: GOOD, 3: BAD, 4: GOOD}
SUMMARY = [("Run", "20260102T030405Z-0123456789"), ("Rows", "3")]
OURS = tuple(f"Phone methods: {name}" for name in ("outcome", "code", "reason", "what to do", "suggested value"))


def result_of(data: bytes, name: str = "export.xlsx", *, full_rows: int = 20_000) -> bytes:
    """The result for three people, of whom the second needs work."""
    return write_result(data, name, opened(data, name), REPORTS, summary=SUMMARY, full_rows=full_rows)


def sheets_of(data: bytes) -> dict[str, Worksheet]:
    """The worksheets by title, in order."""
    return {page.title: page for page in load_workbook(BytesIO(data), rich_text=True).worksheets}


def values_of(rows: Iterable[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """What the cells hold, row by row."""
    return [tuple(cell.value for cell in line) for line in rows]  # type: ignore[attr-defined] # openpyxl's cells
