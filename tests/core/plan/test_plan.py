"""Plans: the table of the module's docstring row by row, outcomes, codes and notes."""

from __future__ import annotations

import re

import pytest

from shared.core.export.desired import Desired
from shared.core.person.account import Methods, PhoneAuthenticationMethod
from shared.core.plan import plan as plan_module
from shared.core.plan.operations import (
    CreatePhone,
    DeletePhone,
    DisableSmsSignIn,
    EnableSmsSignIn,
    UpdatePhone,
    effect_of,
    slot_of,
    value_after,
    value_before,
)
from shared.core.plan.plan import Plan, plan_person
from shared.core.plan.plan_refusal import PlanRefusal
from shared.core.plan.slot_outcomes import all_done, in_words
from shared.core.values.codes import CODES
from shared.core.values.slot import (
    DesiredValue,
    EmailAddress,
    MaskedValue,
    PhoneNumber,
    PhoneType,
    Remove,
    Slot,
    SlotValue,
    StoredNumber,
    number_from_graph,
)
from shared.core.values.states import Policy, RowState

A, B, C = (PhoneNumber(1, f"202555010{last}") for last in "123")
P, Q = EmailAddress("p@example.com"), EmailAddress("q@example.com")
NUMBERS = {"A": A, "B": B, "C": C}
ADDRESSES = {"P": P, "Q": Q}
VALUES: dict[str, SlotValue] = {**NUMBERS, **ADDRESSES}


def methods(*, sms: str | None = None, email: EmailAddress | None = None, **numbers: StoredNumber) -> Methods:
    states = {PhoneType.MOBILE: sms}
    phones = [
        PhoneAuthenticationMethod(kind, numbers[kind.value], states.get(kind))
        for kind in PhoneType
        if kind.value in numbers
    ]
    return Methods(tuple(phones), email)


def desired(*, sms: bool | None = None, **desired_values: DesiredValue) -> Desired:
    return Desired(tuple((Slot(name), desired_value) for name, desired_value in desired_values.items()), sms)


def plan(row: Desired, current: Methods, policy: Policy = Policy.OVERWRITE) -> Plan:
    made = plan_person(row, {}, current, policy)
    assert isinstance(made, Plan)
    return made


def table() -> list[tuple[str, ...]]:
    """The rows of the docstring: current, desired, default, operations."""
    rows = [line for line in str(plan_module.__doc__).splitlines() if line.startswith("| ")][1:]
    return [tuple(cell.strip() for cell in row.strip("|").split("|")) for row in rows]


def stored(letters: str) -> Methods:
    *phones, email = letters.split()
    current = [
        PhoneAuthenticationMethod(
            kind, number_from_graph("?" if letter == "?" else NUMBERS[letter].spelled_for_graph())
        )
        for kind, letter in zip(PhoneType, phones, strict=True)
        if letter != "-"
    ]
    return Methods(tuple(current), ADDRESSES.get(email))


def desired_values(letters: str) -> Desired:
    return Desired(
        tuple(
            (slot, Remove.REMOVE if letter == "x" else VALUES[letter])
            for slot, letter in zip(Slot, letters.split(), strict=True)
            if letter != "-"
        )
    )


def spelled(made: Plan | PlanRefusal) -> list[str]:
    if isinstance(made, PlanRefusal):
        return [f"refused {made.code}"]
    letters: dict[object, str] = {value: letter for letter, value in VALUES.items()}
    words = []
    for operation in made.operations:
        assert not isinstance(operation, EnableSmsSignIn | DisableSmsSignIn)
        value = letters[value_after(operation) or value_before(operation)]
        words.append(f"{effect_of(operation)} {slot_of(operation)} {value}")
    return words


def spelled_out(operations: str) -> list[str]:
    """`update mobile B, office A; remove email P` with the verb before each slot."""
    if operations == "none" or operations.startswith("refused"):
        return [] if operations == "none" else [operations]
    parts = (part.strip().partition(" ") for part in operations.split(";"))
    return [f"{verb} {target.strip()}" for verb, _, targets in parts for target in targets.split(",")]


@pytest.mark.parametrize(("current", "asked", "default", "operations"), table())
def test_every_row_of_the_table_holds(current: str, asked: str, default: str, operations: str) -> None:
    """The operations, in their order, are those that the documented table gives."""
    known = None if default == "-" else Slot(default)

    made = plan_person(desired_values(asked), {}, stored(current), Policy.OVERWRITE, default=known)

    assert spelled_out(operations) == spelled(made)


def test_no_row_has_an_unknown_reason() -> None:
    """Every refusal names a code that the documents explain."""
    codes = {code for *_, operations in table() for code in re.findall(r"refused (\w+)", operations)}
    assert {"alternateNeedsMobile", "defaultMethod"} == codes
    assert codes <= set(CODES)


