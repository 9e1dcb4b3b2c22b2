"""The rows per minute that the page of a run shows while the run applies its plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.console.run import rows_a_minute
from shared.core.run.attempts import Attempt, Decision, DecisionKind
from shared.core.run.run import Run
from shared.core.values.states import RowState, RunState
from tests.adapters.workbook.results import RUN

_BEGAN = RUN.created_at
_NOW = _BEGAN + timedelta(minutes=10)
_FIRST = {RowState.CREATED: 700, RowState.UPDATED: 200, RowState.FAILED: 100}


def _applying(*attempts: Attempt) -> Run:
    return replace(RUN, state=RunState.APPLYING, state_history=((RunState.APPLYING, _BEGAN),), attempts=attempts)


def test_rows_of_the_first_attempt_count() -> None:
    assert 90 == rows_a_minute(_applying(Attempt("export", counts=_FIRST)), _NOW)


@pytest.mark.parametrize(
    ("counts", "rate"),
    [
        (_FIRST, None),
        ({RowState.CREATED: 700, RowState.UPDATED: 200, RowState.WRITING: 100}, None),
        ({RowState.CREATED: 760, RowState.UPDATED: 210, RowState.WRITING: 30}, 7),
        ({RowState.CREATED: 700, RowState.UPDATED: 200, RowState.REMOVED: 100}, 10),
    ],
)
def test_rows_of_earlier_attempts_do_not_count_in_a_redrive(counts: Mapping[RowState, int], rate: int | None) -> None:
    """A redrive begins with the counts of the attempt before; its rate is that of the rows it has done itself."""
    assert rate == rows_a_minute(_applying(Attempt("export", counts=_FIRST), Attempt("admin", counts=counts)), _NOW)


def test_only_a_run_that_applies_has_a_rate() -> None:
    assert rows_a_minute(replace(_applying(Attempt("export", counts=_FIRST)), state=RunState.FINISHED), _NOW) is None


def test_a_file_that_was_read_again_counts_from_its_start() -> None:
    mapped = Attempt("export", decisions=(Decision(DecisionKind.MAPPED, "admin", _BEGAN),), counts=_FIRST)
    assert 90 == rows_a_minute(_applying(mapped, Attempt("export", counts=_FIRST)), _NOW)
