"""The runs that nobody dropped: reconcile, the leavers it finds, and the directory.

Timers and HTTP start them; the wiring of runs builds on it, because their first step reads what is here.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cached_property

from shared.bootstrap.documents import Documents
from shared.core.export.directory_source import DirectorySource
from shared.core.export.options import RunOptions
from shared.core.record.leavers import LeaverRules
from shared.flows.scheduled.directory import Directory, DirectoryReading
from shared.flows.scheduled.leavers import Leavers
from shared.flows.scheduled.methods_of_many import MethodsOfMany
from shared.flows.scheduled.one_run_per_source import OneRunPerSource
from shared.flows.scheduled.reconcile import Reconcile, ReconcileReading


class Schedules(Documents):
    """What starts by itself."""

    @cached_property
    def reconcile(self) -> Reconcile:
        return Reconcile(self._one_run_per_source, self._own_options)

    @cached_property
    def directory(self) -> Directory:
        return Directory(self._one_run_per_source, self.runs, self._directory_source, self._own_options)

    @cached_property
    def _one_run_per_source(self) -> OneRunPerSource:
        return OneRunPerSource(self.runs, self._steps, self._clock)

    @property
    def _own_options(self) -> RunOptions:
        """Of runs that nobody dropped: none of them is a full export, whatever HR's are."""
        return replace(self.run_options, full=False)

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

    def _leavers(self) -> Leavers:
        rules = LeaverRules(
            removals=self.settings.allow_removals,
            disabled_for=timedelta(days=self.settings.leaver_days),
            forgotten_after=timedelta(days=self.settings.forget_days),
        )
        return Leavers(rules, self.results, self.rows, self._drift_reports, self._one_run_per_source, self._own_options)

    @cached_property
    def _directory_source(self) -> DirectorySource:
        return DirectorySource.parse(self.settings.directory_source)

    def _directory_reading(self) -> DirectoryReading:
        read_export = replace(self._read_export, open_export=self._open_our_export)
        return DirectoryReading(self.graph, self._directory_source, self.results, read_export)
