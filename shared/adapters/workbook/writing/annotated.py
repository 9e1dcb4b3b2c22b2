"""Adds the app's columns to the workbook of an export, as far as openpyxl preserves it."""

from __future__ import annotations

import itertools
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from math import isfinite
from typing import Any
from zipfile import ZipFile

from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.drawing.text import CharacterProperties, ParagraphProperties
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles import cell_style
from openpyxl.styles.named_styles import _NamedCellStyleList
from openpyxl.utils.indexed_list import IndexedList
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.xml.constants import ARC_STYLE, SHEET_MAIN_NS
from openpyxl.xml.functions import fromstring

from shared.adapters.workbook.reading.formula_risk import Names, risk_of
from shared.adapters.workbook.reading.refusal import BROKEN
from shared.adapters.workbook.reading.sheets import is_ours
from shared.adapters.workbook.reading.source import LAST_ROW
from shared.adapters.workbook.reading.work_sheet import own_sheets
from shared.adapters.workbook.reading.xlsx import NOT_A_DOUBLE, XlsxSource
from shared.adapters.workbook.writing.beside import Beside
from shared.adapters.workbook.writing.evidence import write_evidence
from shared.adapters.workbook.writing.our_columns import ResultContent, SheetContent
from shared.adapters.workbook.writing.pages import put_first
from shared.adapters.workbook.writing.rewritable import what_is_lost
from shared.adapters.workbook.writing.set_mark import set_mark
from shared.adapters.workbook.writing.sorted_lines import SortedLines
from shared.adapters.workbook.writing.texts import escaped
from shared.core.report.texts import Texts
from shared.core.values.cell import Cell, CellKind, FormulaRisk
from shared.core.values.errors import FileRefusedError
from shared.core.values.said import NOTHING, Said

# openpyxl prints the number of a style that a damaged workbook does not have.
vars(cell_style)["print"] = lambda *_: None
# In a chart's texts it would write underlines' colours without the colour, and bullets (bu…) in the wrong place.
for _properties in (CharacterProperties, ParagraphProperties):
    _properties.__elements__ = tuple(
        name for name in _properties.__elements__ if name != "uFill" and not name.startswith("bu")
    )


def write_annotated(source: XlsxSource, content: ResultContent) -> bytes:
    """The workbook with the app's columns. Raises CannotRewriteError."""
    with _by_openpyxl():
        workbook = _Reader(BytesIO(source.data)).read_all()
    if not {sheet.name for sheet in source.sheets} <= set(workbook.sheetnames):
        raise CannotRewriteError(Said("a sheet would be lost"))  # it silently leaves out what it does not find
    remove_what_runs_when_opened(workbook)
    sentences = (*_what_is_lost(source, content.texts), *_of_formulas(source, content))
    section = content.texts.say("section.copy")
    summary = content.summary.with_section(section, sentences) if sentences else content.summary
    with SortedLines() as work:
        _annotate(workbook, content, work)
        put_first(workbook, content.work(work), summary)
    _open_first(workbook)
    set_mark(workbook, content.mark)
    saved = BytesIO()
    with _by_openpyxl():
        workbook.save(saved)
    _check(source, content.sheets, saved.getvalue())
    return saved.getvalue()


def _check(source: XlsxSource, read: Sequence[SheetContent], saved: bytes) -> None:
    """Check that the app can read the result, with the same rows, and that `what_runs_when_opened` finds nothing in it.

    openpyxl may move harmless content to where the readers refuse it.
    """
    try:
        again = XlsxSource(saved, source.limits)
        scans = {sheet.name: again.scan(sheet, stop_after=LAST_ROW) for sheet in again.sheets}
        for sheet in again.sheets:
            for _ in again.rows(sheet, width=1, scan=scans[sheet.name]):
                pass
    except FileRefusedError as error:
        raise CannotRewriteError(Said(error.code)) from None
    if any(part.scan.content_rows != scans[part.sheet.name].content_rows for part in read):
        raise CannotRewriteError(Said("rows would be lost"))
    if found := what_runs_when_opened(saved):
        raise CannotRewriteError(found)


class CannotRewriteError(Exception):
    """This workbook cannot get the app's columns, although its rows can be read; `why` is for HR."""

    def __init__(self, why: Said) -> None:
        super().__init__(why)
        self.why = why


