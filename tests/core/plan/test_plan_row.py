"""The plan of a row: a slot that no legal plan can hold is refused, and every other one is planned."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.export.desired import Desired
from shared.core.export.options import STRICTNESS
from shared.core.person.account import OFF_STATES, OUT_OF_SCOPE, SMS_READY, Methods, PhoneAuthenticationMethod
from shared.core.plan.operations import DisableSmsSignIn, Effect, EnableSmsSignIn, effect_of
from shared.core.plan.plan import Plan, plan_person
from shared.core.plan.plan_json import plan_from_json, plan_to_json
from shared.core.plan.plan_row import QuestionBasis, plan_row
from shared.core.plan.question import Left, QuestionReason, Undone
from shared.core.plan.slot_outcomes import all_done, in_words
from shared.core.plan.verdict import Action
from shared.core.values.cell import Refusal
from shared.core.values.phone_delivery import Ended
from shared.core.values.said import Said
from shared.core.values.slot import (
    PHONE_SLOTS,
    DesiredValue,
    EmailAddress,
    PhoneNumber,
    PhoneType,
    Remove,
    Slot,
    StoredNumber,
)
from shared.core.values.states import Policy, RowState

A, B, C = (PhoneNumber(1, f"202555010{last}") for last in "123")
BAD = Refusal("landlineNotMobile", Said("C17: the number is a landline"), "C17", (A, B), "mobile")


def methods(**numbers: StoredNumber) -> Methods:
    return Methods(tuple(PhoneAuthenticationMethod(PhoneType(name), number) for name, number in numbers.items()))


def planned(
    current: Methods, refused: tuple[Refusal, ...] = (), *, sms: bool | None = None, **values: DesiredValue
) -> Plan:
    desired = Desired(tuple((Slot(name), value) for name, value in values.items()), sms, refused=refused)
    return plan_row(desired, {}, current, Policy.OVERWRITE)


def refused(plan: Plan) -> list[tuple[str, str]]:
    return [(refusal.slot, refusal.code) for refusal in plan.refused]


def test_an_alternate_without_a_mobile_costs_only_itself() -> None:
    """The office number is written all the same."""
    plan = planned(methods(), alternateMobile=B, office=C)

    assert [("alternateMobile", "alternateNeedsMobile")] == refused(plan)
    assert "alternateMobile: refused" in in_words(all_done(plan), is_over=True)
    assert (RowState.PARTIAL, "alternateNeedsMobile") == (plan.outcome, plan.code)
    assert "office: created" in in_words(all_done(plan), is_over=True)


def test_a_refused_mobile_is_followed_by_the_alternate_that_needs_it() -> None:
    """Where the person has a mobile already, the alternate is written."""
    assert [("mobile", BAD.code), ("alternateMobile", "alternateNeedsMobile")] == refused(
        planned(methods(), (BAD,), alternateMobile=B)
    )
    assert [("mobile", BAD.code)] == refused(planned(methods(mobile=A), (BAD,), alternateMobile=B))


def test_a_mobile_that_cannot_be_removed_keeps_its_sms_sign_in() -> None:
    """SMS sign-in was asked for a person without this mobile."""
    plan = planned(methods(mobile=A, alternateMobile=B), mobile=Remove.REMOVE, sms=True, office=C)

    assert [("mobile", "alternateNeedsMobile"), ("smsSignIn", "alternateNeedsMobile")] == refused(plan)
    assert [Slot.OFFICE] == [one.slot for one in plan.slots]


def test_a_refused_number_counts_as_desired_where_removals_would_leave_none() -> None:
    """Nobody loses the last number because the new one could not be read."""
    office = Refusal("numberHasLetters", Said("D17: the number has letters in it"), "D17", slot="office")
    plan = planned(methods(mobile=A), (office,), mobile=Remove.REMOVE)

    assert [("office", "numberHasLetters"), ("mobile", "noNumberLeft")] == refused(plan)
    assert plan.is_refused


def test_a_plan_with_refused_slots_is_stored_whole() -> None:
    """Codes, reasons, cells and candidates come back."""
    address = Refusal(
        "emailDomainSuspicious", Said("E17: the domain"), "E17", (EmailAddress("jan@contoso.example"),), "email"
    )
    plan = planned(methods(), (BAD, address), office=C)
    assert plan == plan_from_json(plan_to_json(plan))
    assert "refused" not in plan_to_json(planned(methods(), office=C))


_STATES = [None, SMS_READY, *sorted(OFF_STATES)]


def switched(asking: QuestionBasis, state: str | None, *, on: bool, unsettled: bool) -> Plan:
    current = Methods((PhoneAuthenticationMethod(PhoneType.MOBILE, A, state),))
    return plan_row(Desired((), sms_sign_in=on), {}, current, Policy.OVERWRITE, sms_unsettled=unsettled, asking=asking)


@pytest.mark.parametrize("on", [True, False])
@pytest.mark.parametrize("state", _STATES)
def test_a_declined_switch_is_not_made_also_when_a_read_proves_nothing(state: str | None, *, on: bool) -> None:
    """The app has just switched it, so that Graph may show any state; the person's decision is newer."""
    plan = switched(QuestionBasis(Left(switch=on)), state, on=on, unsettled=True)
    assert () == plan.operations
    assert plan.outcome in {RowState.KEPT, RowState.UNCHANGED}
    other = switched(QuestionBasis(Left(switch=not on)), state, on=on, unsettled=True)
    assert (state == OUT_OF_SCOPE) == (not other.operations)


