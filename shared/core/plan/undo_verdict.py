"""The verdict for one slot of an undo, from what the undone run wrote, the current value, and the value before the run.

`slot_verdict` calls it for the policy `undo`. A slot is restored if it still holds what the run wrote. The table has no
row for a slot that a newer export or call has specified: every plan keeps that slot (`newerExport`). `none` = no value,
letters = different values, `N?` = a written value that Graph has never shown.

| written | current | before | undo               |
|---------|---------|--------|--------------------|
| any     | masked  | any    | kept valueMasked   |
| N       | N       | O      | update             |
| N       | N       | none   | remove             |
| none    | none    | O      | create             |
| any     | O       | O      | unchanged          |
| N       | Y       | any    | kept changedSince  |
| none    | Y       | O      | kept changedSince  |
| N       | none    | any    | kept removedSince  |
| N?      | none    | any    | kept valueNotShown |
"""

from __future__ import annotations

from shared.core.numbers.old_forms import same_value
from shared.core.plan.verdict import Action, Verdict
from shared.core.values.slot import DesiredValue, MaskedValue, Remove, StoredValue


def undo_verdict(
    written: StoredValue | None, current: StoredValue | None, before: DesiredValue, *, shown: bool
) -> Verdict:
    """The verdict of the table above; `shown` says whether Graph has ever shown what was written."""
    if isinstance(current, MaskedValue):
        return Verdict(Action.KEPT, "valueMasked")
    if current is None:
        if written is not None:
            return Verdict(Action.KEPT, "removedSince" if shown else "valueNotShown")
        return Verdict(Action.UNCHANGED if isinstance(before, Remove) else Action.CREATE)
    if not isinstance(before, Remove) and same_value(current, before):
        return Verdict(Action.UNCHANGED)
    if not same_value(current, written):
        return Verdict(Action.KEPT, "changedSince")
    return Verdict(Action.REMOVE if isinstance(before, Remove) else Action.UPDATE)
