"""Writes the empty form for HR: a sheet to fill in, and a sheet of instructions."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from shared.adapters.workbook.writing.pages import write_page
from shared.adapters.workbook.writing.streamed import add_sheet
from shared.adapters.workbook.writing.style import Look, Styles, print_wide
from shared.adapters.workbook.writing.texts import write_text
from shared.core.report.page import Kind
from shared.core.report.template_pages import FormColumn, FormRules, form_columns, help_page
from shared.core.report.texts import Texts

_TEXT = "@"
_FORMATTED_ROWS = 1_000
_LAST_ROW = 100_001


def write_template(rules: FormRules, texts: Texts) -> bytes:
    """An .xlsx. Every column is formatted as text, so that Excel keeps + and leading zeros."""
    workbook = Workbook(write_only=True)
    columns = form_columns(rules, texts)
    form = add_sheet(workbook, texts.say("sheet.people"))
    explained = add_sheet(workbook, texts.say("sheet.help"))
    end = write_page(explained, help_page(rules, texts))
    _write_form(form, columns, texts)
    for place, column in enumerate(columns, 1):
        letter = get_column_letter(place)
        checked = _validation(column)
        if column.choices:
            checked.type = "list"
            checked.formula1 = _write_choices(explained, column, after=end)
        checked.add(f"{letter}2:{letter}{_LAST_ROW}")
        form.data_validations.append(checked)
    saved = BytesIO()
    workbook.save(saved)
    return saved.getvalue()


def _write_form(sheet: Worksheet, columns: Sequence[FormColumn], texts: Texts) -> None:
    styles = Styles(sheet)
    sheet.freeze_panes = "B2"
    print_wide(sheet, texts.page_number, 1)
    sheet.print_options.gridLines = True
    for place, column in enumerate(columns, 1):
        dimension = sheet.column_dimensions[get_column_letter(place)]
        dimension.width, dimension.number_format = column.width, _TEXT
    header = [WriteOnlyCell(sheet) for _ in columns]
    for cell, column in zip(header, columns, strict=True):
        write_text(cell, column.heading)
        styles.dress(cell, Look("head"))
    sheet.append(header)
    for _ in range(_FORMATTED_ROWS):  # some programs use only the format of each cell
        sheet.append([_blank(sheet) for _ in columns])


def _blank(sheet: Worksheet) -> SheetCell:
    cell = WriteOnlyCell(sheet)
    cell.number_format = _TEXT
    return cell


def _validation(column: FormColumn) -> DataValidation:
    """Shows what belongs in a cell when it is selected; where there are choices, refuses anything else."""
    return DataValidation(
        showInputMessage=True,
        promptTitle=column.heading,
        prompt=column.hint,
        showErrorMessage=bool(column.choices),
        errorTitle=column.heading,
        error=column.hint,
        allow_blank=True,
    )


def _write_choices(sheet: Worksheet, column: FormColumn, *, after: int) -> str:
    """Write the choices into hidden rows below a sheet; returns their area. Lists over 255 characters need cells."""
    styles, look = Styles(sheet), Look("cell", Kind.CODE)
    for row, text in enumerate(("", column.heading, *column.choices), after + 1):
        cell = WriteOnlyCell(sheet)
        sheet.row_dimensions[row].hidden = True
        write_text(cell, text)
        sheet.append([styles.dress(cell, look)])
    first = after + 3
    sheet.print_area = f"A1:{get_column_letter(len(sheet.column_dimensions))}{after}"
    return f"{quote_sheetname(sheet.title)}!$A${first}:$A${first + len(column.choices) - 1}"
