"""Builds the parts that differ by the source of a run: the reading of its rows, its reports, and what starts it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cached_property

from shared.clients import Clients
from shared.core.export.directory_source import DirectorySource
from shared.core.export.options import RunOptions
from shared.core.record.drift import LeaverRules
from shared.core.values.states import Source
from shared.flows.intake.corrected_result import CorrectedResult
from shared.flows.intake.known_layouts import KnownLayouts, RememberLayout
from shared.flows.intake.read_export import ReadExport
from shared.flows.intake.upload import ReadCopy
from shared.flows.pipeline.advance import SourceHooks
from shared.flows.pipeline.readiness_reports import ReadinessReports
from shared.flows.pipeline.reports import DriftReports, ExportReports
from shared.flows.pipeline.returns import Returns
from shared.flows.pipeline.run_quotas import RunQuotas
from shared.flows.scheduled.cleanup import CleanUp, CleanUpReading
from shared.flows.scheduled.directory import DirectoryReading, RememberDeltaRound
from shared.flows.scheduled.known_people import MethodsOfMany
from shared.flows.scheduled.leavers import Leavers, RememberFullExport
from shared.flows.scheduled.one_run_per_source import OneRunPerSource, ScheduledStart
from shared.flows.scheduled.questions import Answers, AskQuestions
from shared.flows.scheduled.readiness import ReadinessReading
from shared.flows.scheduled.reconcile import ReconcileReading
from shared.flows.scheduled.undo import EarlierValues, Undo, UndoReading
from shared.wiring.person import PersonParts
from shared.wiring.workbooks import Workbooks


class SourceParts:
    """One per process. Each part is built on first use."""

    def __init__(self, clients: Clients, person: PersonParts, workbooks: Workbooks) -> None:
        self._clients = clients
        self._person = person
        self._workbooks = workbooks

    @cached_property
    def hooks(self) -> dict[Source, SourceHooks]:
        """By source; a call has none, because it does not advance by steps."""
        clients, exports, drift = self._clients, self.export_reports, self.drift_reports
        full_export = RememberFullExport(
            clients.runs, clients.rows, clients.results, clients.clock, clients.settings.safety_limits()
        )
        delta_round = RememberDeltaRound(clients.runs, self.directory_source)
        read_copy = ReadCopy(clients.results, self.read_export)
        layout = RememberLayout(clients.layouts, clients.clock)
        quotas = self.quotas.correct
        asks = AskQuestions(clients.runs, clients.rows, self.one_run_per_source)
        of_files = SourceHooks(exports, read=read_copy, when_complete=(asks,), when_over=(quotas, full_export, layout))
        directory_reading = self._directory_reading()
        return {
            Source.BLOB: of_files,
            Source.UPLOAD: of_files,
            Source.RECONCILE: SourceHooks(
                drift, read=self._reconcile_reading(), when_complete=(asks,), when_over=(quotas,)
            ),
            Source.READINESS: SourceHooks(self.readiness_reports, read=self._readiness_reading()),
            Source.LEAVERS: SourceHooks(drift, when_complete=(asks,), when_over=(quotas,)),
            Source.QUESTIONS: SourceHooks(exports, when_over=(quotas,)),
            Source.UNDO: SourceHooks(
                exports, read=UndoReading(clients.runs, clients.rows, self._earlier_values), when_over=(quotas,)
            ),
            Source.CLEANUP: SourceHooks(
                exports,
                read=CleanUpReading(self.readiness_reports, clients.people, clients.rows),
                when_over=(quotas,),
            ),
            Source.DIRECTORY: SourceHooks(
                exports, read=directory_reading, when_complete=(asks,), when_over=(quotas, delta_round)
            ),
        }

    @cached_property
    def read_export(self) -> ReadExport:
        """The reader of HR's files, for dropped exports and for uploads."""
        clients = self._clients
        return ReadExport(
            quarantine=clients.quarantine,
            journal=self._person.journal,
            returns=self.returns,
            corrected=CorrectedResult(clients.runs, clients.rows, self.returns, self._workbooks.open_export),
            runs=clients.runs,
            rows=clients.rows,
            layouts=KnownLayouts(
                clients.layouts,
                clients.settings.layouts,
                clients.settings.default_region or None,
                clients.settings.uses_email_methods(),
                clients.clock,
            ),
            open_export=self._workbooks.open_export,
            date_pattern=clients.settings.export_date_pattern,
            value_key=clients.value_key,
            clock=clients.clock,
        )

    @cached_property
    def export_reports(self) -> ExportReports:
        clients = self._clients
        books = self._workbooks
        return ExportReports(
            rows=clients.rows,
            results=clients.results,
            returns=self.returns,
            write_workbook=books.write_result,
            write_outcomes=books.write_outcomes,
            write_plan=books.write_plan,
            clock=clients.clock,
            versions=clients.versions,
        )

    @cached_property
    def drift_reports(self) -> DriftReports:
        clients = self._clients
        return DriftReports(self.export_reports, clients.results, self._workbooks.write_drift)

    @cached_property
    def readiness_reports(self) -> ReadinessReports:
        settings = self._clients.settings
        return ReadinessReports(
            self.export_reports,
            self._clients.results,
            self._workbooks.write_readiness,
            settings.delivery(),
            settings.sspr_methods_required,
        )

    @cached_property
    def returns(self) -> Returns:
        return Returns(self._clients.returns, self._clients.results, self._workbooks.write_refused)

    @cached_property
    def quotas(self) -> RunQuotas:
        clients = self._clients
        return RunQuotas(clients.quotas, clients.rows, clients.clock, clients.settings.safety_limits())

    @cached_property
    def one_run_per_source(self) -> OneRunPerSource:
        return OneRunPerSource(self._clients.runs, self._clients.steps, self._clients.clock)

    def new_start(self, source: Source) -> ScheduledStart:
        return ScheduledStart(source, self.one_run_per_source, self.options_of_scheduled_runs)

    @cached_property
    def options_of_scheduled_runs(self) -> RunOptions:
        """The options of runs that no file starts: such a run is no full export, even with EXPORT_SCOPE `full`."""
        return replace(self._clients.settings.run_options(), full=False)

    @cached_property
    def directory_source(self) -> DirectorySource:
        return DirectorySource.parse(self._clients.settings.directory_source)

    @cached_property
    def undo(self) -> Undo:
        return Undo(self._clients.runs, self._earlier_values, self.one_run_per_source, self.options_of_scheduled_runs)

    @cached_property
    def _earlier_values(self) -> EarlierValues:
        return EarlierValues(self._clients.results)

    @cached_property
    def answer_questions(self) -> Answers:
        clients = self._clients
        return Answers(
            clients.runs,
            clients.rows,
            clients.people,
            clients.clock,
            clients.steps,
            second_person=clients.settings.require_second_person,
            write_plan=self.export_reports.plan,
            journal=self._person.journal,
        )

    @cached_property
    def clean_up(self) -> CleanUp:
        clients, settings = self._clients, self._clients.settings
        return CleanUp(
            self.one_run_per_source,
            self.readiness_reports,
            clients.graph,
            self.options_of_scheduled_runs,
            allow_removals=settings.allow_removals,
            reads_lists=settings.offered.method_lists,
            removes_any=settings.cleanup_scope == "any",
        )

    def _reconcile_reading(self) -> ReconcileReading:
        clients = self._clients
        return ReconcileReading(
            people=clients.people,
            rows=clients.rows,
            directory=clients.graph,
            disabled_accounts=clients.graph.disabled_accounts,
            methods_of=self._methods_of_many,
            results=clients.results,
            findings=self.drift_reports,
            leavers=self._leavers(),
            clock=clients.clock,
            read_lag=timedelta(seconds=clients.settings.read_lag_seconds),
            repairs=clients.settings.reconcile_mode == "repair",
        )

    def _leavers(self) -> Leavers:
        clients, settings = self._clients, self._clients.settings
        rules = LeaverRules(
            removals=settings.allow_removals,
            disabled_for=timedelta(days=settings.leaver_days),
            forgotten_after=timedelta(days=settings.forget_days),
        )
        return Leavers(
            rules,
            clients.results,
            clients.rows,
            self.drift_reports,
            self.one_run_per_source,
            self.options_of_scheduled_runs,
        )

    @cached_property
    def _methods_of_many(self) -> MethodsOfMany:
        clients = self._clients
        return MethodsOfMany(clients.graph, clients.clock, clients.settings.uses_email_methods())

    def _readiness_reading(self) -> ReadinessReading:
        clients = self._clients
        return ReadinessReading(
            graph=clients.graph,
            people=clients.people,
            methods_of=self._methods_of_many,
            reports=self.readiness_reports,
            clock=clients.clock,
            reads_lists=clients.settings.offered.method_lists,
            reads_policy=clients.settings.offered.methods_policy,
        )

    def _directory_reading(self) -> DirectoryReading:
        clients = self._clients
        read_export = replace(self.read_export, open_export=self._workbooks.open_own_export)
        return DirectoryReading(clients.graph, self.directory_source, clients.results, read_export)
