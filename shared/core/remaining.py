"""What is left of a plan: judged against what is there now, by apply, before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from shared.core.methods import Methods
from shared.core.operations import Operation, is_done, is_masked, is_open, slot_of, touch_email
from shared.core.plan import Plan
from shared.core.slot import Slot


@dataclass(frozen=True, slots=True)
class Remaining:
    """The operations still missing; none = every touched slot already holds its new value."""

    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Stale:
    """A judged slot holds neither the plan's old nor its new value, or cannot be compared with them."""

    slot: Slot
    code: Literal["changedSincePlan", "numberMasked"] = "changedSincePlan"

    @property
    def reason(self) -> str:
        if self.code == "numberMasked":
            return f"Graph shows only a part of the value of {self.slot}, so it cannot be compared with the plan"
        return f"{self.slot} holds neither the old nor the new value of the plan"


def judged_by_email(plan: Plan) -> bool:
    """Whether `what_remains` needs to know the e-mail address that is there."""
    return touch_email(plan.operations) or (
        not plan.operations and any(planned.slot is Slot.EMAIL for planned in plan.slots)
    )


def what_remains(plan: Plan, there: Methods) -> Remaining | Stale:
    """Judge only slots that the plan touches. SMS sign-in follows the mobile: while that waits, it cannot be judged.

    A plan without operations holds as long as its slots are as they were found.
    """
    if not plan.operations:
        changed = (planned.slot for planned in plan.slots if there.value(planned.slot) != planned.old)
        return next((Stale(slot) for slot in changed), Remaining(()))
    remaining: list[Operation] = []
    for operation in plan.operations:
        if any(slot_of(waiting) is slot_of(operation) for waiting in remaining):
            remaining.append(operation)
        elif is_done(operation, there):
            continue
        elif is_open(operation, there):
            remaining.append(operation)
        else:
            masked = is_masked(operation, there)
            return Stale(slot_of(operation), "numberMasked" if masked else "changedSincePlan")
    return Remaining(tuple(remaining))
