"""The remaining work of a plan, given the current values; judged before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from shared.core.person.account import Methods
from shared.core.plan.operations import Operation, SmsOperation, is_done, is_masked, is_open, slot_of, touch_email
from shared.core.plan.ownership import slot_verdict
from shared.core.plan.plan import Plan, SlotPlan
from shared.core.record.ownership_record import Confirmation, OwnershipRecord, SlotRecord
from shared.core.values.slot import Remove, Slot
from shared.core.values.states import Policy


@dataclass(frozen=True, slots=True)
class Remaining:
    """The operations that are still to be made; none = every slot of the plan holds its new value."""

    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Stale:
    """A slot holds neither the plan's old nor its new value, or cannot be compared with them."""

    slot: Slot
    code: Literal["changedSincePlan", "valueMasked"] = "changedSincePlan"
    set_by_another: bool = False
    """The slot holds the old value, but its ownership record has changed since."""

    @property
    def reason(self) -> str:
        if self.set_by_another:
            return f"{self.slot} was set by another run or call since it was planned, so the plan is no longer valid"
        if self.code == "valueMasked":
            return f"Graph shows only a part of the value of {self.slot}, so it cannot be compared with the plan"
        return f"{self.slot} holds neither the old nor the new value of the plan"


def remaining_needs_email(plan: Plan) -> bool:
    """Whether `remaining_operations` needs to know the e-mail address that is there."""
    return touch_email(plan.operations) or (
        not plan.operations and any(planned.slot is Slot.EMAIL for planned in plan.slots)
    )


def remaining_operations(plan: Plan, current: Methods) -> Remaining | Stale:
    """Judge only the plan's slots. SMS sign-in depends on the mobile: while that is to be written, it cannot be judged.

    A plan without operations holds as long as its slots are as they were found.
    """
    if not plan.operations:
        changed = (planned.slot for planned in plan.slots if current.value(planned.slot) != planned.old)
        return next((Stale(slot) for slot in changed), Remaining(()))
    remaining: list[Operation] = []
    for operation in plan.operations:
        if any(slot_of(waiting) is slot_of(operation) for waiting in remaining):
            remaining.append(operation)
        elif is_done(operation, current):
            continue
        elif is_open(operation, current):
            remaining.append(operation)
        else:
            masked = is_masked(operation, current)
            return Stale(slot_of(operation), "valueMasked" if masked else "changedSincePlan")
    return Remaining(tuple(remaining))


def overtaken_by_record(plan: Plan, left: Remaining, record: OwnershipRecord, policy: Policy) -> Stale | None:
    """The first slot still to be written for which the present record leads to another verdict.

    Another run may have written to the slot since, and the person may have restored the old value: it is then their
    choice, although the app did not own the slot when the plan was made.
    """
    waiting = {slot_of(operation) for operation in left.operations if not isinstance(operation, SmsOperation)}
    changed = (
        planned.slot
        for planned in plan.slots
        if planned.slot in waiting and not _is_still_the_verdict(planned, record, policy)
    )
    return next((Stale(slot, set_by_another=True) for slot in changed), None)


def _is_still_the_verdict(planned: SlotPlan, record: OwnershipRecord, policy: Policy) -> bool:
    """A slot that waits to be written holds its old value."""
    remembered = record.slots.get(planned.slot, SlotRecord())
    desired_value = Remove.REMOVE if planned.desired is None else planned.desired
    base = remembered.base_given(planned.old)
    shown = remembered.confirmation is not Confirmation.ACCEPTED
    return slot_verdict(base, planned.old, desired_value, policy, shown=shown).action is planned.verdict.action
