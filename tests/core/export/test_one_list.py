"""Which sheets of people are proposed as one list, and how they are read then."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from io import BytesIO

import pytest
from openpyxl import Workbook

from shared.core.export.mapping_json import mapping_from_text, mapping_to_text
from shared.core.export.one_list import shown_sheets
from shared.core.export.people_sheets import ONLY_SHEET, SheetsRead
from shared.core.values.slot import PhoneType
from shared.flows.intake.understand import Understood
from testing.exports import opened, understood

type Value = object
type Rows = Sequence[Sequence[Value]]
A, B, C, D = ("+49 171 1234567", "+49 172 9998877", "+49 160 5550001", "+49 160 5550002")
DESK, ROOM = "+49 30 23125678", 4711

PLAIN: Rows = [["Employee ID", "Name", "Mobile"], ["E1", "Ana", A], ["E2", "Ben", B]]
LIST, FIRST = "as one list", "only the first"


def workbook(sheets: Mapping[str, Rows], *, hide: Mapping[str, str] | None = None) -> bytes:
    """`hide`: a column by sheet; the sheet itself where no column is named."""
    book, stream = Workbook(), BytesIO()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(list(row))
    for name, letters in (hide or {}).items():
        if letters:
            book[name].column_dimensions[letters].hidden = True
        else:
            book[name].sheet_state = "hidden"
    book.save(stream)
    return stream.getvalue()


def read(*rows: Rows, hide: Mapping[str, str] | None = None) -> Understood:
    names = ("Berlin", "Team Paris", "Rome")
    return understood(opened(workbook(dict(zip(names, rows, strict=False)), hide=hide)))


def mobiles(found: Understood) -> list[tuple[str, str, str]]:
    """Sheet and row, key and mobile of every row."""
    return [
        (found.export.places.name(row.row), row.key.value, dict(row.phones)[PhoneType.MOBILE].text)
        for row in found.rows
        if row.key is not None
    ]


OTHER: dict[str, tuple[str, Rows]] = {
    "the same columns": (LIST, [["Employee ID", "Name", "Mobile"], ["E3", "Eva", C]]),
    "another order": (LIST, [["Mobile", "Employee ID", "Name"], [C, "E3", "Eva"]]),
    "other case and spaces": (LIST, [["employee id", "NAME", " mobile "], ["E3", "Eva", C]]),
    "a title above": (LIST, [["Staff"], [], ["Employee ID", "Name", "Mobile"], ["E3", "Eva", C]]),
    "an extra harmless column": (LIST, [["Employee ID", "Cost center", "Name", "Mobile"], ["E3", "K1", "Eva", C]]),
    "a harmless column less": (LIST, [["Employee ID", "Mobile"], ["E3", C]]),
    "a blank column between": (LIST, [["Employee ID", None, "Name", "Mobile"], ["E3", None, "Eva", C]]),
    "blank columns behind": (LIST, [["Employee ID", "Name", "Mobile", None, None], ["E3", "Eva", C, None, None]]),
    "no mobile for anybody": (LIST, [["Employee ID", "Name", "Mobile"], ["E3", "Eva", None]]),
    "placeholders alone": (LIST, [["Employee ID", "Name", "Mobile"], ["E3", "Eva", "N/A"]]),
    "another phone": (FIRST, [["Employee ID", "Name", "Mobile", "Office phone"], ["E3", "Eva", C, DESK]]),
    "no phone of this kind": (FIRST, [["Employee ID", "Name", "Office phone"], ["E3", "Eva", DESK]]),
    "another key": (FIRST, [["Work email", "Name", "Mobile"], ["p3@example.com", "Eva", C]]),
    "a heading of another name": (FIRST, [["Employee ID", "Name", "Handy"], ["E3", "Eva", C]]),
    "a misspelt heading beside it": (
        FIRST,
        [["Employee ID", "Name", "Mobile", "Moblie"], ["E3", "Eva", C, D]],
    ),
    "the phone of a second person": (
        FIRST,
        [["Employee ID", "Name", "Emergency contact", "Mobile"], ["E3", "Eva", "Max", D]],
    ),
    "group headings": (
        FIRST,
        [
            ["Employee", None, None, "Emergency contact"],
            ["Employee ID", "Name", "Office phone", "Mobile"],
            ["E3", "Eva", DESK, D],
        ],
    ),
    "a status": (FIRST, [["Employee ID", "Name", "Mobile", "Status"], ["E3", "Eva", C, "Terminated"]]),
    "a column without heading that matters": (
        FIRST,
        [["Employee ID", "Name", "Mobile", None], ["E3", "Eva", C, D]],
    ),
    "the heading twice": (FIRST, [["Employee ID", "Mobile", "Name", "Mobile"], ["E3", C, "Eva", D]]),
    "rooms under the heading": (LIST, [["Employee ID", "Name", "Mobile"], *[["E3", "Eva", ROOM]] * 3]),
}


LEFT_OPEN_IN_FRONT = {"the phone of a second person"}
"""In front, such a sheet puts the column in doubt for the whole list."""


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("name", OTHER)
def test_sheets_are_one_list_where_each_means_the_same(name: str, turned: bool) -> None:  # noqa: FBT001 - a parameter
    """The truth table, with either sheet in front: a list, or the first sheet alone; both wait for a person."""
    expected, rows = OTHER[name]
    sheets = (rows, PLAIN) if turned else (PLAIN, rows)

    found = read(*sheets)

    is_open = turned and name in LEFT_OPEN_IN_FRONT
    expected = LIST if is_open else expected
    assert expected == (LIST if found.mapping.people_sheets.as_list else FIRST)
    assert not is_open or found.mapping.in_doubt
    concerns = " ".join(found.mapping.concerns())
    assert "'Team Paris'" in concerns
    assert ("proposal: read them as one list" in concerns) is (expected == LIST)
    assert ("proposal: read only sheet 'Berlin'" in concerns) is (expected == FIRST)


ALL_ROWS = [
    ("row 2 of sheet 'Berlin'", "E1", A),
    ("row 3 of sheet 'Berlin'", "E2", B),
]


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("the same columns", 2),
        ("another order", 2),
        ("a title above", 4),
        ("an extra harmless column", 2),
        ("a harmless column less", 2),
        ("a blank column between", 2),
    ],
)
def test_every_row_of_the_list_keeps_its_place_and_its_values(name: str, row: int) -> None:
    """Whatever the order of a sheet's columns, each value is read from its own heading."""
    found = read(PLAIN, OTHER[name][1])
    assert [*ALL_ROWS, (f"row {row} of sheet 'Team Paris'", "E3", C)] == mobiles(found)


