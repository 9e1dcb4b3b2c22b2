"""The table of all moves of a run from one state to the next.

Every flow that creates a run or changes its state uses this table. `shared.flows.pipeline.advance` documents the same
moves with what each one saves and what happens after a crash; a test compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from shared.core.run.attempts import DecisionKind
from shared.core.run.run import Run
from shared.core.values.states import OPEN_RUNS, RunState, Source


class RunEvent(StrEnum):
    """What happens to a run."""

    EXPORT_DROPPED = "export dropped"
    EXPORT_UPLOADED = "export uploaded"
    RUN_STARTED = "run started"
    LEAVERS_FOUND = "leavers found"
    QUESTIONS_ASKED = "questions asked"
    CALL_RECEIVED = "call received"
    ROWS_READ = "rows read"
    NO_ROWS = "no rows to plan"
    FILE_REFUSED = "file refused"
    GRAPH_REFUSED = "Graph refused"
    ABANDONED = "abandoned"
    WITHIN_LIMITS = "within limits"
    APPROVAL_NEEDED = "approval needed"
    MAY_NOT_BE_HELD = "may not be held"
    PREVIEW_READY = "preview ready"
    CHECK_READY = "check ready"
    CHECK_STARTED = "check started"
    APPROVAL_GIVEN = "approval given"
    APPROVED = "approved"
    ANSWERED = "answered"
    ALL_DECIDED = "all decided"
    COLUMNS_CHOSEN = "columns chosen"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    ROWS_COMPLETE = "rows complete"
    PLAN_ALTERED = "plan altered"
    CALL_COMPLETE = "call complete"
    CALL_REPEATED = "call repeated"
    CANCELLED = "cancelled"
    RESULT_WRITTEN = "result written"
    ROWS_MISSING = "rows missing"
    REDRIVEN = "redriven"


@dataclass(frozen=True, slots=True)
class Transition:
    """A move of a run; `states` empty = there is no run yet, `next_state` None = the state stays.

    `by` are the classes that decide on the move; only runs of these `sources` make it.
    """

    states: frozenset[RunState]
    event: RunEvent
    next_state: RunState | None
    by: tuple[str, ...]
    sources: frozenset[Source] = frozenset(Source)


_NO_RUN = frozenset[RunState]()
_READING = frozenset({RunState.READING})
_PLANNING = frozenset({RunState.PLANNING})
_CHECKED = frozenset({RunState.CHECKED})
_HELD = frozenset({RunState.HELD})
_APPLYING = frozenset({RunState.APPLYING})
_OVER = frozenset(RunState) - OPEN_RUNS
_REPEATABLE = frozenset({RunState.APPLYING, RunState.FINISHED, RunState.FAILED})
_BY_GRAPH = ("ReconcileReading", "DirectoryReading", "ReadinessReading")
_BY_FILES = ("UndoReading", "CleanUpReading")
_DROPS, _UPLOADS, _CALLS = frozenset({Source.BLOB}), frozenset({Source.UPLOAD}), frozenset({Source.CALL})
_LEAVERS, _QUESTIONS = frozenset({Source.LEAVERS}), frozenset({Source.QUESTIONS})
_OF_ROWS = frozenset(Source) - _CALLS
_STARTED = _OF_ROWS - _DROPS - _UPLOADS - _LEAVERS - _QUESTIONS

TRANSITIONS = (
    Transition(_NO_RUN, RunEvent.EXPORT_DROPPED, RunState.READING, ("Split",), _DROPS),
    Transition(_NO_RUN, RunEvent.EXPORT_UPLOADED, RunState.READING, ("Upload",), _UPLOADS),
    Transition(_NO_RUN, RunEvent.RUN_STARTED, RunState.READING, ("OneRunPerSource",), _STARTED),
    Transition(_NO_RUN, RunEvent.LEAVERS_FOUND, RunState.PLANNING, ("Leavers",), _LEAVERS),
    Transition(_NO_RUN, RunEvent.QUESTIONS_ASKED, RunState.PLANNING, ("AskQuestions",), _QUESTIONS),
    Transition(_NO_RUN, RunEvent.CALL_RECEIVED, RunState.APPLYING, ("CallRecords",), _CALLS),
    Transition(_READING, RunEvent.ROWS_READ, RunState.PLANNING, ("ReadExport", "ReconcileReading", *_BY_FILES)),
    Transition(_READING, RunEvent.NO_ROWS, RunState.FINISHED, (*_BY_GRAPH, *_BY_FILES)),
    Transition(_READING, RunEvent.FILE_REFUSED, RunState.FAILED, ("ReadExport", "Split", "LostExports")),
    Transition(_READING, RunEvent.GRAPH_REFUSED, RunState.FAILED, (*_BY_GRAPH, "TokenPauses")),
    Transition(_READING, RunEvent.ABANDONED, RunState.FAILED, ("Sweep",)),
    Transition(_PLANNING, RunEvent.WITHIN_LIMITS, RunState.APPLYING, ("Gate",)),
    Transition(_PLANNING, RunEvent.APPROVAL_NEEDED, RunState.HELD, ("Gate",)),
    Transition(_PLANNING, RunEvent.MAY_NOT_BE_HELD, RunState.REJECTED, ("Gate",)),
    Transition(_PLANNING, RunEvent.PREVIEW_READY, RunState.FINISHED, ("Gate",)),
    Transition(_PLANNING, RunEvent.CHECK_READY, RunState.CHECKED, ("Gate",)),
    Transition(_CHECKED, RunEvent.CHECK_STARTED, RunState.READING, ("RunDecisions",)),
    Transition(_CHECKED, RunEvent.EXPIRED, RunState.REJECTED, ("Sweep",)),
    Transition(_HELD, RunEvent.APPROVAL_GIVEN, RunState.HELD, ("RunDecisions",)),
    Transition(_HELD, RunEvent.APPROVED, RunState.APPLYING, ("RunDecisions",)),
    Transition(_HELD, RunEvent.ANSWERED, RunState.HELD, ("Answers",)),
    Transition(_HELD, RunEvent.ALL_DECIDED, RunState.APPLYING, ("Answers",)),
    Transition(_HELD, RunEvent.COLUMNS_CHOSEN, RunState.READING, ("RunDecisions",)),
    Transition(_HELD, RunEvent.REJECTED, RunState.REJECTED, ("RunDecisions",)),
    Transition(_HELD, RunEvent.EXPIRED, RunState.REJECTED, ("Sweep",)),
    Transition(_HELD, RunEvent.SUPERSEDED, RunState.REJECTED, ("OneRunPerSource",)),
    Transition(_APPLYING, RunEvent.ROWS_COMPLETE, RunState.FINISHED, ("Release",), _OF_ROWS),
    Transition(_APPLYING, RunEvent.PLAN_ALTERED, RunState.FAILED, ("Release",)),
    Transition(_APPLYING, RunEvent.CALL_COMPLETE, RunState.FINISHED, ("CallRecords",), _CALLS),
    Transition(_APPLYING, RunEvent.ABANDONED, RunState.FAILED, ("Sweep",)),
    Transition(_REPEATABLE, RunEvent.CALL_REPEATED, RunState.APPLYING, ("CallRecords",), _CALLS),
    Transition(OPEN_RUNS, RunEvent.CANCELLED, RunState.CANCELLED, ("RunDecisions",)),
    Transition(_OVER, RunEvent.RESULT_WRITTEN, None, ("Finish",)),
    Transition(_OVER, RunEvent.ROWS_MISSING, RunState.FAILED, ("Finish",)),
    Transition(_OVER, RunEvent.REDRIVEN, RunState.PLANNING, ("Redrive",)),
)
_NEXT = {(state, row.event): row.next_state or state for row in TRANSITIONS for state in row.states}
_FIRST = {row.event: row.next_state for row in TRANSITIONS if not row.states and row.next_state}


def first_state(event: RunEvent) -> RunState:
    """The state of a run that this event creates. Raises KeyError when it creates none."""
    return _FIRST[event]


def transition(run: Run, event: RunEvent) -> Run:
    """The run in its next state; the caller saves it. Raises ValueError when the table has no such move."""
    state = _NEXT.get((run.state, event))
    if state is None:
        raise ValueError(f"Run {run.id} is {run.state}; that state has no transition for: {event}.")
    return replace(run, state=state)


def last_move(run: Run) -> dict[str, Any]:
    """The fields of the event RunMoved for the last move of a stored run; without its message and its file's name."""
    *earlier, (state, at) = run.state_history
    before, since = earlier[-1] if earlier else (None, at)
    return {
        "run": run.id,
        "source": run.source.value,
        "from": str(before or "new"),
        "to": str(state),
        "cause": run.code or _cause(run, before, state),
        "seconds": round((at - since).total_seconds(), 1),
        "rows": run.total,
        "figures": run.figures,
        "counts": {row.value: count for row, count in run.counts.items() if count},
    }


def stay(run: Run, event: RunEvent) -> dict[str, Any]:
    """The fields of the event RunMoved for a decision after which a stored run stays in its state."""
    (*_, (state, since)) = run.state_history
    waited = round((run.updated_at - since).total_seconds(), 1)
    return {**last_move(run), "from": str(state), "to": str(state), "cause": event.value, "seconds": waited}


_DECISIONS = frozenset(kind.value for kind in DecisionKind)


def _cause(run: Run, before: RunState | None, state: RunState) -> str:
    """The event of the move: the last decision if it led there, else every other event that may
    have led there, except decisions."""
    made = run.attempt.decisions[-1].kind.value if run.attempt.decisions else ""
    moves = (row for row in TRANSITIONS if row.next_state is state and run.source in row.sources)
    events = [row.event.value for row in moves if (before in row.states if before else not row.states)]
    return made if made in events else " or ".join(event for event in events if event not in _DECISIONS)
