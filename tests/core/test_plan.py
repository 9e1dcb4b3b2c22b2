"""Plans: legal order, what is left of them later, and their JSON."""

from __future__ import annotations

from itertools import product

import pytest

from shared.core.desired import Desired, Remove, Wish
from shared.core.methods import CreatePhone, DeletePhone, Operation, PhoneMethod, PhoneMethods, UpdatePhone
from shared.core.phone import MaskedNumber, PhoneNumber, PhoneType, StoredNumber
from shared.core.plan import (
    Plan,
    PlanRefusal,
    Remaining,
    Stale,
    plan_from_json,
    plan_person,
    plan_to_json,
    what_remains,
)
from shared.core.states import Policy, RowState

MOBILE, ALTERNATE, OFFICE = PhoneType.MOBILE, PhoneType.ALTERNATE_MOBILE, PhoneType.OFFICE
A, B, C = (PhoneNumber(1, f"202555010{last}") for last in "123")


def methods(**numbers: StoredNumber) -> PhoneMethods:
    return PhoneMethods(tuple(PhoneMethod(PhoneType(name), number) for name, number in numbers.items()))


def desired(**wishes: Wish) -> Desired:
    return Desired(tuple((PhoneType(name), wish) for name, wish in wishes.items()))


def plan(wanted: Desired, there: PhoneMethods, policy: Policy = Policy.OVERWRITE) -> Plan:
    made = plan_person(wanted, {}, there, policy)
    assert isinstance(made, Plan)
    return made


def test_a_mobile_is_created_before_an_alternate() -> None:
    """Graph refuses an alternate mobile without a mobile, so the mobile comes first whatever the row's order."""
    made = plan(desired(alternateMobile=B, mobile=A), methods())

    assert (CreatePhone(MOBILE, A), CreatePhone(ALTERNATE, B)) == made.operations


def test_an_alternate_is_removed_before_the_mobile() -> None:
    """Graph refuses to delete a mobile while there is an alternate."""
    made = plan(desired(mobile=Remove.REMOVE, alternateMobile=Remove.REMOVE), methods(mobile=A, alternateMobile=B))

    assert (DeletePhone(ALTERNATE, B), DeletePhone(MOBILE, A)) == made.operations


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        (desired(alternateMobile=B), methods()),
        (desired(mobile=Remove.REMOVE), methods(mobile=A, alternateMobile=B)),
    ],
)
def test_an_alternate_is_never_left_alone(wanted: Desired, there: PhoneMethods) -> None:
    """What would leave an alternate without a mobile is refused before any call."""
    made = plan_person(wanted, {}, there, Policy.OVERWRITE)

    assert isinstance(made, PlanRefusal)
    assert made.code == "alternateNeedsMobile"


def test_planning_twice_gives_nothing_the_second_time() -> None:
    """From every state to every wish over three slots and two values: applied once, a plan asks for nothing more."""
    values: tuple[PhoneNumber | None, ...] = (None, A, B)
    for mobile, alternate, office, *wishes in product(values, repeat=6):
        start = {MOBILE: mobile, ALTERNATE: alternate, OFFICE: office}
        wanted = Desired(tuple((kind, wish) for kind, wish in zip(PhoneType, wishes, strict=True) if wish is not None))
        first = plan_person(wanted, {}, _methods_of(start), Policy.OVERWRITE)
        if isinstance(first, PlanRefusal):
            continue
        after = _methods_of(_apply(start, first.operations))
        assert () == plan(wanted, after).operations


def _methods_of(slots: dict[PhoneType, PhoneNumber | None]) -> PhoneMethods:
    return PhoneMethods(tuple(PhoneMethod(kind, number) for kind, number in slots.items() if number is not None))


def _apply(
    slots: dict[PhoneType, PhoneNumber | None], operations: tuple[Operation, ...]
) -> dict[PhoneType, PhoneNumber | None]:
    after = dict(slots)
    for operation in operations:
        after[operation.phone_type] = None if isinstance(operation, DeletePhone) else operation.new
    return after


@pytest.mark.parametrize(
    ("wanted", "there", "outcome", "code"),
    [
        (desired(), methods(), RowState.UNCHANGED, "nothingAsked"),
        (desired(mobile=A), methods(mobile=A), RowState.UNCHANGED, "alreadyThere"),
        (desired(mobile=A), methods(), RowState.CREATED, "applied"),
        (desired(mobile=A), methods(mobile=B), RowState.UPDATED, "applied"),
        (desired(mobile=A, office=B), methods(mobile=C), RowState.UPDATED, "applied"),
        (desired(office=Remove.REMOVE), methods(office=A), RowState.REMOVED, "applied"),
        (desired(mobile=A), methods(mobile=MaskedNumber()), RowState.KEPT, "numberMasked"),
    ],
)
def test_the_outcome_says_what_the_operations_do(
    wanted: Desired, there: PhoneMethods, outcome: RowState, code: str
) -> None:
    """One outcome per row, also where slots differ."""
    made = plan(wanted, there)

    assert (outcome, code) == (made.outcome, made.code)


def test_what_remains_is_judged_slot_by_slot() -> None:
    """A slot that already holds the new value is skipped, others go on, slots outside the plan do not matter."""
    made = plan(desired(mobile=A, office=B), methods(mobile=C))

    remaining = what_remains(made, methods(mobile=A, alternateMobile=C))

    assert Remaining((CreatePhone(OFFICE, B),)) == remaining


def test_a_third_value_makes_the_plan_stale_and_names_the_slot() -> None:
    """Neither the plan's old nor its new value: somebody else changed it meanwhile."""
    made = plan(desired(mobile=A), methods(mobile=B))

    assert Stale(MOBILE) == what_remains(made, methods(mobile=C))


def test_a_masked_value_is_not_the_old_one() -> None:
    """What cannot be read cannot be confirmed, so it is not overwritten."""
    made = plan(desired(mobile=A), methods(mobile=B))

    assert Stale(MOBILE) == what_remains(made, methods(mobile=MaskedNumber()))


def test_a_plan_survives_the_ledger() -> None:
    """JSON and back gives the same plan, extensions and masked numbers included."""
    made = plan(
        desired(mobile=A, alternateMobile=Remove.REMOVE, office=PhoneNumber(33, "199000000", "12")),
        methods(mobile=B, alternateMobile=C, office=MaskedNumber()),
    )

    assert made == plan_from_json(plan_to_json(made))
    assert UpdatePhone(MOBILE, B, A) in made.operations
