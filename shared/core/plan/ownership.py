"""The verdict for one slot, from its base, current and desired value and from the policy.

The base is the value that this app last wrote or adopted; the current value is the one that the slot is known to hold.
`none` = no value, letters = different values, `X?` = a written value that Graph has never shown.

| base | current | desired | merge                | overwrite | owned                | keep              |
|------|---------|---------|----------------------|-----------|----------------------|-------------------|
| any  | masked  | any     | kept valueMasked     | kept      | kept                 | kept              |
| any  | X       | X       | unchanged            | unchanged | unchanged            | unchanged         |
| none | none    | X       | create               | create    | create               | create            |
| none | Y       | X       | update               | update    | kept keptByPolicy    | kept keptByPolicy |
| X    | X       | Z       | update               | update    | update               | kept keptByPolicy |
| X    | Y       | X       | kept changedByPerson | update    | kept changedByPerson | kept keptByPolicy |
| X    | Y       | Z       | kept bothChanged     | update    | kept bothChanged     | kept keptByPolicy |
| X    | none    | X or Z  | kept removedByPerson | create    | kept removedByPerson | create            |
| X?   | none    | X or Z  | kept valueNotShown   | create    | kept valueNotShown   | create            |
| any  | none    | remove  | unchanged            | unchanged | unchanged            | unchanged         |
| none | Y       | remove  | remove               | remove    | kept keptByPolicy    | kept keptByPolicy |
| X    | X       | remove  | remove               | remove    | remove               | kept keptByPolicy |
| X    | Y       | remove  | kept changedByPerson | remove    | kept changedByPerson | kept keptByPolicy |
"""

from __future__ import annotations

from typing import assert_never

from shared.core.numbers.old_forms import same_value
from shared.core.plan.undo_verdict import undo_verdict
from shared.core.plan.verdict import Action, Verdict
from shared.core.values.slot import DesiredValue, MaskedValue, Remove, SlotValue, StoredValue
from shared.core.values.states import OnExisting, Policy


def slot_verdict(
    base: StoredValue | None, current: StoredValue | None, desired: DesiredValue, policy: Policy, *, shown: bool = True
) -> Verdict:
    """The verdict of the table above; `shown` says whether Graph has ever shown the base.

    An undo has a table of its own; its base is what the undone run wrote.
    """
    if policy is Policy.UNDO:
        return undo_verdict(base, current, desired, shown=shown)
    if isinstance(current, MaskedValue):
        return Verdict(Action.KEPT, "valueMasked")
    if isinstance(desired, Remove):
        return _removal_verdict(base, current, policy)
    if same_value(current, desired):
        return Verdict(Action.UNCHANGED)
    if current is None:
        return _absent_verdict(base, policy, shown=shown)
    return _different_verdict(base, current, desired, policy)


def _absent_verdict(base: StoredValue | None, policy: OnExisting, *, shown: bool) -> Verdict:
    if base is not None and policy in {Policy.MERGE, Policy.OWNED}:
        return Verdict(Action.KEPT, "removedByPerson" if shown else "valueNotShown")
    return Verdict(Action.CREATE)


def _different_verdict(base: StoredValue | None, current: SlotValue, desired: SlotValue, policy: OnExisting) -> Verdict:
    match policy:
        case Policy.OVERWRITE:
            return Verdict(Action.UPDATE)
        case Policy.KEEP:
            return Verdict(Action.KEPT, "keptByPolicy")
        case Policy.MERGE | Policy.OWNED:
            if same_value(base, current):
                return Verdict(Action.UPDATE)
            if base is None:
                return Verdict(Action.UPDATE) if policy is Policy.MERGE else Verdict(Action.KEPT, "keptByPolicy")
            return Verdict(Action.KEPT, "changedByPerson" if same_value(base, desired) else "bothChanged")
        case _:
            assert_never(policy)


def _removal_verdict(base: StoredValue | None, current: SlotValue | None, policy: OnExisting) -> Verdict:
    if current is None:
        return Verdict(Action.UNCHANGED)
    match policy:
        case Policy.OVERWRITE:
            return Verdict(Action.REMOVE)
        case Policy.KEEP:
            return Verdict(Action.KEPT, "keptByPolicy")
        case Policy.MERGE | Policy.OWNED:
            if same_value(base, current):
                return Verdict(Action.REMOVE)
            if base is None:
                return Verdict(Action.REMOVE) if policy is Policy.MERGE else Verdict(Action.KEPT, "keptByPolicy")
            return Verdict(Action.KEPT, "changedByPerson")
        case _:
            assert_never(policy)
