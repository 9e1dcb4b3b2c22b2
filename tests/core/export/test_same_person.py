"""Several rows of one person: compared by what they mean, joined slot by slot, or refused when they contradict."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.export.desired import Desired, DesiredValueRules
from shared.core.export.export_row import ExportRow
from shared.core.export.row_json import row_from_json, row_to_json
from shared.core.export.same_person import MOST_ROWS, desired_of_person, united
from shared.core.person.account import KeyKind, PersonKey
from shared.core.values.cell import Cell, CellKind
from shared.core.values.slot import PhoneNumber, PhoneType, Remove, Slot
from shared.core.values.states import SmsSignIn

RULES = DesiredValueRules(sms_sign_in=SmsSignIn.COLUMN, allow_removals=True)
JAN = PersonKey(KeyKind.EMPLOYEE_ID, "E1")
BERLIN = PhoneNumber(49, "3023125101")
NL_MOBILE = PhoneNumber(31, "612345678")


def cell(column: str, row: int, text: str) -> Cell | None:
    return Cell(f"{column}{row}", CellKind.TEXT, text) if text else None


def row(number: int, mobile: str = "", office: str = "", country: str = "", sms: str = "") -> ExportRow:
    given_cells = ((PhoneType.MOBILE, cell("B", number, mobile)), (PhoneType.OFFICE, cell("C", number, office)))
    phones = tuple((kind, one) for kind, one in given_cells if one is not None)
    return ExportRow(number, JAN, phones, country=cell("D", number, country), sms_sign_in=cell("E", number, sms))


def together(*rows: ExportRow, usage_location: str | None = None) -> Desired:
    first = united(rows[0], rows[1:])
    assert first is not None
    assert first == row_from_json(row_to_json(first))
    return desired_of_person(first, RULES, usage_location=usage_location, file_region=None)


@pytest.mark.parametrize(
    "rows",
    [
        (row(2, office="030 23125101", country="DE"), row(5, office="030 23125101", country="Deutschland")),
        (row(2, office="030 23125101", country="DE"), row(5, office="+49 30 23125101")),
        (row(2, office="030 23125101", country="DE"), row(5, office="030/23125101")),
        (row(2, office="030 23125101"), row(5, office="+49 (0)30 23125101", country="Germany")),
        (row(2, "+31 6 12345678", "030 23125101", "DE"), row(5, "", "030-23125101", "Allemagne")),
    ],
)
def test_rows_that_mean_the_same_do_not_contradict(rows: tuple[ExportRow, ...]) -> None:
    """Another spelling, another word for the country, or a blank cell is no contradiction."""
    found = together(*rows)

    assert ((), BERLIN) == (found.refused, dict(found.slots)[Slot.OFFICE])


def test_one_row_for_each_phone_is_one_person() -> None:
    """Each row fills its slot, and each refusal names its own cell."""
    found = together(row(2, "+31 6 12345678"), row(3, office="call Jan"), row(4, sms="yes"))

    assert (((Slot.MOBILE, NL_MOBILE),), True) == (found.slots, found.sms_sign_in)
    assert [("office", "C3")] == [(refusal.slot, refusal.address) for refusal in found.refused]


@pytest.mark.parametrize(
    "rows",
    [
        (row(2, "+31 6 12345678"), row(5, "+31 6 12345679"), row(9, office="+49 30 23125101")),
        (row(2, "+31 6 12345678"), row(5, "remove")),
        (row(2, "+31 6 12345678", sms="yes"), row(5, sms="no")),
        (row(2, office="030 23125101", country="DE"), row(5, office="030 23125101", country="NL")),
    ],
)
def test_rows_that_contradict_each_other_are_refused_with_each_other(rows: tuple[ExportRow, ...]) -> None:
    """Which one HR meant is not ours to guess; that a slot is unreadable in one of them is doubt about that slot."""
    found = together(*rows)

    if rows[1].country is not None:
        assert (["office"], ()) == ([refusal.slot for refusal in found.refused], found.slots)
        return
    assert ["conflictingRows"] == [refusal.code for refusal in found.refused]
    assert found.is_refused
    assert "5" in found.refused[0].reason


def test_a_slot_that_is_readable_in_one_row_only_is_in_doubt() -> None:
    """The other row may stand for another number."""
    found = together(row(2, "+31 6 12345678", "+49 30 23125101"), row(5, "call Jan"))

    assert ([("mobile", "B5")], ((Slot.OFFICE, BERLIN),)) == (
        [(refusal.slot, refusal.address) for refusal in found.refused],
        found.slots,
    )


def test_what_waits_for_a_number_waits_for_one_in_another_row_too() -> None:
    """A removal and SMS sign-in beside a refused number."""
    found = together(row(2, office="remove", sms="yes"), row(5, "call Jan 06"))

    assert {"mobile": "numberHasLetters", "office": "removalWaits", "smsSignIn": "smsSignInWaits"} == {
        refusal.slot: refusal.code for refusal in found.refused
    }
    assert found.is_refused


def test_a_row_carries_no_more_than_the_ledger_stores() -> None:
    """More rows, or more text, than one entity can hold are not joined."""
    many = [row(number, office=f"+49 30 231251{number:02}") for number in range(2, 2 + MOST_ROWS + 1)]
    long = [replace(one, email=Cell("F2", CellKind.TEXT, "x" * 8_000)) for one in many[:5]]

    assert united(many[0], many[1:MOST_ROWS]) is not None
    assert united(many[0], many[1:]) is None
    assert united(long[0], long[1:]) is None


_TEXTS = st.sampled_from(["", "", "+31 6 12345678", "06 12345678", "+31 6 12345679", "remove", "call Jan"])


@given(st.lists(st.tuples(_TEXTS, _TEXTS), min_size=2, max_size=4))
def test_the_order_of_rows_does_not_matter_and_no_slot_has_two_values(
    texts: list[tuple[str, str]],
) -> None:
    """Whichever row comes first, the person gets the same, and never a number that another row contradicts."""
    rows = [row(number, mobile, office, "NL") for number, (mobile, office) in enumerate(texts, 2)]
    found, turned = together(*rows), together(*reversed(rows))

    assert dict(found.slots) == dict(turned.slots)
    assert {one.slot for one in found.refused} == {one.slot for one in turned.refused}
    for slot, value in found.slots:
        told = {pair[0 if slot is Slot.MOBILE else 1] for pair in texts} - {""}
        assert len(told - {"06 12345678"}) <= 1 or told <= {"+31 6 12345678", "06 12345678"}
        assert (value is Remove.REMOVE) == (told == {"remove"})
