"""The workbook that comes back: what we add, and what we say of what is missing."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable

import pytest

from shared.adapters.workbook.writing.result import write_result
from shared.core.run.changes import Change
from shared.core.run.documents import RowReport
from shared.core.values.errors import FileRefusedError
from tests.adapters.workbook.corpus_files import entity_bomb
from tests.adapters.workbook.corpus_structure import two_tables
from tests.adapters.workbook.odd import PEOPLE_ROWS
from tests.adapters.workbook.packages import (
    HEADER,
    PEOPLE,
    TABLE,
    inline_rows,
    parts,
    relationships,
    row,
    sheet,
    styles,
    workbook,
    zipped,
)
from tests.adapters.workbook.reading import opened, texts
from tests.adapters.workbook.results import BAD, GOOD, OURS, REPORTS, SUMMARY, result_of, sheets_of, values_of


def test_our_columns_stand_beside_the_rows() -> None:
    """Outcome, code, reason, remedy and suggestion follow the last column of the header."""
    page = sheets_of(result_of(workbook(sheet(inline_rows()))))["Sheet1"]
    assert [
        OURS,
        ("created", "applied", GOOD.reason, None, None),
        ("refused", "letters", BAD.reason, BAD.remedy, BAD.suggested),
        ("created", "applied", GOOD.reason, None, None),
    ] == values_of(page["D1:H4"])


@pytest.mark.parametrize("full_rows", [20_000, 0])
def test_a_result_is_for_hr(full_rows: int) -> None:
    """It says neither what only an administrator can do, nor whom the directory found, nor what was there before."""
    change = Change("mobile", "+1 202 555 0123", "+1 202 555 0124")
    report = RowReport("refused", "permissionMissing", "no", "Ask.", "", (change,), "Grant.", "Ana", "ana@x", "an id")
    data = workbook(sheet(inline_rows()))
    result = write_result(data, "export.xlsx", opened(data), {3: report}, summary=SUMMARY, full_rows=full_rows)
    seen = {cell for page in sheets_of(result).values() for line in values_of(page.iter_rows()) for cell in line}
    assert "Ask." in seen
    assert seen.isdisjoint({"Grant.", "Ana", "ana@x", "an id", change.new, change.in_words})


def test_long_reasons_are_cut() -> None:
    """A result must stay within the reader's own limits, or it could not be dropped again."""
    data = workbook(sheet(inline_rows()))
    report = RowReport("refused", "conflictingRows", "a" * 1_001, "Keep one row.")
    result = write_result(data, "export.xlsx", opened(data), {2: report}, summary=SUMMARY)
    assert "a" * 999 + "…" == texts(opened(result))[0][1][5]


def test_reports_may_come_from_a_function() -> None:
    """Large runs look reports up instead of holding them all."""
    data = workbook(sheet(inline_rows()))
    result = write_result(data, "export.xlsx", opened(data), REPORTS.get, summary=SUMMARY)
    assert values_of(sheets_of(result_of(data))["Sheet1"]) == values_of(sheets_of(result)["Sheet1"])


