"""A cell comes as evidence: kind, text without loss, number format."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO

import pytest
from openpyxl import Workbook as OpenpyxlWorkbook
from xlsxwriter import Workbook as XlsxWriterWorkbook  # type: ignore[import-untyped] # the package ships no types

from shared.core.values.cell import Cell, CellKind, FormulaRisk
from tests.adapters.workbook.corpus_cells import one_cell
from tests.adapters.workbook.packages import HEADER, inline, inline_rows, number, row, sheet, styles, workbook
from tests.adapters.workbook.reading import opened

_DATE, _ZEROS, _PLUS, _SCIENTIFIC = 1, 2, 3, 4
_FORMATS = ("dd/mm/yyyy", "0000000000", '"+"0', "0.00E+00")


def _mobile(data: bytes) -> Cell:
    ((_, cells),) = opened(data).rows()
    return cells[1]


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        (inline("+1 202 555 0123"), Cell("B2", CellKind.TEXT, "+1 202 555 0123")),
        (inline("'+1 202 555 0123"), Cell("B2", CellKind.TEXT, "'+1 202 555 0123")),
        ("", Cell("B2", CellKind.BLANK)),
        (number("12025550123"), Cell("B2", CellKind.INTEGER, "12025550123")),
        (number("1.2025550123E10"), Cell("B2", CellKind.INTEGER, "12025550123")),
        (number("612345678", _ZEROS), Cell("B2", CellKind.INTEGER, "612345678", "0000000000")),
        (number("12025550123", _PLUS), Cell("B2", CellKind.INTEGER, "12025550123", '"+"0')),
        (number("12025550123", _SCIENTIFIC), Cell("B2", CellKind.INTEGER, "12025550123", "0.00E+00")),
        (number("9007199254740991"), Cell("B2", CellKind.INTEGER, "9007199254740991")),
        (number("9007199254740992"), Cell("B2", CellKind.FLOAT, "9007199254740992")),
        (number("1.234567890123457E+17"), Cell("B2", CellKind.FLOAT, "1.234567890123457e+17")),
        (number("0.5"), Cell("B2", CellKind.FLOAT, "0.5")),
        (number("-1"), Cell("B2", CellKind.INTEGER, "-1")),
        (number("43831", _DATE), Cell("B2", CellKind.DATE, "2020-01-01T00:00:00", "dd/mm/yyyy")),
        (number("12025550123", _DATE), Cell("B2", CellKind.INTEGER, "12025550123", "dd/mm/yyyy")),
        ('<c r="@" t="d"><v>2020-01-01T10:00:00Z</v></c>', Cell("B2", CellKind.DATE, "2020-01-01T10:00:00")),
        ('<c r="@" t="b"><v>0</v></c>', Cell("B2", CellKind.BOOLEAN, "FALSE")),
        ('<c r="@" t="e"><v>#N/A</v></c>', Cell("B2", CellKind.ERROR, "#N/A")),
        ('<c r="@"><f>+12025550123</f></c>', Cell("B2", CellKind.FORMULA, "=+12025550123")),
        ('<c r="@"><f>1+1</f><v>2</v></c>', Cell("B2", CellKind.INTEGER, "2", risk=FormulaRisk.CONSTANT)),
        ('<c r="@"><f>D2+1</f><v>2</v></c>', Cell("B2", CellKind.INTEGER, "2")),
        ('<c r="@" t="str"><f>A1</f><v></v></c>', Cell("B2", CellKind.BLANK)),
    ],
)
def test_kind_text_and_format(xml: str, expected: Cell) -> None:
    """Each form of a cell keeps what it held and how it was shown."""
    assert expected == _mobile(one_cell(xml, stylesheet=styles(*_FORMATS)))


def test_dates_of_the_1904_system() -> None:
    """The same serial number is four years and a day later in a workbook of the 1904 system."""
    xml = sheet(inline_rows([HEADER]) + row(2, [inline("ana@contoso.example"), number("42369", _DATE)]))
    data = workbook(xml, stylesheet=styles(*_FORMATS), properties='<workbookPr date1904="1"/>')
    assert Cell("B2", CellKind.DATE, "2020-01-01T00:00:00", "dd/mm/yyyy") == _mobile(data)


def test_uncalculated_formula_of_openpyxl_is_not_blank() -> None:
    """A formula that no program has calculated yet must not look like "no opinion"."""
    book = OpenpyxlWorkbook()
    for texts in (HEADER, ("ana@contoso.example", "=+12025550123", "US")):
        book.worksheets[0].append(texts)
    saved = BytesIO()
    book.save(saved)
    assert CellKind.FORMULA is _mobile(saved.getvalue()).kind


def test_cells_as_excel_writes_them() -> None:
    """XlsxWriter writes as Excel does: shared strings, styles, document properties."""
    saved = BytesIO()
    book = XlsxWriterWorkbook(saved)
    book.set_properties({"created": datetime(2026, 1, 2, 3, 4, 5)})  # noqa: DTZ001 - the library wants no zone
    page = book.add_worksheet()
    page.write_row(0, 0, HEADER)
    page.write_string(1, 0, "ana@contoso.example")
    page.write_number(1, 1, 612345678, book.add_format({"num_format": "0000000000"}))
    book.close()
    export = opened(saved.getvalue())
    ((_, cells),) = export.rows()
    assert Cell("B2", CellKind.INTEGER, "612345678", "0000000000") == cells[1]
    assert export.modified is not None
    assert "2026-01-02T03:04:05+00:00" == export.modified.isoformat()


def test_unreadable_date_of_the_workbook_is_none() -> None:
    """When the workbook was saved is good to know, but no reason to refuse it."""
    from tests.adapters.workbook.packages import parts, zipped

    core = '<p xmlns:d="http://purl.org/dc/terms/"><d:modified>yesterday</d:modified></p>'
    export = opened(zipped(parts(sheet(inline_rows())) | {"docProps/core.xml": core}))
    assert export.modified is None
