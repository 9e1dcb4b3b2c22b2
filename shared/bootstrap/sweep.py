"""The sweep: exports left unread, runs that stand still, messages given up, what is to be purged.

Called by a timer and over HTTP.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property

from shared.bootstrap.runs import Runs
from shared.flows.intake.lost_exports import LostExports
from shared.flows.upkeep.poison import BLOB_POISON, PoisonMessages, poison_of
from shared.flows.upkeep.retention import Retention, RetentionPeriods
from shared.flows.upkeep.sweep import Sweep


class Sweeping(Runs):
    """The verb that tidies up behind runs."""

    @cached_property
    def sweep(self) -> Sweep:
        queues = (self.settings.plan_queue, self.settings.apply_queue, self.settings.steps_queue)
        return Sweep(
            lost_exports=self._lost_exports,
            runs=self.runs,
            rows=self.rows,
            steps=self._steps,
            events=self._events,
            poison=self._poison,
            poison_queues=tuple(self._storage.queue(name) for name in (*map(poison_of, queues), BLOB_POISON)),
            approval=self.approval,
            retention=self._retention(),
            clock=self._clock,
        )

    @cached_property
    def _lost_exports(self) -> LostExports:
        return LostExports(
            exports=self.exports,
            container=self.settings.exports_container,
            results=self.results,
            split=self.split,
            read_export=self._read_export,
            runs=self.runs,
            steps=self._steps,
            events=self._events,
            clock=self._clock,
        )

    @cached_property
    def _poison(self) -> PoisonMessages:
        return PoisonMessages(
            runs=self.runs,
            rows=self.rows,
            lock=self._lock,
            graph=self.graph,
            plan_queue=self._storage.queue(self.settings.plan_queue),
            apply_queue=self._storage.queue(self.settings.apply_queue),
        )

    def _retention(self) -> Retention:
        settings = self.settings
        keep = RetentionPeriods(
            exports=timedelta(days=settings.keep_exports_days),
            quarantine=timedelta(days=settings.keep_quarantine_days),
            results=timedelta(days=settings.keep_results_days),
            rows=timedelta(days=settings.keep_rows_days),
            runs=timedelta(days=settings.keep_runs_days),
        )
        return Retention(
            keep=keep,
            runs=self.runs,
            rows=self.rows,
            exports=self.exports,
            container=settings.exports_container,
            results=self.results,
            quarantine=self._storage.container(settings.quarantine_container),
            clock=self._clock,
        )
