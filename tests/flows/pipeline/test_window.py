"""How far a stage is, and how long a step stays to see it through."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from shared.adapters.ledger.rows import RowsLedger
from shared.core.export.options import RunOptions
from shared.core.run.row import Outcome, Row
from shared.core.run.run import Run
from shared.core.values.states import RowState, Source
from shared.flows.pipeline.window import Progress, Window
from shared.flows.scheduled.one_run_per_source import run_to_read
from testing.doubles import MemoryStorage
from testing.virtual_time import START, VirtualClock

ROWS = 100


@dataclass
class Stage(VirtualClock):
    """A clock with which rows come through: `pace` of them in each second, from `after` seconds on."""

    pace: float
    after: float = 0.0

    def __post_init__(self) -> None:
        super().__init__()
        self.rows = RowsLedger(MemoryStorage(self.now).table("Rows"))
        new = run_to_read(Source.BLOB, "export", RunOptions(), self.now())
        self.run = replace(new, total=ROWS, first_row=1, last_row=ROWS, cursor=ROWS)
        self.through = 0

    @property
    def seconds(self) -> float:
        return (self.now() - START).total_seconds()

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        reached = min(self.run.cursor, int(self.pace * max(0.0, self.seconds - self.after)))
        outcome = Outcome(RowState.UNCHANGED, "alreadySet")
        await self.rows.complete_many(self.run.id, dict.fromkeys(range(self.through + 1, reached + 1), outcome))
        self.through = reached

    async def progress(self, run: Run | None = None, window: int = 0) -> Progress:
        self.run = run or self.run
        await self.rows.insert_missing(
            self.run.id, [Row(self.run.id, number, RowState.QUEUED) for number in range(1, ROWS + 1)]
        )
        return await Window(self.rows, self, window, frozenset({RowState.QUEUED})).progress(self.run)


@pytest.mark.parametrize(
    ("pace", "after", "seconds", "left"),
    [
        (1_000, 0, 0.25, 0),
        (100, 0, 1.0, 0),
        (25, 0, 4.0, 0),
        (100, 0.75, 1.75, 0),  # the first answers of Graph take their time
        (15, 0, 1.5, 78),  # at this pace five seconds are not enough
        (0, 0, 1.5, 100),
        (100, 2, 1.5, 100),
    ],
)
async def test_a_step_stays_while_rows_come_through_fast(pace: float, after: float, seconds: float, left: int) -> None:
    stage = Stage(pace, after)
    progress = await stage.progress()
    assert (seconds, left, left == 0) == (stage.seconds, progress.in_flight, progress.is_complete)
    assert progress.run.counts.get(RowState.QUEUED, 0) == left


async def test_a_stage_that_slows_down_is_left() -> None:
    """After five seconds at the latest, whatever the pace was."""
    stage = Stage(pace=19.9)
    progress = await stage.progress()
    assert timedelta(seconds=5) >= stage.now() - START
    assert not progress.is_complete


async def test_with_more_to_hand_out_a_few_in_flight_are_enough() -> None:
    """The queue must not run dry."""
    stage = Stage(pace=40)
    progress = await stage.progress(replace(stage.run, cursor=60), window=60)
    assert (0.75, 30) == (stage.seconds, progress.in_flight)
    assert not progress.all_enqueued


async def test_nothing_in_flight_is_not_waited_for() -> None:
    stage = Stage(pace=0)
    assert 0 == (await stage.progress(replace(stage.run, cursor=0))).in_flight
    assert 0 == stage.seconds
