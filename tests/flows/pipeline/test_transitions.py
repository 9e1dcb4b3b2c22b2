"""A run moves from one state to another only as the table at the top of `advance.py` says."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

import shared
from shared.adapters.ledger.runs import RunStore
from shared.core.export.options import RunOptions
from shared.core.run.transitions import TRANSITIONS, RunEvent, first_state, transition
from shared.core.values.states import OPEN_RUNS, RunState, Source
from shared.flows.pipeline import advance
from shared.flows.scheduled.one_run_per_source import run_to_read
from testing.doubles import MemoryStorage
from testing.virtual_time import START

SHARED = Path(shared.__file__).parent
GROUPS = {"no run": frozenset[RunState](), "any open": OPEN_RUNS, "any over": frozenset(RunState) - OPEN_RUNS}
COLUMNS = 7
RUN = run_to_read(Source.BLOB, "export", RunOptions(), START)

Row = tuple[frozenset[RunState], str, str, tuple[str, ...]]


def table_rows(text: str) -> Iterator[list[list[str]]]:
    """The cells of each row of the table; each cell holds its lines. A line without an event continues its row."""
    row: list[list[str]] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) != COLUMNS or cells[0] == "state" or line.startswith("--"):
            continue
        if cells[1]:
            if row:
                yield row
            row = [[] for _ in cells]
        for lines, cell in zip(row, cells, strict=True):
            if cell:
                lines.append(cell)
    yield row


def states_of(name: str) -> frozenset[RunState]:
    return GROUPS[name] if name in GROUPS else frozenset({RunState(name)})


def documented() -> list[Row]:
    return [
        (states_of(state[0]), event[0], next_state[0], tuple(by))
        for state, event, next_state, by, *_ in table_rows(advance.__doc__ or "")
    ]


def in_code() -> list[Row]:
    """One row for each state, or one for a group of states that has a name."""
    return [
        (states, row.event.value, row.next_state or "closed", row.by)
        for row in TRANSITIONS
        for states in named_states(row.states)
    ]


def named_states(states: frozenset[RunState]) -> list[frozenset[RunState]]:
    return [states] if states in GROUPS.values() else [frozenset({state}) for state in RunState if state in states]


def test_the_table_that_people_read_has_the_rows_of_the_code() -> None:
    """Both list the same moves in the same order."""
    assert in_code() == documented()


def test_every_row_says_what_is_saved_and_what_a_crash_leads_to() -> None:
    """No cell of the table is empty."""
    assert [] == [row for row in table_rows(advance.__doc__ or "") if not all(row)]


@pytest.mark.parametrize(("state", "event"), list(product(RunState, RunEvent)))
def test_a_move_that_the_table_does_not_have_is_refused(state: RunState, event: RunEvent) -> None:
    """Every pair of state and event is tried."""
    run = replace(RUN, state=state)
    rows = [row for row in TRANSITIONS if state in row.states and row.event is event]
    if rows:
        assert [rows[0].next_state or state] == [transition(run, event).state]
    else:
        with pytest.raises(ValueError, match=f"is {state}; that state has no transition for: {event}"):
            transition(run, event)


def test_an_event_that_creates_no_run_has_no_first_state() -> None:
    with pytest.raises(KeyError):
        first_state(RunEvent.APPROVED)


def test_no_flow_sets_the_state_of_a_run_itself() -> None:
    """A state given to a `Run` is the result of a transition, or is read from storage."""
    setters = [
        f"{path.relative_to(SHARED)}:{call.lineno}"
        for path in SHARED.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        for keyword in call.keywords
        if keyword.arg == "state" and ast.unparse(keyword.value).startswith("RunState.")
    ]
    assert [] == setters


async def test_a_save_that_skips_the_table_is_noticed() -> None:
    """The check that every test runs under refuses a state that no move leads to."""
    ledger = RunStore(MemoryStorage(lambda: START).table("Runs"))
    run = await ledger.insert(RUN)
    assert run is not None
    with pytest.raises(AssertionError, match="no move leads a blob run from reading to held"):
        await ledger.save(replace(run, state=RunState.HELD))
