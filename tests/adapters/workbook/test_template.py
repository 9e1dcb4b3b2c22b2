"""The empty form can be filled and dropped as it is."""

from __future__ import annotations

from io import BytesIO

from openpyxl import load_workbook

from shared.adapters.workbook.writing.template import write_template
from shared.core.export.file_mapping import Use
from shared.core.values.cell import Cell, CellKind
from shared.core.values.slot import PhoneType
from testing.exports import opened, understood


def test_form_is_recognised() -> None:
    """The headers are those that the reader knows, and the second sheet is not taken for an export."""
    export = opened(write_template(), "template.xlsx")
    assert ("People", 1, 0, ()) == (export.sheet, export.header_row, export.raw_count, export.notes)
    found = understood(export)
    assert list(PhoneType) == [phone.phone_type for phone in found.columns.phones]
    assert found.columns.country is not None
    assert all(column.use is Use.USED for column in found.mapping.columns)


def test_phone_columns_are_text() -> None:
    """A number typed into the form keeps its plus and its zeros, in any row."""
    book = load_workbook(BytesIO(write_template()))
    form = book["People"]
    assert ["userPrincipalName", "mobile", "alternateMobile", "office", "country"] == [cell.value for cell in form[1]]
    assert {"@"} == {form.cell(row, column).number_format for row in (2, 500, 1001) for column in (2, 3, 4)}
    assert {"@"} == {form.column_dimensions[letter].number_format for letter in "BCD"}


def test_filled_form_is_read() -> None:
    """What a person fills in comes back as text."""
    book = load_workbook(BytesIO(write_template()))
    form = book["People"]
    form["A2"], form["B2"] = "ana@contoso.example", "+1 202 555 0123"
    saved = BytesIO()
    book.save(saved)
    ((row, cells),) = opened(saved.getvalue()).rows()
    assert (2, Cell("B2", CellKind.TEXT, "+1 202 555 0123", "@")) == (row, cells[1])


def test_columns_are_explained() -> None:
    """The second sheet has a line for each column."""
    book = load_workbook(BytesIO(write_template()))
    explained = [line[0].value for line in book["Columns"].iter_rows(min_row=2, max_row=6)]
    assert explained == [cell.value for cell in book["People"][1]]
