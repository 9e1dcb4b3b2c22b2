"""The plan for one person: a frozen value made from what is wanted and what is there, and judged again before acting.

`plan_person` is called by plan and by single-user calls, `what_remains` by apply; both are pure.
Legal order (Graph): a mobile before an alternate mobile; an alternate is removed before the mobile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from shared.core.desired import Desired, Remove
from shared.core.methods import (
    CreatePhone,
    DeletePhone,
    Operation,
    PhoneMethods,
    UpdatePhone,
    number_from_json,
    number_to_json,
    operations_from_json,
    operations_to_json,
    value_after,
    value_before,
)
from shared.core.ownership import Action, Verdict, judge_slot
from shared.core.phone import PhoneNumber, PhoneType, StoredNumber
from shared.core.states import Policy, RowState

WRITE_ORDER = (PhoneType.MOBILE, PhoneType.ALTERNATE_MOBILE, PhoneType.OFFICE)
REMOVE_ORDER = (PhoneType.ALTERNATE_MOBILE, PhoneType.OFFICE, PhoneType.MOBILE)


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """What was decided for one slot that the row has an opinion on."""

    phone_type: PhoneType
    verdict: Verdict
    old: StoredNumber | None
    wanted: PhoneNumber | None
    """None = to be removed."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the row asks for, slot by slot, and the operations that close the gap, in legal order."""

    slots: tuple[SlotPlan, ...]
    operations: tuple[Operation, ...]

    @property
    def outcome(self) -> RowState:
        """The state the row settles in when the operations, if any, are done."""
        kinds = {type(operation) for operation in self.operations}
        if not kinds:
            kept = any(slot.verdict.action is Action.KEPT for slot in self.slots)
            return RowState.KEPT if kept else RowState.UNCHANGED
        if kinds == {CreatePhone}:
            return RowState.CREATED
        return RowState.REMOVED if kinds == {DeletePhone} else RowState.UPDATED

    @property
    def code(self) -> str:
        """The code that goes with `outcome`."""
        if self.operations:
            return "applied"
        kept = next((slot.verdict.code for slot in self.slots if slot.verdict.action is Action.KEPT), None)
        return kept or ("alreadyThere" if self.slots else "nothingAsked")

    def has(self, kind: type[Operation]) -> bool:
        return any(isinstance(operation, kind) for operation in self.operations)


@dataclass(frozen=True, slots=True)
class PlanRefusal:
    """The row cannot be planned legally; `code` is in `codes.CODES`."""

    code: str
    reason: str


def plan_person(
    desired: Desired, base: Mapping[PhoneType, StoredNumber], there: PhoneMethods, policy: Policy
) -> Plan | PlanRefusal:
    """Decide every wished-for slot, then put the operations in legal order.

    `base` holds what this app last wrote, `there` what Graph has now.
    """
    slots = tuple(
        SlotPlan(
            phone_type,
            judge_slot(base.get(phone_type), there.number(phone_type), wish, policy),
            old=there.number(phone_type),
            wanted=None if isinstance(wish, Remove) else wish,
        )
        for phone_type, wish in desired.phones
    )
    by_type = {slot.phone_type: slot for slot in slots}
    writes = [_operation(by_type[phone_type]) for phone_type in WRITE_ORDER if phone_type in by_type]
    removals = [_operation(by_type[phone_type]) for phone_type in REMOVE_ORDER if phone_type in by_type]
    operations = tuple(
        [operation for operation in writes if operation is not None and not isinstance(operation, DeletePhone)]
        + [operation for operation in removals if isinstance(operation, DeletePhone)]
    )
    if _leaves_alternate_alone(there, operations):
        return PlanRefusal(
            "alternateNeedsMobile", "an alternate mobile number needs a mobile number, and there would be none"
        )
    return Plan(slots, operations)


def _operation(slot: SlotPlan) -> Operation | None:
    match slot.verdict.action, slot.old, slot.wanted:
        case Action.CREATE, _, PhoneNumber() as wanted:
            return CreatePhone(slot.phone_type, wanted)
        case Action.UPDATE, old, PhoneNumber() as wanted if old is not None:
            return UpdatePhone(slot.phone_type, old, wanted)
        case Action.REMOVE, old, None if old is not None:
            return DeletePhone(slot.phone_type, old)
        case _:
            return None


def _leaves_alternate_alone(there: PhoneMethods, operations: tuple[Operation, ...]) -> bool:
    present = {phone_type for phone_type in PhoneType if there.has(phone_type)}
    for operation in operations:
        if isinstance(operation, DeletePhone):
            present.discard(operation.phone_type)
        else:
            present.add(operation.phone_type)
    return PhoneType.ALTERNATE_MOBILE in present and PhoneType.MOBILE not in present


@dataclass(frozen=True, slots=True)
class Remaining:
    """The operations still missing; none = every touched slot already holds its new value."""

    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Stale:
    """A touched slot holds neither the plan's old nor its new value."""

    phone_type: PhoneType


def what_remains(plan: Plan, there: PhoneMethods) -> Remaining | Stale:
    """Judge the plan against what is there now, slot by slot, touching only slots that the plan touches."""
    remaining: list[Operation] = []
    for operation in plan.operations:
        found = there.number(operation.phone_type)
        if found == value_after(operation):
            continue
        if found != value_before(operation):
            return Stale(operation.phone_type)
        remaining.append(operation)
    return Remaining(tuple(remaining))


def without_operations(plan: Plan) -> Plan:
    """The same decisions with nothing left to do."""
    return replace(plan, operations=())


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """`{"slots": [{"phoneType", "action", "code", "old", "wanted"}], "operations": […]}`, numbers in clear."""
    return {
        "slots": [
            {
                "phoneType": slot.phone_type.value,
                "action": slot.verdict.action.value,
                "code": slot.verdict.code,
                "old": number_to_json(slot.old),
                "wanted": number_to_json(slot.wanted),
            }
            for slot in plan.slots
        ],
        "operations": operations_to_json(plan.operations),
    }


def plan_from_json(data: Mapping[str, Any]) -> Plan:
    """The inverse of `plan_to_json`; raises ValueError or KeyError on anything else."""
    return Plan(tuple(_slot_from_json(item) for item in data["slots"]), operations_from_json(data["operations"]))


def _slot_from_json(item: Mapping[str, Any]) -> SlotPlan:
    wanted = number_from_json(item["wanted"])
    if wanted is not None and not isinstance(wanted, PhoneNumber):
        raise ValueError("a wanted number is masked")
    return SlotPlan(
        PhoneType(item["phoneType"]),
        Verdict(Action(item["action"]), item["code"]),
        old=number_from_json(item["old"]),
        wanted=wanted,
    )
