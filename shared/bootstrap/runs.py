"""A run from its export to its result: split, plan, gate, release, apply, finish, and what people decide about it.

Called by the blob and queue triggers and by the routes of runs; the wiring of the sweep builds on it.
"""

from __future__ import annotations

from functools import cached_property

from shared.adapters.ledger.write_budget import WriteBudget
from shared.bootstrap.one_person import OnePerson
from shared.bootstrap.schedules import Schedules
from shared.core.values.states import Source
from shared.flows.intake.split import Split
from shared.flows.intake.upload import ReadUpload, Upload
from shared.flows.pipeline.advance import AdvanceRun, Stage
from shared.flows.pipeline.apply_row import ApplyRow
from shared.flows.pipeline.decisions import Approval
from shared.flows.pipeline.finish import Finish
from shared.flows.pipeline.gate import Gate
from shared.flows.pipeline.plan_row import PlanRow
from shared.flows.pipeline.planning import Planning
from shared.flows.pipeline.redrive import Redrive
from shared.flows.pipeline.release import Release
from shared.flows.pipeline.run_cache import RunCache
from shared.flows.scheduled.directory import KeepDeltaRound
from shared.flows.scheduled.leavers import KeepListedPeople


class Runs(Schedules, OnePerson):
    """The verbs of a run."""

    @cached_property
    def split(self) -> Split:
        return Split(
            exports=self.exports,
            container=self.settings.exports_container,
            results=self.results,
            runs=self.runs,
            steps=self._steps,
            events=self._events,
            read_export=self._read_export,
            options=self.run_options,
            clock=self._clock,
        )

    @cached_property
    def upload(self) -> Upload:
        return Upload(self.results, self.runs, self._steps, self._clock)

    @cached_property
    def plan_row(self) -> PlanRow:
        return PlanRow(
            runs=RunCache(self.runs, self._clock),
            rows=self.rows,
            lock=self._lock,
            directory=self.graph,
            graph=self.graph,
            protected_accounts=self._protected_accounts,
            pilot_group=self._pilot_group,
            queue=self._storage.queue(self.settings.plan_queue),
            clock=self._clock,
            rules=self._desired_value_rules,
            look_up_retry_seconds=self.settings.look_up_retry_seconds,
        )

    @cached_property
    def apply_row(self) -> ApplyRow:
        return ApplyRow(
            runs=self.runs,
            rows=self.rows,
            lock=self._lock,
            graph=self.graph,
            protected_accounts=self._protected_accounts,
            pilot_group=self._pilot_group,
            queue=self._storage.queue(self.settings.apply_queue),
            clock=self._clock,
            holders=self.number_holders,
            resolve_seconds=self.settings.resolve_seconds,
            max_failures=self.settings.max_failures,
        )

    @cached_property
    def advance_run(self) -> AdvanceRun:
        return AdvanceRun(
            runs=self.runs,
            queue=self._steps,
            events=self._events,
            clock=self._clock,
            reading={
                Source.HTTP: ReadUpload(self.results, self._read_export),
                Source.RECONCILE: self._reconcile_reading(),
                Source.DIRECTORY: self._directory_reading(),
            },
            planning=self._planning(),
            applying=self._release(),
            closing=self._closing(),
        )

    @cached_property
    def approval(self) -> Approval:
        return Approval(self.runs, self._steps, self._clock, self.settings.require_second_person)

    @cached_property
    def redrive(self) -> Redrive:
        return Redrive(self.runs, self.rows, self._steps, self._clock)

    def _planning(self) -> Planning:
        gate = Gate(
            runs=self.runs,
            rows=self.rows,
            clock=self._clock,
            limits=self.settings.safety_limits(),
            max_same_mobile=self.settings.max_same_mobile,
            held_days=self.settings.held_days,
            reports=self._reports,
        )
        plan_queue = self._storage.queue(self.settings.plan_queue)
        return Planning(self.rows, plan_queue, self._clock, self.settings.plan_window, gate)

    def _release(self) -> Release:
        return Release(
            rows=self.rows,
            people=self.people,
            queue=self._storage.queue(self.settings.apply_queue),
            budget=WriteBudget(self._storage.table(self.settings.runs_table)),
            clock=self._clock,
            window=self.settings.apply_window,
        )

    def _closing(self) -> Stage:
        finish = Finish(self.runs, self.rows, self._reports)
        listed = KeepListedPeople(finish, self.rows, self.results)
        return KeepDeltaRound(listed, self.runs, self._directory_source)
