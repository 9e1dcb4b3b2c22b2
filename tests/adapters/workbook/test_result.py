"""The workbook that comes back: what we add, and what we say of what is missing."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, ValuesView
from dataclasses import replace

import pytest
from openpyxl.worksheet.worksheet import Worksheet

from shared.adapters.workbook.writing.pages import write_pages
from shared.core.plan.operations import Effect
from shared.core.plan.question import Question, QuestionReason
from shared.core.plan.slot_outcomes import SlotOutcome
from shared.core.report.page import Column, Facts, Line, Page, Table, Title
from shared.core.report.texts import Language, texts_in
from shared.core.run.documents import Change, RowReport
from shared.core.values.codes import CODES
from shared.core.values.errors import FileRefusedError
from shared.core.values.said import Said
from shared.core.values.slot import PhoneNumber, Slot
from shared.core.values.states import SlotState
from testing.endless import must_end
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
from tests.adapters.workbook.results import (
    BAD,
    BAD_BESIDE,
    GOOD,
    GOOD_BESIDE,
    OURS,
    RUN,
    SUMMARY,
    WORK,
    result_of,
    said_in,
    sheets_of,
    values_of,
)

AS_VALUES = "holds only values"


def test_our_columns_stand_beside_the_rows() -> None:
    """Result, what to do, suggestion, details and code follow the last column of the header."""
    page = sheets_of(result_of(workbook(sheet(inline_rows()))))["Sheet1"]
    assert [OURS, GOOD_BESIDE, BAD_BESIDE, GOOD_BESIDE] == values_of(page["D1:I4"])


@pytest.mark.parametrize("full_rows", [20_000, 0])
def test_a_result_is_for_hr(full_rows: int) -> None:
    """It names the person, but says neither what only an administrator can do, nor what was there before."""
    change = Change("mobile", Effect.UPDATE, "+1 202 555 0163", "+1 202 555 0164")
    question = Question(Slot.MOBILE, QuestionReason.UNMANAGED, PhoneNumber(1, "2025550163"), None)
    details = ("Ask.", "", (change,), "Grant.", "Ana", "ana@x", "an id", (question,))
    report = RowReport("refused", "permissionMissing", Said("no"), *details)
    result = result_of(workbook(sheet(inline_rows())), reports={3: report}, full_rows=full_rows)
    seen = " ".join(said_in(page) for page in sheets_of(result).values())
    assert CODES["permissionMissing"].remedy in seen
    assert "Ana\nana@x" in seen
    assert [] == [text for text in ("Grant.", "an id", "2025550163", "0163", "0164") if text in seen]


def test_long_reasons_are_cut() -> None:
    """A result must stay within the reader's own limits, or it could not be dropped again."""
    report = RowReport("refused", "conflictingRows", Said("a" * 1_001), "Keep one row.")
    result = result_of(workbook(sheet(inline_rows())), reports={2: report})
    assert "a" * 999 + "…" == texts(opened(result))[0][1][5]


@pytest.mark.parametrize("full_rows", [20_000, 0])
@pytest.mark.parametrize("text", ["=1+1", "+12025550123", "-1", "@SUM(A1)", "#N/A", "00491", "a\x00b"])
def test_what_we_add_is_text(text: str, full_rows: int) -> None:
    """Nothing that we write can become a formula, an error or a number."""
    reports = {2: RowReport("refused", text, Said(text), text, text)}
    pages = sheets_of(result_of(workbook(sheet(inline_rows())), reports=reports, full_rows=full_rows))
    added = [*pages["Sheet1"]["D2:I2"][0], *pages[WORK]["A5:J5"][0]]
    found = [cell for cell in added if cell.value is not None and text.replace("\x00", "_x0000_") in str(cell.value)]
    assert 5 <= len(found)
    assert {("s", "@")} == {(cell.data_type, cell.number_format) for cell in found}