def test_what_differs_is_named_with_its_sheet_and_column() -> None:
    """The sentence that holds the run says why there is no list."""
    found = read(PLAIN, OTHER["another phone"][1])
    assert (
        "sheets 'Team Paris' look like lists of people too, and they cannot be read as one list (Office phone: on "
        "sheet 'Berlin' missing, on sheet 'Team Paris' used as the office phone); proposal: read only sheet 'Berlin'"
    ) == found.mapping.concerns()[0]


def test_a_column_that_the_list_leaves_open_is_in_doubt_with_its_sheets() -> None:
    """Nothing is read from it before a person has decided, who sees what it holds on which sheet."""
    found = read(PLAIN, OTHER["rooms under the heading"][1])
    assert [
        (
            "Mobile: on sheet 'Berlin' used as the mobile phone, on sheet 'Team Paris' in doubt, because it holds "
            "short numbers, such as rooms or extensions"
        ),
        "sheets 'Berlin', 'Team Paris' hold lists of people of one layout; proposal: read them as one list",
        "column C (Mobile): it holds short numbers, such as rooms or extensions; proposal: ignore it",
    ] == list(found.mapping.concerns())


@pytest.mark.parametrize(("rooms", "expected"), [(2, LIST), (3, FIRST)])
def test_a_small_sheet_of_another_kind_is_not_believed_because_of_a_large_one(rooms: int, expected: str) -> None:
    """Three rooms in a hundred rows would pass; a sheet on which they are the half is another one."""
    header: list[object] = ["Employee ID", "Office phone"]
    large: list[list[object]] = [[f"E{one}", f"+49 30 23125{one:03}"] for one in range(100)]
    small: list[list[object]] = [["E200", DESK], ["E201", DESK], ["E202", DESK], *[["E203", ROOM]] * rooms]
    found = read([header, *large], [header, *small])
    assert expected == (LIST if found.mapping.people_sheets.as_list else FIRST)


@pytest.mark.parametrize(
    "rows",
    [
        [["Code", "Meaning"], ["FT", "Full time"], ["PT", "Part time"]],
        [["Country", "Count of Mobile"], ["DE", 12], ["FR", 3]],
        [["Staff list"], ["Exported by HR"], ["Contact: hr@example.com"]],
        [["Employee ID", "Name", "Mobile"]],
        [],
    ],
    ids=["legend", "pivot", "cover", "empty form", "empty sheet"],
)
@pytest.mark.parametrize("place", [0, 1])
def test_sheets_without_people_do_not_count(rows: Rows, place: int) -> None:
    """A legend, a pivot or a cover sheet holds nothing and is named nowhere."""
    sheets = [PLAIN]
    sheets.insert(place, rows)
    assert () == read(*sheets).mapping.concerns()


