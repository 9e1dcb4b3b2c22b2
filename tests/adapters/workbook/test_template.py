"""The empty form fits the tenant, can be filled and dropped as it is, and its examples are never people."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from itertools import product

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.worksheet.worksheet import Worksheet

from shared.adapters.workbook.reading.export import open_export
from shared.adapters.workbook.reading.limits import FileLimits
from shared.adapters.workbook.reading.opened_export import ExportFile
from shared.adapters.workbook.writing.style import INDENT, extent
from shared.adapters.workbook.writing.template import write_template
from shared.adapters.workbook.writing.widths import BOLD
from shared.core.export.desired import DesiredValueRules, desired_of_row
from shared.core.export.file_mapping import Use
from shared.core.export.header import HeaderRules
from shared.core.export.map_columns import MappingRules
from shared.core.export.people_sheets import ONLY_SHEET
from shared.core.report.template_pages import PHONES, REGIONS, FormRules, form_columns, mistakes
from shared.core.report.texts import Language, texts_in
from shared.core.values.cell import Cell, CellKind
from shared.flows.intake.sheets_of_people import ways_to_read
from shared.flows.intake.understand import Understand, Understood

_NATIONAL = {
    "": "202 555 0125",
    "US": "202 555 0125",
    "GB": "020 7946 0123",
    "DE": "030 23125 123",
    "FR": "01 99 00 12 34",
    "AU": "0491 570 006",
}
"""A number as the people of a region write it."""
ALL = [FormRules(region, email) for region, email in product(_NATIONAL, (False, True))]
SOME = FormRules("", email_methods=True)
CASES = [*((SOME, language) for language in Language), (FormRules("DE"), Language.GERMAN)]


def form_of(rules: FormRules, language: Language = Language.ENGLISH) -> tuple[Workbook, Worksheet, Worksheet]:
    book = load_workbook(BytesIO(write_template(rules, texts_in(language))))
    form, explained = book.worksheets
    assert isinstance(form, Worksheet)
    assert isinstance(explained, Worksheet)
    return book, form, explained


def opened(book: Workbook, rules: FormRules) -> ExportFile:
    saved = BytesIO()
    book.save(saved)
    headers = HeaderRules({}, email_methods=rules.email_methods)
    return open_export(saved.getvalue(), "template.xlsx", headers=headers, limits=FileLimits())


def understood(export: ExportFile, rules: FormRules) -> Understood:
    mapping = MappingRules(default_region=rules.region or None, email_methods=rules.email_methods)
    return next(ways_to_read(export, Understand(export, mapping, date(2026, 11, 1)), ONLY_SHEET)).understood


@pytest.mark.parametrize(("rules", "language"), CASES)
def test_the_form_is_read_without_doubt(rules: FormRules, language: Language) -> None:
    """Filled with the examples; in the language of the form, so that the result comes back in it."""
    book, form, _ = form_of(rules, language)
    columns = form_columns(rules, texts_in(language))
    for place, column in enumerate(columns, 1):
        form.cell(2, place).value = column.example
    export = opened(book, rules)
    assert (form.title, 1, 1, ()) == (export.sheet, export.header_row, export.raw_count, export.notes)
    found = understood(export, rules)
    assert [column.name for column in columns] == [one.role.field for one in found.mapping.columns if one.role]
    assert {Use.USED} == {one.use for one in found.mapping.columns}
    assert (language, ()) == (found.mapping.language, found.mapping.concerns())
    (row,) = found.rows
    assert row.key is not None
    assert () == row.refusals


@pytest.mark.parametrize("language", [Language.ENGLISH, Language.GERMAN])
@pytest.mark.parametrize("rules", ALL)
def test_every_mistake_is_one_and_its_right_form_is_none(rules: FormRules, language: Language) -> None:
    """The wrong text is refused, or holds the file; the right one in its place is read."""
    texts = texts_in(language)
    columns = form_columns(rules, texts)
    for one in mistakes(rules, texts):
        for text, is_wrong in ((one.wrong, True), (one.right, False)):
            others = {"userPrincipalName": "ana.silva@contoso.example"}
            if one.column == "country":
                others["office"] = _NATIONAL[rules.region]
            book = Workbook()
            form = book.active
            assert isinstance(form, Worksheet)
            form.append([column.heading for column in columns])
            form.append([text if column.name == one.column else others.get(column.name) for column in columns])
            found = understood(opened(book, rules), rules)
            (row,) = found.rows
            desired = desired_of_row(
                row, DesiredValueRules(rules.region or None), usage_location=None, file_region=None
            )
            assert is_wrong == bool(desired.refused or row.key is None or found.mapping.concerns()), (one, text)


def test_the_form_fits_the_tenant() -> None:
    """E-mail only where it is used; a country is needed only where none is set, and the examples are of it."""
    assert ["Sign-in name", "Mobile number", "Second mobile number", "Office number", "Private e-mail", "Country"] == [
        cell.value for cell in form_of(SOME)[1][1]
    ]
    german = form_columns(FormRules("DE"), texts_in(Language.GERMAN))
    assert "Private E-Mail" not in [column.heading for column in german]
    assert "Leer heißt DE" in german[-1].meaning
    assert german[1].example.startswith("+49")
    mistaken, mistaken_there = (
        {one.why for one in mistakes(rules, texts_in(Language.GERMAN))}
        for rules in (SOME, FormRules("DE", email_methods=True))
    )
    assert {"region"} == mistaken - mistaken_there


def test_cells_are_text_and_say_what_belongs_into_them() -> None:
    """A number keeps its plus and its zeros in any row; Excel shows a hint, and offers the countries."""
    _, form, explained = form_of(SOME)
    assert {"@"} == {form.cell(row, column).number_format for row in (2, 500, 1001) for column in range(1, 7)}
    assert {"@"} == {form.column_dimensions[letter].number_format for letter in "ABCDEF"}
    hints = {str(one.sqref): one for one in form.data_validations.dataValidation}
    assert [f"{letter}2:{letter}100001" for letter in "ABCDEF"] == list(hints)
    assert all(one.showInputMessage and one.prompt and len(one.prompt) <= 255 for one in hints.values())
    countries = hints["F2:F100001"]
    assert ("list", True) == (countries.type, countries.showErrorMessage)
    first, _, last = str(countries.formula1).rpartition("!")[2].replace("$", "").partition(":")
    assert list(REGIONS) == [line[0].value for line in explained[first:last]]


def test_what_is_filled_in_comes_back_as_text() -> None:
    book, form, _ = form_of(SOME)
    form["A2"], form["B2"] = "ana@contoso.example", "+1 202 555 0123"
    ((row, cells),) = opened(book, SOME).rows()
    assert (2, Cell("B2", CellKind.TEXT, "+1 202 555 0123", "@")) == (row, cells[1])


def test_the_examples_are_never_people() -> None:
    """In any language, whatever is typed over them, in whatever order the sheets stand."""
    chance = random.Random(20)
    for language in Language:
        book, form, explained = form_of(SOME, language)
        for line in explained.iter_rows(max_row=30, max_col=6):
            for cell in line:
                if isinstance(cell, SheetCell) and chance.random() < 0.4:
                    cell.value = chance.choice(list(_people_like(form)))
        if chance.random() < 0.5:
            book.move_sheet(explained, -1)
        export = opened(book, SOME)
        assert (form.title, 0, ()) == (export.sheet, export.raw_count, export.other_sheets)
        assert () == tuple(understood(export, SOME).rows)


def _people_like(form: Worksheet) -> Iterator[str]:
    yield from (str(cell.value) for cell in form[1])
    yield from ("ana@contoso.example", "+1 202 555 0123", "US", "userPrincipalName", "mobile")


@pytest.mark.parametrize("language", Language)
def test_the_form_is_of_its_readers_country_and_can_be_read(language: Language) -> None:
    """Its numbers are not American where it is not English; no heading is cut, and no list of codes is seen."""
    texts = texts_in(language)
    columns = form_columns(SOME, texts)
    numbers = [column.example for column in columns if column.name in PHONES]
    assert (language is Language.ENGLISH) == all(number.startswith("+1 ") for number in numbers)
    assert [] == [column.heading for column in columns if width_of_heading(column.heading) > column.width]
    assert [] == [column.heading for column in columns if "UPN" in column.heading]
    _, _, explained = form_of(SOME, language)
    shown = [row for row in range(1, explained.max_row + 1) if not explained.row_dimensions[row].hidden]
    assert max(shown) < 40
    assert REGIONS[0] not in [explained.cell(row, 1).value for row in shown]


def width_of_heading(heading: str) -> float:
    return extent(heading) * BOLD + INDENT
