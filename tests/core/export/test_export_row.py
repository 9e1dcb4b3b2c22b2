"""A row as evidence: what is taken from the cells, what is refused, and the journey through the ledger."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.export.columns import ColumnMap, PhoneColumns
from shared.core.export.export_row import ExportRow, read_row
from shared.core.export.file_mapping import column_letters
from shared.core.export.row_json import row_from_json, row_to_json
from shared.core.person.account import KeyKind, PersonKey
from shared.core.values.cell import Cell, CellKind, Refusal
from shared.core.values.codes import CODES
from shared.core.values.said import Said
from shared.core.values.slot import PhoneType

TEXT = CellKind.TEXT
TODAY = date(2026, 11, 29)
COLUMNS = ColumnMap(
    key=(KeyKind.USER_PRINCIPAL_NAME, 0),
    phones=(PhoneColumns(PhoneType.MOBILE, 2), PhoneColumns(PhoneType.OFFICE, 3)),
    email=4,
    country=5,
    sms_sign_in=6,
)
BLANK = Cell("", CellKind.BLANK)


def cells_of(*values: str, row: int = 17) -> list[Cell]:
    """Text cells; an empty text is a blank cell."""
    return [
        Cell(f"{column_letters(index)}{row}", TEXT if value else CellKind.BLANK, value)
        for index, value in enumerate(values)
    ]


FULL = cells_of("jan@contoso.example", "Jan", "+31612345678", "010 1234567", "jan@example.com", "NL", "yes")


def test_a_row_holds_the_cells_that_ask_for_something() -> None:
    """Key, phones, e-mail, country and SMS sign-in are taken by column; other columns are not."""
    row = read_row(17, FULL, COLUMNS, TODAY)
    assert row == ExportRow(
        row=17,
        key=PersonKey(KeyKind.USER_PRINCIPAL_NAME, "jan@contoso.example"),
        phones=((PhoneType.MOBILE, FULL[2]), (PhoneType.OFFICE, FULL[3])),
        email=FULL[4],
        country=FULL[5],
        sms_sign_in=FULL[6],
    )


def test_blank_is_no_opinion() -> None:
    """Blank cells, cells that only look blank and cells beyond the row's end are left out."""
    row = read_row(17, cells_of("jan@contoso.example", "", " \u00a0", ""), COLUMNS, TODAY)
    assert row == ExportRow(17, PersonKey(KeyKind.USER_PRINCIPAL_NAME, "jan@contoso.example"))


@pytest.mark.parametrize("cells", [[], cells_of("", "Jan", "+31612345678"), cells_of(" ", "", "+31612345678")])
def test_a_row_without_a_person_is_refused_by_cell(cells: list[Cell]) -> None:
    """The reason names the cell that should identify the person, even when the row is too short to have it."""
    row = read_row(17, cells, COLUMNS, TODAY)
    assert row.key is None
    assert row.refusals == (Refusal("keyMissing", Said("A17: the person's cell is empty"), "A17"),)


def test_placeholders_ask_for_nothing() -> None:
    """Words and signs that say nothing leave every slot unspecified, and cost no other cell of the row."""
    filled = cells_of("jan@contoso.example", "Jan", "0612345678", "k.A.", "-", "N/A", "unknown")
    blank = cells_of("jan@contoso.example", "Jan", "0612345678")
    assert read_row(17, filled, COLUMNS, TODAY) == read_row(17, blank, COLUMNS, TODAY)
    assert () == read_row(17, cells_of("jan@contoso.example", "Jan", "0", "000"), COLUMNS, TODAY).phones


def test_a_placeholder_names_no_person() -> None:
    """In the key cell a placeholder is a refusal, and removal words and country codes are no placeholders."""
    row = read_row(17, cells_of("n/a", "Jan", "remove", "", "", "NA"), COLUMNS, TODAY)
    assert [("keyMissing", "A17")] == [(refusal.code, refusal.address) for refusal in row.refusals]
    assert 1 == len(row.phones)
    assert row.country is not None


def test_all_reasons_are_collected() -> None:
    """A bad key does not hide an oversized cell; the rest of the row is still read."""
    row = read_row(17, cells_of("jan", "", "7" * 500, "010 1234567"), COLUMNS, TODAY)
    assert [
        ("keyMalformed", "A17"),
        ("cellTooLong", "C17"),
    ] == [(refusal.code, refusal.address) for refusal in row.refusals]
    assert [PhoneType.OFFICE] == [phone_type for phone_type, _ in row.phones]
    assert {refusal.code for refusal in row.refusals} <= set(CODES)


