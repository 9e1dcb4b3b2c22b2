"""The changes that a plan makes to one person, old and new in clear, for workbooks that approvers read."""

from __future__ import annotations

from dataclasses import dataclass

from shared.core.plan.operations import (
    DisableSmsSignIn,
    Effect,
    EnableSmsSignIn,
    Operation,
    effect_of,
    slot_of,
    value_after,
    value_before,
)
from shared.core.plan.plan import Plan
from shared.core.values.cell import SMS_SIGN_IN
from shared.core.values.slot import value_to_json


@dataclass(frozen=True, slots=True, repr=False)
class Change:
    """`of` is a slot or SMS_SIGN_IN; a value that is not there, and both of SMS sign-in, are ""."""

    of: str
    effect: Effect
    old: str = ""
    new: str = ""


def changes_of(plan: Plan | None) -> tuple[Change, ...]:
    return () if plan is None else tuple(map(_change, plan.operations))


def _change(operation: Operation) -> Change:
    effect = effect_of(operation)
    match operation:
        case EnableSmsSignIn() | DisableSmsSignIn():
            return Change(SMS_SIGN_IN, effect)
        case _:
            old, new = value_to_json(value_before(operation)), value_to_json(value_after(operation))
            return Change(slot_of(operation).value, effect, old or "", new or "")
