"""The workbook that comes back: what we add, what we keep, and what we say of the rest."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable
from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from shared.adapters.workbook import write_result
from shared.core.cell import CellKind
from shared.core.report import Heading, RowReport
from tests.adapters.workbook import corpus_cells, corpus_structure
from tests.adapters.workbook.corpus_cells import one_cell
from tests.adapters.workbook.corpus_structure import two_tables
from tests.adapters.workbook.odd import PEOPLE_ROWS, Odd
from tests.adapters.workbook.packages import (
    HEADER,
    PEOPLE,
    TABLE,
    inline_rows,
    number,
    parts,
    row,
    sheet,
    workbook,
    zipped,
)
from tests.adapters.workbook.reading import opened, texts
from tests.adapters.workbook.styled import styled_workbook

GOOD = RowReport("created", "applied", "The change was made and read back.", "")
BAD = RowReport("refused", "letters", "B3: the number has letters in it", "Correct the cell.", "+61 491 570 006")
REPORTS = {2: GOOD, 3: BAD, 4: GOOD}
SUMMARY = [("Run", "20260102T030405Z-0123456789"), ("Rows", "3")]
_OURS = tuple(f"Phone methods: {name}" for name in ("outcome", "code", "reason", "what to do", "suggested value"))


def _result(data: bytes, name: str = "export.xlsx", *, heading: Heading = "result", full_rows: int = 20_000) -> bytes:
    return write_result(data, name, opened(data, name), REPORTS, heading=heading, summary=SUMMARY, full_rows=full_rows)


def _sheets(data: bytes) -> dict[str, Worksheet]:
    return {page.title: page for page in load_workbook(BytesIO(data), rich_text=True).worksheets}


def _values(rows: Iterable[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return [tuple(cell.value for cell in line) for line in rows]  # type: ignore[attr-defined] # openpyxl's cells


def test_our_columns_stand_beside_the_rows() -> None:
    """Outcome, code, reason, remedy and suggestion follow the last column of the header."""
    page = _sheets(_result(workbook(sheet(inline_rows()))))["Sheet1"]
    assert [
        _OURS,
        ("created", "applied", GOOD.reason, None, None),
        ("refused", "letters", BAD.reason, BAD.remedy, BAD.suggested),
        ("created", "applied", GOOD.reason, None, None),
    ] == _values(page["D1:H4"])


def test_a_plan_says_what_would_change() -> None:
    """The plan workbook has the same shape, with the planned action and old -> new."""
    report = RowReport("planned", "", "", "", action="mobile: +1 202 555 0123 → +1 202 555 0124")
    data = workbook(sheet(inline_rows()))
    result = write_result(data, "export.xlsx", opened(data), {2: report}, heading="plan", summary=SUMMARY)
    page = _sheets(result)["Sheet1"]
    assert ("Phone methods: planned action", "Phone methods: change") == (page["D1"].value, page["E1"].value)
    assert ("planned", report.action) == (page["D2"].value, page["E2"].value)


def test_reports_may_come_from_a_function() -> None:
    """Large runs look reports up instead of holding them all."""
    data = workbook(sheet(inline_rows()))
    result = write_result(data, "export.xlsx", opened(data), REPORTS.get, heading="result", summary=SUMMARY)
    assert _values(_sheets(_result(data))["Sheet1"]) == _values(_sheets(result)["Sheet1"])


@pytest.mark.parametrize("full_rows", [20_000, 0])
@pytest.mark.parametrize("text", ["=1+1", "+12025550123", "-1", "@SUM(A1)", "#N/A", "00491", "a\x00b"])
def test_what_we_add_is_text(text: str, full_rows: int) -> None:
    """Nothing that we write can become a formula, an error or a number."""
    data = workbook(sheet(inline_rows()))
    reports = {2: RowReport(text, text, text, text, text, text)}
    for heading in ("result", "plan"):
        result = write_result(
            data, "export.xlsx", opened(data), reports, heading=heading, summary=[(text, text)], full_rows=full_rows
        )
        pages = _sheets(result)
        added = [
            *pages["Sheet1"]["D2:I2"][0],
            *pages["Phone methods to correct"]["E3:I3"][0],
            *pages["Phone methods summary"]["A1:B1"][0],
        ]
        cells = [cell for cell in added if cell.value is not None]
        assert {("s", "@", text.replace("\x00", "_x0000_"))} == {
            (cell.data_type, cell.number_format, cell.value) for cell in cells
        }


@pytest.mark.parametrize("full_rows", [20_000, 0])
def test_rows_that_need_work(full_rows: int) -> None:
    """The second sheet lists only those, with their row numbers, and says where to correct them."""
    result = _result(workbook(sheet(inline_rows())), full_rows=full_rows)
    page = _sheets(result)["Phone methods to correct"]
    said, *lines = _values(page)
    assert "Correct these rows on sheet 'Sheet1'" in str(said[0])
    assert [("Row", *HEADER, *_OURS), ("3", *PEOPLE[1], *BAD_TEXTS)] == lines


BAD_TEXTS = (BAD.outcome, BAD.code, BAD.reason, BAD.remedy, BAD.suggested)


@pytest.mark.parametrize(
    ("full_rows", "expected"),
    [
        (3, ["Sheet1", "Phone methods to correct", "Phone methods summary"]),
        (2, ["Phone methods summary", "Sheet1", "Phone methods to correct"]),
    ],
)
def test_large_exports_come_back_as_values(full_rows: int, expected: list[str]) -> None:
    """At the limit it is the same workbook; one row above it holds values and says so on its first sheet."""
    result = _result(workbook(sheet(inline_rows())), full_rows=full_rows)
    assert expected == list(_sheets(result))
    said = " ".join(str(value) for line in _values(_sheets(result)[expected[0]]) for value in line)
    assert ("because the export has more than 2 rows" in said) is (full_rows == 2)
    assert PEOPLE_ROWS == [(at, cells[:3]) for at, cells in texts(opened(result))]


def test_text_files_come_back_as_workbooks() -> None:
    """Every record keeps its number and every field stays text."""
    data = "Staff of today\n\n" + "\n".join(";".join(line) for line in TABLE) + "\n;;\n"
    export = opened(data.encode(), "export.csv")
    assert 3 == export.header_row
    result = write_result(data.encode(), "export.csv", export, {5: BAD}, heading="result", summary=SUMMARY)
    page = _sheets(result)["CSV"]
    assert [("Staff of today", None, None, None), (None,) * 4, (*HEADER, _OURS[0])] == _values(page["A1:D3"])
    assert (*PEOPLE[1], "refused") == tuple(cell.value for cell in page[5][:4])
    assert {("s", "@")} == {(cell.data_type, cell.number_format) for cell in page[5][:3]}


def _again(data: bytes) -> bytes:
    return write_result(data, "export.xlsx", opened(data), {2: BAD}, heading="plan", summary=SUMMARY)


@pytest.mark.parametrize("full_rows", [20_000, 0])
def test_a_result_may_be_dropped_again(full_rows: int) -> None:
    """Our columns and sheets are ignored when they come back, and replaced by the next result."""
    first = _result(workbook(sheet(inline_rows())), full_rows=full_rows)
    export = opened(first)
    assert "Sheet1" == export.sheet
    assert PEOPLE_ROWS == [(at, cells[:3]) for at, cells in texts(export)]
    assert not export.notes
    pages = _sheets(_again(first))
    assert len({"Sheet1", "Phone methods to correct", "Phone methods summary"}) == len(pages)
    header = [cell.value for cell in pages["Sheet1"][1] if cell.value]
    assert [*HEADER, "Phone methods: planned action", "Phone methods: change", *_OURS[1:]] == header
    assert [None] == list({cell.value for cell in pages["Sheet1"][3][3:]})


_READABLE = [odd for odd in (*corpus_structure.CORPUS, *corpus_cells.CORPUS) if odd.rows is not None]
_FAR_ROWS = {"far cell below", "gap between rows"}
"""As values, every empty row up to the last must be written."""
_NOT_TO_REWRITE = {
    "no content types",
    "part names in other case",
    "part names with backslashes",
    "chart sheet first",
    "escaped escape",
    "empty style",
    "style that does not exist",
    "thousands of merged cells",
}
"""openpyxl cannot hold these or would change them, so they come back as values whatever their size."""
_FORMULAS = {"formula with a text result", "formula with an empty text result"}
"""They come back as formulas, for Excel to calculate."""
_PART_OF_A_FORMULA = {"shared formula without a result"}
"""Alone it cannot be written as a value; it comes back as a text that says so."""


def _comes_back(odd: Odd, full_rows: int) -> None:
    data = odd.make()
    before = opened(data, odd.file)
    result = write_result(data, odd.file, before, lambda _: BAD, heading="result", summary=SUMMARY, full_rows=full_rows)
    after = opened(result)
    as_values = next(iter(_sheets(result))) == "Phone methods summary"
    assert as_values is (full_rows == 0 or odd.name in _NOT_TO_REWRITE)
    assert (before.sheet, before.header_row, before.raw_count) == (after.sheet, after.header_row, after.raw_count)
    for (old_row, old), (new_row, new) in zip(before.rows(), after.rows(), strict=True):
        assert old_row == new_row
        assert list(old) == list(new[: len(old)])


@pytest.mark.parametrize("odd", [odd for odd in _READABLE if odd.name not in _FORMULAS], ids=str)
def test_corpus_comes_back(odd: Odd) -> None:
    """Whatever can be read comes back with the same rows, kinds, texts and formats."""
    _comes_back(odd, 20_000)


@pytest.mark.parametrize("odd", [odd for odd in _READABLE if odd.name not in _FAR_ROWS | _PART_OF_A_FORMULA], ids=str)
def test_corpus_comes_back_as_values(odd: Odd) -> None:
    """The same holds above the number of rows from which only values come back."""
    _comes_back(odd, 0)


@pytest.mark.long
@pytest.mark.parametrize("odd", [odd for odd in _READABLE if odd.name in _FAR_ROWS], ids=str)
def test_far_rows_come_back_as_values(odd: Odd) -> None:
    """A row keeps its number however far down it stands."""
    _comes_back(odd, 0)


@pytest.mark.filterwarnings("ignore:Cell .3 is marked as a date:UserWarning")  # openpyxl's own reading, not ours
def test_the_rest_of_the_workbook_stays() -> None:
    """Other sheets, order, formats, formulas and every cell outside our columns are as they were."""
    data = styled_workbook()
    before, after = load_workbook(BytesIO(data), rich_text=True), load_workbook(BytesIO(_result(data)), rich_text=True)
    ours = {"Phone methods to correct", "Phone methods summary"}
    assert before.sheetnames == [name for name in after.sheetnames if name not in ours]
    assert "Phone methods to correct" == after.sheetnames[before.sheetnames.index("People") + 1]
    for page in before.worksheets:
        twin = after[page.title]
        assert isinstance(twin, Worksheet)
        assert _looks(page, columns=page.max_column) == _looks(twin, columns=page.max_column)
        assert [str(cells) for cells in page.merged_cells.ranges] == [str(cells) for cells in twin.merged_cells.ranges]
        assert page.sheet_state == twin.sheet_state
        assert page.freeze_panes == twin.freeze_panes
        assert {key: dim.width for key, dim in page.column_dimensions.items()}.items() <= {
            key: dim.width for key, dim in twin.column_dimensions.items()
        }.items()
        assert {key: dim.hidden for key, dim in page.row_dimensions.items()} == {
            key: dim.hidden for key, dim in twin.row_dimensions.items()
        }
        assert len(page.conditional_formatting) == len(twin.conditional_formatting)
        assert len(page.data_validations.dataValidation) == len(twin.data_validations.dataValidation)
        assert list(page.tables) == list(twin.tables)
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


def test_numbers_keep_every_digit() -> None:
    """openpyxl alone would round to 16 digits and turn a number with a date format into an error."""
    data = one_cell(number("0.30000000000000004"))
    ((_, cells),) = opened(_result(data)).rows()
    assert (CellKind.FLOAT, "0.30000000000000004") == (cells[1].kind, cells[1].text)
    mobiles = [cells[1] for _, cells in opened(_result(styled_workbook())).rows()]
    assert (CellKind.INTEGER, "12025550123", "dd/mm/yyyy") == (
        mobiles[1].kind,
        mobiles[1].text,
        mobiles[1].number_format,
    )


def test_macros_do_not_come_back() -> None:
    """An .xlsm comes back as .xlsx, and the summary names what is missing."""
    made = parts(sheet(inline_rows())) | {"xl/vbaProject.bin": b"macros", "xl/media/image1.png": b"picture"}
    made["[Content_Types].xml"] = str(made["[Content_Types].xml"]).replace(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
        "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    )
    data = zipped(made)
    result = _result(data, "export.xlsm")
    assert b"vbaProject" not in result
    assert PEOPLE_ROWS == [(at, cells[:3]) for at, cells in texts(opened(result))]
    said = " ".join(str(value) for line in _values(_sheets(result)["Phone methods summary"]) for value in line)
    assert "Not kept from the workbook: macros, pictures." in said
    assert SUMMARY[0][1] in said


def test_a_workbook_that_openpyxl_cannot_load_comes_back_as_values() -> None:
    """Reading does not need the stylesheet to be faultless, so the result must not either."""
    made = parts(
        sheet(inline_rows()), stylesheet='<styleSheet><fonts><font><color rgb="red"/></font></fonts></styleSheet>'
    )
    result = _result(zipped(made))
    assert "Phone methods summary" == next(iter(_sheets(result)))
    assert PEOPLE_ROWS == [(at, cells[:3]) for at, cells in texts(opened(result))]


@pytest.mark.parametrize(
    ("what", "made"),
    [
        (
            "400000 cells",
            lambda: sheet(f'<row r="1">{"<c/>" * 400_001}</row>'),
        ),
        ("5000 merged ranges", lambda: sheet("", after='<mergeCell ref="E1:F1"/>' * 5_001)),
        ("50000 links, rules", lambda: sheet("", after='<hyperlink ref="A1" location="A2"/>' * 50_001)),
    ],
    ids=["cells", "merged", "links"],
)
def test_what_would_fill_the_memory_comes_back_as_values(what: str, made: Callable[[], str]) -> None:
    """openpyxl holds a whole workbook in memory, so one that is heavy for its rows is not given to it."""
    pages = _sheets(_result(zipped(parts(sheet(inline_rows()), made()), zipfile.ZIP_STORED)))
    said = " ".join(str(value) for line in _values(pages["Phone methods summary"]) for value in line)
    assert f"because the workbook has more than {what}" in said


def test_our_columns_keep_clear_of_other_content() -> None:
    """Remarks to the right of the header and merged cells are not written over."""
    rows = inline_rows([HEADER]) + row(
        2, ["<c r='A2' t='inlineStr'><is><t>ana@contoso.example</t></is></c>", "<c r='F2'><v>7</v></c>"]
    )
    data = workbook(sheet(rows, after='<mergeCells><mergeCell ref="H1:I1"/></mergeCells>'))
    page = _sheets(_result(data))["Sheet1"]
    assert (7, "created") == (page["F2"].value, page["J2"].value)


def test_rows_outside_the_table_get_no_report() -> None:
    """Only the rows that were read are reported on."""
    data = two_tables()
    result = write_result(
        data, "export.xlsx", opened(data, table_name="People"), {4: GOOD}, heading="result", summary=SUMMARY
    )
    page = _sheets(result)["Sheet1"]
    assert [_OURS[0], "created", None, None] == [page.cell(at, 4).value for at in (3, 4, 5, 10)]


def test_uncalculated_formulas_stay_formulas() -> None:
    """What Excel has not calculated yet comes back to be calculated."""
    book = Workbook()
    for line in (HEADER, ("ana@contoso.example", "=+12025550123")):
        book.worksheets[0].append(line)
    saved = BytesIO()
    book.save(saved)
    for full_rows in (20_000, 0):
        page = _sheets(_result(saved.getvalue(), full_rows=full_rows))["Sheet"]
        assert ("f", "=+12025550123") == (page["B2"].data_type, page["B2"].value)