def test_an_oversized_key_is_one_reason() -> None:
    """A key too long to keep is refused as such, not as missing."""
    row = read_row(17, cells_of("j" * 500), COLUMNS, TODAY)
    assert ["cellTooLong"] == [refusal.code for refusal in row.refusals]


def test_nothing_of_a_row_shows_in_its_repr() -> None:
    """Neither key nor numbers nor addresses appear when a row is printed."""
    shown = repr(read_row(17, FULL, COLUMNS, TODAY))
    assert not any(cell.text in shown for cell in FULL if cell.text not in {"NL", "yes"})


@pytest.mark.parametrize(
    "cells",
    [
        FULL,
        [],
        cells_of("jan@contoso.example"),
        cells_of("jan", "", "7" * 500),
        cells_of("'jan@contoso.example", "", "'0612"),
    ],
)
def test_the_ledger_gives_back_the_same_row(cells: list[Cell]) -> None:
    """A row survives its JSON unchanged."""
    row = read_row(17, cells, COLUMNS, TODAY)
    assert row_from_json(json.loads(json.dumps(row_to_json(row)))) == row


@given(
    texts=st.lists(st.text(min_size=1, max_size=600), max_size=7),
    kind=st.sampled_from(list(CellKind)),
    number_format=st.text(max_size=600),
)
def test_any_row_fits_into_the_ledger(texts: list[str], kind: CellKind, number_format: str) -> None:
    """Whatever the cells hold, the row comes back equal and its JSON stays below 32 KiB."""
    row = read_row(1, [Cell("A1", kind, text, number_format) for text in texts], COLUMNS, TODAY)
    packed = json.dumps(row_to_json(row), ensure_ascii=False)
    assert len(packed.encode("utf-16-le", "surrogatepass")) < 32 * 1024
    assert row_from_json(json.loads(packed)).desired_values() == row.desired_values()


def test_equal_wishes_of_one_person_are_the_same() -> None:
    """Rows say the same whatever their place, the case of the key and the spelling of blanks."""
    first = read_row(17, cells_of("jan@contoso.example", "Jan", "0612345678"), COLUMNS, TODAY)
    again = read_row(98, cells_of("JAN@contoso.example ", "J.", "0612345678", " ", "\u200b", row=98), COLUMNS, TODAY)
    assert first.desired_values() == again.desired_values()
    assert first.key is not None
    assert again.key is not None
    assert first.key.folded() == again.key.folded()


@pytest.mark.parametrize(
    "other",
    [
        cells_of("jan@contoso.example", "", "+31612345678"),
        cells_of("jan@contoso.example", "", "0612345678", "010 1234567"),
        cells_of("jan@contoso.example", "", "0612345678", "", "", "NL"),
        cells_of("jan@contoso.example", "", "", "0612345678"),
        [*cells_of("jan@contoso.example", ""), Cell("C17", CellKind.INTEGER, "0612345678")],
    ],
)
def test_other_evidence_is_not_the_same(other: list[Cell]) -> None:
    """Another number, column, country or cell type makes wishes different."""
    first = read_row(17, cells_of("jan@contoso.example", "", "0612345678"), COLUMNS, TODAY)
    second = read_row(17, other, COLUMNS, TODAY)
    assert first.desired_values() != second.desired_values()


@pytest.mark.parametrize(
    ("index", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16383, "XFD")]
)
def test_column_letters(index: int, letters: str) -> None:
    """Columns are named as Excel names them."""
    assert column_letters(index) == letters


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (CellKind.COVERED, "cellCovered"),
        (CellKind.TOO_LONG, "cellTooLong"),
        (CellKind.UNCERTAIN, "encodingUncertain"),
    ],
)
@pytest.mark.parametrize("index", range(3))
def test_an_unusable_cell_is_refused_wherever_it_is_used(kind: CellKind, code: str, index: int) -> None:
    """A value that nobody sees, that is too long, or that may have other letters is neither a key nor a number."""
    columns = ColumnMap(key=(KeyKind.MAIL, 0), phones=(PhoneColumns(PhoneType.MOBILE, 1),), email=2)
    cells = [
        Cell("A17", TEXT, "a@contoso.example"),
        Cell("B17", TEXT, "+12025550123"),
        Cell("C17", TEXT, "b@contoso.example"),
    ]
    cells[index] = cells[index]._replace(kind=kind)
    row = read_row(17, cells, columns, TODAY)
    assert [(code, cells[index].address)] == [(refusal.code, refusal.address) for refusal in row.refusals]
