"""The preview of a call for one person: the result that it would have now."""

from __future__ import annotations

from dataclasses import dataclass

from shared.core.call import CallAction, ValueRefusedError, old_and_new, slot_of
from shared.core.call_advice import next_step
from shared.core.person.account import Methods, SeenPerson
from shared.core.plan.operations import DeletePhone, EnableSmsSignIn, Operation
from shared.core.plan.plan import Plan
from shared.core.values.errors import PermanentError
from shared.core.values.slot import Slot, SlotValue, StoredValue
from shared.core.values.states import RowState


@dataclass(frozen=True, slots=True)
class CallPreview:
    """The result that a call would have now."""

    person: SeenPerson
    slot: Slot
    outcome: RowState
    """created, updated, removed, unchanged or refused."""
    code: str
    reason: str
    """Why the call would be refused; "" = it would not."""
    remedy: str
    operations: tuple[Operation, ...]
    """In the order in which they would be executed."""
    old: StoredValue | None
    """The current value; None = empty, or not read because the call is refused before that."""
    new: StoredValue | None
    """The value after the call; None = empty, or not read, as for `old`."""
    sms_sign_in_state: str | None
    """Graph's current `smsSignInState`; None = no mobile, unknown, or not read."""
    proviso: str = ""
    """Why Graph may refuse the call although this app would not; "" = no reason is known."""
    suggestions: tuple[SlotValue, ...] = ()
    """The values for which a refused value may stand."""

    @property
    def user_id(self) -> str:
        return self.person.account.id


_PROVISOS: dict[type[Operation], str] = {
    DeletePhone: "Graph refuses this while the number is the person's default sign-in method.",
    EnableSmsSignIn: "Graph refuses this while another person signs in with the number.",
}


def preview_of(action: CallAction, person: SeenPerson, plan: Plan, current: Methods) -> CallPreview:
    old, new = old_and_new(plan, current)
    return CallPreview(
        person=person,
        slot=slot_of(action),
        outcome=plan.outcome,
        code=plan.code,
        reason="",
        remedy="",
        operations=plan.operations,
        old=old,
        new=new,
        sms_sign_in_state=current.sms_sign_in_state,
        proviso=" ".join(
            text for kind, text in _PROVISOS.items() if any(isinstance(one, kind) for one in plan.operations)
        ),
    )


def refused_preview(
    action: CallAction, person: SeenPerson, refusal: PermanentError, current: Methods | None
) -> CallPreview:
    """The preview of a refused call: the value stays as it is. `current` is None when no methods were read."""
    value = current.value(slot_of(action)) if current else None
    step = next_step(action, refusal.code)
    return CallPreview(
        person=person,
        slot=slot_of(action),
        outcome=RowState.REFUSED,
        code=refusal.code,
        reason=refusal.message,
        remedy=refusal.remedy if step is None else step,
        operations=(),
        old=value,
        new=value,
        sms_sign_in_state=current.sms_sign_in_state if current else None,
        suggestions=refusal.candidates if isinstance(refusal, ValueRefusedError) else (),
    )
