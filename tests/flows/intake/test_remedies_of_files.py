"""The remedies of files are followed to the letter, and the file that they lead to is used."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from openpyxl.worksheet.table import Table

from shared.adapters.workbook.reading.limits import FileLimits
from shared.core.values.codes import CODES
from shared.core.values.codes_of_files import CODES_OF_FILES
from shared.core.values.errors import FileRefusedError
from testing.exports import opened, understood
from tests.adapters.workbook.corpus_files import valid
from tests.flows.following import ANA, BO, MOBILE, OFFICE, UPN, Case, Way, assert_covers, edited, said, typed
from tests.flows.in_excel import InExcel, StoredCell
from tests.flows.small_tenant import rows_of, tenant_of

HEADINGS = ("User principal name", "Mobile phone", "Office phone")
ROWS: tuple[tuple[StoredCell, ...], ...] = (
    (UPN, (MOBILE, "@"), OFFICE),
    (BO.userPrincipalName, "+49 171 5550124", "+49 30 23125679"),
)
PEOPLE = (HEADINGS, *ROWS)
FEW = FileLimits(max_columns=3, max_rows=2)


@dataclass(frozen=True)
class FileCase(Case):
    """`prepare` makes what cells alone do not; `rows` is how many rows the file has once it is read."""

    prepare: Callable[[InExcel], object] = bool
    limits: FileLimits = FEW
    rows: int = 2
    asked: dict[str, Any] = field(default_factory=dict)


def _table(excel: InExcel, name: str, area: str) -> None:
    excel.sheet.add_table(Table(displayName=name, ref=area))


def _rename_table(excel: InExcel) -> None:
    excel.sheet.tables["People"].displayName = "Staff"
    excel.sheet.tables["People"].name = "Staff"


def _extend_table(excel: InExcel) -> None:
    excel.sheet.tables["Staff"].ref = "A1:C3"


def _hidden(excel: InExcel) -> None:
    excel.book.create_sheet("Notes").append(["nothing here"])
    excel.sheet.sheet_state = "hidden"


def _unhide(excel: InExcel) -> None:
    excel.sheet.sheet_state = "visible"


CASES = [
    FileCase("tooManyColumns", tuple((*line, "Sales") for line in ((*HEADINGS,), *ROWS)), (
        Way("Remove the columns that are not needed here", lambda excel: excel.sheet.delete_cols(4)),
    )),
    FileCase("headingsTooLow", (*(("Staff of today",),) * 25, *PEOPLE), (
        Way("Delete the rows above the headings", lambda excel: excel.sheet.delete_rows(1, 25)),
        said("upload the file again"),
    ), limits=FileLimits()),
    FileCase("severalLists", (*PEOPLE, ("Emergency contacts",), HEADINGS, (UPN, "+49 171 5550199")), (
        Way("Delete the row that the message names and all rows below it", lambda excel: excel.sheet.delete_rows(4, 3)),
        said("move them into a file of their own"),
    ), limits=FileLimits()),
    FileCase("tableNotFound", PEOPLE, (
        Way("Give the table the name that the message asks for", _rename_table),
        said("tell your IT department its name"),
    ), prepare=lambda excel: _table(excel, "People", "A1:C3"), asked={"table_name": "Staff"}),
    FileCase("rowsOutsideTable", PEOPLE, (
        Way("Extend the table over these rows", _extend_table),
        said("remove them"),
    ), prepare=lambda excel: _table(excel, "Staff", "A1:C2"), asked={"table_name": "Staff"}),
    FileCase("noVisibleSheet", PEOPLE, (
        Way("Unhide the sheet in Excel", _unhide), said("save"), said("upload the file again"),
        said("Of a result, upload the whole workbook"),
    ), prepare=_hidden),
    FileCase("noPhoneColumn", (("User principal name", "Anything"), (UPN, (MOBILE, "@"))), (
        said("Give the column of phone numbers this heading"),
        *(typed("B1", name, name) for name in ("Mobile number", "Second mobile number", "Office number")),
    ), rows=1),
    *(FileCase("noPersonColumn", (("Anything", "Mobile phone"), (key, (MOBILE, "@"))), (
        said("Your list needs one column that identifies each person"), said("Give it one of these headings"),
        *(typed("A1", name, name) if name == heading else said(name)
          for name in ("Sign-in name", "Employee ID", "Work e-mail")),
    ), rows=1) for heading, key in (
        ("Sign-in name", UPN), ("Employee ID", "3E05"), ("Work e-mail", "ana@contoso.example"),
    )),
]  # fmt: skip


def _read(excel: InExcel, case: FileCase) -> int:
    """How many rows are used; raises FileRefusedError, and AssertionError when the file would be held."""
    found = understood(opened(excel.saved(), limits=case.limits, **case.asked))
    assert () == found.mapping.concerns()
    return sum(not row.refusals for row in found.rows)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_who_follows_the_remedy_gets_a_file_that_is_used(case: FileCase) -> None:
    """First the file is refused; after each edit all its rows are used."""
    excel = InExcel(*case.table)
    case.prepare(excel)
    with pytest.raises(FileRefusedError) as refused:
        _read(excel, case)
    assert (case.code, CODES[case.code].remedy) == (refused.value.code, refused.value.remedy)
    for words, edited_file in edited(case, case.prepare):
        assert case.rows == _read(edited_file, case), words


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_word_of_the_remedy_is_followed(case: FileCase) -> None:
    """A remedy that is changed needs an edit that follows it."""
    assert_covers(case)


def _rows_used(data: bytes, name: str) -> int:
    return sum(not row.refusals for row in understood(opened(data, name)).rows)


@pytest.mark.parametrize("ending", ["xls", "csv", "pdf"])
def test_a_renamed_workbook_is_read(ending: str) -> None:
    """The message names the ending that the name is to have."""
    with pytest.raises(FileRefusedError) as refused:
        opened(valid(), f"export.{ending}")
    assert ("wrongExtension", True) == (refused.value.code, ".xlsx" in refused.value.message)
    assert CODES["wrongExtension"].remedy.startswith("Rename the file so that its name ends as the message says")
    assert 3 == _rows_used(valid(), "export.xlsx")


def test_an_export_in_parts_is_read() -> None:
    """Each part has headings of its own; outside the folder full no person counts as missing."""
    assert "Split the file into several, outside the folder full." == CODES["tooManyRows"].remedy
    third = ("cy@contoso.example", "+49 171 5550125", OFFICE)
    with pytest.raises(FileRefusedError, match="more than 2 rows"):
        opened(InExcel(*PEOPLE, third).saved(), limits=FEW)
    for part in ((HEADINGS, *ROWS), (HEADINGS, third)):
        assert len(part) - 1 == _rows_used(InExcel(*part).saved(), "export.xlsx")


def test_a_text_file_is_corrected_or_exported_as_a_workbook() -> None:
    """Excel itself would put the rows behind an open quotation mark into one cell."""
    broken = f'userPrincipalName,mobile,office\n{UPN},"{MOBILE},\n{BO.userPrincipalName},+49 171 5550124,\n'
    with pytest.raises(FileRefusedError) as refused:
        opened(broken.encode(), "export.csv")
    assert "unbalancedQuote" == refused.value.code
    assert 2 == _rows_used(broken.replace('"', "").encode(), "export.csv")
    assert 2 == _rows_used(InExcel(*PEOPLE).saved(), "export.xlsx")


async def test_a_file_is_moved_where_the_remedy_says() -> None:
    """The top level, preview or full; the message names the folders that are allowed."""
    data = InExcel(HEADINGS, ROWS[0]).saved()
    async with tenant_of([ANA]) as world:
        refused = await world.run_to_end("archive/staff.xlsx", data)
        assert "folderNotForExports" == refused.code
        assert "top level" in refused.message
        for name in ("staff.xlsx", "preview/staff.xlsx"):
            run = await world.run_to_end(name, data)
            assert ("", 1) == (run.code, len(await rows_of(world, run)))


_SAVED_ANEW = {
    "notAWorkbook", "unsupportedFormat", "encryptedFile", "corruptFile", "archiveTooLarge", "compressionRatioTooHigh",
    "sheetTooLarge", "labelProtected", "markupUnclear", "cellCountMismatch", "lineTooLong", "encodingUnknown",
    "entityDeclared", "readingFailed", "rowCountMismatch", "fileTooLarge", "emptyFile", "truncatedFile",
    "changedInTransfer",
}  # fmt: skip
"""Answered by a plain file of the same rows, which Excel or the HR system writes anew."""
_IN_OTHER_TESTS = {
    "wrongExtension", "tooManyRows", "unbalancedQuote", "folderNotForExports", "resultNotKnown", "resultTooOld",
    "resultsMixed",
}  # fmt: skip


def test_every_code_of_a_file_can_be_answered() -> None:
    """By an edit that was tried, by a file that is written anew, or by the administrator whom the remedy names."""
    asks = {code for code, info in CODES_OF_FILES.items() if "your IT department" in info.remedy}
    tried = {case.code for case in CASES} | _IN_OTHER_TESTS
    assert set() == CODES_OF_FILES.keys() - asks - tried - _SAVED_ANEW
    anew = re.compile(r"\b(sav|export|upload|new (file|workbook))", re.IGNORECASE)
    assert set() == {code for code in _SAVED_ANEW if not anew.search(CODES[code].remedy)}
