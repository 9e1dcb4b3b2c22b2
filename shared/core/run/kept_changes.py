"""The changes of an attempt: per row and slot the value before and the value after, in clear, for changes.json.

Rows and plans hold values from before a write too, and `People` the value before the last write until a later read has
shown that write. HR's files, logs, notifications and the history of runs never hold such a value.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from shared.core.plan.operations import (
    DisableSmsSignIn,
    EnableSmsSignIn,
    Operation,
    slot_of,
    value_after,
    value_before,
)
from shared.core.plan.slot_outcomes import part_of
from shared.core.run.row import Row
from shared.core.run.run import Run
from shared.core.run.undoing import WANTED
from shared.core.values.cell import SMS_SIGN_IN
from shared.core.values.slot import value_to_json
from shared.core.values.states import RowState, SlotState

CHANGES = "changes.json"
_DONE = frozenset({SlotState.CREATED, SlotState.UPDATED, SlotState.REMOVED})

_NOT_RECORDED = frozenset({RowState.UNPROCESSED, RowState.SUPERSEDED, RowState.STALE, RowState.FAILED, RowState.MERGED})
"""Rows that end in these states without a write have changed no ownership record."""


def changes_blob(run: Run, attempt: int = 0) -> str:
    """The name of the file of an attempt of the run, 0 = the present one."""
    return f"{run.id}/{attempt or len(run.attempts)}/{CHANGES}"


def change_of(row: Row) -> dict[str, Any] | None:
    """What was or may have been written for the row, and its person's record before; None = there is neither.

    `{"row", "id", "state", "code", "slots": [{"slot", "old", "new", "state", "question"}], "before"}`; a value is null
    where there is none; `before` is the ownership record as the run found it. `question` is the reason of the question
    about the slot. A call has no questions; there it is the one that a row of a file would have had.
    """
    planned, asks = (row.plan.operations, row.plan.asks) if row.plan is not None else ((), ())
    states = {one.slot: one.state for one in row.slots}
    is_known = row.state is not RowState.UNCONFIRMED
    asked = {question.slot.value: {"question": question.reason.value} for question in asks}
    changed = [
        {
            **_values(operation),
            "state": states.get(part_of(operation), row.state).value,
            **asked.get(part_of(operation), {}),
        }
        for operation in planned
        if not is_known or states.get(part_of(operation)) in _DONE
    ]
    is_recorded = bool(changed) or (
        row.state not in _NOT_RECORDED and (row.state is not RowState.REFUSED or bool(row.slots))
    )
    before = json.loads(row.before) if row.before and is_recorded else None
    if not changed and before is None:
        return None
    about = {"row": row.number, "id": row.object_id, "state": row.state.value, "code": row.code, "slots": changed}
    return about if before is None else {**about, "before": before}


@dataclass(frozen=True, slots=True)
class KeptChanges:
    """The content of the file, collected row by row."""

    changes: list[dict[str, Any]] = field(default_factory=list)
    confirmed: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """The people whose rows only asked again for the values already desired, by `before` of their rows."""

    def add(self, row: Row) -> None:
        change = change_of(row)
        if change is None:
            return
        if change["slots"] or any(texts.keys() != WANTED for texts in change["before"]["slots"].values()):
            self.changes.append(change)
        else:
            self.confirmed[row.before].append(row.object_id)

    def to_json(self, run: Run) -> dict[str, Any]:
        """`{"version", "run", "attempt", "plan", "changes", "confirmed": [{"before", "people"}]}`.

        It is empty if the attempt has changed nothing.
        """
        if not self.changes and not self.confirmed:
            return {}
        confirmed = [{"before": json.loads(before), "people": people} for before, people in self.confirmed.items()]
        about = {"version": 1, "run": run.id, "attempt": len(run.attempts), "plan": run.digest}
        return {**about, "changes": self.changes, "confirmed": confirmed}


def _values(operation: Operation) -> dict[str, str | None]:
    match operation:
        case EnableSmsSignIn():
            return {"slot": SMS_SIGN_IN, "old": "off", "new": "on"}
        case DisableSmsSignIn():
            return {"slot": SMS_SIGN_IN, "old": "on", "new": "off"}
        case _:
            old, new = value_before(operation), value_after(operation)
            return {"slot": slot_of(operation).value, "old": value_to_json(old), "new": value_to_json(new)}
