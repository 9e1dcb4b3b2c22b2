"""How far a stage is, and whether the next look is due soon."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sandbox.doubles import MemoryStorage
from sandbox.in_memory import LeapingClock
from shared.adapters.ledger.rows import RowsLedger
from shared.core.row import Row
from shared.core.run import RunOptions
from shared.core.states import RowState, Source
from shared.flows.progress import survey
from shared.flows.turns import run_to_read

ROWS = 10


@pytest.mark.parametrize(
    ("cursor", "through", "before", "is_fast"),
    [
        (10, 0, 10, False),  # nothing has come through yet
        (10, 3, 10, False),  # seven are left and three came: the usual time will do
        (10, 4, 10, True),
        (10, 7, 3, False),  # the same three as at the last look
        (10, 8, 3, True),
        (10, 9, 3, True),
        (10, 10, 3, False),  # through; there is no next look
        (5, 4, 10, True),  # one of the five that were handed out is left: the queue runs dry
        (5, 1, 10, False),
    ],
)
async def test_a_look_is_due_soon_when_half_as_many_came_through_as_are_left(
    cursor: int, through: int, before: int, *, is_fast: bool
) -> None:
    """`before` rows were waiting at the last look, `through` of the `cursor` rows handed out have been planned."""
    clock = LeapingClock()
    rows = RowsLedger(MemoryStorage(clock.now).table("Rows"))
    run = run_to_read(Source.BLOB, "export", RunOptions(), clock.now())
    states = [RowState.PLANNED] * through + [RowState.QUEUED] * (ROWS - through)
    await rows.insert_missing(run.id, [Row(run.id, number, state) for number, state in enumerate(states, start=1)])
    looked_at = replace(run, total=ROWS, first_row=1, last_row=ROWS, cursor=cursor, counts={RowState.QUEUED: before})
    assert is_fast is (await survey(rows, looked_at, {RowState.QUEUED})).is_fast
