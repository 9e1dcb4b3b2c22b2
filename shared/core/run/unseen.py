"""What a caller who sees masked numbers is shown of a run that has not been released.

Whoever may send a file could otherwise learn whether a guessed number is right: a row would be unchanged instead of
planned, a count or a sentence about limits would differ, and nothing would have been written. So nothing that follows
from comparing a file with present or former values is shown: only what follows from the file, and whom it names.
The API calls it.
"""

from __future__ import annotations

from dataclasses import replace

from shared.core.plan.plan_refusal import CODES_OF_CURRENT
from shared.core.run.attempts import Attempt, PlanOfRun
from shared.core.run.row import Row, slots_of
from shared.core.run.run import Run
from shared.core.values.states import RowState, RunState, SlotState, Source

NOT_SHOWN = "What would be written is shown to callers who may see numbers."
_HELD = "Held: the reasons and figures are shown to callers who may see numbers."
_WITH_A_FILE = frozenset({Source.BLOB, Source.UPLOAD, Source.QUESTIONS})
_COMPARED = frozenset({RowState.PLANNED, RowState.UNCHANGED, RowState.KEPT, RowState.UNPROCESSED})


def is_unseen(run: Run) -> bool:
    """Whether the run's rows were compared with people's values, and nothing was written since."""
    return run.source in _WITH_A_FILE and run.is_planned and not run.is_released


def without_comparison(run: Run) -> Run:
    """The run without figures, and without words, that follow from people's values."""
    says_why = run.state is RunState.HELD or run.code == "runRejected" or run.options.preview
    message = (_HELD if run.state is RunState.HELD else NOT_SHOWN) if says_why else run.message
    return replace(run, message=message, notes=(), attempts=tuple(map(_attempt_without_comparison, run.attempts)))


def _attempt_without_comparison(attempt: Attempt) -> Attempt:
    return replace(
        attempt,
        plan=PlanOfRun(attempt.plan.digest, attempt.plan.digest_version),
        counts={},
        held_because=attempt.held_because and _HELD,
        end=attempt.end and replace(attempt.end, message=""),
    )


def row_without_comparison(row: Row, run: Run) -> Row:
    """The row with the refusals of its cells alone; every row that was compared looks the same."""
    codes = {row.code, *(one.code for one in slots_of(row))}
    slots = tuple(one for one in slots_of(row) if one.state is SlotState.REFUSED and one.code not in CODES_OF_CURRENT)
    if row.state not in _COMPARED and codes.isdisjoint(CODES_OF_CURRENT):
        return replace(row, slots=slots, plan=None)
    state = RowState.UNPROCESSED if run.is_over else RowState.PLANNED
    return replace(row, state=state, code="", reason=NOT_SHOWN, slots=slots, plan=None, note="")
