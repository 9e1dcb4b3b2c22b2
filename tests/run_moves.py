"""Every run that any test has saved came to its state by a move that the transition table has."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from shared.adapters.ledger.runs import RunStore
from shared.core.run.run import Run
from shared.core.run.transitions import TRANSITIONS, last_move
from shared.core.values.states import RunState

FIRST_STATES = {(source, row.next_state) for row in TRANSITIONS if not row.states for source in row.sources}
MOVES = {
    (source, state, row.next_state or state) for row in TRANSITIONS for state in row.states for source in row.sources
}


@pytest.fixture(scope="session", autouse=True)
def run_moves() -> Iterator[None]:
    """Checks every insert and every save of a run, in the order in which the ledger makes them."""
    insert, save = RunStore.insert, RunStore.save

    async def checked_insert(ledger: RunStore, run: Run) -> Run | None:
        assert _is_of_the_ledger_alone() or (run.source, run.state) in FIRST_STATES, (
            f"no event creates a {run.source} run that is {run.state}"
        )
        return await insert(ledger, run)

    async def checked_save(ledger: RunStore, run: Run) -> Run:
        before = _saved_state(run)
        assert before in {None, run.state} or (run.source, before, run.state) in MOVES, (
            f"no move leads a {run.source} run from {before} to {run.state}"
        )
        saved = await save(ledger, run)
        if before not in {None, run.state}:
            cause = last_move(saved)["cause"]
            assert _is_of_the_ledger_alone() or (cause and " or " not in cause), f"why from {before} to {run.state}?"
        return saved

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RunStore, "insert", checked_insert)
        patch.setattr(RunStore, "save", checked_save)
        yield


def _saved_state(run: Run) -> RunState | None:
    """The state that the run was last saved with; None where its history was not kept."""
    return run.state_history[-1][0] if run.state_history else None


def _is_of_the_ledger_alone() -> bool:
    """The ledger's own tests store runs in any state; no flow moves them."""
    return os.environ.get("PYTEST_CURRENT_TEST", "").startswith("tests/adapters/")