@pytest.mark.parametrize("full_rows", [20_000, 0])
def test_rows_that_need_work(full_rows: int) -> None:
    """The first sheet lists only those, with row, key, cell and content, and says where to correct them."""
    pages = sheets_of(result_of(workbook(sheet(inline_rows())), full_rows=full_rows))
    assert [WORK, SUMMARY, "Sheet1"] == list(pages)
    title, how, _, *lines = values_of(pages[WORK])
    assert ("1 person needs your attention.", True) == (title[0], "“Sheet1”" in str(how[0]))
    reason = "✗ Mobile number – there are letters in the number"  # noqa: RUF001 - a dash
    todo = texts_in(Language.ENGLISH).in_frame(BAD.remedy)
    assert [
        ("Row", HEADER[0], "What to do", "Result", "Cell", "Column", "In your file", "Suggestion", "Reference", "Code"),
        (3, PEOPLE[1][0], todo, reason, "B3", HEADER[1], PEOPLE[1][1], BAD.suggested, None, BAD.code),
    ] == lines


@pytest.mark.parametrize("full_rows", [20_000, 0])
def test_a_result_without_work_has_no_sheet_for_it(full_rows: int) -> None:
    """The summary comes first and says so."""
    result = result_of(workbook(sheet(inline_rows())), reports={2: GOOD, 3: GOOD, 4: GOOD}, full_rows=full_rows)
    pages = sheets_of(result)
    assert [SUMMARY, "Sheet1"] == list(pages)
    assert "All people in this file (3) are done: there is nothing for you to do." == pages[SUMMARY]["A1"].value


def test_rows_that_need_work_are_sorted_by_what_to_do() -> None:
    """Those that need the same stand together; a person with two reasons has two lines."""
    two = replace(
        BAD,
        slots=(
            *BAD.slots,
            SlotOutcome("office", SlotState.REFUSED, "numberMissing", Said("C2: the cell has no digits")),
        ),
    )
    reports = {2: two, 3: BAD, 4: two}
    lines = values_of(sheets_of(result_of(workbook(sheet(inline_rows())), reports=reports))[WORK])[4:]
    assert [(2, BAD.code), (3, BAD.code), (4, BAD.code), (2, "numberMissing"), (4, "numberMissing")] == [
        (line[0], line[-1]) for line in lines
    ]


def test_a_row_that_only_its_run_kept_back_is_no_work() -> None:
    """A preview of a thousand people does not list them all; what would be done still stands beside each row."""
    report = RowReport(
        "unprocessed", "previewOnly", Said("The run was a preview."), "Upload the file outside preview/."
    )
    planned = replace(report, slots=(SlotOutcome("mobile", SlotState.CREATE),), is_over=False)
    pages = sheets_of(result_of(workbook(sheet(inline_rows())), reports={2: report, 3: planned}))
    assert WORK not in pages
    assert "– Left as it is: this was only a preview" == pages["Sheet1"]["D2"].value  # noqa: RUF001 - a dash
    assert "→ Planned: mobile number would be added" == pages["Sheet1"]["D3"].value


def test_formulas_are_named_only_where_there_may_be_some() -> None:
    """A list without one is copied as it is."""
    plain, computed = (
        said_in(sheets_of(result_of(workbook(sheet(inline_rows() + more))))[SUMMARY])
        for more in ("", '<row r="9"><c r="A9"><f>1+1</f><v>2</v></c></row>')
    )
    english = texts_in(Language.ENGLISH)
    remark, title = english.say("copy.formulas"), english.say("section.copy")
    assert (False, False) == (remark in plain, title in plain)
    assert (True, True) == (remark in computed, title in computed)
    for more, has_one in (("", False), ('<row r="9"><c r="A9"><f>1+1</f><v>2</v></c></row>', True)):
        data = workbook(sheet(inline_rows()), sheet(f'<row r="1"><c r="A1"><v>1</v></c></row>{more}'))
        assert has_one == (remark in said_in(sheets_of(result_of(data))[SUMMARY]))


