"""Plans as JSON and back, with values in clear, for the ledger and for digests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.core.plan.operations import operations_from_json, operations_to_json
from shared.core.plan.plan import Plan, SlotPlan, SmsSignInPlan
from shared.core.plan.question import Question, QuestionReason
from shared.core.plan.verdict import Action, Verdict
from shared.core.values.cell import Refusal
from shared.core.values.said import made_of, said_of
from shared.core.values.slot import EmailAddress, MaskedValue, Slot, number_from_graph, value_from_json, value_to_json


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """`{"slots": [{"slot", "action", "code", "old", "wanted"}], "operations": […], "smsSignIn", "asks", "refused"}`.

    `smsSignIn`, `asks` and `refused` are left out if the plan has none.
    """
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
    if plan.asks:
        data["asks"] = [_question_to_json(question) for question in plan.asks]
    if plan.refused:
        data["refused"] = [_refusal_to_json(refusal) for refusal in plan.refused]
    return data


def plan_from_json(data: Mapping[str, Any]) -> Plan:
    """The inverse of `plan_to_json`.

    Raises ValueError, TypeError, LookupError or AttributeError on anything else.
    """
    sms_sign_in = data.get("smsSignIn")
    return Plan(
        tuple(_slot_from_json(item) for item in data["slots"]),
        operations_from_json(data["operations"]),
        SmsSignInPlan(_verdict_from_json(sms_sign_in), bool(sms_sign_in["wanted"])) if sms_sign_in else None,
        tuple(_refusal_from_json(item) for item in data.get("refused", ())),
        tuple(_question_from_json(item) for item in data.get("asks", ())),
    )


def _slot_from_json(item: Mapping[str, Any]) -> SlotPlan:
    slot = Slot(item["slot"])
    match value_from_json(slot, item["wanted"]):
        case MaskedValue():
            raise ValueError("a wanted value is masked")
        case wanted:
            return SlotPlan(slot, _verdict_from_json(item), value_from_json(slot, item["old"]), wanted)


def _question_to_json(question: Question) -> dict[str, str | None]:
    return {
        "slot": question.slot.value,
        "reason": question.reason.value,
        "found": value_to_json(question.found),
        "wanted": value_to_json(question.wanted),
    }


def _question_from_json(item: Mapping[str, Any]) -> Question:
    slot = Slot(item["slot"])
    found, wanted = value_from_json(slot, item["found"]), value_from_json(slot, item["wanted"])
    return Question(slot, QuestionReason(item["reason"]), found, wanted)


def _refusal_to_json(refusal: Refusal) -> dict[str, Any]:
    return {
        "slot": refusal.slot,
        "code": refusal.code,
        "reason": str(refusal.reason),
        "said": made_of(refusal.reason),
        "address": refusal.address,
        "candidates": [value_to_json(value) for value in refusal.candidates],
    }


def _refusal_from_json(item: Mapping[str, Any]) -> Refusal:
    read = (EmailAddress(text) if "@" in text else number_from_graph(text) for text in item["candidates"])
    candidates = tuple(value for value in read if not isinstance(value, MaskedValue))
    reason = said_of(item["reason"], item.get("said"))
    return Refusal(item["code"], reason, item["address"], candidates, item["slot"])


def _verdict_to_json(verdict: Verdict) -> dict[str, str]:
    return {"action": verdict.action.value, "code": verdict.code}


def _verdict_from_json(item: Mapping[str, Any]) -> Verdict:
    return Verdict(Action(item["action"]), item["code"])
