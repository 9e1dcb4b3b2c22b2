"""Sheets of a streamed workbook, whose rows are written as XML text.

openpyxl makes a tree of elements for each cell and serializes it, which would take half the time of a large result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, time
from typing import Protocol, cast
from xml.sax.saxutils import escape

from openpyxl import Workbook
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import to_excel
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.worksheet.worksheet import Worksheet


def add_sheet(workbook: Workbook, title: str, place: int | None = None) -> Worksheet:
    """A new sheet, streamed if the workbook is; `place` counts from 0, None = the last."""
    if not workbook.write_only:
        return cast("Worksheet", workbook.create_sheet(title, place))
    sheet = _StreamedSheet(workbook, title)
    workbook._add_sheet(sheet, place)  # type: ignore[attr-defined] # noqa: SLF001 - what its own create_sheet calls
    return cast("Worksheet", sheet)  # a streamed sheet has those of its methods that are used here


class _Output(Protocol):
    """The part of openpyxl's writer of XML that is used here."""

    _file: Callable[[str], object]
    """Writes markup as it is."""


class _RowWriter(WorksheetWriter):
    """Writes cells with values: no formulas, links or comments."""

    def write_row(self, xf: _Output, row: Iterable[object], row_idx: int) -> None:
        dimension = cast("Worksheet", self.ws).row_dimensions.pop(row_idx, ())  # not needed any more
        height = "".join(f' {name}="{value}"' for name, value in dimension)
        cells = "".join(_markup(cast("SheetCell", cell)) for cell in row)
        xf._file(f'<row r="{row_idx}"{height}>{cells}</row>')  # noqa: SLF001 - its method would make a tree


class _StreamedSheet(WriteOnlyWorksheet):
    """A sheet to which lists of cells are appended; None = no cell. Its methods override those of openpyxl."""

    _writer: _RowWriter | None = None

    def _get_writer(self) -> None:
        if self._writer is None:
            self._writer = _RowWriter(self)
            self._writer.write_top()

    def _values_to_row(self, values: Iterable[SheetCell | None], row_idx: int) -> Iterator[SheetCell]:
        for column, cell in enumerate(values, 1):
            if cell is not None:
                cell.row, cell.column = row_idx, column
                yield cell


def _markup(cell: SheetCell) -> str:
    value, kind = cell.value, cell.data_type
    begin = f'<c r="{get_column_letter(cell.column)}{cell.row}" s="{cell.style_id}"'
    if value is None or value == "":
        return f"{begin}/>"
    if kind == "s":
        text = str(value)
        space = "" if text == text.strip() else ' xml:space="preserve"'
        return f'{begin} t="inlineStr"><is><t{space}>{escape(text)}</t></is></c>'
    match value:
        case bool():
            content = str(int(value))
        case date() | time():
            content, kind = str(to_excel(value)), "n"  # type: ignore[no-untyped-call] # the stubs lack it
        case _:
            content = escape(str(value))
    return f'{begin} t="{kind}"><v>{content}</v></c>'
