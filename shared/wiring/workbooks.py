"""Opens exports and writes workbooks with the settings of this app.

The workbook adapter is imported when a file is first opened or written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from shared.clients import Clients
from shared.core.export.columns import columns_of_slots
from shared.core.export.header import HeaderRules
from shared.core.record.drift import DriftReport
from shared.core.report.drift_pages import drift_pages
from shared.core.report.page import Page
from shared.core.report.plan_pages import plan_pages
from shared.core.report.readiness_pages import readiness_pages
from shared.core.report.readiness_report import ReadinessPoint, ReadinessReport
from shared.core.report.result_pages import PeopleCounts, outcome_pages, refused_page, summary_page
from shared.core.report.template_pages import FormRules
from shared.core.report.texts import Language, Texts, offered, texts_in
from shared.core.run.documents import RowReport
from shared.core.run.erasure import Sought
from shared.core.run.returned import ResultMark
from shared.core.run.run import Run
from shared.core.values.cell import Cell
from shared.core.values.states import Source

if TYPE_CHECKING:
    from shared.adapters.workbook.reading.limits import FileLimits
    from shared.adapters.workbook.reading.opened_export import ExportFile


class Workbooks:
    """One per process."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def template(self, language: Language | None = None) -> bytes:
        """An empty form for HR, as .xlsx; in `language`, else in that of the settings, else in English."""
        from shared.adapters.workbook.writing.template import write_template

        settings = self._clients.settings
        rules = FormRules(settings.default_region, settings.uses_email_methods())
        return write_template(rules, texts_in(language or settings.report_language or Language.ENGLISH))

    def open_export(self, data: bytes, name: str) -> ExportFile:
        settings = self._clients.settings
        return self._open(data, name, settings.columns_by_header(), settings.table_name)

    def open_own_export(self, data: bytes, name: str) -> ExportFile:
        """Open an export that this app wrote; the settings for HR's files do not apply to its columns."""
        return self._open(data, name, {}, "")

    def write_result(
        self,
        data: bytes,
        run: Run,
        reports: Mapping[int, RowReport],
        corrections: Mapping[int, Mapping[int, Cell]],
        values_only: bool,  # noqa: FBT001 - as the reports call it
    ) -> bytes:
        from shared.adapters.workbook.writing.result import write_result

        open_export = self.open_own_export if run.source is Source.DIRECTORY else self.open_export
        export, texts = open_export(data, run.name), self._texts(run)
        counts = PeopleCounts.of(reports, texts)
        return write_result(
            data,
            run.name,
            (export.as_one_list() if run.places.sheets else export).parts,
            reports,
            summary=summary_page(run, reports, counts, texts),
            people_with_work=counts.work,
            texts=texts,
            key=run.mapping.key.index if run.mapping and run.mapping.key else None,
            slots=columns_of_slots(run.mapping) if run.mapping else {},
            is_preview=run.options.preview,
            mark=str(ResultMark.of(run)),
            corrections=corrections,
            full_rows=0 if values_only else self._clients.settings.result_full_rows,
            limits=self._limits(),
        )

    def write_outcomes(self, run: Run, reports: Mapping[int, RowReport]) -> bytes:
        """The workbook of a run without a file, or of an export that cannot be written again."""
        return _written(outcome_pages(run, reports, self._texts(run)))

    def write_plan(self, run: Run, reports: Mapping[int, RowReport]) -> bytes:
        return _written(plan_pages(run, reports, self._clients.settings.safety_limits(), self._texts(run)))

    def write_drift(self, run: Run, found: Sequence[DriftReport]) -> bytes:
        return _written(drift_pages(run, found, self._texts(run)))

    def write_readiness(self, run: Run, report: ReadinessReport, history: Sequence[ReadinessPoint]) -> bytes:
        return _written(readiness_pages(run, report, history, self._texts(run)))

    def write_refused(self, run: Run) -> bytes:
        """The workbook that is returned for a file that was refused as a whole; it has no cell of the file."""
        return _written((refused_page(run, self._texts(run)),))

    def mentions(self, data: bytes, sought: Sought) -> bool | None:
        """Whether a file names the person; None = it cannot be searched."""
        from shared.adapters.workbook.reading.mentions import mentions

        return mentions(data, sought, self._limits())

    def _texts(self, run: Run) -> Texts:
        """The texts in the language of the settings, else in that of the export's headings, else in English."""
        language = self._clients.settings.report_language
        return texts_in(language or offered(run.mapping.language if run.mapping else ""))

    def _open(self, data: bytes, name: str, column_map: Mapping[str, str], table: str) -> ExportFile:
        from shared.adapters.workbook.reading.export import open_export

        headers = HeaderRules(column_map, email_methods=self._clients.settings.uses_email_methods())
        return open_export(data, name, headers=headers, limits=self._limits(), table_name=table or None)

    def _limits(self) -> FileLimits:
        from shared.adapters.workbook.reading.limits import FileLimits

        settings = self._clients.settings
        return FileLimits(
            max_file_bytes=settings.max_file_bytes,
            max_unpacked_bytes=settings.max_unpacked_bytes,
            max_ratio=settings.max_ratio,
            max_rows=settings.max_rows,
            max_columns=settings.max_columns,
            max_cell_characters=settings.max_cell_characters,
        )


def _written(pages: Iterable[Page]) -> bytes:
    from shared.adapters.workbook.writing.pages import write_pages

    return write_pages(pages)
