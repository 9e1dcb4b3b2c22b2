"""What LibreOffice makes of our workbooks: few printed pages, and the cells that every other reader finds."""

from __future__ import annotations

import subprocess
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

from shared.adapters.workbook.writing.template import write_template
from shared.core.report.template_pages import FormRules
from shared.core.report.texts import Language, texts_in
from tests.adapters.workbook.results import BAD, GOOD, result_of
from tests.conformance.other_writers import OFFICE, by_libreoffice, needs_office

_PEOPLE = 50
_MOST_PAGES = 3


def export(*, more_columns: int = 0) -> bytes:
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.append(["userPrincipalName", "mobile", "office", *(f"Cost centre {one}" for one in range(more_columns))])
    for one in range(_PEOPLE):
        more = [f"{one:05}" for _ in range(more_columns)]
        sheet.append([f"person{one}@contoso.example", "+1 202 555 0123", "", *more])
    saved = BytesIO()
    book.save(saved)
    return saved.getvalue()


def result(data: bytes, language: Language = Language.ENGLISH) -> bytes:
    """Every fifth person needs work."""
    reports = {row: GOOD if row % 5 else BAD for row in range(2, _PEOPLE + 2)}
    return result_of(data, reports=reports, language=language, key=0)


@needs_office
@pytest.mark.long
@pytest.mark.parametrize("language", [Language.ENGLISH, Language.GERMAN])
@pytest.mark.parametrize("more_columns", [0, 30])
def test_fifty_rows_are_printed_on_few_pages(more_columns: int, language: Language, tmp_path: Path) -> None:
    """The list; its summary and the sheet of work have pages of their own."""
    book = load_workbook(BytesIO(result(export(more_columns=more_columns), language)))
    for title in book.sheetnames[:-1]:
        del book[title]
    book.save(tmp_path / "list.xlsx")
    assert OFFICE is not None
    subprocess.run(  # noqa: S603 - LibreOffice
        [
            *(OFFICE, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"),
            *("--convert-to", "pdf", "--outdir", str(tmp_path), str(tmp_path / "list.xlsx")),
        ],
        check=True,
        capture_output=True,
    )
    pdf = (tmp_path / "list.pdf").read_bytes()
    assert 1 <= pdf.count(b"/Type/Page/") + pdf.count(b"/Type/Page\n") <= _MOST_PAGES


def cells_by_openpyxl(data: bytes) -> dict[str, list[list[str]]]:
    book = load_workbook(BytesIO(data))
    return {
        page.title: trimmed([[_text(cell.value) for cell in line] for line in page.iter_rows()])
        for page in book.worksheets
    }


def cells_by_calamine(data: bytes) -> dict[str, list[list[str]]]:
    book = CalamineWorkbook.from_filelike(BytesIO(data))
    sheets = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    return {name: trimmed([[_text(value) for value in line] for line in lines]) for name, lines in sheets.items()}


def trimmed(lines: list[list[str]]) -> list[list[str]]:
    """Without blank cells at the end of a line, and without blank lines at the end of a sheet."""
    short = [line[: max((place for place, text in enumerate(line, 1) if text), default=0)] for line in lines]
    return short[: max((place for place, line in enumerate(short, 1) if line), default=0)]


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case float() if value.is_integer():
            return str(int(value))
    return str(value)


@needs_office
@pytest.mark.long
def test_three_readers_find_the_same_cells(tmp_path: Path) -> None:
    """openpyxl, calamine, and either of them in what LibreOffice has opened and written again."""
    written = {
        "result": result(export()),
        "german": result(export(more_columns=30), Language.GERMAN),
        "template": write_template(FormRules("DE", email_methods=True), texts_in(Language.FRENCH)),
    }
    again = by_libreoffice(written, tmp_path)
    for name, data in written.items():
        found = cells_by_openpyxl(data)
        assert found == cells_by_calamine(data)
        assert found == cells_by_openpyxl(again[f"office {name}"])
        assert found == cells_by_calamine(again[f"office {name}"])
