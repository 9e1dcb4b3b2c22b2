"""The view of a run with rows of a file for a caller who sees masked numbers.

A caller who may upload a file could otherwise learn, without a write, whether a guessed number is right: a row would be
unchanged instead of planned or kept, and a count or a sentence about limits would differ. So before the run is
released, the caller sees what follows from the file and the people whom it names, and nothing that follows from
comparing the file with present or former values. Afterwards the caller sees what was written, and not why something
was not written.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from shared.core.export.desired import is_remove
from shared.core.plan.plan_refusal import CODES_OF_CURRENT
from shared.core.plan.slot_outcomes import SlotOutcome
from shared.core.run.attempts import Attempt, PlanOfRun
from shared.core.run.row import Row, slots_of
from shared.core.run.run import Run
from shared.core.values.cell import Cell
from shared.core.values.said import NOTHING, Said
from shared.core.values.slot import EmailAddress, Slot, masked_number
from shared.core.values.states import Policy, RowState, RunState, SlotState, Source

NOT_SHOWN = Said("Only people who may see numbers see what would be written.")
_NOT_WRITTEN = Said("Nothing was written; only people who may see numbers see the reason.")
_HELD = Said("Held: only people who may see numbers see the reasons and figures.")
_WITH_A_FILE = frozenset({Source.BLOB, Source.UPLOAD, Source.QUESTIONS})
_COMPARED = frozenset({RowState.PLANNED, RowState.UNCHANGED, RowState.KEPT, RowState.UNPROCESSED})


def is_unseen(run: Run) -> bool:
    """Whether the run's rows were compared with people's values, and have not been released since."""
    return _is_shown_in_part(run) and not run.is_released


def run_as_shown(run: Run) -> Run:
    """The run as the caller sees it.

    Unseen, it has no counts, and no figures or words that depend on people's values. Once it is
    released, its counts are those of the states that `row_as_shown` shows.
    """
    if is_unseen(run):
        return _without_comparison(run)
    if not _is_shown_in_part(run):
        return run
    counts = {state: count for state, count in run.counts.items() if state not in _COMPARED}
    if alike := sum(run.counts.values()) - sum(counts.values()):
        counts[_shown_state(run)] = alike
    earlier, last = map(_attempt_without_comparison, run.attempts[:-1]), run.attempt
    if run.state is not RunState.FINISHED:
        last = replace(_attempt_without_comparison(last), end=last.end)
    return replace(run, attempts=(*earlier, replace(last, counts=counts)))


def row_as_shown(row: Row, run: Run) -> Row:
    """The row with refused cells and written slots; all rows that were compared and not written look alike."""
    if not _is_shown_in_part(run):
        return row
    is_hidden, refused = is_unseen(run), _refused_cells(row)
    codes = {row.code, *(one.code for one in slots_of(row))} if is_hidden else set()
    if row.state in _COMPARED or not codes.isdisjoint(CODES_OF_CURRENT):
        reason = NOT_SHOWN if is_hidden else _NOT_WRITTEN
        return replace(row, state=_shown_state(run), code="", reason=reason, slots=refused, plan=None, note=NOTHING)
    return replace(row, slots=refused if is_hidden else tuple(map(_without_reason, slots_of(row))), plan=None)


def values_in_file(row: Row, *, email: bool) -> tuple[tuple[Slot, str | None], ...]:
    """The file's masked values for a row that is shown as planned, by slot; None = a removal.

    Refused slots are left out, and the e-mail address without `email`. The values are read from the
    cells alone, so they do not depend on the person's.
    """
    if row.state is not RowState.PLANNED or row.export_row is None:
        return ()
    refused = {one.slot for one in row.slots}
    cells = dict[Slot, Cell]()
    for one in (row.export_row, *row.export_row.also):
        cells |= {Slot(phone_type): cell for phone_type, cell in one.phones}
        cells |= {Slot.EMAIL: one.email} if email and one.email else {}
    return tuple((slot, _masked(slot, cells[slot])) for slot in Slot if slot in cells and slot.value not in refused)


def _masked(slot: Slot, cell: Cell) -> str | None:
    if is_remove(cell):
        return None
    return str(EmailAddress(cell.text)) if slot is Slot.EMAIL else masked_number(cell.text)


def result_tells_guesses(run: Run, policy: Policy) -> bool:
    """Whether the run's result tells callers who see masked numbers too much about guessed ones.

    The result of a run that was applied with `policy`, that of the settings, does not: what it tells is accepted
    (decision 61). Under a stricter policy, a file of guesses could be applied without a write.
    """
    is_applied = run.state is RunState.FINISHED and not is_unseen(run)
    return _is_shown_in_part(run) and not (is_applied and run.options.on_existing is policy)


def states_shown_as(states: Collection[RowState], run: Run) -> frozenset[RowState] | None:
    """The stored states of rows that may be shown in one of these states; None = any state."""
    if not states or is_unseen(run):
        return None
    return frozenset(states) | (_COMPARED if _is_shown_in_part(run) and _shown_state(run) in states else frozenset())


def _is_shown_in_part(run: Run) -> bool:
    return run.source in _WITH_A_FILE and run.is_planned


def _shown_state(run: Run) -> RowState:
    """The state in which every row is shown that was compared and not written."""
    if not run.is_over:
        return RowState.PLANNED
    return RowState.UNCHANGED if run.is_released else RowState.UNPROCESSED


def _without_comparison(run: Run) -> Run:
    """The run without figures and words that depend on people's values."""
    says_why = run.state is RunState.HELD or run.code == "runRejected" or _is_preview(run)
    message = (_HELD if run.state is RunState.HELD else NOT_SHOWN) if says_why else run.message
    return replace(run, message=message, notes=(), attempts=tuple(map(_attempt_without_comparison, run.attempts)))


def _is_preview(run: Run) -> bool:
    """Whether the run's message is that of a preview, which says how many people would be written to."""
    return run.options.preview and run.state in {RunState.CHECKED, RunState.FINISHED}


def _attempt_without_comparison(attempt: Attempt) -> Attempt:
    return replace(
        attempt,
        plan=PlanOfRun(attempt.plan.digest, attempt.plan.digest_version),
        counts={},
        held_because=attempt.held_because and _HELD,
        end=attempt.end and replace(attempt.end, message=""),
    )


def _refused_cells(row: Row) -> tuple[SlotOutcome, ...]:
    return tuple(one for one in slots_of(row) if one.state is SlotState.REFUSED and one.code not in CODES_OF_CURRENT)


def _without_reason(slot: SlotOutcome) -> SlotOutcome:
    return SlotOutcome(slot.slot, SlotState.UNCHANGED) if slot.state is SlotState.KEPT else slot