def test_a_table_below_facts_is_neither_frozen_nor_filtered() -> None:
    """Half a window of facts would stay in sight, and the page would be printed on several sheets of paper."""
    table = Table((Column("Heading", 20),), (Line(("Employee ID",)),))
    for above, frozen in (((Title("T"),), "A4"), ((Title("T"), Facts((("File", "a.xlsx"),))), None)):
        page = sheets_of(write_pages([Page("P", (*above, table), "{page} / {pages}")]))["P"]
        assert (frozen, frozen and "A3:A4") == (page.freeze_panes, page.auto_filter.ref)


def pane_of(page: Worksheet) -> tuple[float | None, float | None, str | None]:
    """How many columns and rows stay in sight, and the first cell of the rest."""
    pane = page.sheet_view.pane
    assert pane is not None
    return pane.xSplit or None, pane.ySplit, pane.topLeftCell


@pytest.mark.parametrize("full_rows", [20_000, 0])
@pytest.mark.parametrize("key", [0, 2])
def test_the_sheet_opens_at_our_columns(key: int, full_rows: int) -> None:
    """The header and the key stay in sight, our columns come right after, and all of it can be filtered."""
    page = sheets_of(result_of(workbook(sheet(inline_rows())), key=key, full_rows=full_rows))["Sheet1"]
    assert (key + 1, 1, "D2") == pane_of(page)
    assert "A1:I4" == page.auto_filter.ref


@pytest.mark.parametrize("full_rows", [20_000, 0])
def test_a_key_far_to_the_right_is_repeated(full_rows: int) -> None:
    """It is the first of our columns, and only the header stays in sight."""
    header = ("Name", "Department", "mobile", "userPrincipalName")
    rows = inline_rows([header, ("Ana", "HR", "+1 202 555 0123", "ana@contoso.example")])
    page = sheets_of(result_of(workbook(sheet(rows)), reports={2: GOOD}, key=3, full_rows=full_rows))["Sheet1"]
    assert ("Sign-in phone: userPrincipalName", "ana@contoso.example") == (page["E1"].value, page["E2"].value)
    assert ((None, 1, "E2"), GOOD_BESIDE[0]) == (pane_of(page), page["F2"].value)


@pytest.mark.parametrize("full_rows", [20_000, 0])
def test_every_sheet_of_ours_prints_on_wide_pages(full_rows: int) -> None:
    """Landscape, as wide as a page, the header on each, and its number below; the summary is one page."""
    for page in sheets_of(result_of(workbook(sheet(inline_rows())), full_rows=full_rows)).values():
        assert ("landscape", 1, page.title == SUMMARY) == (
            page.page_setup.orientation,
            page.page_setup.fitToWidth,
            page.page_setup.fitToHeight,
        )
        assert page.oddFooter is not None
        assert "Page &P of &N" == page.oddFooter.center.text
    assert "$1:$1" == page.print_title_rows


def test_on_paper_names_stand_beside_the_outcomes() -> None:
    """Of a list that is too wide for a page, what is only for machines is left out, and names are where keys are."""
    header = ("userPrincipalName", "Last name", "First name", "mobile", *(f"Cost centre {one}" for one in range(20)))
    data = workbook(sheet(inline_rows([header, *([f"p{row}@contoso.example", *["x"] * 23] for row in range(3))])))
    page = sheets_of(result_of(data, key=0))["Sheet1"]
    assert "$A:$C" == page.print_title_cols
    first, last = str(page.print_area).rpartition("!")[2].replace("$", "").split(":")
    printed = [cell.value for cell in page[f"{first}:{last}"][0]]
    assert list(OURS[:3]) == printed


