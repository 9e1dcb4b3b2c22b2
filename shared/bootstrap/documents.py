"""What goes into a run and what comes out of it: exports read, workbooks and reports written.

The wiring of runs builds on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from shared.clients import VERSION, Clients
from shared.core.export.columns import ColumnMap, explain_missing, recognise_header
from shared.core.export.options import RunOptions
from shared.core.record.drift import DriftReport
from shared.core.run.report import Heading, RowReport, summary_of
from shared.core.run.run import Run
from shared.core.values.states import Source
from shared.flows.intake.read_export import ReadExport
from shared.flows.pipeline.reports import Reports, ReportsBySource
from shared.flows.scheduled.drift_reports import DriftReports

if TYPE_CHECKING:
    from shared.adapters.workbook import Export as WorkbookExport
    from shared.adapters.workbook import FileLimits


class Documents(Clients):
    """How runs read and write files."""

    @cached_property
    def run_options(self) -> RunOptions:
        """What the settings say for every run."""
        return RunOptions(
            full=self.settings.export_scope == "full",
            approval=self.settings.approval,
            on_existing=self.settings.on_existing,
            default_phone_type=self.settings.default_phone_type,
        )

    async def newest_drift(self) -> dict[str, Any] | None:
        """What the newest reconcile found, without numbers in clear; None = there was none yet."""
        return await self._drift_reports.newest()

    def template(self) -> bytes:
        """An empty form for HR, as .xlsx."""
        from shared.adapters.workbook import write_template

        return write_template()

    @cached_property
    def _read_export(self) -> ReadExport:
        return ReadExport(
            quarantine=self._storage.container(self.settings.quarantine_container),
            runs=self.runs,
            rows=self.rows,
            open_export=self._open_export,
            clock=self._clock,
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
    def _drift_reports(self) -> DriftReports:
        return DriftReports(self._usual_reports, self.rows, self.results, self._write_drift)

    @cached_property
    def _versions(self) -> dict[str, str]:
        """Of the app and of Graph's API, which is the last part of its address."""
        return {"app": VERSION, "graph": (self.settings.graph_base_url or "v1.0").rstrip("/").rpartition("/")[2]}

    def _open_export(self, data: bytes, name: str, options: RunOptions) -> WorkbookExport[ColumnMap]:
        return self._open(data, name, options, self.settings.columns_by_header(), self.settings.table_name)

    def _open_our_export(self, data: bytes, name: str, options: RunOptions) -> WorkbookExport[ColumnMap]:
        """One that this app wrote, to whose columns the settings for HR's files do not apply."""
        return self._open(data, name, options, {}, "")

    def _open(
        self, data: bytes, name: str, options: RunOptions, column_map: Mapping[str, str], table: str
    ) -> WorkbookExport[ColumnMap]:
        from shared.adapters.workbook import open_export

        headers: Any = {"column_map": column_map, "default_phone_type": options.default_phone_type}
        return open_export(
            data,
            name,
            recognise=partial(recognise_header, **headers),
            explain_missing=partial(explain_missing, **headers),
            limits=self._file_limits(),
            table_name=table or None,
        )

    def _write_workbook(self, data: bytes, run: Run, reports: Mapping[int, RowReport], heading: Heading) -> bytes:
        from shared.adapters.workbook import write_result

        open_export = self._open_our_export if run.source is Source.DIRECTORY else self._open_export
        return write_result(
            data,
            run.name,
            open_export(data, run.name, run.options),
            reports,
            heading=heading,
            summary=summary_of(run),
            full_rows=self.settings.result_full_rows,
            limits=self._file_limits(),
        )

    def _write_drift(self, reports: Iterable[DriftReport], summary: Sequence[tuple[str, str]]) -> bytes:
        from shared.adapters.workbook import write_drift

        return write_drift(reports, summary)

    def _file_limits(self) -> FileLimits:
        from shared.adapters.workbook import FileLimits

        return FileLimits(
            max_file_bytes=self.settings.max_file_bytes,
            max_unpacked_bytes=self.settings.max_unpacked_bytes,
            max_ratio=self.settings.max_ratio,
            max_rows=self.settings.max_rows,
            max_columns=self.settings.max_columns,
            max_cell_characters=self.settings.max_cell_characters,
        )