@contextmanager
def _by_openpyxl() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of what it drops; `_what_is_lost` says so in the workbook
        try:
            yield
        except BROKEN as error:
            raise CannotRewriteError(Said("a part of it cannot be read: {kind}", kind=type(error).__name__)) from None


class _Reader(ExcelReader):
    """openpyxl's reader, without its changes to cells: dates stay numbers, floats keep all digits, escapes stay.

    Formulas are read as their stored values, and links to other workbooks are not read.
    """

    def __init__(self, file: BytesIO) -> None:
        super().__init__(file, data_only=True, keep_links=False, rich_text=True)

    def read_all(self) -> Workbook:
        self.read()
        for sheet in self.wb.worksheets:
            for cell in _cells(sheet):
                _keep_value(cell)
        self.wb.template = False
        return self.wb

    def read_worksheets(self) -> None:
        # A number with the format of a date stays a number, so that it is written as it was.
        styles = _with_named_styles(vars(self.wb)["_cell_styles"], self.archive)
        vars(self.wb).update(_date_formats=set(), _timedelta_formats=set(), _cell_styles=styles)
        super().read_worksheets()


def _with_named_styles(
    styles: Iterable[cell_style.StyleArray], workbook: ZipFile
) -> IndexedList[cell_style.StyleArray]:
    """Cell styles with the new numbers of their named styles: openpyxl keeps only those that the workbook lists."""
    has_styles = ARC_STYLE in workbook.namelist()
    listed: Any = fromstring(workbook.read(ARC_STYLE)).find(f"{{{SHEET_MAIN_NS}}}cellStyles") if has_styles else None
    named: Any = _NamedCellStyleList() if listed is None else _NamedCellStyleList.from_tree(listed)
    numbers = {style.xfId: number for number, style in enumerate(named.remove_duplicates())}
    found = list(styles)
    for style in found:
        style.xfId = numbers.get(style.xfId, 0)
    return IndexedList(found)


def _keep_value(cell: SheetCell) -> None:
    """Spell the value so that openpyxl does not round or change it when it writes."""
    match cell.value:
        case bool():
            pass
        case int() | float() as number if isfinite(number):
            cell.value, cell.data_type = repr(number), "n"
        case float():
            cell.value, cell.data_type = NOT_A_DOUBLE, "e"
        case str() as text if "\r" in text and cell.data_type == "s":
            cell.value, cell.data_type = text.replace("\r", escaped("\r")), "s"


def _cells(sheet: Worksheet) -> list[SheetCell]:
    """The cells that exist. Iterating by rows would create all cells between two distant ones, perhaps millions."""
    return [cell for cell in sheet._cells.values() if isinstance(cell, SheetCell)]  # noqa: SLF001 - as said


def _what_is_lost(source: XlsxSource, texts: Texts) -> tuple[str, ...]:
    lost = [texts.say(f"lost.{kind}") for kind in what_is_lost(source.part_names)]
    return (texts.say("copy.lost", what=", ".join(lost)),) if lost else ()


def _of_formulas(source: XlsxSource, content: ResultContent) -> tuple[str, ...]:
    """The sentence about formulas, if any sheet has some; sheets that were not read count too."""
    scans = {part.sheet.name: part.scan for part in content.sheets}
    found = (scans.get(sheet.name) or source.scan(sheet, stop_after=LAST_ROW) for sheet in source.sheets)
    return (content.texts.say("copy.formulas"),) if any(scan.formula_columns for scan in found) else ()


def _open_first(workbook: Workbook) -> None:
    for sheet in workbook.worksheets:
        sheet.sheet_view.tabSelected = False
    workbook.active = 0


def _annotate(workbook: Workbook, content: ResultContent, work: SortedLines) -> None:
    for sheet in [sheet for sheet, _ in own_sheets(content.source) if sheet.name in workbook.sheetnames]:
        del workbook[sheet.name]
    for part in content.sheets:
        _annotate_sheet(workbook[part.sheet.name], content, part, work)


def _annotate_sheet(sheet: Worksheet, content: ResultContent, part: SheetContent, work: SortedLines) -> None:
    _clear_our_columns(sheet, part.header_row)
    first = _free_columns(sheet, len(part.header) + 1, len(content.columns(part)))
    beside = Beside(sheet, content, part, first, work)
    beside.lay_out()
    beside.write_header()
    for row, cells, report in content.rows(part):
        _write_missing_results(sheet, row, cells)
        corrected = content.corrections.get(part.rows_before + row, {})
        _write_corrections(sheet, row, {index: cells[index] for index in corrected if index < len(cells)})
        if report is not None:
            beside.write_row(row, cells, report)


