"""How far a run's stage is, at a cost that depends on what is in flight and not on the size of the run.

Used by the planning and applying steps: rows are handed out by ascending number up to the run's cursor, so only shards
up to the cursor that still have open rows are read again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from shared.core.run.run import ROWS_PER_SHARD, Counts, Run, add_counts, shard_of
from shared.core.values.clock import Clock
from shared.core.values.states import RowState
from shared.flows.ports import RowStore

_BETWEEN_LOOKS, _LOOKS, _BEFORE_JUDGING = 0.25, 20, 6
"""Seconds, looks at most, and looks until the pace is judged: by then the first answers of Graph are there."""


@dataclass(frozen=True, slots=True)
class Progress:
    """`run` carries the fresh counts; `in_flight` rows were handed out and are not through the stage."""

    run: Run
    in_flight: int

    @property
    def all_handed_out(self) -> bool:
        return self.run.cursor >= self.run.last_row

    @property
    def is_complete(self) -> bool:
        return self.in_flight == 0 and self.all_handed_out


async def watch(rows: RowStore, run: Run, waiting: Collection[RowState], clock: Clock, *, few: int) -> Progress:
    """As `survey`, but stays for up to five seconds while the rows in flight come through fast.

    Until all are through, or, where more are to be handed out, until `few` are left: another step would come later and
    cost more requests.
    """
    first = progress = await survey(rows, run, waiting)
    enough = 0 if first.all_handed_out else few
    for looks in range(_LOOKS):
        through, left = first.in_flight - progress.in_flight, _LOOKS - looks
        if progress.in_flight <= enough or (looks >= _BEFORE_JUDGING and through * left < progress.in_flight * looks):
            break
        await clock.sleep(_BETWEEN_LOOKS)
        progress = await survey(rows, progress.run, waiting)
    return progress


async def survey(rows: RowStore, run: Run, waiting: Collection[RowState]) -> Progress:
    """Count the rows handed out so far; rows in a `waiting` state are in flight."""
    closed_shards = dict(run.closed_shards)
    fresh: list[Counts] = []
    for shard in run.shards():
        if shard in closed_shards or shard > shard_of(run.cursor):
            continue
        counts = await rows.count(run.id, shard, last=run.cursor)
        if _is_handed_out(shard, run) and not _waiting_in(counts, waiting):
            closed_shards[shard] = counts
        else:
            fresh.append(counts)
    in_flight = sum(_waiting_in(counts, waiting) for counts in fresh)
    handed_out = add_counts([*closed_shards.values(), *fresh])
    return Progress(replace(run, closed_shards=closed_shards, counts=_with_rest(handed_out, run, waiting)), in_flight)


async def count_rows(rows: RowStore, run: Run) -> Counts:
    """Counts of the whole run, read from every shard."""
    return add_counts([await rows.count(run.id, shard, last=run.last_row) for shard in run.shards()])


def _is_handed_out(shard: int, run: Run) -> bool:
    return run.cursor >= min(run.last_row, (shard + 1) * ROWS_PER_SHARD - 1)


def _waiting_in(counts: Counts, waiting: Collection[RowState]) -> int:
    return sum(counts.get(state, 0) for state in waiting)


def _with_rest(handed_out: Counts, run: Run, waiting: Collection[RowState]) -> Counts:
    """Rows behind the cursor have not been looked at; they stand in the stage's first state until they are."""
    rest = run.total - sum(handed_out.values())
    first = RowState.QUEUED if RowState.QUEUED in waiting else RowState.PLANNED
    return add_counts([handed_out, {first: rest}]) if rest else handed_out
