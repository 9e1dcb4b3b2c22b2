"""Why operations make no legal plan: Graph would refuse them in any order, they would take a person's last number
although another one is desired, or they would have no effect."""

from __future__ import annotations

from collections.abc import Collection, Set
from dataclasses import dataclass

from shared.core.export.desired import Desired
from shared.core.person.account import Methods
from shared.core.plan.operations import CreatePhone, DeletePhone, EnableSmsSignIn, Operation, UpdatePhone, slot_of
from shared.core.values.codes import CODES
from shared.core.values.phone_delivery import Ended
from shared.core.values.said import Said
from shared.core.values.slot import PHONE_SLOTS, Remove, Slot

CODES_OF_CURRENT = frozenset({"alternateNeedsMobile", "defaultMethod", "noNumberLeft"})
"""The codes of refusals that depend on the account's current values."""


@dataclass(frozen=True, slots=True)
class PlanRefusal:
    """No legal plan exists for what is desired; `code` is in `codes.CODES`."""

    code: str
    reason: Said
    slots: frozenset[Slot]
    """Without the desired values of these slots, the rest may have a legal plan."""
    is_about_sms_sign_in: bool = False
    """Whether SMS sign-in has to be left out, too; then `slots` may be empty."""


def refusal_of(
    desired: Desired,
    current: Methods,
    operations: tuple[Operation, ...],
    default: Slot | None,
    never_shown: Set[Slot],
    *,
    ended: Ended,
) -> PlanRefusal | None:
    """Why these operations may not be executed, whatever their order; None = they may."""
    if refusal := refusal_of_ended(operations, ended):
        return refusal
    before = {slot for slot in PHONE_SLOTS if current.value(slot) is not None or slot in never_shown}
    deleted = {slot_of(operation) for operation in operations if isinstance(operation, DeletePhone)}
    created = {slot_of(operation) for operation in operations if isinstance(operation, CreatePhone)}
    updated = {slot_of(operation) for operation in operations if isinstance(operation, UpdatePhone)}
    after = (before | created) - deleted
    causes = (created | updated) & {Slot.ALTERNATE_MOBILE} or deleted & {Slot.MOBILE}
    if Slot.ALTERNATE_MOBILE in after and Slot.MOBILE not in after and causes:
        return PlanRefusal(
            "alternateNeedsMobile",
            Said("an alternate mobile number needs a mobile number, and the person would have none"),
            frozenset(causes),
        )
    if default is not None and default in deleted:
        return PlanRefusal(
            "defaultMethod",
            Said("{slot} is the person's default sign-in method, which cannot be removed", slot=default.said),
            frozenset({default}),
        )
    desires_number = any(refusal.slot in PHONE_SLOTS for refusal in desired.refused) or any(
        slot in PHONE_SLOTS and not isinstance(desired_value, Remove) for slot, desired_value in desired.slots
    )
    if before and not after and desires_number:
        return PlanRefusal(
            "noNumberLeft",
            Said("the desired number is not written, and the removals would leave the person without a number"),
            frozenset(deleted),
        )
    return None


def refusal_of_ended(operations: Collection[Operation], ended: Ended) -> PlanRefusal | None:
    """The reason why an operation would no longer have an effect; None = each has one."""
    if ended.numbers:
        written = frozenset(slot_of(one) for one in operations if isinstance(one, CreatePhone | UpdatePhone))
        if written:
            return PlanRefusal("phoneDeliveryEnded", Said(CODES["phoneDeliveryEnded"].meaning), written)
    if ended.sms_sign_in and EnableSmsSignIn() in operations:
        meaning = Said(CODES["smsSignInEnded"].meaning)
        return PlanRefusal("smsSignInEnded", meaning, frozenset(), is_about_sms_sign_in=True)
    return None