def test_a_removal_never_leaves_nothing_when_a_number_is_wanted() -> None:
    """The asked mobile is kept out because somebody removed it, so the office number is not removed either."""
    base = {Slot.MOBILE: A, Slot.OFFICE: B}

    made = plan_person(desired(mobile=A, office=Remove.REMOVE), base, methods(office=B), Policy.MERGE)

    assert isinstance(made, PlanRefusal)
    assert "noNumberLeft" == made.code
    assert isinstance(plan_person(desired(office=Remove.REMOVE), base, methods(office=B), Policy.MERGE), Plan)


def test_a_mobile_that_graph_never_showed_may_be_there() -> None:
    """Neither the alternate nor SMS sign-in is refused for want of a mobile that this app wrote."""
    asked = desired(alternateMobile=B)

    assert isinstance(plan_person(asked, {}, methods(), Policy.MERGE), PlanRefusal)
    made = plan_person(asked, {Slot.MOBILE: A}, methods(), Policy.MERGE, never_shown={Slot.MOBILE})
    assert isinstance(made, Plan)
    assert (CreatePhone(PhoneType.ALTERNATE_MOBILE, B),) == made.operations

    made = plan_person(desired(sms=True), {Slot.MOBILE: A}, methods(), Policy.MERGE, never_shown={Slot.MOBILE})
    assert isinstance(made, Plan)
    assert (RowState.KEPT, "valueNotShown") == (made.outcome, made.code)


@pytest.mark.parametrize(
    ("asked", "current", "outcome", "code"),
    [
        (desired(), methods(), RowState.UNCHANGED, "nothingRequested"),
        (desired(mobile=A), methods(mobile=A), RowState.UNCHANGED, "alreadySet"),
        (desired(mobile=A), methods(), RowState.CREATED, "applied"),
        (desired(mobile=A, email=P), methods(), RowState.CREATED, "applied"),
        (desired(mobile=A), methods(mobile=B), RowState.UPDATED, "applied"),
        (desired(mobile=A, office=B), methods(mobile=C), RowState.UPDATED, "applied"),
        (desired(office=Remove.REMOVE), methods(office=A), RowState.REMOVED, "applied"),
        (desired(mobile=A), methods(mobile=MaskedValue()), RowState.KEPT, "valueMasked"),
        (desired(sms=False), methods(mobile=A, sms="notEnabled"), RowState.UNCHANGED, "alreadySet"),
        (desired(sms=True), methods(mobile=A, sms="notEnabled"), RowState.UPDATED, "applied"),
        (desired(sms=False), methods(mobile=A, sms="ready"), RowState.REMOVED, "smsSignInDisabled"),
        (desired(mobile=B, sms=False), methods(mobile=A, sms="ready"), RowState.UPDATED, "smsSignInDisabled"),
        (desired(sms=True), methods(mobile=A, sms="notAllowedByPolicy"), RowState.KEPT, "disabledByPolicy"),
        (desired(sms=True), methods(), RowState.KEPT, "smsSignInNeedsMobile"),
    ],
)
def test_the_outcome_says_what_the_operations_do(
    asked: Desired, current: Methods, outcome: RowState, code: str
) -> None:
    """One outcome per row, also where slots differ; disabling SMS sign-in always shows, because it may lock out."""
    made = plan(asked, current)

    assert (outcome, code) == (made.outcome, made.code)
    assert code in CODES


def test_sms_sign_in_comes_after_writes_and_before_removals() -> None:
    """It follows the number it is for, and a refused removal does not stop it."""
    current = methods(mobile=A, alternateMobile=B, sms="ready")

    made = plan(desired(mobile=B, alternateMobile=Remove.REMOVE, sms=False), current)

    assert made.operations == (
        UpdatePhone(PhoneType.MOBILE, A, B),
        DisableSmsSignIn(),
        DeletePhone(PhoneType.ALTERNATE_MOBILE, B),
    )
    assert plan(desired(sms=True), methods(mobile=A, sms="notEnabled")).operations == (EnableSmsSignIn(),)


def test_what_is_kept_beside_what_is_done_is_said() -> None:
    """The code has room for one thing; every slot says its own."""
    beside = plan(desired(mobile=A, office=B), methods(office=MaskedValue()))
    alone = plan(desired(office=B), methods(office=MaskedValue()))

    assert ["applied", "valueMasked"] == [beside.code, alone.code]
    assert "mobile: created; office: kept (Graph shows only" in in_words(all_done(beside), is_over=True)


@pytest.mark.parametrize(
    ("sms", "after", "reported"),
    [
        (True, "ready", False),
        (True, "notAllowedByPolicy", True),
        (False, "notAllowedByPolicy", False),
        (None, "notEnabled", False),
    ],
)
def test_what_graph_did_not_do_by_itself_is_reported(*, sms: bool | None, after: str, reported: bool) -> None:
    """A new mobile is registered for SMS sign-in by Graph, unless a policy that could not be seen is against it."""
    made = plan(desired(mobile=A, sms=sms), methods())

    assert reported == (after in made.unmet(methods(mobile=A, sms=after)))
