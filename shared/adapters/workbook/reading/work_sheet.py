"""Reads the sheet of rows that need work from a result that is uploaded again; called by `export`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache

from shared.adapters.workbook.reading.source import LAST_ROW, RowSource
from shared.core.export.file_mapping import column_index
from shared.core.export.work_corrections import WorkPlace, WorkSheet
from shared.core.report.texts import in_every_language
from shared.core.values.cell import Cell, visible_text

_MOST_COLUMNS = 30
_ROW, _CELL, _CONTENT = "row", "cell", "content"


def read_work_sheet(source: RowSource) -> WorkSheet:
    """Empty when there is none, or when it names rows of several sheets. Raises FileRefusedError."""
    names = in_every_language("sheet.work")
    sheet = next((one for one in source.sheets if one.name in names), None)
    if sheet is None:
        return WorkSheet()
    found: defaultdict[WorkPlace, tuple[Cell, ...]] = defaultdict(tuple)
    columns: Mapping[str, int] = {}
    for _, cells in source.rows(sheet, _MOST_COLUMNS, scan=source.scan(sheet, stop_after=LAST_ROW)):
        if not columns:
            columns = _columns(cells)
        elif cells[columns[_ROW]].text.isdecimal():
            row, key = int(cells[columns[_ROW]].text), cells[columns[_ROW] + 1]
            found[row, None] += (key,)
            letters = cells[columns[_CELL]].text.rstrip("0123456789")
            if letters.isalpha() and letters.isascii():
                found[row, column_index(letters.upper())] += (cells[columns[_CONTENT]],)
    return WorkSheet(sheet.name, dict(found))


def _columns(cells: Sequence[Cell]) -> dict[str, int]:
    """Where the columns stand that are read, if this is the row of headings; {} = it is not.

    The key stands to the right of the row's number.
    """
    texts = [visible_text(cell.text) for cell in cells]
    found = {
        name: index for name in (_ROW, _CELL, _CONTENT) for index, text in enumerate(texts) if text in _headings(name)
    }
    return found if len(found) == len((_ROW, _CELL, _CONTENT)) else {}


@cache
def _headings(name: str) -> frozenset[str]:
    return frozenset(text[:1].upper() + text[1:] for text in in_every_language(f"heading.{name}"))