def test_hidden_sheets_are_not_read() -> None:
    found = read(PLAIN, PLAIN, hide={"Team Paris": ""})
    assert ((), ("Hidden sheets are not read; the workbook has 1.",)) == (found.mapping.concerns(), found.export.notes)


def test_a_column_that_one_sheet_hides_is_in_doubt_for_all() -> None:
    found = read(PLAIN, OTHER["the same columns"][1], hide={"Team Paris": "C"})
    assert ["column C (Mobile)"] == [column.name for column in found.mapping.in_doubt]
    assert "on sheet 'Team Paris' in doubt, because the column is hidden" in found.mapping.concerns()[0]


def test_a_country_that_only_one_sheet_needs_is_no_difference() -> None:
    """Where every number names its own country, the column is not used; that is no other meaning."""
    header = ["Employee ID", "Country", "Mobile"]
    found = read([header, ["E1", "DE", A]], [header, ["E2", "DE", "0171 9998877"]])
    assert LIST == (LIST if found.mapping.people_sheets.as_list else FIRST)
    assert {"A": "employeeId", "B": "country", "C": "mobile"} == {
        column.letters: str(column.role) for column in found.mapping.columns
    }


def test_parts_join_the_phone_that_they_stand_beside_on_their_own_sheet() -> None:
    """An extension beside another phone on one sheet means something else there."""
    found = read(
        [["Employee ID", "Mobile", "Office phone", "Ext"], ["E1", A, DESK, "12"]],
        [["Employee ID", "Mobile", "Ext", "Office phone"], ["E2", B, "13", DESK]],
    )
    roles = {column.heading: str(column.role) for column in found.mapping.columns}
    assert () == found.mapping.people_sheets.as_list or roles["Ext"] == "office.extension"


@pytest.mark.parametrize(
    ("name", "is_of_leavers"),
    [
        *((one, True) for one in ("Leavers", "Terminated 2026", "Berlin - ausgetreten", "Austritte", "Ex-employees")),
        *((one, False) for one in ("Active", "Berlin", "T", "2026-01", "Team T")),
    ],
)
def test_a_sheet_of_people_who_have_left_is_not_proposed(name: str, is_of_leavers: bool) -> None:  # noqa: FBT001 - as above
    """It looks like any other; whoever approves the list would give leavers numbers."""
    found = understood(opened(workbook({"Staff": PLAIN, name: PLAIN})))
    assert is_of_leavers is (not found.mapping.people_sheets.as_list)
    assert is_of_leavers is (f"people who have left: sheet '{name}'" in found.mapping.concerns()[0])


def test_more_sheets_or_rows_than_a_list_may_have_are_read_one_by_one() -> None:
    names = [f"T{one}" for one in range(80)]
    (concern,) = understood(opened(workbook(dict.fromkeys(names, PLAIN)))).mapping.concerns()
    assert concern.startswith("sheets 'T1', 'T2', ")
    assert "'T60', … look like lists of people too" in concern
    assert "together they have more than 60 sheets of people" in concern


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (("Berlin", "2026-01", "Stand 31.12.2026", "20260131", "Q1 2026"), None),
        (("+49 171 1234567", "a@b.example", "Bob 1712345"), ("(masked 1)", "(masked 2)", "(masked 3)")),
    ],
)
def test_names_of_sheets_that_may_be_private_are_masked(names: tuple[str, ...], shown: tuple[str, ...] | None) -> None:
    """A date is no number of a person; sheets whose names are masked stay apart by their place."""
    assert (shown or names) == shown_sheets(names)


def test_which_sheets_are_read_survives_the_stored_form() -> None:
    """And the form of a version that knew one sheet alone is still read."""
    mapping = read(PLAIN, OTHER["the same columns"][1]).mapping
    chosen = replace(mapping, people_sheets=mapping.people_sheets.chosen(SheetsRead.FIRST, "someone"))
    for one in (mapping, chosen, read(PLAIN).mapping):
        assert one == mapping_from_text(mapping_to_text(one))
    *before, _sheets, _said = json.loads(mapping_to_text(mapping))
    assert ONLY_SHEET == mapping_from_text(json.dumps(before)).people_sheets
