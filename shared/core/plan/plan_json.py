"""Plans as JSON and back, with values in clear. The ledger stores them, and deletes them when the row needs no work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.core.plan.operations import operations_from_json, operations_to_json
from shared.core.plan.ownership import Action, Verdict
from shared.core.plan.plan import Plan, SlotPlan, SmsSignInPlan
from shared.core.values.slot import MaskedValue, Slot, value_from_json, value_to_json


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """`{"slots": [{"slot", "action", "code", "old", "wanted"}], "operations": […]}`, and `smsSignIn` if decided."""
    data: dict[str, Any] = {
        "slots": [
            {
                "slot": planned.slot.value,
                **_verdict_to_json(planned.verdict),
                "old": value_to_json(planned.old),
                "wanted": value_to_json(planned.desired),
            }
            for planned in plan.slots
        ],
        "operations": operations_to_json(plan.operations),
    }
    if plan.sms_sign_in is not None:
        data["smsSignIn"] = {**_verdict_to_json(plan.sms_sign_in.verdict), "wanted": plan.sms_sign_in.desired}
    return data


def plan_from_json(data: Mapping[str, Any]) -> Plan:
    """The inverse of `plan_to_json`; raises ValueError or KeyError on anything else."""
    sms_sign_in = data.get("smsSignIn")
    return Plan(
        tuple(_slot_from_json(item) for item in data["slots"]),
        operations_from_json(data["operations"]),
        SmsSignInPlan(_verdict_from_json(sms_sign_in), bool(sms_sign_in["wanted"])) if sms_sign_in else None,
    )


def _slot_from_json(item: Mapping[str, Any]) -> SlotPlan:
    slot = Slot(item["slot"])
    match value_from_json(slot, item["wanted"]):
        case MaskedValue():
            raise ValueError("a wanted value is masked")
        case wanted:
            return SlotPlan(slot, _verdict_from_json(item), value_from_json(slot, item["old"]), wanted)


def _verdict_to_json(verdict: Verdict) -> dict[str, str]:
    return {"action": verdict.action.value, "code": verdict.code}


def _verdict_from_json(item: Mapping[str, Any]) -> Verdict:
    return Verdict(Action(item["action"]), item["code"])
