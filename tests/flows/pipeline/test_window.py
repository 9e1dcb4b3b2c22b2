"""How far a stage has come, how long a step waits for rows in flight, and how many rows it takes up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from shared.adapters.ledger.rows import RowStore
from shared.core.export.options import RunOptions
from shared.core.run.row import Outcome, Row
from shared.core.run.run import Run
from shared.core.values.states import RowState, Source
from shared.flows.pipeline.advance import Advanced
from shared.flows.pipeline.window import Progress, Window
from shared.flows.scheduled.one_run_per_source import run_to_read
from testing.doubles import MemoryStorage
from testing.virtual_time import START, VirtualClock

ROWS = 100


@dataclass
class Stage(VirtualClock):
    """A clock with which rows leave the stage: `pace` of them in each second, from `after` seconds on."""

    pace: float
    after: float = 0.0

    def __post_init__(self) -> None:
        super().__init__()
        self.rows = RowStore(MemoryStorage(self.now).table("Rows"))
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
async def test_a_step_waits_while_rows_leave_fast(pace: float, after: float, seconds: float, left: int) -> None:
    """It waits at most five seconds, and leaves early when these would not be enough."""
    stage = Stage(pace, after)
    progress = await stage.progress()
    assert (seconds, left, left == 0) == (stage.seconds, progress.in_flight, progress.is_complete)
    assert left == progress.run.counts.get(RowState.QUEUED, 0)


async def test_a_step_waits_five_seconds_at_most() -> None:
    """At this pace a few rows are still in flight by then."""
    stage = Stage(pace=19.9)
    progress = await stage.progress()
    assert timedelta(seconds=5) >= stage.now() - START
    assert not progress.is_complete


async def test_a_step_waits_until_half_the_window_is_free() -> None:
    """More rows are to be taken up, and the queue must not run empty."""
    stage = Stage(pace=40)
    progress = await stage.progress(replace(stage.run, cursor=60), window=60)
    assert (0.75, 30) == (stage.seconds, progress.in_flight)
    assert not progress.all_taken_up


async def test_a_step_does_not_wait_without_rows_in_flight() -> None:
    """No row is taken up yet."""
    stage = Stage(pace=0)
    assert 0 == (await stage.progress(replace(stage.run, cursor=0))).in_flight
    assert 0 == stage.seconds


@pytest.mark.parametrize(("window", "cursor", "room"), [(40, 0, 40), (40, 10, 30), (10, 10, None), (200, ROWS, None)])
async def test_the_window_is_filled_up(window: int, cursor: int, room: int | None) -> None:
    """A stage takes up as many rows as the window has room for, and none when it is full or no row is left."""
    stage, asked = Stage(pace=0), list[int]()

    async def take_up(run: Run, most: int) -> tuple[Run, bool]:
        asked.append(most)
        return replace(run, cursor=run.cursor + most), True

    async def complete(run: Run) -> Advanced:
        raise AssertionError(f"rows of {run.id} are still in flight")

    await stage.progress(replace(stage.run, cursor=cursor))
    await Window(stage.rows, stage, window, frozenset({RowState.QUEUED})).advance(
        stage.run, take_up=take_up, when_complete=complete
    )
    assert ([] if room is None else [room]) == asked
