"""Accidents of a spreadsheet: what moves, repeats or counts up is found, and what honest people do is not."""

from __future__ import annotations

import pytest

from shared.core.export.desired import Desired
from shared.core.person.account import Methods, PhoneAuthenticationMethod
from shared.core.plan.plan import Plan, plan_person
from shared.core.run.planned_values import AccidentLimits, PlannedValues
from shared.core.run.row import Row
from shared.core.run.value_index import ValueKey
from shared.core.values.slot import PhoneNumber, PhoneType, Slot
from shared.core.values.states import Policy, RowState

LIMITS = AccidentLimits()
type Numbers = dict[Slot, int]


def mobile(number: int) -> Numbers:
    return {Slot.MOBILE: number} if number else {}


def number(digits: int) -> PhoneNumber:
    return PhoneNumber(1, f"202{digits:07}")


def planned(row: int, before: Numbers, after: Numbers) -> Row:
    current = Methods(
        tuple(PhoneAuthenticationMethod(PhoneType(slot.value), number(digits)) for slot, digits in before.items())
    )
    desired = Desired(tuple((slot, number(digits)) for slot, digits in after.items()))
    plan = plan_person(desired, {}, current, Policy.OVERWRITE)
    assert isinstance(plan, Plan)
    return Row("run", row, RowState.PLANNED, object_id=f"person {row}", plan=plan)


def accidents(*people: tuple[int, int]) -> list[str]:
    """The limits that a file exceeds whose people have one mobile number and get another; 0 = none."""
    return of_rows([planned(row, mobile(old), mobile(new)) for row, (old, new) in enumerate(people, start=2)])


def of_rows(rows: list[Row]) -> list[str]:
    values = PlannedValues(ValueKey(b"secret"))
    for row in rows:
        values.add(row)
    return [one.setting for one in values.accidents(LIMITS)]


OWN = [5151, 7202, 1903, 8804, 3705, 2606, 9907, 4508, 6409, 1310, 7711, 5012, 2213, 8114, 3315]
"""Numbers of fifteen people, without order."""


@pytest.mark.parametrize("size", [3, 5, 15])
@pytest.mark.parametrize("shift", [1, -1, 2])
def test_a_block_that_was_shifted_or_sorted_is_found(size: int, shift: int) -> None:
    """Everybody gets the number of another person in the file, and somebody else gets theirs."""
    block = OWN[:size]
    moved = [*block[shift:], *block[:shift]]

    assert ["MAX_MOVED_NUMBERS"] == accidents(*zip(block, moved, strict=True))


def test_a_column_pasted_one_row_off_is_found_though_its_ends_are_not_in_the_file() -> None:
    """The first gets a number from outside, and the last one's number goes to nobody."""
    assert ["MAX_MOVED_NUMBERS"] == accidents(*zip(OWN[:5], [42, *OWN[:4]], strict=True))
    assert [] == accidents(*zip(OWN[:4], [42, *OWN[:3]], strict=True))  # two people between the ends


@pytest.mark.parametrize(
    "people",
    [
        [(OWN[0], OWN[1]), (OWN[1], OWN[0])],  # an honest exchange
        [(OWN[0], 0), (0, OWN[0]), (OWN[1], 0), (0, OWN[1]), (OWN[2], 0), (0, OWN[2])],  # given on to joiners
        [(OWN[n], 90_000 + 37 * n * n) for n in range(15)],  # a new contract
        [(0, 50_000 + n) for n in range(15)],  # a block of new numbers for people without one
        [(OWN[n], OWN[n]) for n in range(15)],  # nothing changes
        [(50_000 + n, 50_000 + n) for n in range(15)],  # people who have a block
        [(0, OWN[n // 2]) for n in range(10)],  # five couples
    ],
)
def test_what_honest_people_do_exceeds_no_limit(people: list[tuple[int, int]]) -> None:
    """Exchanges, numbers given on, new contracts and couples are ordinary."""
    assert [] == accidents(*people)


def test_couples_with_each_others_number_as_alternate_exceed_no_limit() -> None:
    """They gain a number of somebody in the file, and lose none."""
    rows = []
    for couple in range(7):
        one, other = OWN[2 * couple], OWN[2 * couple + 1]
        for row, (own, partners) in enumerate(((one, other), (other, one)), start=2 + 2 * couple):
            rows.append(planned(row, mobile(own), {Slot.MOBILE: own, Slot.ALTERNATE_MOBILE: partners}))

    assert ["MAX_REPEATED_NUMBERS"] == of_rows(rows)
    assert [] == of_rows(rows[:10])


@pytest.mark.parametrize("step", [1, -1, 10])
def test_a_fill_that_counts_up_is_found(step: int) -> None:
    """From the second row on the numbers follow the first; ten people may be a block of new SIM cards."""
    filled = [(OWN[n], 5151 + step * n) for n in range(12)]

    assert ["MAX_COUNTED_NUMBERS"] == accidents(*filled)
    assert [] == accidents(*filled[:11])
    assert [] == accidents(*filled[:11], (OWN[11], OWN[11]), *[(OWN[12], 5151 + step * 11)])


def test_a_fill_below_a_person_who_keeps_a_number_is_found_among_people_without_one() -> None:
    """A block of new numbers does not begin with the number that somebody has."""
    assert ["MAX_COUNTED_NUMBERS"] == accidents((5151, 5151), *[(0, 5151 + n) for n in range(1, 12)])


def test_copies_in_pairs_are_found() -> None:
    """No number has more than two people, so no limit on sharing finds them."""
    pairs = [(OWN[n], 90_000 + (n // 2) * (n // 2) * 37) for n in range(12)]

    assert ["MAX_REPEATED_NUMBERS"] == accidents(*pairs)


def test_the_pairs_are_named_and_no_number_is() -> None:
    """The one who decides finds the rows in the plan."""
    values = PlannedValues(ValueKey(b"secret"))
    for row, (old, new) in enumerate(zip(OWN[:3], [*OWN[1:3], OWN[0]], strict=True), start=2):
        values.add(planned(row, mobile(old), mobile(new)))

    (found,) = values.accidents(LIMITS)

    assert "3 people" in found.message
    assert "row 2 from row 3, row 3 from row 4, row 4 from row 2" in found.message
