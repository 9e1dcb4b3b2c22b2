"""Exports as the app opens and understands them, for tests and benchmarks that have no run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from shared.adapters.workbook.reading.export import open_export
from shared.adapters.workbook.reading.limits import FileLimits
from shared.adapters.workbook.reading.opened_export import ExportFile
from shared.core.export.export_row import ExportRow
from shared.core.export.header import HeaderRules
from shared.core.export.map_columns import MappingRules
from shared.core.export.people_sheets import ONLY_SHEET
from shared.core.values.slot import PhoneType
from shared.flows.intake.sheets_of_people import ways_to_read
from shared.flows.intake.understand import Understand, Understood


def opened(
    data: bytes,
    name: str = "export.xlsx",
    *,
    limits: FileLimits | None = None,
    table_name: str | None = None,
    column_map: Mapping[str, str] | None = None,
) -> ExportFile:
    """The export under the default settings."""
    headers = HeaderRules(column_map or {})
    return open_export(data, name, headers=headers, limits=limits or FileLimits(), table_name=table_name)


def understood(export: ExportFile, default_phone_type: PhoneType = PhoneType.MOBILE) -> Understood:
    """The app's interpretation of the export as of today, without an approved layout."""
    understand = Understand(export, MappingRules(default_phone_type), datetime.now(UTC).date())
    return next(ways_to_read(export, understand, ONLY_SHEET)).understood


def rows_of(export: ExportFile) -> Iterator[ExportRow]:
    """The rows of the export, read under its mapping."""
    return iter(understood(export).rows)
