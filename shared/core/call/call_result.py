"""What a call for one person came to, or would come to: the values that the HTTP API turns into answers.

Made by the single-user flow. Values mask themselves; an API that may show them in clear spells them itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.core.call.call import CallAction, next_step, slot_of
from shared.core.export.desired import Desired
from shared.core.person.methods import Methods
from shared.core.plan.operations import Operation
from shared.core.plan.plan import Plan
from shared.core.run.row import Outcome
from shared.core.values.errors import PermanentError
from shared.core.values.slot import MaskedValue, Remove, Slot, StoredValue
from shared.core.values.states import RowState


@dataclass(frozen=True, slots=True)
class SingleCallResult:
    """What a call came to."""

    run: str
    user_id: str
    slot: Slot
    """That of the mobile when SMS sign-in was switched; then `old` and `new` are its number."""
    outcome: Outcome
    """Its state is created, updated, removed or unchanged; `request_id` is Graph's of the write, "" = no write."""
    old: StoredValue | None
    """What was there; None = nothing. A repeated call no longer knows it: masked when there was something."""
    new: StoredValue | None
    """What is there now; None = nothing."""
    sms_sign_in_state: str | None = None
    """Graph's `smsSignInState` of the mobile as last read; None = no mobile, not visible yet, or a repeated call."""
    repeated: bool = False
    """The first outcome of a call with the same repeatability id: nothing was done now."""


@dataclass(frozen=True, slots=True)
class CallPreview:
    """What a call would come to at this moment."""

    user_id: str
    slot: Slot
    verdict: RowState
    """created, updated, removed, unchanged or refused."""
    code: str
    reason: str
    """Why it is refused, else ""."""
    remedy: str
    steps: tuple[Operation, ...]
    """What would be done, in this order."""
    old: StoredValue | None
    """What is there; None = nothing, or not read because the call is refused already."""
    new: StoredValue | None
    """What would be there afterwards; None = nothing."""
    sms_sign_in_state: str | None
    """As it is now; None = no mobile, unknown, or not read."""


def result_of(
    action: CallAction, run: str, user_id: str, *, outcome: Outcome, plan: Plan, before: Methods, after: Methods | None
) -> SingleCallResult:
    """`after` is None when what was done was not visible yet."""
    old, new = _values(plan, before)
    state = after.sms_sign_in_state if after else None
    return SingleCallResult(run, user_id, slot_of(action), outcome, old, new, state)


def first_result(action: CallAction, run: str, user_id: str, outcome: Outcome, desired: Desired) -> SingleCallResult:
    """That of a call which was carried out before; what was there then is not kept in clear."""
    wanted = next((desired_value for _, desired_value in desired.slots), MaskedValue())
    new = None if isinstance(wanted, Remove) else wanted
    match outcome.state:
        case RowState.CREATED:
            old = None
        case RowState.UNCHANGED:
            old = new
        case _:
            old = MaskedValue()
    return SingleCallResult(run, user_id, slot_of(action), outcome, old, new, repeated=True)


def preview_of(action: CallAction, user_id: str, plan: Plan, current: Methods) -> CallPreview:
    old, new = _values(plan, current)
    return CallPreview(
        user_id=user_id,
        slot=slot_of(action),
        verdict=plan.outcome,
        code=plan.code,
        reason="",
        remedy="",
        steps=plan.operations,
        old=old,
        new=new,
        sms_sign_in_state=current.sms_sign_in_state,
    )


def refused_preview(action: CallAction, user_id: str, refusal: PermanentError, current: Methods | None) -> CallPreview:
    """`current` is None when nothing was read. What is there stays."""
    value = current.value(slot_of(action)) if current else None
    step = next_step(action, refusal.code)
    return CallPreview(
        user_id=user_id,
        slot=slot_of(action),
        verdict=RowState.REFUSED,
        code=refusal.code,
        reason=refusal.message,
        remedy=refusal.remedy if step is None else step,
        steps=(),
        old=value,
        new=value,
        sms_sign_in_state=current.sms_sign_in_state if current else None,
    )


def _values(plan: Plan, current: Methods) -> tuple[StoredValue | None, StoredValue | None]:
    """Before and after; an equal value stays as it is spelled, and switching SMS sign-in leaves the number."""
    if plan.slots:
        planned = plan.slots[0]
        return planned.old, planned.desired if plan.operations else planned.old
    number = current.value(Slot.MOBILE)
    return number, number
