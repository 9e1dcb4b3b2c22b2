"""The changes that a plan makes to one person, old and new in clear, for workbooks that approvers read."""

from __future__ import annotations

from dataclasses import dataclass

from shared.core.plan.operations import DisableSmsSignIn, EnableSmsSignIn, Operation, slot_of, value_after, value_before
from shared.core.plan.plan import Plan
from shared.core.values.slot import value_to_json


@dataclass(frozen=True, slots=True, repr=False)
class Change:
    """`of` is a slot or SMS sign-in."""

    of: str
    old: str
    new: str

    @property
    def in_words(self) -> str:
        return f"{self.of}: {self.old} → {self.new}"


def changes_of(plan: Plan | None) -> tuple[Change, ...]:
    return () if plan is None else tuple(map(_change, plan.operations))


def _change(operation: Operation) -> Change:
    match operation:
        case EnableSmsSignIn():
            return Change("SMS sign-in", "off", "on")
        case DisableSmsSignIn():
            return Change("SMS sign-in", "on", "off")
        case _:
            old, new = value_to_json(value_before(operation)), value_to_json(value_after(operation))
            return Change(slot_of(operation).value, old or "nothing", new or "nothing")