@pytest.mark.parametrize("language", Language)
def test_a_result_in_each_language_is_known_again(language: Language) -> None:
    """Its own sheets and columns are left out when it comes back, whatever their language."""
    first = result_of(workbook(sheet(inline_rows())), language=language)
    export = opened(first)
    assert ("Sheet1", ()) == (export.sheet, export.notes)
    assert PEOPLE_ROWS == [(at, cells[:3]) for at, cells in texts(export)]
    again = sheets_of(result_of(first))
    assert [*HEADER, *OURS] == [cell.value for cell in again["Sheet1"][1] if cell.value]
    assert [WORK, SUMMARY, "Sheet1"] == list(again)


def test_large_exports_come_back_as_values() -> None:
    """At the limit it is the same workbook; one row above it holds values and says so."""
    for full_rows in (3, 2):
        result = result_of(workbook(sheet(inline_rows())), full_rows=full_rows)
        said = said_in(sheets_of(result)[SUMMARY])
        assert ("because the file has more than 2 rows" in said) is (full_rows == 2)
        assert PEOPLE_ROWS == [(at, cells[:3]) for at, cells in texts(opened(result))]


def test_text_files_come_back_as_workbooks() -> None:
    """Every record keeps its number and every field stays text."""
    data = "Staff of today\n\n" + "\n".join(";".join(line) for line in TABLE) + "\n;;\n"
    export = opened(data.encode(), "export.csv")
    assert 3 == export.header_row
    page = sheets_of(result_of(data.encode(), "export.csv", {5: BAD}))["CSV"]
    assert [("Staff of today", None, None, None), (None,) * 4, (*HEADER, OURS[0])] == values_of(page["A1:D3"])
    assert (*PEOPLE[1], BAD_BESIDE[0]) == tuple(cell.value for cell in page[5][:4])
    assert {("s", "@")} == {(cell.data_type, cell.number_format) for cell in page[5][:3]}


def _again(data: bytes) -> bytes:
    return result_of(data, reports={2: BAD})


@pytest.mark.parametrize("full_rows", [20_000, 0])
def test_a_result_may_be_dropped_again(full_rows: int) -> None:
    """Our columns and sheets are ignored when they come back, and replaced by the next result."""
    first = result_of(workbook(sheet(inline_rows())), full_rows=full_rows)
    export = opened(first)
    assert "Sheet1" == export.sheet
    assert PEOPLE_ROWS == [(at, cells[:3]) for at, cells in texts(export)]
    assert not export.notes
    pages = sheets_of(_again(first))
    assert {"Sheet1", WORK, SUMMARY} == set(pages)
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
    said = said_in(sheets_of(result)[SUMMARY])
    assert "Not copied from your workbook: macros, pictures." in said
    assert RUN.id in said


def _comments(xml: str) -> bytes:
    made = parts(sheet(inline_rows()))
    made["xl/worksheets/_rels/sheet1.xml.rels"] = relationships(("comments", "../comments1.xml"))
    return zipped(made | {"xl/comments1.xml": xml}, zipfile.ZIP_STORED)


@pytest.mark.parametrize("xml", ["<comments", entity_bomb("<comments>&j;</comments>")])
def test_harm_in_parts_that_are_not_read(xml: str) -> None:
    """What no row depends on cannot keep the result from coming back, nor be expanded on the way."""
    result = result_of(_comments(xml))
    assert AS_VALUES in said_in(sheets_of(result)[SUMMARY])
    assert PEOPLE_ROWS == [(at, cells[:3]) for at, cells in texts(opened(result))]


def test_comments_that_would_fill_the_memory() -> None:
    """openpyxl takes seventy times their size for comments."""
    result = result_of(_comments(f"<comments>{' ' * (4 * 2**20)}</comments>"))
    said = said_in(sheets_of(result)[SUMMARY])
    assert "more than 4 MiB of comments" in said


