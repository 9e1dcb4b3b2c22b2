"""Whose number or address is it: one slot's base, current and wanted value against the policy.

*Base* is what this app last wrote or found equal to what was wanted; *there* is what Graph has.
Called by the planner. `none` = nothing, letters = different values, `X?` = written, and never shown by Graph since.

| base | there  | wanted | merge                   | overwrite | owned                   | keep             |
|------|--------|--------|-------------------------|-----------|-------------------------|------------------|
| any  | masked | X      | kept numberMasked       | kept      | kept                    | kept             |
| any  | X      | X      | unchanged               | unchanged | unchanged               | unchanged        |
| none | none   | X      | create                  | create    | create                  | create           |
| none | Y      | X      | update                  | update    | kept keptByPolicy       | kept keptByPolicy|
| X    | X      | Z      | update                  | update    | update                  | kept keptByPolicy|
| X    | Y      | X      | kept changedByPerson    | update    | kept changedByPerson    | kept keptByPolicy|
| X    | Y      | Z      | kept bothChanged        | update    | kept bothChanged        | kept keptByPolicy|
| X    | none   | any    | kept removedByPerson    | create    | kept removedByPerson    | create           |
| X?   | none   | any    | kept numberNotShown     | create    | kept numberNotShown     | create           |
| any  | none   | remove | unchanged               | unchanged | unchanged               | unchanged        |
| none | Y      | remove | remove                  | remove    | kept keptByPolicy       | kept keptByPolicy|
| X    | X      | remove | remove                  | remove    | remove                  | kept keptByPolicy|
| X    | Y      | remove | kept changedByPerson    | remove    | kept changedByPerson    | kept keptByPolicy|
"""

from __future__ import annotations

from typing import assert_never

from shared.core.export.desired import Remove, Wish
from shared.core.plan.verdict import Action, Verdict
from shared.core.values.phone import MaskedValue
from shared.core.values.slot import StoredValue, Value
from shared.core.values.states import Policy


def judge_slot(
    base: StoredValue | None, there: StoredValue | None, wanted: Wish, policy: Policy, *, shown: bool = True
) -> Verdict:
    """Decide one slot by the table above; `shown` is whether Graph has ever shown the base."""
    if isinstance(there, MaskedValue):
        return Verdict(Action.KEPT, "numberMasked")
    if isinstance(wanted, Remove):
        return _judge_removal(base, there, policy)
    if there == wanted:
        return Verdict(Action.UNCHANGED)
    if there is None:
        return _judge_absent(base, policy, shown=shown)
    return _judge_different(base, there, wanted, policy)


def _judge_absent(base: StoredValue | None, policy: Policy, *, shown: bool) -> Verdict:
    if base is not None and policy in {Policy.MERGE, Policy.OWNED}:
        return Verdict(Action.KEPT, "removedByPerson" if shown else "numberNotShown")
    return Verdict(Action.CREATE)


def _judge_different(base: StoredValue | None, there: Value, wanted: Value, policy: Policy) -> Verdict:
    match policy:
        case Policy.OVERWRITE:
            return Verdict(Action.UPDATE)
        case Policy.KEEP:
            return Verdict(Action.KEPT, "keptByPolicy")
        case Policy.MERGE | Policy.OWNED:
            if base == there:
                return Verdict(Action.UPDATE)
            if base is None:
                return Verdict(Action.UPDATE) if policy is Policy.MERGE else Verdict(Action.KEPT, "keptByPolicy")
            return Verdict(Action.KEPT, "changedByPerson" if base == wanted else "bothChanged")
        case _:
            assert_never(policy)


def _judge_removal(base: StoredValue | None, there: Value | None, policy: Policy) -> Verdict:
    if there is None:
        return Verdict(Action.UNCHANGED)
    match policy:
        case Policy.OVERWRITE:
            return Verdict(Action.REMOVE)
        case Policy.KEEP:
            return Verdict(Action.KEPT, "keptByPolicy")
        case Policy.MERGE | Policy.OWNED:
            if base == there:
                return Verdict(Action.REMOVE)
            if base is None:
                return Verdict(Action.REMOVE) if policy is Policy.MERGE else Verdict(Action.KEPT, "keptByPolicy")
            return Verdict(Action.KEPT, "changedByPerson")
        case _:
            assert_never(policy)
