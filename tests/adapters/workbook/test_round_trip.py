"""Everything outside our columns comes back as it was."""

from __future__ import annotations

import re
import warnings
from io import BytesIO

import pytest
import xlsxwriter  # type: ignore[import-untyped] # the package ships no types
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from shared.core.report.texts import Language
from shared.core.values.cell import CellKind
from tests.adapters.workbook import corpus_cells, corpus_structure
from tests.adapters.workbook.corpus_cells import one_cell
from tests.adapters.workbook.odd import Odd
from tests.adapters.workbook.packages import HEADER, TABLE, number, unzipped, zipped
from tests.adapters.workbook.reading import opened
from tests.adapters.workbook.results import BAD, SUMMARY, WORK, result_of, said_in, sheets_of
from tests.adapters.workbook.styled import styled_workbook

_READABLE = [odd for odd in (*corpus_structure.CORPUS, *corpus_cells.CORPUS) if odd.rows is not None]
_FAR_ROWS = {"far cell below", "gap between rows"}
"""As values, every empty row up to the last must be written."""
_NOT_TO_REWRITE = {
    "no content types",
    "strings without a relationship",
    "part names in other case",
    "part names with backslashes",
    "chart sheet first",
    "escaped escape",
    "empty style",
    "style that does not exist",
    "thousands of merged cells",
}
"""openpyxl cannot hold these or would change them, so they come back as values whatever their size."""
_FORMULAS_ALONE = {
    "formula without a result",
    "formula with an empty result",
    "shared formula without a result",
}
"""Nothing is stored that could come back; a text says so, because a blank cell would ask for nothing."""


def _comes_back(odd: Odd, full_rows: int) -> None:
    data = odd.make()
    before = opened(data, odd.file)
    reports = {row: BAD for row, _ in before.rows()}
    result = result_of(data, odd.file, reports, full_rows=full_rows)
    after = opened(result)
    assert ("holds only values" in said_in(sheets_of(result)[SUMMARY])) is (
        full_rows == 0 or odd.name in _NOT_TO_REWRITE
    )
    assert (before.sheet, before.header_row, before.raw_count) == (after.sheet, after.header_row, after.raw_count)
    width = len(before.header.headings)
    for (old_row, old), (new_row, new) in zip(before.rows(), after.rows(), strict=True):
        assert old_row == new_row
        assert list(old[:width]) == list(new[:width])


@pytest.mark.parametrize("odd", [odd for odd in _READABLE if odd.name not in _FORMULAS_ALONE], ids=str)
def test_corpus_comes_back(odd: Odd) -> None:
    """Whatever can be read comes back with the same rows, kinds, texts and formats."""
    _comes_back(odd, 20_000)


@pytest.mark.parametrize("odd", [odd for odd in _READABLE if odd.name not in _FAR_ROWS | _FORMULAS_ALONE], ids=str)
def test_corpus_comes_back_as_values(odd: Odd) -> None:
    """The same holds above the number of rows from which only values come back."""
    _comes_back(odd, 0)


@pytest.mark.long
@pytest.mark.parametrize("odd", [odd for odd in _READABLE if odd.name in _FAR_ROWS], ids=str)
def test_far_rows_come_back_as_values(odd: Odd) -> None:
    """A row keeps its number however far down it stands."""
    _comes_back(odd, 0)


@pytest.mark.filterwarnings("ignore:Cell .. is marked as a date:UserWarning")  # openpyxl's own reading, not ours
def test_the_rest_of_the_workbook_stays() -> None:
    """Other sheets, order, formats and every cell outside our columns are as they were; formulas are values."""
    data = styled_workbook()
    before, after = (
        load_workbook(BytesIO(data), rich_text=True, data_only=True),
        load_workbook(BytesIO(result_of(data)), rich_text=True),
    )
    assert [WORK, SUMMARY, *before.sheetnames] == after.sheetnames
    for page in before.worksheets:
        duplicate = after[page.title]
        assert isinstance(duplicate, Worksheet)
        assert _looks(page, columns=page.max_column) == _looks(duplicate, columns=page.max_column)
        assert [str(cells) for cells in page.merged_cells.ranges] == [
            str(cells) for cells in duplicate.merged_cells.ranges
        ]
        assert page.sheet_state == duplicate.sheet_state
        assert page.freeze_panes == duplicate.freeze_panes or page.title == "People"
        assert {key: dim.width for key, dim in page.column_dimensions.items()}.items() <= {
            key: dim.width for key, dim in duplicate.column_dimensions.items()
        }.items()
        assert {key: dim.hidden for key, dim in page.row_dimensions.items()} == {
            key: duplicate.row_dimensions[key].hidden for key in page.row_dimensions
        }
        assert len(page.conditional_formatting) == len(duplicate.conditional_formatting)
        assert len(page.data_validations.dataValidation) == len(duplicate.data_validations.dataValidation)
        assert list(page.tables) == list(duplicate.tables)
    assert list(before.defined_names) == list(after.defined_names)


