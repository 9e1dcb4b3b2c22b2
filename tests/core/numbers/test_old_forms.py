"""Retired forms of numbers: suggested in their present form, and equal to it where Graph still stores them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from shared.core.numbers.candidates import valid_candidate
from shared.core.numbers.old_forms import OLD_FORMS, present_form, same_number, same_value
from shared.core.numbers.read_number import NumberRead, Regions, read_number
from shared.core.person.account import Methods, PhoneAuthenticationMethod
from shared.core.plan.ownership import slot_verdict
from shared.core.plan.verdict import Action
from shared.core.record.drift import drift_of
from shared.core.record.ownership_record import OwnershipRecord, SlotRecord
from shared.core.values.cell import Cell, CellKind, Refusal
from shared.core.values.slot import MaskedValue, PhoneNumber, PhoneType, Slot
from shared.core.values.states import Policy

_EXAMPLES = [
    (52, "15512345678", "5512345678"),
    (52, "0445512345678", "5512345678"),
    (52, "0455512345678", "5512345678"),
    (52, "015512345678", "5512345678"),
    (54, "91115 23456789".replace(" ", ""), "91123456789"),
    (54, "922115 4234567".replace(" ", ""), "92214234567"),
    (54, "9290115 412345".replace(" ", ""), "92901412345"),
    (55, "1187654321", "11987654321"),
    (56, "23456789", "223456789"),
    (57, "12345678", "6012345678"),
    (212, "61234567", "661234567"),
    (225, "01234567", "0101234567"),
    (225, "05123456", "0505123456"),
    (225, "07123456", "0707123456"),
    (229, "97123456", "0197123456"),
    (230, "7123456", "57123456"),
    (237, "77123456", "677123456"),
    (237, "22223456", "222223456"),
    (248, "224567", "4224567"),
    (248, "314567", "4314567"),
    (248, "610123", "4610123"),
    (248, "421234", "4421234"),
    (248, "510123", "2510123"),
    (248, "722123", "2722123"),
    (503, "2210123", "22210123"),
    (503, "6610123", "26610123"),
    (503, "7012345", "77012345"),
    (503, "8812345", "78812345"),
    (505, "2234567", "22234567"),
    (505, "8312345", "88312345"),
    (506, "2234567", "22234567"),
    (506, "8312345", "88312345"),
    (593, "98765432", "998765432"),
    (974, "5512345", "55512345"),
    (995, "77123456", "577123456"),
    (995, "99123456", "599123456"),
    *((84, f"{old}2345678"[: len(old) + 7], f"{new}2345678") for old, new in (("120", 70), ("168", 38), ("199", 59))),
]


@pytest.mark.parametrize(("code", "old", "new"), _EXAMPLES)
def test_an_old_form_is_no_number_today_and_has_one_present_form(code: int, old: str, new: str) -> None:
    """So an old form is never another person's number."""
    assert valid_candidate(code, old) is None
    assert valid_candidate(code, new) is not None
    assert PhoneNumber(code, new, "12") == present_form(PhoneNumber(code, old, "12"))
    assert PhoneNumber(code, new) == present_form(PhoneNumber(code, new))


@pytest.mark.parametrize(("code", "old", "new"), _EXAMPLES)
def test_an_old_form_is_refused_with_its_present_form(code: int, old: str, new: str) -> None:
    """A cell never gains digits; the present form is a suggestion."""
    found = read_number(Cell("C17", CellKind.TEXT, f"+{code} {old}"), PhoneType.OFFICE, Regions())
    assert isinstance(found, Refusal)
    assert ("numberOutdated", (PhoneNumber(code, new),)) == (found.code, found.candidates)


@pytest.mark.parametrize(
    "typed",
    ["011 15 1234-5678", "11 15-1234-5678", "(011) 15-1234-5678", "01115 12345678", "+54 11 15 1234-5678"],
)
def test_the_15_of_argentina_is_the_9_from_abroad(typed: str) -> None:
    """It is how a mobile is dialled at home today, and no landline is as long; without its area code it is none."""
    regions = Regions(row="AR")
    found = read_number(Cell("C17", CellKind.TEXT, typed), PhoneType.MOBILE, regions)
    assert isinstance(found, NumberRead)
    assert PhoneNumber(54, "91112345678") == found.number
    alone = read_number(Cell("C17", CellKind.TEXT, typed.replace("11", "", 1)), PhoneType.MOBILE, regions)
    assert isinstance(alone, Refusal)