@pytest.mark.parametrize("unsettled", [True, False])
@pytest.mark.parametrize("on", [True, False])
@pytest.mark.parametrize("state", _STATES)
def test_no_undone_switch_is_made_again_without_a_question(state: str | None, *, on: bool, unsettled: bool) -> None:
    """Whatever Graph shows, and whether or not that proves anything."""
    plan = switched(QuestionBasis(Left(), undone=Undone(switch=on)), state, on=on, unsettled=unsettled)
    assert bool(plan.operations) == ([one.reason for one in plan.asks] == [QuestionReason.UNDONE_SWITCH])


_VALUES = st.sampled_from([A, B, C, Remove.REMOVE, None])
_NUMBERS = st.sampled_from([A, B, C, None])


@given(
    st.tuples(_NUMBERS, _NUMBERS, _NUMBERS),
    st.tuples(_VALUES, _VALUES, _VALUES),
    st.sets(st.sampled_from(PHONE_SLOTS)),
    st.sampled_from(STRICTNESS),
)
def test_every_slot_is_planned_or_refused_and_the_plan_is_the_persons(
    stored: tuple[PhoneNumber | None, ...],
    asked: tuple[DesiredValue | None, ...],
    bad: set[Slot],
    policy: Policy,
) -> None:
    """Nothing is lost, nothing is both, and what is left is what `plan_person` plans for it alone."""
    current = Methods(
        tuple(PhoneAuthenticationMethod(kind, one) for kind, one in zip(PhoneType, stored, strict=True) if one)
    )
    wanted = {slot: one for slot, one in zip(PHONE_SLOTS, asked, strict=True) if one is not None and slot not in bad}
    desired = Desired(tuple(wanted.items()), refused=tuple(Refusal("x", Said("x"), "x", slot=slot) for slot in bad))

    plan = plan_row(desired, {}, current, policy)

    kept, lost = {one.slot for one in plan.slots}, {Slot(one.slot) for one in plan.refused}
    assert (kept & lost, kept | lost) == (set(), wanted.keys() | bad)
    rest = Desired(tuple((slot, one) for slot, one in wanted.items() if slot in kept), refused=plan.refused)
    assert plan == plan_person(rest, {}, current, policy)
    has_number = any(stored) and not all(
        any(one.slot is slot and one.verdict.action is Action.REMOVE for one in plan.slots)
        for slot, one in zip(PHONE_SLOTS, stored, strict=True)
        if one
    )
    if any(stored) and (bad or any(isinstance(one, PhoneNumber) for one in wanted.values())):
        writes = any(one.verdict.action in {Action.CREATE, Action.UPDATE} for one in plan.slots)
        assert has_number or writes


@given(
    st.tuples(_NUMBERS, _NUMBERS, _NUMBERS),
    st.tuples(_VALUES, _VALUES, _VALUES),
    st.sampled_from([None, True, False]),
    st.sampled_from([Ended(numbers=True, sms_sign_in=True), Ended(sms_sign_in=True)]),
)
def test_what_has_ended_is_refused_and_the_rest_goes_on(
    stored: tuple[PhoneNumber | None, ...],
    asked: tuple[DesiredValue | None, ...],
    sms: bool | None,  # noqa: FBT001 - a value, not a switch
    ended: Ended,
) -> None:
    """No number is set and SMS sign-in is not enabled, and no person loses the last number in exchange."""
    current = Methods(
        tuple(PhoneAuthenticationMethod(kind, one) for kind, one in zip(PhoneType, stored, strict=True) if one)
    )
    wanted = {slot: one for slot, one in zip(PHONE_SLOTS, asked, strict=True) if one is not None}
    plan = plan_row(Desired(tuple(wanted.items()), sms), {}, current, Policy.OVERWRITE, ended=ended)

    effects = {effect_of(one) for one in plan.operations if not isinstance(one, EnableSmsSignIn | DisableSmsSignIn)}
    assert EnableSmsSignIn() not in plan.operations
    assert not ended.numbers or effects <= {Effect.REMOVE}
    assert {one.slot for one in plan.slots} | {one.slot for one in plan.refused} - {"smsSignIn"} == set(wanted)
    if ended.numbers and any(stored) and any(isinstance(one, PhoneNumber) for one in wanted.values()):
        assert len([one for one in plan.operations if effect_of(one) is Effect.REMOVE]) < sum(map(bool, stored)) or any(
            isinstance(one, PhoneNumber) and one == dict(zip(PHONE_SLOTS, stored, strict=True))[slot]
            for slot, one in wanted.items()
        )
