"""The window: how many of a run's rows are planned or applied at once, and how many have left the stage.

Used by the planning and applying stages. Rows are enqueued by ascending number up to the run's cursor, so only shards
up to the cursor that still have open rows are read again; the cost depends on the window, not on the size of the run.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from shared.adapters.ledger.rows import RowStore
from shared.core.run.attempts import RowCounts, add_counts
from shared.core.run.run import ROWS_PER_SHARD, Run, shard_of
from shared.core.values.clock import Clock
from shared.core.values.states import RowState
from shared.flows.pipeline.advance import Advanced, Stage

_SECONDS_BETWEEN_COUNTS, _COUNTS, _COUNTS_BEFORE_PACE = 0.25, 20, 6
"""The pause between counts, the most counts, and the counts before the pace is measured: Graph answers by then."""

Enqueue = Callable[[Run, int], Awaitable[tuple[Run, bool]]]
"""Enqueues up to the given number of rows; returns the run with its new cursor, and whether more could follow now."""


@dataclass(frozen=True, slots=True)
class Progress:
    """`run` carries the fresh counts; `in_flight` rows were enqueued and have not left the stage."""

    run: Run
    in_flight: int

    @property
    def all_enqueued(self) -> bool:
        return self.run.cursor >= self.run.last_row

    @property
    def is_complete(self) -> bool:
        return self.in_flight == 0 and self.all_enqueued


@dataclass(frozen=True, slots=True)
class Window:
    """`size` rows at most are worked on, or wait for that; a row in one of the `open_states` has not left the stage."""

    rows: RowStore
    clock: Clock
    size: int
    open_states: frozenset[RowState]

    async def advance(self, run: Run, *, enqueue: Enqueue, when_complete: Stage) -> Advanced:
        """Fill the window, or end the stage when no row is left in it."""
        progress = await self.progress(run)
        if progress.is_complete:
            return await when_complete(progress.run)
        room = self.size - progress.in_flight
        if room <= 0 or progress.all_enqueued:
            return Advanced(progress.run)
        filled, may_go_on = await enqueue(progress.run, room)
        return Advanced(filled, at_once=may_go_on and progress.in_flight <= self.size // 2)

    async def progress(self, run: Run) -> Progress:
        """How far the stage is. Waits up to five seconds while rows leave the stage fast.

        It waits until no row is in flight or, when more rows are to be enqueued, until half the window is free: a later
        step would cost more requests.
        """
        first = progress = await self._count(run)
        enough = 0 if first.all_enqueued else self.size // 2
        for counts in range(_COUNTS):
            through, left = first.in_flight - progress.in_flight, _COUNTS - counts
            is_slow = counts >= _COUNTS_BEFORE_PACE and through * left < progress.in_flight * counts
            if progress.in_flight <= enough or is_slow:
                break
            await self.clock.sleep(_SECONDS_BETWEEN_COUNTS)
            progress = await self._count(progress.run)
        return progress

    async def _count(self, run: Run) -> Progress:
        closed_shards = dict(run.closed_shards)
        fresh: list[RowCounts] = []
        for shard in run.shards():
            if shard in closed_shards or shard > shard_of(run.cursor):
                continue
            counts = await self.rows.count(run.id, shard, last=run.cursor)
            if _is_enqueued(shard, run) and not self._open_in(counts):
                closed_shards[shard] = counts
            else:
                fresh.append(counts)
        in_flight = sum(self._open_in(counts) for counts in fresh)
        enqueued = add_counts([*closed_shards.values(), *fresh])
        return Progress(
            replace(run, closed_shards=closed_shards).in_attempt(counts=self._with_rest(enqueued, run)), in_flight
        )

    def _open_in(self, counts: RowCounts) -> int:
        return sum(counts.get(state, 0) for state in self.open_states)

    def _with_rest(self, enqueued: RowCounts, run: Run) -> RowCounts:
        """The counts, with the rows after the cursor. These are not read yet, so they count in the first state."""
        rest = run.total - sum(enqueued.values())
        first = RowState.QUEUED if RowState.QUEUED in self.open_states else RowState.PLANNED
        return add_counts([enqueued, {first: rest}]) if rest else enqueued


def _is_enqueued(shard: int, run: Run) -> bool:
    return run.cursor >= min(run.last_row, (shard + 1) * ROWS_PER_SHARD - 1)