def test_damage_in_a_sheet_that_is_not_read() -> None:
    """A hidden sheet may be broken; the rows come back as values."""
    data = workbook(sheet(inline_rows()), "<worksheet", states=("visible", "hidden"))
    pages = sheets_of(result_of(data))
    assert [WORK, SUMMARY, "Sheet1"] == list(pages)
    said = said_in(pages[SUMMARY])
    assert "(other parts of the workbook are damaged)" in said


def test_a_workbook_that_openpyxl_cannot_load_comes_back_as_values() -> None:
    """Reading does not need the stylesheet to be faultless, so the result must not either."""
    made = parts(
        sheet(inline_rows()), stylesheet='<styleSheet><fonts><font><color rgb="red"/></font></fonts></styleSheet>'
    )
    result = result_of(zipped(made))
    assert AS_VALUES in said_in(sheets_of(result)[SUMMARY])
    assert PEOPLE_ROWS == [(at, cells[:3]) for at, cells in texts(opened(result))]


@pytest.mark.parametrize(
    ("what", "made"),
    [
        (
            "400,000 cells",
            lambda: sheet(f'<row r="1">{"<c/>" * 400_001}</row>'),
        ),
        ("5,000 merged ranges", lambda: sheet("", after='<mergeCell ref="E1:F1"/>' * 5_001)),
        ("50,000 links, rules", lambda: sheet("", after='<hyperlink ref="A1" location="A2"/>' * 50_001)),
    ],
    ids=["cells", "merged", "links"],
)
def test_what_would_fill_the_memory_comes_back_as_values(what: str, made: Callable[[], str]) -> None:
    """openpyxl holds a whole workbook in memory, so one that is heavy for its rows is not given to it."""
    data = zipped(parts(sheet(inline_rows()), made(), states=("visible", "hidden")), zipfile.ZIP_STORED)
    pages = sheets_of(result_of(data))
    said = said_in(pages[SUMMARY])
    assert f"(the workbook has more than {what}" in said


def test_why_a_workbook_was_not_copied_is_said_in_its_language() -> None:
    data = zipped(parts(sheet(inline_rows()), sheet("", after='<mergeCell ref="E1:F1"/>' * 5_001)), zipfile.ZIP_STORED)
    summary = texts_in(Language.GERMAN).say("sheet.summary")
    said = said_in(sheets_of(result_of(data, language=Language.GERMAN))[summary])
    assert "(die Mappe hat mehr als 5.000 verbundene Zellbereiche)" in said


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
    data = workbook(sheet(inline_rows(), after=after), stylesheet=stylesheet)
    with must_end(cpu_seconds=30):
        assert said in said_in(sheets_of(result_of(data))[SUMMARY])


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
    assert (7, GOOD_BESIDE[0]) == (page["F2"].value, page["J2"].value)


def test_rows_outside_the_table_get_no_report() -> None:
    """Only the rows that were read are reported on."""
    data = two_tables()
    page = sheets_of(result_of(data, reports={4: GOOD}, table_name="People"))["Sheet1"]
    assert [OURS[0], GOOD_BESIDE[0], None, None] == [page.cell(at, 4).value for at in (3, 4, 5, 10)]


class _Counted(dict[int, RowReport]):
    """Reports that count how often all of them are looked at."""

    looks = 0

    def values(self) -> ValuesView[RowReport]:  # type: ignore[override] # the view of a dict has no public name
        self.looks += 1
        return super().values()


@pytest.mark.parametrize("full_rows", [20_000, 0])
def test_the_time_grows_with_the_rows_alone(full_rows: int) -> None:
    """No row is a reason to look at all reports: a hundred thousand rows would take hours."""
    people = [(f"p{number}@contoso.example", "+1 202 555 0123", "") for number in range(300)]
    reports = _Counted(dict.fromkeys(range(2, 302), GOOD))
    result_of(workbook(sheet(inline_rows([HEADER, *people]))), reports=reports, full_rows=full_rows)
    assert reports.looks <= 5
