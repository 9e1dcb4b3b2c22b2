"""The operations of a plan that remain when the person is read again before a write, or why the plan is not valid."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace
from typing import Literal

from shared.core.export.desired import Desired
from shared.core.numbers.old_forms import same_value
from shared.core.plan.operations import Operation, SmsOperation, involve_email, is_done, is_masked, is_open, slot_of
from shared.core.plan.ownership import slot_verdict
from shared.core.plan.plan import OVERTAKEN, Plan, SlotPlan
from shared.core.plan.plan_row import QuestionBasis, plan_row
from shared.core.plan.question import LEFT_AS_DECIDED
from shared.core.plan.verdict import Action
from shared.core.record.known_values import Known
from shared.core.record.ownership_record import OwnershipRecord
from shared.core.values.phone_delivery import NOTHING_ENDED, Ended
from shared.core.values.said import Said
from shared.core.values.slot import Remove, Slot
from shared.core.values.states import Policy


@dataclass(frozen=True, slots=True)
class Remaining:
    """The operations that are still to be executed; none = nothing is left to do."""

    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Stale:
    """Why the plan is no longer valid: what a slot holds now, or what its ownership record says, does not fit it."""

    slot: Slot
    code: Literal["changedSincePlan", "valueMasked"] = "changedSincePlan"
    set_by_another: bool = False
    """Whether the slot holds the old value, but the ownership record now leads to another verdict."""

    @property
    def reason(self) -> Said:
        if self.set_by_another:
            return Said(
                "another run or call has set {slot} since it was planned, so the plan is no longer valid",
                slot=self.slot.said,
            )
        if self.code == "valueMasked":
            return Said(
                "Graph shows only a part of the value of {slot}, so it cannot be compared with the plan",
                slot=self.slot.said,
            )
        return Said("{slot} holds neither the old nor the new value of the plan", slot=self.slot.said)


def remaining_needs_email(plan: Plan) -> bool:
    """Whether `remaining_operations` needs the current e-mail address."""
    return involve_email(plan.operations) or (
        not plan.operations and any(planned.slot is Slot.EMAIL for planned in plan.slots)
    )


def remaining_operations(plan: Plan, known: Known) -> Remaining | Stale:
    """The operations of the plan that are not done yet, as far as known; those on unsettled slots always remain.

    SMS sign-in depends on the mobile: while the mobile is still to be written, the operation on SMS sign-in remains
    too. A plan without operations is valid as long as its slots have the values with which it was planned.
    """
    current = known.current
    if not plan.operations:
        changed = (
            planned.slot
            for planned in plan.slots
            if not planned.is_overtaken and current.value(planned.slot) != planned.old
        )
        return next((Stale(slot) for slot in changed), Remaining(()))
    remaining: list[Operation] = []
    for operation in plan.operations:
        if any(slot_of(waiting) is slot_of(operation) for waiting in remaining) or _is_unsettled(operation, known):
            remaining.append(operation)
        elif is_done(operation, current):
            continue
        elif is_open(operation, current):
            remaining.append(operation)
        else:
            masked = is_masked(operation, current)
            return Stale(slot_of(operation), "valueMasked" if masked else "changedSincePlan")
    return Remaining(tuple(remaining))


def _is_unsettled(operation: Operation, known: Known) -> bool:
    return known.sms_unsettled if isinstance(operation, SmsOperation) else slot_of(operation) in known.unsettled


def changed_verdict(plan: Plan, left: Remaining, known: Known, policy: Policy) -> Stale | None:
    """The first slot still to be written for which the record now leads to another verdict than the plan's.

    Example: after planning, another run wrote to the slot, and the person restored the old value. The old value is now
    the person's choice, although the app did not own the slot when the plan was made.
    """
    waiting = {slot_of(operation) for operation in left.operations if not isinstance(operation, SmsOperation)}
    changed = (
        planned.slot
        for planned in plan.slots
        if planned.slot in waiting - known.unsettled.keys() and not _is_still_the_verdict(planned, known, policy)
    )
    return next((Stale(slot, set_by_another=True) for slot in changed), None)


def _is_still_the_verdict(planned: SlotPlan, known: Known, policy: Policy) -> bool:
    """Whether the verdict is the same with the present record. The slot still holds its old value."""
    desired_value = Remove.REMOVE if planned.desired is None else planned.desired
    shown = planned.slot not in known.never_shown
    verdict = slot_verdict(known.base.get(planned.slot), planned.old, desired_value, policy, shown=shown)
    return verdict.action is planned.verdict.action


def must_be_decided_again(plan: Plan, known: Known, record: OwnershipRecord) -> bool:
    """Whether a slot of the plan, or its SMS sign-in, is unsettled, or a slot holds what the app itself has written
    since the plan was made."""
    is_unsettled = any(one.slot in known.unsettled for one in plan.slots if not one.is_overtaken)
    return (
        (known.sms_unsettled and plan.sms_sign_in is not None) or is_unsettled or is_changed_by_app(plan, known, record)
    )


def is_changed_by_app(plan: Plan, known: Known, record: OwnershipRecord) -> bool:
    """Whether a slot of the plan holds what the app itself has written since the plan was made."""
    return any(
        _is_own_change(planned, known, record)
        for planned in plan.slots
        if not planned.is_overtaken and known.current.was_read(planned.slot)
    )


def _is_own_change(planned: SlotPlan, known: Known, record: OwnershipRecord) -> bool:
    entry = record.slots.get(planned.slot)
    if entry is None or entry.written_at is None:
        return False
    current = known.current.value(planned.slot)
    as_planned = same_value(current, planned.old) or (
        same_value(current, planned.desired) and planned.verdict.action is not Action.UNCHANGED
    )
    return not as_planned and same_value(current, entry.written)


def changed_by_others(plan: Plan, known: Known, record: OwnershipRecord) -> Stale | None:
    """The first slot with an operation whose value is not the old one, not the new one, and not written by the app."""
    written = {slot_of(operation) for operation in plan.operations if not isinstance(operation, SmsOperation)}
    changed = (
        planned.slot
        for planned in plan.slots
        if planned.slot in written - known.unsettled.keys()
        and not same_value(known.current.value(planned.slot), planned.old)
        and not same_value(known.current.value(planned.slot), planned.desired)
        and not _is_own_change(planned, known, record)
    )
    return next((Stale(slot) for slot in changed), None)


def decided_again(plan: Plan, known: Known, policy: Policy, overtaken: Set[Slot]) -> Plan:
    """The plan for the same desired values, from what is known now; slots that were not read stay as planned."""
    switch = plan.sms_sign_in
    is_switch_left = switch is not None and switch.verdict.code == LEFT_AS_DECIDED
    open_slots = [
        planned
        for planned in plan.slots
        if known.current.was_read(planned.slot)
        and not planned.is_overtaken
        and planned.verdict.code != LEFT_AS_DECIDED
        and planned.slot not in overtaken
    ]
    desired = Desired(
        tuple((one.slot, Remove.REMOVE if one.desired is None else one.desired) for one in open_slots),
        None if switch is None or is_switch_left else switch.desired,
        refused=plan.refused,
    )
    again = planned_from(known, desired, policy)
    left = (one for one in with_overtaken(plan, overtaken).slots if one.slot not in {slot.slot for slot in open_slots})
    again = replace(again, sms_sign_in=switch) if is_switch_left else again
    return replace(again, slots=(*again.slots, *left), asks=plan.asks)


def with_overtaken(plan: Plan, overtaken: Set[Slot]) -> Plan:
    """The plan that leaves these slots alone, because a newer export or call has specified them."""
    slots = (replace(one, verdict=OVERTAKEN) if one.slot in overtaken else one for one in plan.slots)
    return replace(plan, slots=tuple(slots))


def without_sms_sign_in(plan: Plan) -> Plan:
    """The plan that leaves SMS sign-in alone."""
    operations = (one for one in plan.operations if not isinstance(one, SmsOperation))
    return replace(plan, sms_sign_in=None, operations=tuple(operations))


def planned_from(
    known: Known,
    desired: Desired,
    policy: Policy,
    *,
    asking: QuestionBasis | None = None,
    ended: Ended = NOTHING_ENDED,
) -> Plan:
    """The plan for a row from what is known of its person.

    An undo that leaves a mobile leaves its SMS sign-in too.
    """
    plan = plan_row(
        desired,
        known.base,
        known.current,
        policy,
        never_shown=known.never_shown,
        unsettled=known.unsettled,
        sms_unsettled=known.sms_unsettled,
        asking=asking,
        ended=ended,
    )
    is_left = any(one.slot is Slot.MOBILE and one.verdict.action is Action.KEPT for one in plan.slots)
    return without_sms_sign_in(plan) if policy is Policy.UNDO and is_left else plan