@pytest.mark.parametrize("full_rows", [20_000, 0])
@pytest.mark.parametrize("text", ["=1+1", "+12025550123", "-1", "@SUM(A1)", "#N/A", "00491", "a\x00b"])
def test_what_we_add_is_text(text: str, full_rows: int) -> None:
    """Nothing that we write can become a formula, an error or a number."""
    data = workbook(sheet(inline_rows()))
    reports = {2: RowReport(text, text, text, text, text)}
    result = write_result(data, "export.xlsx", opened(data), reports, summary=[(text, text)], full_rows=full_rows)
    pages = sheets_of(result)
    added = [
        *pages["Sheet1"]["D2:H2"][0],
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
    result = result_of(workbook(sheet(inline_rows())), full_rows=full_rows)
    page = sheets_of(result)["Phone methods to correct"]
    said, *lines = values_of(page)
    assert "Correct these rows on sheet 'Sheet1'" in str(said[0])
    assert [
        ("Row", *HEADER, *OURS),
        ("3", *PEOPLE[1], BAD.outcome, BAD.code, BAD.reason, BAD.remedy, BAD.suggested),
    ] == lines


@pytest.mark.parametrize(
    ("full_rows", "expected"),
    [
        (3, ["Sheet1", "Phone methods to correct", "Phone methods summary"]),
        (2, ["Phone methods summary", "Sheet1", "Phone methods to correct"]),
    ],
)
def test_large_exports_come_back_as_values(full_rows: int, expected: list[str]) -> None:
    """At the limit it is the same workbook; one row above it holds values and says so on its first sheet."""
    result = result_of(workbook(sheet(inline_rows())), full_rows=full_rows)
    assert expected == list(sheets_of(result))
    said = " ".join(str(value) for line in values_of(sheets_of(result)[expected[0]]) for value in line)
    assert ("because the export has more than 2 rows" in said) is (full_rows == 2)
    assert PEOPLE_ROWS == [(at, cells[:3]) for at, cells in texts(opened(result))]


def test_text_files_come_back_as_workbooks() -> None:
    """Every record keeps its number and every field stays text."""
    data = "Staff of today\n\n" + "\n".join(";".join(line) for line in TABLE) + "\n;;\n"
    export = opened(data.encode(), "export.csv")
    assert 3 == export.header_row
    result = write_result(data.encode(), "export.csv", export, {5: BAD}, summary=SUMMARY)
    page = sheets_of(result)["CSV"]
    assert [("Staff of today", None, None, None), (None,) * 4, (*HEADER, OURS[0])] == values_of(page["A1:D3"])
    assert (*PEOPLE[1], "refused") == tuple(cell.value for cell in page[5][:4])
    assert {("s", "@")} == {(cell.data_type, cell.number_format) for cell in page[5][:3]}


def _again(data: bytes) -> bytes:
    return write_result(data, "export.xlsx", opened(data), {2: BAD}, summary=SUMMARY)


@pytest.mark.parametrize("full_rows", [20_000, 0])
def test_a_result_may_be_dropped_again(full_rows: int) -> None:
    """Our columns and sheets are ignored when they come back, and replaced by the next result."""
    first = result_of(workbook(sheet(inline_rows())), full_rows=full_rows)
    export = opened(first)
    assert "Sheet1" == export.sheet
    assert PEOPLE_ROWS == [(at, cells[:3]) for at, cells in texts(export)]
    assert not export.notes
    pages = sheets_of(_again(first))
    assert len({"Sheet1", "Phone methods to correct", "Phone methods summary"}) == len(pages)
    header = [cell.value for cell in pages["Sheet1"][1] if cell.value]
    assert [*HEADER, *OURS] == header
    assert [None] == list({cell.value for cell in pages["Sheet1"][3][3:]})


def test_macros_do_not_come_back() -> None:
    """An .xlsm comes back as .xlsx, and the summary names what is missing."""
    made = parts(sheet(inline_rows())) | {"xl/vbaProject.bin": b"macros", "xl/media/image1.png": b"picture"}
    made["[Content_Types].xml"] = str(made["[Content_Types].xml"]).replace(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
        "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    )
    data = zipped(made)
    result = result_of(data, "export.xlsm")
    assert b"vbaProject" not in result
    assert PEOPLE_ROWS == [(at, cells[:3]) for at, cells in texts(opened(result))]
    said = " ".join(str(value) for line in values_of(sheets_of(result)["Phone methods summary"]) for value in line)
    assert "Not copied from the workbook: macros, pictures." in said
    assert SUMMARY[0][1] in said


def _comments(xml: str) -> bytes:
    made = parts(sheet(inline_rows()))
    made["xl/worksheets/_rels/sheet1.xml.rels"] = relationships(("comments", "../comments1.xml"))
    return zipped(made | {"xl/comments1.xml": xml}, zipfile.ZIP_STORED)


@pytest.mark.parametrize("xml", ["<comments", entity_bomb("<comments>&j;</comments>")])
def test_harm_in_parts_that_are_not_read(xml: str) -> None:
    """What no row depends on cannot keep the result from coming back, nor be expanded on the way."""
    result = result_of(_comments(xml))
    assert "Phone methods summary" == next(iter(sheets_of(result)))
    assert PEOPLE_ROWS == [(at, cells[:3]) for at, cells in texts(opened(result))]


def test_comments_that_would_fill_the_memory() -> None:
    """openpyxl takes seventy times their size for comments."""
    result = result_of(_comments(f"<comments>{' ' * (4 * 2**20)}</comments>"))
    said = " ".join(str(value) for line in values_of(sheets_of(result)["Phone methods summary"]) for value in line)
    assert "more than 4 MiB of comments" in said


def test_damage_in_a_sheet_that_is_not_read() -> None:
    """A hidden sheet may be broken; the rows come back as values."""
    data = workbook(sheet(inline_rows()), "<worksheet", states=("visible", "hidden"))
    pages = sheets_of(result_of(data))
    assert ["Phone methods summary", "Sheet1", "Phone methods to correct"] == list(pages)
    said = " ".join(str(value) for line in values_of(pages["Phone methods summary"]) for value in line)
    assert "because other parts of the workbook are damaged" in said


def test_a_workbook_that_openpyxl_cannot_load_comes_back_as_values() -> None:
    """Reading does not need the stylesheet to be faultless, so the result must not either."""
    made = parts(
        sheet(inline_rows()), stylesheet='<styleSheet><fonts><font><color rgb="red"/></font></fonts></styleSheet>'
    )
    result = result_of(zipped(made))
    assert "Phone methods summary" == next(iter(sheets_of(result)))
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
    data = zipped(parts(sheet(inline_rows()), made(), states=("visible", "hidden")), zipfile.ZIP_STORED)
    pages = sheets_of(result_of(data))
    said = " ".join(str(value) for line in values_of(pages["Phone methods summary"]) for value in line)
    assert f"because the workbook has more than {what}" in said


_WHOLE_SHEET = "C10:XFD1048576"


@pytest.mark.parametrize(
    ("after", "stylesheet", "said"),
    [
        (f'<mergeCells><mergeCell ref="{_WHOLE_SHEET}"/></mergeCells>', "", "cells in merged ranges and links"),
        (f'<hyperlinks><hyperlink ref="{_WHOLE_SHEET}" location="A1"/></hyperlinks>', "", "cells in merged ranges"),
        ('<hyperlinks><hyperlink ref="D:XFD" location="A1"/></hyperlinks>', "", "cells in merged ranges and links"),
        ('<mergeCells><mergeCell ref="5:1048576"/></mergeCells>', "", "cells in merged ranges and links"),
        ("", styles().replace("<fonts", "<x>" + "<y/>" * 20_000 + "</x><fonts"), "styles"),
        ("", styles().replace("</cellXfs>", '<xf xfId="0"/>' * 20_000 + "</cellXfs>"), "styles"),
        ("", styles().replace("</styleSheet>", f"<dxfs>{'<dxf/>' * 20_000}</dxfs></styleSheet>"), "styles"),
    ],
)
def test_a_small_file_that_unfolds_comes_back_as_values(after: str, stylesheet: str, said: str) -> None:
    """A few bytes may name millions of cells, and openpyxl makes an object of each."""
    begun = time.process_time()
    data = workbook(sheet(inline_rows(), after=after), stylesheet=stylesheet)
    lines = values_of(sheets_of(result_of(data))["Phone methods summary"])
    assert said in " ".join(str(value) for line in lines for value in line)
    assert time.process_time() - begun < 2


@pytest.mark.parametrize("ref", ["", "A0:B2", "AAAA1:B2", "B2:", "A1:B2:C3", "A1048577:B1048578", "1:A"])
def test_a_range_that_is_no_range_refuses_the_file(ref: str) -> None:
    for element in ("mergeCell", "hyperlink"):
        with pytest.raises(FileRefusedError):
            opened(workbook(sheet(inline_rows(), after=f'<{element}s><{element} ref="{ref}"/></{element}s>')))


def test_our_columns_keep_clear_of_other_content() -> None:
    """Remarks to the right of the header and merged cells are not written over."""
    rows = inline_rows([HEADER]) + row(
        2, ["<c r='A2' t='inlineStr'><is><t>ana@contoso.example</t></is></c>", "<c r='F2'><v>7</v></c>"]
    )
    data = workbook(sheet(rows, after='<mergeCells><mergeCell ref="H1:I1"/></mergeCells>'))
    page = sheets_of(result_of(data))["Sheet1"]
    assert (7, "created") == (page["F2"].value, page["J2"].value)


def test_rows_outside_the_table_get_no_report() -> None:
    """Only the rows that were read are reported on."""
    data = two_tables()
    result = write_result(data, "export.xlsx", opened(data, table_name="People"), {4: GOOD}, summary=SUMMARY)
    page = sheets_of(result)["Sheet1"]
    assert [OURS[0], "created", None, None] == [page.cell(at, 4).value for at in (3, 4, 5, 10)]
