"""Text files: encodings, delimiters, quotation marks, and a count that does not use the csv module."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.values.cell import Cell, CellKind
from shared.core.values.errors import FileRefusedError
from tests.adapters.workbook.odd import PEOPLE_ROWS
from tests.adapters.workbook.packages import HEADER, TABLE
from tests.adapters.workbook.reading import opened, texts

_NAME = "Zoë Ångström"


def _joined(delimiter: str = ",", end: str = "\r\n") -> str:
    return end.join(delimiter.join(line) for line in TABLE) + end


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_delimiter_line_end_and_encoding(delimiter: str, end: str, encoding: str) -> None:
    """Whatever programs write as text is read alike."""
    export = opened(_joined(delimiter, end).encode(encoding), "export.CSV")
    assert ("CSV", 1, PEOPLE_ROWS) == (export.sheet, export.header_row, texts(export))


def test_western_encoding_is_recognised() -> None:
    """Text of a Windows code page is read, and it is said that this was a guess."""
    lines = [("upn", "mobile", "name"), *((f"{i}@contoso.example", "+1 202 555 0123", _NAME) for i in range(20))]
    export = opened("\n".join(";".join(line) for line in lines).encode("cp1252"), "export.csv")
    assert {_NAME} == {cells[2] for _, cells in texts(export)}
    assert [True] == ["cp1252" in note for note in export.notes]


def test_other_alphabet_is_recognised() -> None:
    """Enough text of another alphabet tells its code page."""
    names = ("Иван Петров", "Мария Иванова", "Алексей Смирнов", "Ольга Кузнецова")
    lines = ["upn;mobile;name", *(f"{i}@contoso.example;+1 202 555 0123;{names[i % 4]}" for i in range(40))]
    export = opened("\n".join(lines).encode("cp1251"), "export.csv")
    assert set(names) == {cells[2] for _, cells in texts(export)}


def test_delimiter_named_by_the_file() -> None:
    """Excel's own `sep=` line is heeded and is no row of data."""
    export = opened(("sep=^\n" + _joined("^")).encode(), "export.csv")
    assert (2, [(row + 1, people) for row, people in PEOPLE_ROWS]) == (export.header_row, texts(export))


def test_other_delimiters_within_texts() -> None:
    """Commas in most of the rows do not make a comma the delimiter."""
    data = "upn;mobile;address\n" + "".join(f"{i}@contoso.example;1;1, Main St, Rome, Italy\n" for i in range(5))
    assert ("0@contoso.example", "1", "1, Main St, Rome, Italy") == texts(opened(data.encode(), "export.csv"))[0][1]


def test_cells_are_text() -> None:
    """Nothing in a text file is a number; what Excel made of it before stays visible."""
    rows = list(opened(b"upn,mobile\nana@contoso.example,4.49151E+11\n,\n", "export.csv").rows())
    expected = (Cell("A2", CellKind.TEXT, "ana@contoso.example", "@"), Cell("B2", CellKind.TEXT, "4.49151E+11", "@"))
    assert [(2, expected)] == rows


def test_short_and_long_rows() -> None:
    """Missing fields are blank; fields beyond the header belong to nothing."""
    export = opened(b"upn,mobile\na@contoso.example\nb@contoso.example,1,2,3\n", "export.csv")
    assert [(2, ("a@contoso.example", "")), (3, ("b@contoso.example", "1"))] == texts(export)


def test_line_ends_within_marks() -> None:
    """A row may run over several lines; its number is that of the record."""
    data = b'upn,address\r\na@contoso.example,"1 Main St\r\nRome ""centre"""\r\nb@contoso.example,x\r\n'
    with_mobile = data.replace(b"address", b"mobile")
    expected = [(2, ("a@contoso.example", '1 Main St\r\nRome "centre"')), (3, ("b@contoso.example", "x"))]
    assert expected == texts(opened(with_mobile, "export.csv"))


@pytest.mark.parametrize("bad", ['"+1 202', '"+1" 202', 'x,"'])
def test_open_mark_is_refused(bad: str) -> None:
    """A mark that is not closed would swallow the rows after it."""
    data = f"upn,mobile\na@contoso.example,{bad}\nb@contoso.example,1\n"
    with pytest.raises(FileRefusedError) as refused:
        texts(opened(data.encode(), "export.csv"))
    assert "unbalancedQuote" == refused.value.code


@pytest.mark.parametrize(
    "swallowed",
    [
        'a@contoso.example,"1\nb@contoso.example,2\nc@contoso.example,3"\n',
        'a@contoso.example,"1\nb@contoso.example",2\nc@contoso.example,3\n',
    ],
)
def test_rows_swallowed_between_two_stray_marks_are_refused(swallowed: str) -> None:
    """Two stray marks make one cell of all rows between them, which no count can see."""
    data = f"upn,mobile\nz@contoso.example,0\n{swallowed}"
    with pytest.raises(FileRefusedError, match="Row 3") as refused:
        texts(opened(data.encode(), "export.csv"))
    assert "unbalancedQuote" == refused.value.code


def test_line_without_end_is_refused() -> None:
    """One line is read whole, so it must not fill the memory."""
    with pytest.raises(FileRefusedError, match="more than 1 MiB") as refused:
        opened(b"upn,mobile\n" + b"1" * (2**20 + 1), "export.csv")
    assert "lineTooLong" == refused.value.code


_FIELDS = st.text(alphabet='ab"; \r\n', max_size=6)


@given(st.lists(st.lists(_FIELDS, min_size=2, max_size=2), max_size=8))
def test_independent_count_agrees(rows: list[list[str]]) -> None:
    """For every table that the csv module writes, both counts find the same rows."""
    written = StringIO()
    csv.writer(written, delimiter=",").writerows([HEADER[:2], *rows])
    export = opened(written.getvalue().encode(), "export.csv")
    assert [tuple(fields) for fields in rows if any(fields)] == [cells for _, cells in texts(export)]
    assert export.raw_count == sum(1 for fields in rows if any(fields))
