"""Rows are found by number, object id, and the beginning of the key or of a word of the name, however it is spelled."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.export.places import ONE_SHEET, ListedSheet, Places
from shared.core.run.row import Row
from shared.core.run.row_index import RowIndex, SoughtText
from shared.core.values.states import RowState

ROWS = (
    Row(
        "run",
        2,
        RowState.PLANNED,
        key="E0017",
        object_id="5f0c0c8e-6f0e-4a59-9d3e-0c6a52f1b001",
        display_name="Doe, Jane",
    ),
    Row("run", 3, RowState.PLANNED, key="jörg.ço@contoso.example", display_name="Jörg  Ço-Weiß"),
    Row(
        "run", 17, RowState.REFUSED, key="0000042", user_principal_name="anna@contoso.example", display_name="Łucja Żak"
    ),
    Row("run", 18, RowState.QUEUED),
)
FOUND = {
    "E0017": [2],
    "e00": [2],
    "5f0c0c8e-6f0e-4a59-9d3e-0c6a52f1b001": [2],
    "5F0C0C8E-6F0E": [2],
    "doe": [2],
    "Jane": [2],
    "doe, j": [2],
    "doe j": [2],
    "ane": [],
    "JORG": [3],
    "jörg ço": [3],
    "co-weiss": [3],
    "ço-weiß": [3],
    "jorg.co@contoso": [3],
    "zak": [17],
    "anna@": [17],
    "17": [17],
    " 18 ": [18],
    "4711": [],
    "0000042": [17],
    "0": [17],
    "@": [],
    "  ": [],
    ".*": [],
    "a.*x": [],
    "99999999999999999999": [],
}


def found(text: str, rows: tuple[Row, ...] = ROWS, places: Places = ONE_SHEET) -> tuple[list[int], list[int]]:
    """By the index, and among the rows themselves. A number in a file that has no such row finds nothing there."""
    index = RowIndex()
    for row in rows:
        index.add(row)
    sought = SoughtText(text, places)
    numbers = {row.number for row in rows}
    by_index = [number for number in sought.rows_in(index.to_bytes()) if number in numbers]
    return by_index, [row.number for row in rows if sought.fits(row)]


@pytest.mark.parametrize("text", FOUND)
def test_a_text_finds(text: str) -> None:
    assert (FOUND[text], FOUND[text]) == found(text)


def test_a_number_is_that_of_the_row_as_excel_shows_it() -> None:
    """On each of several sheets that were read as one list."""
    places = Places((ListedSheet("Berlin", 1, 0), ListedSheet("Paris", 1, 10)))
    rows = tuple(Row("run", number, RowState.PLANNED) for number in (2, 10, 12))

    assert [2, 12] == found("2", rows, places)[0]
    assert [10] == found("10", rows, places)[0]
    assert [] == found("12", rows, places)[0]


@given(st.lists(st.tuples(st.text(max_size=12), st.text(max_size=12)), max_size=5), st.text(min_size=1, max_size=6))
def test_the_index_finds_what_the_rows_say(texts: list[tuple[str, str]], text: str) -> None:
    """Whatever the texts hold: no line break or tab of a cell makes another line."""
    rows = tuple(
        Row("run", number, RowState.PLANNED, key=key, display_name=name) for number, (key, name) in enumerate(texts, 2)
    )
    by_index, by_rows = found(text, rows)
    assert by_rows == by_index
