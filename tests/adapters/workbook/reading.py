"""How the tests open files: with the real header rules, and with a count of rows that shares no code with ours."""

from __future__ import annotations

from functools import partial

from shared.adapters.workbook import Export, Limits, open_export
from shared.core.columns import ColumnMap, explain_missing, recognise_header
from shared.core.phone import PhoneType

Rows = list[tuple[int, tuple[str, ...]]]


def opened(
    data: bytes, name: str = "export.xlsx", *, limits: Limits | None = None, table_name: str | None = None
) -> Export[ColumnMap]:
    """The export under the default settings."""
    return open_export(
        data,
        name,
        recognise=partial(recognise_header, column_map={}, default_phone_type=PhoneType.MOBILE),
        explain_missing=partial(explain_missing, column_map={}, default_phone_type=PhoneType.MOBILE),
        limits=limits or Limits(),
        table_name=table_name,
    )


def texts(export: Export[ColumnMap]) -> Rows:
    """All rows, complete, as texts."""
    return [(row, tuple(cell.text for cell in cells)) for row, cells in export.rows()]
