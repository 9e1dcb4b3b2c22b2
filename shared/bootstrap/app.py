"""The verbs of one process, wired from its clients; called by the triggers and by the sandbox's commands.

Everything is built on first use and lives as long as the process, on the one event loop that the Functions worker
gives it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from shared.adapters.ledger.people import SLICES
from shared.adapters.ledger.runs_overview import RunsOverview
from shared.adapters.ledger.write_budget import WriteBudget
from shared.core.desired import WishRules
from shared.core.directory_source import DirectorySource
from shared.core.leavers import LeaverRules
from shared.core.permissions import Feature
from shared.core.run import RunOptions
from shared.core.states import Source
from shared.flows.apply import ApplyRow
from shared.flows.approval import Approval
from shared.flows.directory import Directory, DirectoryReading, KeepDeltaRound
from shared.flows.doctor import Doctor, Finding, GraphSide, StorageSide
from shared.flows.drift_reports import DriftReports
from shared.flows.finish import Finish
from shared.flows.gate import Gate
from shared.flows.leavers import KeepNamed, Leavers
from shared.flows.methods_of_many import MethodsOfMany
from shared.flows.number_holders import NumberHolders
from shared.flows.person_lock import PersonLock
from shared.flows.plan import PlanRow
from shared.flows.planning import Planning
from shared.flows.poison import BLOB_POISON, Poison, poison_of
from shared.flows.reading import Reading
from shared.flows.reconcile import Reconcile, ReconcileReading
from shared.flows.redrive import Redrive
from shared.flows.release import Release
from shared.flows.report import Reports, ReportsBySource
from shared.flows.retention import Keep, Retention
from shared.flows.single_run import SingleRuns
from shared.flows.single_user import SingleUser
from shared.flows.split import Split
from shared.flows.steps import MoveOn, Stage
from shared.flows.sweep import Sweep
from shared.flows.turns import Turns
from shared.flows.unread import Unread
from shared.flows.upload import ReadUpload, Upload
from shared.flows.wall import Pilot, Wall

if TYPE_CHECKING:
    from shared.adapters.graph.gateway import GraphGateway

from shared.bootstrap.clients import VERSION, Clients, complaints


class App(Clients):
    """The verbs."""

    @cached_property
    def split(self) -> Split:
        return Split(
            exports=self.exports,
            container=self.settings.exports_container,
            results=self.results,
            runs=self.runs,
            steps=self._steps,
            events=self._events,
            reading=self._reading,
            options=self.run_options,
            clock=self._clock,
        )

    @cached_property
    def upload(self) -> Upload:
        return Upload(self.results, self.runs, self._steps, self._clock)

    @cached_property
    def plan_row(self) -> PlanRow:
        return PlanRow(
            runs=self.runs,
            rows=self.rows,
            lock=self._lock,
            directory=self.graph,
            graph=self.graph,
            wall=self._wall,
            pilot=self._pilot,
            queue=self._storage.queue(self.settings.plan_queue),
            rules=self._wish_rules,
            look_up_again_seconds=self.settings.look_up_again_seconds,
        )

    @cached_property
    def apply_row(self) -> ApplyRow:
        return ApplyRow(
            runs=self.runs,
            rows=self.rows,
            lock=self._lock,
            graph=self.graph,
            wall=self._wall,
            pilot=self._pilot,
            queue=self._storage.queue(self.settings.apply_queue),
            clock=self._clock,
            holders=self.number_holders,
            settle_seconds=self.settings.settle_seconds,
            max_attempts=self.settings.max_attempts,
        )

    @cached_property
    def move_on(self) -> MoveOn:
        return MoveOn(
            runs=self.runs,
            queue=self._steps,
            events=self._events,
            clock=self._clock,
            reading={
                Source.HTTP: ReadUpload(self.results, self._reading),
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

    @cached_property
    def reconcile(self) -> Reconcile:
        return Reconcile(self._turns, self._own_options)

    @cached_property
    def directory(self) -> Directory:
        return Directory(self._turns, self.runs, self._directory_source, self._own_options)

    @cached_property
    def sweep(self) -> Sweep:
        queues = (self.settings.plan_queue, self.settings.apply_queue, self.settings.steps_queue)
        return Sweep(
            unread=self._unread,
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
    def _unread(self) -> Unread:
        return Unread(
            exports=self.exports,
            container=self.settings.exports_container,
            results=self.results,
            split=self.split,
            reading=self._reading,
            runs=self.runs,
            steps=self._steps,
            events=self._events,
            clock=self._clock,
        )

    @cached_property
    def _poison(self) -> Poison:
        return Poison(
            runs=self.runs,
            rows=self.rows,
            lock=self._lock,
            graph=self.graph,
            plan_queue=self._storage.queue(self.settings.plan_queue),
            apply_queue=self._storage.queue(self.settings.apply_queue),
        )

    @cached_property
    def single_user(self) -> SingleUser:
        from shared.adapters.graph import Priority

        urgent = self.graph.with_priority(Priority.HIGH)
        return SingleUser(
            records=SingleRuns(self.runs, self.rows, self._clock),
            directory=urgent,
            graph=urgent,
            lock=self._lock,
            wall=self._wall,
            clock=self._clock,
            holders=self.number_holders,
            settle_seconds=self.settings.settle_seconds,
            rules=WishRules(app_region=self.settings.default_region or None, offers=self._wish_rules.offers),
        )

    @cached_property
    def number_holders(self) -> NumberHolders:
        return NumberHolders(self.people, SLICES, self._clock)

    async def newest_drift(self) -> dict[str, Any] | None:
        """What the newest reconcile found, without numbers in clear; None = there was none yet."""
        return await self._drift_reports.newest()

    async def doctor(self) -> tuple[Finding, ...]:
        """Looks at everything anew: nothing that an earlier call has read is trusted."""
        return await Doctor(self._graph_side, self._storage_side, self._clock)()

    def template(self) -> bytes:
        """An empty form for HR, as .xlsx."""
        from shared.adapters.workbook import write_template

        return write_template()

    @cached_property
    def _lock(self) -> PersonLock:
        return PersonLock(self.people, self._clock)

    @cached_property
    def _wall(self) -> Wall:
        return self._new_wall(self.graph)

    @cached_property
    def _pilot(self) -> Pilot:
        return Pilot(self.graph, self._clock, self.settings.pilot_group_id)

    def _new_wall(self, directory: GraphGateway) -> Wall:
        return Wall(
            directory,
            self._clock,
            protect_admins=self.settings.protect_admins,
            protected_group_id=self.settings.protected_group_id,
            protected_ids=self.settings.protected_ids,
        )

    @cached_property
    def _wish_rules(self) -> WishRules:
        from shared.adapters.graph import CLOUDS

        return WishRules(
            app_region=self.settings.default_region or None,
            allow_removals=self.settings.allow_removals,
            sms_sign_in=self.settings.sms_sign_in,
            offers=CLOUDS[self.settings.graph_cloud].offers,
        )

    def _graph_side(self) -> GraphSide:
        from shared.adapters.graph import CLOUDS, Priority

        settings, urgent = self.settings, self.graph.with_priority(Priority.HIGH)
        switched_on = {
            Feature.ADMIN_WALL: settings.protect_admins,
            Feature.EMAIL: settings.uses_email_methods(),
            Feature.GROUPS: bool(settings.protected_group_id or settings.pilot_group_id),
        }
        return GraphSide(
            graph=urgent,
            wall=self._new_wall(urgent),
            features=frozenset({Feature.CORE, *(feature for feature, on in switched_on.items() if on)}),
            narrow_permissions=CLOUDS[settings.graph_cloud].narrow_permissions,
        )

    def _storage_side(self) -> StorageSide:
        with complaints():
            return StorageSide(
                tables=[self._storage.table(name) for name in self._tables()],
                queues=[self._storage.queue(name) for name in self._queues()],
                containers=[self._storage.container(name) for name in self._containers()],
                runs=RunsOverview(self.runs),
            )

    def _planning(self) -> Planning:
        gate = Gate(
            runs=self.runs,
            rows=self.rows,
            clock=self._clock,
            limits=self.settings.gate_limits(),
            max_same_mobile=self.settings.max_same_mobile,
            held_days=self.settings.held_days,
            reports=self._reports,
        )
        plan_queue = self._storage.queue(self.settings.plan_queue)
        return Planning(self.rows, plan_queue, self.settings.plan_window, gate)

    def _release(self) -> Release:
        return Release(
            rows=self.rows,
            people=self.people,
            queue=self._storage.queue(self.settings.apply_queue),
            budget=WriteBudget(self._storage.table(self.settings.runs_table)),
            clock=self._clock,
            window=self.settings.apply_window,
        )

    @property
    def _own_options(self) -> RunOptions:
        """Of runs that nobody dropped: none of them is a full export, whatever HR's are."""
        return replace(self.run_options, full=False)

    @cached_property
    def _turns(self) -> Turns:
        return Turns(self.runs, self._steps, self._clock)

    @cached_property
    def _directory_source(self) -> DirectorySource:
        return DirectorySource.parse(self.settings.directory_source)

    def _directory_reading(self) -> DirectoryReading:
        reading = replace(self._reading, open_export=self._open_our_export)
        return DirectoryReading(self.graph, self._directory_source, self.results, reading)

    def _retention(self) -> Retention:
        settings = self.settings
        keep = Keep(
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

    def _closing(self) -> Stage:
        finish = Finish(self.runs, self.rows, self._reports)
        named = KeepNamed(finish, self.rows, self.results)
        return KeepDeltaRound(named, self.runs, self._directory_source)

    def _leavers(self) -> Leavers:
        rules = LeaverRules(
            removals=self.settings.allow_removals,
            disabled_for=timedelta(days=self.settings.leaver_days),
            forgotten_after=timedelta(days=self.settings.forget_days),
        )
        return Leavers(rules, self.results, self.rows, self._drift_reports, self._turns, self._own_options)

    def _reconcile_reading(self) -> ReconcileReading:
        return ReconcileReading(
            people=self.people,
            rows=self.rows,
            directory=self.graph,
            methods_of=MethodsOfMany(self.graph, self._clock),
            results=self.results,
            findings=self._drift_reports,
            leavers=self._leavers(),
            clock=self._clock,
            repairs=self.settings.reconcile_mode == "repair",
        )

    @cached_property
    def _reports(self) -> ReportsBySource:
        return ReportsBySource(
            self._usual_reports, dict.fromkeys((Source.RECONCILE, Source.LEAVERS), self._drift_reports)
        )

    @cached_property
    def _usual_reports(self) -> Reports:
        return Reports(self.rows, self.results, self._write_workbook, self._clock, self._versions)

    @cached_property
    def _versions(self) -> dict[str, str]:
        """Of the app and of Graph's API, which is the last part of its address."""
        return {"app": VERSION, "graph": (self.settings.graph_base_url or "v1.0").rstrip("/").rpartition("/")[2]}

    @cached_property
    def _drift_reports(self) -> DriftReports:
        return DriftReports(self._usual_reports, self.rows, self.results, self._write_drift)

    @cached_property
    def _reading(self) -> Reading:
        return Reading(
            quarantine=self._storage.container(self.settings.quarantine_container),
            runs=self.runs,
            rows=self.rows,
            open_export=self._open_export,
            clock=self._clock,
        )

    @cached_property
    def run_options(self) -> RunOptions:
        """What the settings say for every run."""
        return RunOptions(
            full=self.settings.export_scope == "full",
            approval=self.settings.approval,
            on_existing=self.settings.on_existing,
            default_phone_type=self.settings.default_phone_type,
        )
