"""Which sheet and which rows are read, and what is said of the rest."""

from __future__ import annotations

from io import BytesIO

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.table import Table

from shared.core.report.texts import Language, texts_in
from shared.core.values.errors import FileRefusedError
from tests.adapters.workbook.corpus_structure import two_tables
from tests.adapters.workbook.odd import PEOPLE_ROWS
from tests.adapters.workbook.packages import HEADER, PEOPLE, inline_rows, sheet, workbook
from tests.adapters.workbook.reading import opened, texts

_MOVED = [(row + 2, people) for row, people in PEOPLE_ROWS]


@pytest.mark.parametrize("name", ["People", "people"])
def test_table_by_name(name: str) -> None:
    """Only the table's own rows are read, not the title above nor the table below."""
    export = opened(two_tables(), table_name=name)
    assert (3, 3, _MOVED) == (export.header_row, export.raw_count, texts(export))


def test_totals_row_is_no_data() -> None:
    """A totals row belongs to the table but names no person."""
    total = inline_rows([("Total", "3")], first=7)
    export = opened(two_tables(ref="A3:C7", attributes='totalsRowCount="1"', below=total), table_name="People")
    assert _MOVED == texts(export)


def test_rows_below_the_table_are_refused() -> None:
    """A row that a program added below a table without extending it is not lost silently."""
    with pytest.raises(FileRefusedError, match="Sheet 'Sheet1' has 1 row below table 'People'") as refused:
        opened(two_tables(ref="A3:C5"), table_name="People")
    assert "rowsOutsideTable" == refused.value.code


def test_unknown_table_names_those_that_exist() -> None:
    """The refusal tells what could have been asked for."""
    with pytest.raises(FileRefusedError, match="'People', 'Cities'") as refused:
        opened(two_tables(), table_name="Staff")
    assert "tableNotFound" == refused.value.code


def test_table_without_people() -> None:
    """A table that exists but has no recognisable header is explained like any other."""
    with pytest.raises(FileRefusedError) as refused:
        opened(two_tables(), table_name="Cities")
    assert "noPersonColumn" == refused.value.code


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("table", [None, "Result"])
def test_headings_of_the_app_are_not_named_as_the_nearest(language: Language, table: str | None) -> None:
    """HR did not write them, so they cannot be what HR meant; those of HR beside them are named."""
    ours = texts_in(language).words["prefix"] + "E-mail, telephone"
    book = Workbook()
    page = book.active
    assert page is not None
    page.append(["Mobil Phoen", ours])
    page.append(["02025550101", "anything"])
    page.add_table(Table(displayName="Result", ref="A1:B2"))
    book.save(data := BytesIO())
    with pytest.raises(FileRefusedError) as refused:
        opened(data.getvalue(), table_name=table)
    assert "Mobil Phoen" in refused.value.message
    assert ours not in refused.value.message


def test_columns_outside_the_table_are_blank() -> None:
    """What stands beside a table is not part of it."""
    export = opened(two_tables(ref="A3:B6"), table_name="People")
    assert 2 == len(next(export.rows())[1])


def test_other_sheets_are_named() -> None:
    """A second sheet that looks like an export is named; hidden sheets are not read, and that is said."""
    people = sheet(inline_rows())
    data = workbook(people, people, people, names=("All", "More", "Old"), states=("visible", "visible", "hidden"))
    export = opened(data)
    assert ("Hidden sheets are not read; the workbook has 1.",) == export.notes
    assert ("More",) == export.other_sheets


def test_a_sheet_with_a_header_alone_names_no_people() -> None:
    """An empty form beside the list is no second list, and before it, it is not the first one."""
    people, form = sheet(inline_rows()), sheet(inline_rows([HEADER]))
    before = opened(workbook(form, people, names=("Form", "All")))
    behind = opened(workbook(people, form, names=("All", "Form")))
    assert [("All", ()), ("All", ())] == [(one.sheet, one.other_sheets) for one in (before, behind)]


def test_hidden_rows_and_merged_cells_are_counted() -> None:
    """Hidden rows are data like all others; merged cells hold a value only once."""
    rows = inline_rows().replace('r="3" ', 'r="3" hidden="1" ')
    export = opened(workbook(sheet(rows, after='<mergeCells><mergeCell ref="E1:F1"/></mergeCells>')))
    assert len(PEOPLE) == export.raw_count
    assert (
        "1 hidden or filtered row was read like all others.",
        "1 merged range is on the sheet; only its first cell shows a value.",
    ) == export.notes


def test_header_alone_is_no_error() -> None:
    """An export without people is judged by the gate, not by the reader."""
    export = opened(workbook(sheet(inline_rows([HEADER]))))
    assert (0, []) == (export.raw_count, texts(export))