def _write_missing_results(sheet: Worksheet, row: int, cells: Iterable[Cell]) -> None:
    """Write a text where a formula has no stored result, because openpyxl has left the cell blank."""
    for column, cell in enumerate(cells, 1):
        target = sheet.cell(row, column) if cell.kind is CellKind.FORMULA else None
        if isinstance(target, SheetCell):
            write_evidence(target, cell)


def _write_corrections(sheet: Worksheet, row: int, corrections: Mapping[int, Cell]) -> None:
    """Write what HR has typed into the sheet of rows that need work into the cells of the export."""
    for index, cell in corrections.items():
        target = sheet.cell(row, index + 1)
        if isinstance(target, SheetCell):
            target.value = None
            write_evidence(target, cell)


def _clear_our_columns(sheet: Worksheet, header_row: int) -> None:
    cells = _cells(sheet)
    ours = {cell.column for cell in cells if cell.row == header_row and is_ours(cell.value)}
    for cell in cells:
        if cell.column in ours and cell.row >= header_row:
            cell.value = None


def _free_columns(sheet: Worksheet, first: int, count: int) -> int:
    """The first of `count` columns side by side, without content and in no merged range, from `first` on."""
    used = {cell.column for cell in _cells(sheet) if cell.value is not None}
    for merged in sheet.merged_cells.ranges:
        used.update(range(merged.min_col, merged.max_col + 1))
    return next(column for column in itertools.count(first) if used.isdisjoint(range(column, column + count)))


_FORMULA = re.compile(rb"<(?:\w+:)?f[ />]")
_OTHER_WORKBOOK = re.compile(rb"\[\d+\]")
_EXTERNAL = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_LINK = b'/hyperlink"'


def remove_what_runs_when_opened(workbook: Workbook) -> None:
    """Remove pivot tables, formulas of tables, and the names and rules whose formulas do more than look at cells.

    openpyxl also copies other content that could calculate or fetch something when the workbook is opened;
    `what_runs_when_opened` searches the written file for it.
    """
    scopes: list[Workbook | Worksheet] = [workbook, *workbook.worksheets]
    names = {name.upper(): [str(one.value)] for scope in scopes for name, one in scope.defined_names.items()}
    for scope in scopes:
        for name, one in list(scope.defined_names.items()):
            if _reaches_outside(one.value, names):
                del scope.defined_names[name]
    for sheet in workbook.worksheets:
        vars(sheet)["_pivots"] = []  # openpyxl has no other way
        _remove_rules(sheet, names)
        for table in sheet.tables.values():
            for column in table.tableColumns:
                column.calculatedColumnFormula = column.totalsRowFormula = None


def _remove_rules(sheet: Worksheet, names: Names) -> None:
    for formatting in list(sheet.conditional_formatting):
        if any(_reaches_outside(formula, names) for rule in formatting.rules for formula in rule.formula):
            del sheet.conditional_formatting[formatting.sqref]
    validations = sheet.data_validations
    validations.dataValidation = [
        one
        for one in validations.dataValidation
        if not (_reaches_outside(one.formula1, names) or _reaches_outside(one.formula2, names))
    ]


def _reaches_outside(formula: object, names: Names) -> bool:
    return isinstance(formula, str) and risk_of(formula, names) is FormulaRisk.OUTSIDE


def what_runs_when_opened(data: bytes) -> Said:
    """What the written workbook would calculate or fetch when it is opened, in words; "" = nothing."""
    with ZipFile(BytesIO(data)) as archive:
        for name in archive.namelist():
            if not name.endswith((".xml", ".rels")):
                continue
            content = archive.read(name)
            if name.startswith("xl/worksheets/") and _FORMULA.search(content):
                return Said("it would be calculated again")
            if name.endswith(".rels") and any(
                b"External" in tag and _LINK not in tag for tag in _EXTERNAL.findall(content)
            ):
                return Said("it would fetch something")
            if "/charts/" in name and _OTHER_WORKBOOK.search(content):
                return Said("a chart shows another workbook")
    return NOTHING