def _looks(page: Worksheet, columns: int) -> list[tuple[object, ...]]:
    return [
        (
            *(cell.coordinate, cell.value, cell.data_type, cell.number_format),
            *(repr(style) for style in (cell.font, cell.fill, cell.border, cell.alignment)),
            *(cell.comment and cell.comment.text, cell.hyperlink and cell.hyperlink.target),
        )
        for line in page.iter_rows(max_col=columns)
        for cell in line
        if cell.value is not None or cell.has_style
    ]


def _named_styles(data: bytes) -> set[str]:
    """The names of the styles of cells that have one of their own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of numbers with the format of a date
        pages = load_workbook(BytesIO(data)).worksheets
    cells = (cell for page in pages for line in page.iter_rows() for cell in line)
    return {cell.style for cell in cells} - {"Normal"}


def test_cells_of_sparse_named_styles_keep_them() -> None:
    """LibreOffice lists fewer named styles than it defines; openpyxl moves them together."""
    whole = styled_workbook()
    made = unzipped(whole)
    defined = b'<cellStyleXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
    more = defined.replace(b'"2"', b'"4"') + b'<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>' * 2
    sparse = made["xl/styles.xml"].replace(defined, more).replace(b'xfId="1"', b'xfId="3"')
    assert 2 == sparse.count(b'xfId="3"')
    result = result_of(zipped({**made, "xl/styles.xml": sparse}))
    assert _named_styles(whole) <= _named_styles(result) != set()
    written = unzipped(result)["xl/styles.xml"].decode()
    cells, named = (written.partition(f"<{part}")[2].partition(f"</{part}")[0] for part in ("cellXfs", "cellStyleXfs"))
    assert max(map(int, re.findall(r'xfId="(\d+)"', cells))) < named.count("<xf ")


def test_texts_of_charts_stay_valid() -> None:
    """openpyxl would write the colour of an underline without the colour, and bullets in the wrong place."""
    fill = "<a:uFill><a:solidFill><a:srgbClr val='FF0000'/></a:solidFill></a:uFill>"
    numbering = '<a:pPr><a:buAutoNum type="arabicPeriod"/><a:defRPr u="sng">'
    saved = BytesIO()
    with xlsxwriter.Workbook(saved) as book:
        page = book.add_worksheet()
        for index, cells in enumerate(TABLE):
            page.write_row(index, 0, cells)
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=Sheet1!$A$2:$A$4"})
        chart.set_x_axis({"num_font": {"color": "blue"}})
        page.insert_chart("F9", chart)
    made = unzipped(saved.getvalue())
    drawn = made["xl/charts/chart1.xml"].decode()
    changed = re.sub(r'<a:pPr><a:defRPr baseline="0">(.*?)</a:defRPr>', rf"{numbering}\1{fill}</a:defRPr>", drawn)
    assert fill in changed
    result = unzipped(result_of(zipped({**made, "xl/charts/chart1.xml": changed})))
    (written,) = [text for name in result if "/charts/" in name and 'u="sng"' in (text := result[name].decode())]
    assert "uFill" not in written
    assert "buAutoNum" not in written


def test_numbers_keep_every_digit() -> None:
    """openpyxl alone would round to 16 digits and turn a number with a date format into an error."""
    data = one_cell(number("0.30000000000000004"))
    ((_, cells),) = opened(result_of(data)).rows()
    assert (CellKind.FLOAT, "0.30000000000000004") == (cells[1].kind, cells[1].text)
    mobiles = [cells[1] for _, cells in opened(result_of(styled_workbook())).rows()]
    assert (CellKind.INTEGER, "12025550123", "dd/mm/yyyy") == (
        mobiles[1].kind,
        mobiles[1].text,
        mobiles[1].number_format,
    )


def test_a_formula_that_was_not_calculated_says_so() -> None:
    """It must neither be calculated by whoever opens the result, nor look like a blank cell."""
    book = Workbook()
    for line in (HEADER, ("ana@contoso.example", "=+12025550123")):
        book.worksheets[0].append(line)
    saved = BytesIO()
    book.save(saved)
    for full_rows in (20_000, 0):
        page = sheets_of(result_of(saved.getvalue(), full_rows=full_rows))["Sheet"]
        assert ("s", "(formula without a stored result)") == (page["B2"].data_type, page["B2"].value)
        german = sheets_of(result_of(saved.getvalue(), full_rows=full_rows, language=Language.GERMAN))["Sheet"]
        assert "(Formel ohne gespeichertes Ergebnis)" == german["B2"].value
