"""The plan for one row, and the questions about it that a person has to answer.

What no legal plan can change is refused, and the rest of the row is planned. `QuestionReason` says what a row may ask
about; the gate decides which questions need an answer. `write_person` adds the questions to a call's plan only so that
changes.json shows them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

from shared.core.export.desired import Desired
from shared.core.numbers.old_forms import same_value
from shared.core.person.account import Methods, signs_in_by_sms
from shared.core.plan.operations import SmsOperation, slot_of
from shared.core.plan.plan import Plan, SlotPlan, plan_person
from shared.core.plan.plan_refusal import PlanRefusal
from shared.core.plan.question import NOTHING_UNDONE, Left, Question, QuestionReason, Undone
from shared.core.plan.verdict import CHANGES, Action
from shared.core.values.cell import SMS_SIGN_IN, Refusal
from shared.core.values.phone_delivery import NOTHING_ENDED, Ended
from shared.core.values.slot import PHONE_SLOTS, DesiredValue, Remove, Slot, StoredValue
from shared.core.values.states import Policy


@dataclass(frozen=True, slots=True)
class QuestionBasis:
    """The facts on which the questions of a row depend, besides the person's values."""

    left: Left
    untrusted: Set[Slot] = frozenset()
    """The slots that are filled from an untrusted property of the directory."""
    undone: Undone = NOTHING_UNDONE
    reasons: Set[QuestionReason] = frozenset(QuestionReason)
    """The reasons for which the row asks."""


def plan_row(
    desired: Desired,
    base: Mapping[Slot, StoredValue],
    current: Methods,
    policy: Policy,
    *,
    never_shown: Set[Slot] = frozenset(),
    unsettled: Mapping[Slot, StoredValue | None] = MappingProxyType({}),
    sms_unsettled: bool = False,
    asking: QuestionBasis | None = None,
    ended: Ended = NOTHING_ENDED,
) -> Plan:
    """The plan of `plan_person` for all slots of `desired` that have a legal plan; the other slots are refused.

    With `asking` it also has the questions, and leaves the slots that a person has decided to leave.
    """
    planned = partial(
        plan_person,
        base=base,
        current=current,
        policy=policy,
        never_shown=never_shown,
        unsettled=unsettled,
        sms_unsettled=sms_unsettled,
        ended=ended,
    )
    if asking is None:
        return _legal_plan(desired, planned)
    planned = partial(planned, left_switch=asking.left.switch)
    plan = _legal_plan(desired, planned)
    questions = _questions(plan, base, current, asking)
    left = frozenset(question.slot for question in questions if question.is_as(asking.left.values.get(question.slot)))
    if left:
        plan = _legal_plan(desired, partial(planned, left=left))
        questions = _questions(plan, base, current, asking)
    return replace(plan, asks=questions)


def _questions(
    plan: Plan, base: Mapping[Slot, StoredValue], current: Methods, asking: QuestionBasis
) -> tuple[Question, ...]:
    found = questions_of(plan, base, current, asking.untrusted, asking.undone)
    return tuple(question for question in found if question.reason in asking.reasons)


def _legal_plan(desired: Desired, planned: Callable[[Desired], Plan | PlanRefusal]) -> Plan:
    plan = planned(desired)
    while isinstance(plan, PlanRefusal):
        desired = _without(desired, plan)
        plan = planned(desired)
    return plan


def _without(desired: Desired, refusal: PlanRefusal) -> Desired:
    """The desired values without the refused ones. With the mobile, SMS sign-in is refused too.

    Raises ValueError if the refusal names nothing that the row specifies.
    """
    refused = [slot for slot, _ in desired.slots if slot in refusal.slots]
    is_without_sms = refusal.is_about_sms_sign_in or Slot.MOBILE in refused
    parts = [slot.value for slot in refused]
    if is_without_sms and desired.sms_sign_in is not None:
        parts.append(SMS_SIGN_IN)
    if not parts:
        raise ValueError(f"{refusal.code} names no part that the row specifies")
    return replace(
        desired,
        slots=tuple((slot, value) for slot, value in desired.slots if slot not in refusal.slots),
        sms_sign_in=None if is_without_sms else desired.sms_sign_in,
        refused=(*desired.refused, *(Refusal(refusal.code, refusal.reason, "", slot=part) for part in parts)),
    )


def questions_of(
    plan: Plan,
    base: Mapping[Slot, StoredValue],
    current: Methods,
    untrusted: Set[Slot],
    undone: Undone,
) -> tuple[Question, ...]:
    """The questions of a plan, at most one per slot; `untrusted` slots are filled from untrusted properties."""
    named = [planned.desired for planned in plan.slots]
    unknown = [
        value
        for slot in PHONE_SLOTS
        if (value := current.value(slot)) is not None
        and not same_value(base.get(slot), value)
        and not any(same_value(value, one) for one in named)
    ]
    found = tuple(_of_slots(plan.slots, base, unknown, untrusted, undone.values))
    # A switch may need no operation: when the mobile is written, Graph itself enables SMS sign-in.
    on = undone.switch
    is_made_already = signs_in_by_sms(current.sms_sign_in_state) is on and not _switches_only(plan)
    if on is None or plan.decided_switch is not on or is_made_already:
        return found
    if any(question.slot is Slot.MOBILE and question.is_about_undone for question in found):
        return found
    old = current.value(Slot.MOBILE)
    new = next((one.desired for one in plan.slots if one.slot is Slot.MOBILE), old)
    switch = Question(Slot.MOBILE, QuestionReason.UNDONE_SWITCH, old, new)
    return (*(question for question in found if question.slot is not Slot.MOBILE), switch)


def _switches_only(plan: Plan) -> bool:
    """Whether the plan switches SMS sign-in of a mobile that it does not write."""
    of_mobile = [operation for operation in plan.operations if slot_of(operation) is Slot.MOBILE]
    return bool(of_mobile) and all(isinstance(operation, SmsOperation) for operation in of_mobile)


def _of_slots(
    slots: tuple[SlotPlan, ...],
    base: Mapping[Slot, StoredValue],
    unknown: list[StoredValue],
    untrusted: Set[Slot],
    undone: Mapping[Slot, DesiredValue],
) -> Iterator[Question]:
    for planned in slots:
        action, slot = planned.verdict.action, planned.slot
        if action in CHANGES and slot in undone and _asks_for(planned, undone[slot]):
            yield Question(slot, QuestionReason.UNDONE, planned.old, planned.desired)
        elif action is Action.UPDATE and not same_value(base.get(slot), planned.old):
            yield Question(slot, QuestionReason.UNMANAGED, planned.old, planned.desired)
        elif action in {Action.CREATE, Action.UPDATE} and slot in untrusted and base.get(slot) is not None:
            yield Question(slot, QuestionReason.UNTRUSTED, base[slot], planned.desired)
        elif action is Action.CREATE and slot in PHONE_SLOTS and unknown:
            yield Question(slot, QuestionReason.BESIDE, unknown[0], planned.desired)


def _asks_for(planned: SlotPlan, value: DesiredValue) -> bool:
    return planned.desired is None if isinstance(value, Remove) else same_value(planned.desired, value)
