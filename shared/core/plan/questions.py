"""What of a row's plan needs a person's decision: replacing a value that the app did not write is never silent.

The planner of rows asks; the gate sets such rows apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from shared.core.numbers.old_forms import same_value
from shared.core.person.account import Methods, signs_in_by_sms
from shared.core.plan.plan import Plan, SlotPlan
from shared.core.plan.question import Question, QuestionReason, Undone
from shared.core.plan.verdict import CHANGES, Action
from shared.core.values.slot import PHONE_SLOTS, DesiredValue, Remove, Slot, StoredValue


def questions_of(
    plan: Plan,
    base: Mapping[Slot, StoredValue],
    current: Methods,
    untrusted: Set[Slot],
    undone: Undone,
) -> tuple[Question, ...]:
    """The questions of a plan, at most one per slot; the properties that fill `untrusted` slots prove nothing."""
    named = [planned.desired for planned in plan.slots]
    unknown = [
        value
        for slot in PHONE_SLOTS
        if (value := current.value(slot)) is not None
        and not same_value(base.get(slot), value)
        and not any(same_value(value, one) for one in named)
    ]
    found = tuple(_questions(plan.slots, base, unknown, untrusted, undone.values))
    on = undone.switch  # the operations do not say it: where the mobile is written, Graph switches it on by itself
    if on is None or plan.decided_switch is not on or signs_in_by_sms(current.sms_sign_in_state) is on:
        return found
    if any(question.slot is Slot.MOBILE and question.is_about_undone for question in found):
        return found
    old = current.value(Slot.MOBILE)
    new = next((one.desired for one in plan.slots if one.slot is Slot.MOBILE), old)
    switch = Question(Slot.MOBILE, QuestionReason.UNDONE_SWITCH, old, new)
    return (*(question for question in found if question.slot is not Slot.MOBILE), switch)


def _questions(
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
