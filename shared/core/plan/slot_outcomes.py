"""The outcome of each slot of a row, in words and without numbers, so that it stays when the plan is blanked.

A row stores it with its outcome. Until then it is made from the row's plan, and the words say "would".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from shared.core.plan.operations import DisableSmsSignIn, EnableSmsSignIn, Operation, slot_of
from shared.core.plan.plan import Plan
from shared.core.plan.question import AWAITS_DECISION
from shared.core.plan.verdict import Action, Verdict
from shared.core.values.cell import SMS_SIGN_IN, Refusal
from shared.core.values.codes import CODES
from shared.core.values.said import NOTHING, Said, joined, made_of, said_of
from shared.core.values.states import SlotState

_PLANNED = {
    Action.CREATE: SlotState.CREATE,
    Action.UPDATE: SlotState.UPDATE,
    Action.REMOVE: SlotState.REMOVE,
    Action.UNCHANGED: SlotState.UNCHANGED,
    Action.KEPT: SlotState.KEPT,
}
_DONE = {
    SlotState.CREATE: SlotState.CREATED,
    SlotState.UPDATE: SlotState.UPDATED,
    SlotState.REMOVE: SlotState.REMOVED,
}
_NONE: Mapping[str, str] = MappingProxyType({})
_NAMES = {SMS_SIGN_IN: Said("SMS sign-in")}
_SMS_WORDS = {SlotState.UPDATED: "enabled", SlotState.REMOVED: "disabled"}


@dataclass(frozen=True, slots=True)
class SlotOutcome:
    slot: str
    """The slot's name, or SMS_SIGN_IN."""
    state: SlotState
    code: str = ""
    """Why the slot is kept or refused; "" = it is neither."""
    reason: Said = NOTHING
    """Why the slot is refused."""
    request_id: str = ""
    """Graph's request id of the last write; "" = nothing was written, or the id is not known."""


def slots_to_json(slots: Iterable[SlotOutcome]) -> list[dict[str, Any]]:
    """For the ledger."""
    return [_slot_to_json(one) for one in slots]


def _slot_to_json(one: SlotOutcome) -> dict[str, Any]:
    stored = {
        "slot": one.slot,
        "state": one.state.value,
        "code": one.code,
        "reason": str(one.reason),
        "request_id": one.request_id,
    }
    made = made_of(one.reason)
    return {**stored, "said": made} if made else stored


def slots_from_json(data: Iterable[Mapping[str, Any]]) -> tuple[SlotOutcome, ...]:
    """The inverse of `slots_to_json`.

    Raises ValueError, TypeError, LookupError or AttributeError on anything else.
    """
    return tuple(
        SlotOutcome(
            one["slot"],
            SlotState(one["state"]),
            one.get("code", ""),
            said_of(one.get("reason", ""), one.get("said")),
            one.get("request_id", ""),
        )
        for one in data
    )


def part_of(operation: Operation) -> str:
    """What the operation changes: the name of a slot, or SMS_SIGN_IN."""
    if isinstance(operation, EnableSmsSignIn | DisableSmsSignIn):
        return SMS_SIGN_IN
    return slot_of(operation).value


def slot_outcomes(plan: Plan) -> tuple[SlotOutcome, ...]:
    """The planned outcome of every slot that the row specifies, and of SMS sign-in unless it stays unchanged."""
    found = [_planned(slot_plan.slot.value, slot_plan.verdict) for slot_plan in plan.slots]
    if plan.sms_sign_in is not None and plan.sms_sign_in.verdict.action is not Action.UNCHANGED:
        found.append(_planned(SMS_SIGN_IN, plan.sms_sign_in.verdict))
    return (*found, *refused_slots(plan.refused))


def _planned(slot: str, verdict: Verdict) -> SlotOutcome:
    return SlotOutcome(slot, _PLANNED[verdict.action], verdict.code)


def refused_slots(refused: tuple[Refusal, ...]) -> tuple[SlotOutcome, ...]:
    return tuple(
        SlotOutcome(refusal.slot, SlotState.REFUSED, refusal.code, refusal.reason)
        for refusal in refused
        if refusal.slot
    )


def all_done(plan: Plan, request_ids: Mapping[str, str] = _NONE) -> tuple[SlotOutcome, ...]:
    """The outcomes of the slots when every operation is done; `request_ids` are Graph's, by name of the slot."""
    return partly_done(plan, {part_of(operation) for operation in plan.operations}, request_ids)


def partly_done(plan: Plan, parts: Set[str], request_ids: Mapping[str, str] = _NONE) -> tuple[SlotOutcome, ...]:
    """The outcomes of the slots when only the operations on `parts` are known to be done."""
    return tuple(
        replace(one, state=_DONE.get(one.state, one.state), request_id=request_ids.get(one.slot, ""))
        if one.slot in parts
        else one
        for one in slot_outcomes(plan)
    )


def set_apart(plan: Plan) -> tuple[SlotOutcome, ...]:
    """The outcomes of the slots of a row that is set apart."""
    return tuple(
        replace(one, state=SlotState.KEPT, code=AWAITS_DECISION) if one.state in _DONE else one
        for one in slot_outcomes(plan)
    )


def done_by_another(plan: Plan) -> tuple[SlotOutcome, ...]:
    """The outcomes of the slots when another writer has done every operation."""
    return tuple(replace(one, state=SlotState.UNCHANGED) if one.state in _DONE else one for one in slot_outcomes(plan))


def in_words(slots: tuple[SlotOutcome, ...], *, is_over: bool) -> Said:
    """`mobile: created; office: refused (D17: the number has letters in it)`.

    `is_over` = no more operations will be executed.
    """
    return joined("; ", (_in_words(one, is_over=is_over) for one in slots))


def _in_words(one: SlotOutcome, *, is_over: bool) -> Said:
    return Said("{slot}: {what}", slot=_NAMES.get(one.slot) or Said(one.slot), what=_word(one, is_over=is_over))


def _word(one: SlotOutcome, *, is_over: bool) -> Said:
    match one.state:
        case SlotState.REFUSED:
            return Said("refused ({reason})", reason=one.reason)
        case SlotState.KEPT:
            return Said("kept ({reason})", reason=_meaning(one.code))
        case SlotState.CREATE | SlotState.UPDATE | SlotState.REMOVE:
            verb = _past(one.slot, _DONE[one.state])
            return Said("not known to be {done}", done=verb) if is_over else Said("would be {done}", done=verb)
        case _:
            return _past(one.slot, one.state)


def _meaning(code: str) -> Said:
    return Said(CODES[code].meaning.removesuffix(".") if code in CODES else code)


def _past(slot: str, state: SlotState) -> Said:
    return Said(_SMS_WORDS.get(state, state.value) if slot == SMS_SIGN_IN else state.value)
