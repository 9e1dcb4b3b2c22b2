"""The window: how many of a run's rows are planned or applied at once, and how many have left the stage.

A stage takes rows up in the order of their numbers, up to the run's cursor. So only shards up to the cursor that still
have rows in the stage are counted again; the cost depends on the window, not on the size of the run.
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
"""The pause between counts, the most counts, and how many are made however slowly rows leave the
stage, because Graph answers by then."""

TakeUp = Callable[[Run, int], Awaitable[tuple[Run, bool]]]
"""Takes up rows, of which at most the given number stay in the stage; returns the run with its new cursor, and whether
more could follow now."""


@dataclass(frozen=True, slots=True)
class Progress:
    """`run` has the fresh counts; `in_flight` rows were taken up and have not left the stage."""

    run: Run
    in_flight: int

    @property
    def all_taken_up(self) -> bool:
        return self.run.cursor >= self.run.last_row

    @property
    def is_complete(self) -> bool:
        return self.in_flight == 0 and self.all_taken_up


@dataclass(frozen=True, slots=True)
class Window:
    """At most `size` rows are in the stage at once: taken up, and in one of the `open_states`."""

    rows: RowStore
    clock: Clock
    size: int
    open_states: frozenset[RowState]

    async def advance(self, run: Run, *, take_up: TakeUp, when_complete: Stage) -> Advanced:
        """Fill the window, or end the stage when no row is left in it."""
        progress = await self.progress(run)
        if progress.is_complete:
            return await when_complete(progress.run)
        room = self.size - progress.in_flight
        if room <= 0 or progress.all_taken_up:
            return Advanced(progress.run)
        filled, may_go_on = await take_up(progress.run, room)
        return Advanced(filled, at_once=may_go_on and progress.in_flight <= self.size // 2)

    async def progress(self, run: Run) -> Progress:
        """How far the stage is, after a wait of up to five seconds.

        It waits until no row is in flight or, when more rows are to be taken up, until half the window is free, because
        another step would cost more requests. If rows leave slowly, it ends earlier, but not before the first counts.
        """
        first = progress = await self._count(run)
        enough = 0 if first.all_taken_up else self.size // 2
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
            if _is_taken_up(shard, run) and not self._open_in(counts):
                closed_shards[shard] = counts
            else:
                fresh.append(counts)
        in_flight = sum(self._open_in(counts) for counts in fresh)
        taken_up = add_counts([*closed_shards.values(), *fresh])
        return Progress(
            replace(run, closed_shards=closed_shards).in_attempt(counts=self._with_rest(taken_up, run)), in_flight
        )

    def _open_in(self, counts: RowCounts) -> int:
        return sum(counts.get(state, 0) for state in self.open_states)

    def _with_rest(self, taken_up: RowCounts, run: Run) -> RowCounts:
        """The counts with the rows after the cursor, which are not read yet and so count in the first state."""
        rest = run.total - sum(taken_up.values())
        first = RowState.QUEUED if RowState.QUEUED in self.open_states else RowState.PLANNED
        return add_counts([taken_up, {first: rest}]) if rest else taken_up


def _is_taken_up(shard: int, run: Run) -> bool:
    return run.cursor >= min(run.last_row, (shard + 1) * ROWS_PER_SHARD - 1)
