"""The plan for one row of an export: what no legal plan can hold is refused slot by slot, and the rest is planned.

Called by the pipeline. A call for one person specifies one slot and uses `plan_person` itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

from shared.core.export.desired import Desired
from shared.core.person.account import Methods
from shared.core.plan.plan import Plan, plan_person
from shared.core.plan.plan_refusal import PlanRefusal
from shared.core.plan.question import NOTHING_UNDONE, Left, Question, QuestionReason, Undone
from shared.core.plan.questions import questions_of
from shared.core.values.cell import SMS_SIGN_IN, Refusal
from shared.core.values.phone_delivery import NOTHING_ENDED, Ended
from shared.core.values.slot import Slot, StoredValue
from shared.core.values.states import Policy


@dataclass(frozen=True, slots=True)
class QuestionBasis:
    """What the questions of a row depend on besides its values."""

    left: Left
    untrusted: Set[Slot] = frozenset()
    """The slots that are filled from a property of the directory that proves nothing."""
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
    """The plan of `plan_person` for as much of `desired` as has one; it names every other slot as refused.

    With `asking` it also names what a person has to decide, and leaves what a person has decided to leave.
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
    """At least one part less. SMS sign-in of the mobile is not changed beside a mobile that is refused."""
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
