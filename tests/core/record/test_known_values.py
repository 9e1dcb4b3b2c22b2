"""What is known about a slot: the table in docs/known-values.md, cell by cell, and what follows from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from shared.core.person.account import Methods, PhoneAuthenticationMethod
from shared.core.record.known_values import (
    LOST_AFTER,
    Age,
    Knowledge,
    Shown,
    SlotKnowledge,
    Trust,
    knowledge_of,
    known_values,
)
from shared.core.record.ownership_record import Confirmation, OwnershipRecord, SlotRecord
from shared.core.values.slot import MaskedValue, PhoneNumber, PhoneType, Slot, StoredNumber

A, B, C = (PhoneNumber(1, f"202555010{last}") for last in "123")
NOW, LAG = datetime(2026, 11, 21, 23, 0, tzinfo=UTC), timedelta(minutes=2)
PAGE = Path(__file__).parents[3] / "docs" / "known-values.md"
CONFIRMATIONS = {
    "confirmed": Confirmation.CONFIRMED,
    "accepted": Confirmation.ACCEPTED,
    "in doubt": Confirmation.IN_DOUBT,
}
AGES = {
    Age.WITHIN_LAG: (timedelta(0), LAG - timedelta(seconds=1)),
    Age.WITHIN_HOUR: (LAG, LOST_AFTER - timedelta(seconds=1)),
    Age.LATER: (LOST_AFTER, timedelta(days=400)),
}
VALUES: dict[Shown, tuple[PhoneNumber | None, PhoneNumber | None]] = {
    Shown.AS_WRITTEN: (B, A),
    Shown.AS_BEFORE: (B, B),
    Shown.STILL_NOTHING: (None, None),
    Shown.NOTHING: (B, None),
    Shown.ANOTHER: (B, C),
}
"""The value before the write of A, and the value that is shown."""


def table() -> list[tuple[Confirmation, Shown, Age, str]]:
    lines = PAGE.read_text().partition("<!-- table:")[2].partition("\n\n")[0].splitlines()[1:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert ["write", "Graph shows", *Age] == rows[0]
    return [
        (CONFIRMATIONS[write], Shown(shown), age, cell)
        for write, shown, *cells in rows[2:]
        for age, cell in zip(Age, cells, strict=True)
    ]


@pytest.mark.parametrize(("confirmation", "shown", "age", "cell"), table())
def test_every_cell_of_the_table_holds(confirmation: Confirmation, shown: Shown, age: Age, cell: str) -> None:
    """At the first and at the last moment of the age."""
    state, _, trust = cell.partition(": ")
    before, current = VALUES[shown]
    for passed in AGES[age]:
        held = SlotRecord(A, A, confirmation, before, written_at=NOW - passed)
        assert SlotKnowledge(Knowledge(state), Trust(trust)) == knowledge_of(held, current, NOW, LAG)


def test_the_table_is_complete() -> None:
    assert {(one[0], one[1], one[2]) for one in table()} == set(product(Confirmation, Shown, Age))
    assert {one.partition(": ")[0] for *_, one in table()} == set(Knowledge)
    assert {one.partition(": ")[2] for *_, one in table()} == set(Trust)


def test_a_lost_write_is_repeated_once() -> None:
    held = SlotRecord(A, A, Confirmation.ACCEPTED, None, written_at=NOW - LOST_AFTER, rewritten=True)
    assert Trust.HOLD is knowledge_of(held, None, NOW, LAG).trust


@pytest.mark.parametrize("confirmation", Confirmation)
def test_a_masked_value_is_believed(confirmation: Confirmation) -> None:
    assert Trust.BELIEVE is knowledge_of(SlotRecord(A, A, confirmation, B, NOW), MaskedValue(), NOW, LAG).trust


def mobile(number: StoredNumber | None) -> Methods:
    return Methods((PhoneAuthenticationMethod(PhoneType.MOBILE, number),) if number else ())


@pytest.mark.parametrize(
    ("trust", "written", "before", "shown", "age", "believed", "base"),
    [
        ("send", A, B, B, 0, A, A),
        ("send", None, B, B, 0, None, None),
        ("verify", A, B, C, 0, A, A),
        ("verify", None, B, C, 0, C, None),
        ("believe", A, B, C, 1, C, A),
        ("write again", A, B, B, 60, B, B),
        ("hold", A, None, None, 5, None, A),
    ],
)
def test_what_a_person_s_slot_holds(  # noqa: PLR0917 - a table
    trust: str,
    written: PhoneNumber | None,
    before: PhoneNumber | None,
    shown: PhoneNumber | None,
    age: int,
    believed: PhoneNumber | None,
    base: PhoneNumber | None,
) -> None:
    """Plans are made from what is believed."""
    at = NOW - timedelta(minutes=age * (2 if trust == "believe" else 1))
    held = SlotRecord(written, written, Confirmation.ACCEPTED, before, written_at=at)
    known = known_values(OwnershipRecord("id", {Slot.MOBILE: held}), mobile(shown), NOW, LAG)

    assert believed == known.current.value(Slot.MOBILE)
    assert base == known.base.get(Slot.MOBILE)
    assert (trust in {"send", "verify"}) is (Slot.MOBILE in known.unsettled)
    assert (trust == "verify") is (Slot.MOBILE in known.unclear)
    assert (trust == "hold") is (Slot.MOBILE in known.never_shown)
