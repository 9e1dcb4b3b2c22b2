"""What a result is written from, and the sheets that both writers of results write: `annotated` and `values_only`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import assert_never

from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.packaging.custom import CustomPropertyList, StringProperty
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from shared.adapters.workbook.reading.marks import MARK_PROPERTY
from shared.adapters.workbook.reading.source import RowSource, Sheet
from shared.adapters.workbook.writing.texts import text_cells, write_text
from shared.core.export.fields import RESULT_PREFIX
from shared.core.run.documents import RowReport
from shared.core.values.cell import Cell, CellKind


def _prefixed(*names: str) -> tuple[str, ...]:
    return tuple(RESULT_PREFIX + name for name in names)


HEADINGS = _prefixed("outcome", "code", "reason", "what to do", "suggested value")

COLUMN_WIDTH = 28
_LONGEST_TEXT = 1_000
"""The reader's default limit for a cell, so that a result can be uploaded again."""
NO_STORED_RESULT = "(formula without a stored result)"
_LONGEST_CELL = 32_767
"""Excel's own limit for a cell."""
_NO_CELL = Cell("", CellKind.BLANK)


@dataclass(frozen=True, slots=True)
class SheetContent:
    """One sheet that was read."""

    sheet: Sheet
    header_row: int
    header: tuple[Cell, ...]
    """Up to the last column that the app did not add."""
    rows_before: int
    """What the number of a row in the run exceeds its number on the sheet by."""
    order: tuple[int | None, ...]
    """For each column of the first sheet, where this sheet has the same; None = nowhere."""


@dataclass(frozen=True, slots=True)
class ResultContent:
    """What a result is written from: the export, the place of its rows, and a report on each by its number."""

    source: RowSource
    sheets: tuple[SheetContent, ...]
    report: Callable[[int], RowReport | None]
    summary: tuple[tuple[str, str], ...]
    mark: str
    """By which the app knows the workbook when it is uploaded again; also in the summary."""

    @property
    def header(self) -> tuple[Cell, ...]:
        """Of the first sheet."""
        return self.sheets[0].header

    def rows(self, part: SheetContent) -> Iterator[tuple[int, tuple[Cell, ...], RowReport | None]]:
        """Every row of a sheet with content, also those above the header, and its report."""
        for row, cells in self.source.rows(part.sheet, len(part.header)):
            yield row, cells, self.report(part.rows_before + row) if row > part.header_row else None

    def in_first_order(self, part: SheetContent, cells: Sequence[Cell]) -> Sequence[Cell]:
        """The cells of a row in the order of the first sheet's columns."""
        if part is self.sheets[0]:
            return cells
        found = part.order[: len(self.header)]
        return [_NO_CELL if index is None or index >= len(cells) else cells[index] for index in found]


def report_texts(report: RowReport) -> tuple[str, ...]:
    """The cells beside one row, in the order of `HEADINGS`."""
    texts = (report.outcome, report.code, report.reason, report.remedy, report.suggested)
    return tuple(text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…" for text in texts)


@dataclass(frozen=True, slots=True)
class NeedsWork:
    """The sheet with copies of the rows that need work."""

    sheet: Worksheet
    content: ResultContent

    def start(self) -> None:
        """Write the purpose of the sheet, then its header."""
        names = [f"'{part.sheet.name}'" for part in self.content.sheets]
        on_sheets = f"sheet {names[0]}" if len(names) == 1 else f"sheets {', '.join(names)}"
        where = f"This is a copy. Correct these rows on {on_sheets}, then upload the workbook again."
        place = ["Row"] if len(names) == 1 else ["Sheet", "Row"]
        header = [cell.text for cell in self.content.header]
        widen(self.sheet, len(place) + len(header) + 1, len(HEADINGS))
        self.sheet.append(text_cells(self.sheet, [where], bold=True))
        self.sheet.append(text_cells(self.sheet, [*place, *header, *HEADINGS], bold=True))

    def add(self, part: SheetContent, row: int, cells: Sequence[Cell], texts: Sequence[str]) -> None:
        place = [str(row)] if len(self.content.sheets) == 1 else [part.sheet.name, str(row)]
        evidence = evidence_cells(self.sheet, self.content.in_first_order(part, cells))
        self.sheet.append([*text_cells(self.sheet, place), *evidence, *text_cells(self.sheet, texts)])


def set_mark(workbook: Workbook, mark: str) -> None:
    """Excel and LibreOffice keep the property; Google Sheets keeps only the cell of the summary."""
    properties: CustomPropertyList[StringProperty] = CustomPropertyList()
    for one in vars(workbook)["custom_doc_props"]:  # openpyxl's types do not know it
        if one.name != MARK_PROPERTY:
            properties.append(one)
    properties.append(StringProperty(name=MARK_PROPERTY, value=mark))
    vars(workbook)["custom_doc_props"] = properties


def write_summary(sheet: Worksheet, content: ResultContent, remarks: Sequence[str]) -> None:
    """Write a few lines about the run, then remarks about this workbook."""
    widen(sheet, 1, 2)
    for name, text in content.summary:
        sheet.append(text_cells(sheet, [name, text]))
    sheet.append(text_cells(sheet, ["Result", content.mark]))
    sheet.append([])
    for remark in remarks:
        sheet.append(text_cells(sheet, [remark]))


def widen(sheet: Worksheet, first: int, count: int) -> None:
    """Make columns wide enough for sentences; in a streamed sheet this works only before the first row."""
    for column in range(first, first + count):
        sheet.column_dimensions[get_column_letter(column)].width = COLUMN_WIDTH


def evidence_cells(sheet: Worksheet, cells: Iterable[Cell]) -> list[SheetCell | None]:
    """Cells for `sheet.append`, each holding what the export's cell held; a blank one is no cell."""
    return [None if cell.is_blank else _evidence_cell(sheet, cell) for cell in cells]


def _evidence_cell(sheet: Worksheet, cell: Cell) -> SheetCell:
    target = WriteOnlyCell(sheet)
    _write_evidence(target, cell)
    return target


def _write_evidence(target: SheetCell, cell: Cell) -> None:
    """Store what the export's cell held, with its type and format."""
    match cell.kind:
        case CellKind.BLANK | CellKind.COVERED:
            return
        case CellKind.TEXT | CellKind.UNCERTAIN | CellKind.TOO_LONG:
            write_text(target, cell.text[:_LONGEST_CELL], cell.number_format)
            return
        case CellKind.INTEGER | CellKind.FLOAT:
            target.value, target.data_type = cell.text, "n"  # as digits: openpyxl would round a float to 16 of them
        case CellKind.BOOLEAN:
            target.value = cell.text == "TRUE"
        case CellKind.DATE:
            target.value = _moment(cell.text)
        case CellKind.ERROR:
            target.value, target.data_type = cell.text, "e"
        case CellKind.FORMULA:
            write_text(target, NO_STORED_RESULT)
            return
        case _:
            assert_never(cell.kind)
    target.number_format = cell.number_format


def _moment(text: str) -> datetime | date | time | str:
    for kind in (datetime, time):
        try:
            return kind.fromisoformat(text)
        except ValueError:
            continue
    return text
