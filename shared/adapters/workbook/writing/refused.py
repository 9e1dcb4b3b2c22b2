"""Writes the workbook that HR gets for a file that was refused: why, where, and what to do; nothing of its content."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from shared.adapters.workbook.writing.texts import text_cells

_WIDTHS = {"A": 20, "B": 110}


def write_refused(lines: Sequence[tuple[str, str]]) -> bytes:
    """An .xlsx with one sheet; each line is a name and a text."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("File was refused")
    for letter, width in _WIDTHS.items():
        sheet.column_dimensions[letter].width = width
    for line in lines:
        cells = text_cells(sheet, line)
        for cell in cells:
            if cell is not None:
                cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.append(cells)
    saved = BytesIO()
    workbook.save(saved)
    return saved.getvalue()