@pytest.mark.parametrize(("code", "old", "new"), _EXAMPLES)
def test_an_old_form_that_graph_stores_is_no_change(code: int, old: str, new: str) -> None:
    """The planner leaves it as it is under every policy, and reconcile finds no drift."""
    stored, desired = PhoneNumber(code, old), PhoneNumber(code, new)
    assert same_number(stored, desired)
    assert {Action.UNCHANGED} == {slot_verdict(None, stored, desired, policy).action for policy in Policy}
    record = OwnershipRecord("id", {Slot.OFFICE: SlotRecord(desired, desired)})
    current = Methods((PhoneAuthenticationMethod(PhoneType.OFFICE, stored),))
    assert () == drift_of(record, current, datetime(2026, 11, 21, tzinfo=UTC), timedelta(minutes=2))


def test_every_line_has_an_example() -> None:
    """The examples cover every country of the table."""
    assert {form.country_code for form in OLD_FORMS} == {code for code, _, _ in _EXAMPLES}
    assert all(form.source for form in OLD_FORMS)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (PhoneNumber(54, "1123456789"), PhoneNumber(54, "91123456789")),
        (PhoneNumber(31, "612345678"), PhoneNumber(31, "612345679")),
        (PhoneNumber(52, "15512345678"), PhoneNumber(52, "5512345679")),
        (PhoneNumber(52, "15512345678"), PhoneNumber(52, "5512345678", "1")),
    ],
)
def test_other_numbers_stay_different(one: PhoneNumber, other: PhoneNumber) -> None:
    """In Argentina the number without its 9 is a valid landline, so it is another number."""
    assert not same_number(one, other)
    assert not same_value(one, MaskedValue())
    assert not same_value(one, None)


@pytest.mark.parametrize(
    ("text", "region", "suggested"),
    [
        ("044 55 1234 5678", "MX", PhoneNumber(52, "5512345678")),
        ("045 55 1234 5678", "MX", PhoneNumber(52, "5512345678")),
        ("01 55 1234 5678", "MX", PhoneNumber(52, "5512345678")),
        ("521 55 1234 5678", "MX", PhoneNumber(52, "5512345678")),
        ("0052 1 55 1234 5678", "DE", PhoneNumber(52, "5512345678")),
        ("(011) 8765-4321", "BR", PhoneNumber(55, "11987654321")),
        ("(1) 234 5678", "CO", PhoneNumber(57, "6012345678")),
        ("0168 123 4567", "VN", PhoneNumber(84, "381234567")),
    ],
)
def test_old_forms_are_suggested_as_dialled_at_home(text: str, region: str, suggested: PhoneNumber) -> None:
    """The retired trunk prefixes belong to the form."""
    found = read_number(Cell("C17", CellKind.TEXT, text), PhoneType.MOBILE, Regions(row=region))
    assert isinstance(found, Refusal)
    assert ("numberOutdated", suggested) == (found.code, found.candidates[0])


def test_argentinas_mobile_without_its_nine_is_suggested_with_it() -> None:
    """People leave out the 9; in the mobile column the landline is refused, with the mobile as suggestion."""
    found = read_number(Cell("C17", CellKind.TEXT, "+54 11 2345 6789"), PhoneType.MOBILE, Regions())
    assert isinstance(found, Refusal)
    assert ("landlineNotMobile", (PhoneNumber(54, "91123456789"),)) == (found.code, found.candidates)
    assert isinstance(
        read_number(Cell("C17", CellKind.TEXT, "+54 9 11 2345 6789"), PhoneType.MOBILE, Regions()), NumberRead
    )


@pytest.mark.parametrize(("region", "code", "length"), [("KW", 965, 7), ("SN", 221, 7), ("SC", 248, 6), ("SV", 503, 7)])
@pytest.mark.parametrize("first", "23456789")
def test_a_short_form_is_refused_whatever_the_digits(region: str, code: int, length: int, first: str) -> None:
    """A digit that is missing in front is never guessed, and the rest is never another number."""
    rng = random.Random(f"{region}{first}")
    for _ in range(50):
        digits = first + "".join(rng.choices("0123456789", k=length - 1))
        if valid_candidate(code, digits) is not None:
            continue
        for kind, text in (("t", f"+{code} {digits}"), ("t", f"00{code}{digits}"), ("t", digits), ("i", digits)):
            cell = Cell("C2", CellKind.TEXT if kind == "t" else CellKind.INTEGER, text)
            for phone_type in PhoneType:
                assert isinstance(read_number(cell, phone_type, Regions(row=region)), Refusal)
