"""Columns that several pages have: the key, the person, and the place of a row.

`KeyColumn` and `NameColumn` are left out where they would be empty, the sheet where only one was read.
"""

from __future__ import annotations

from collections.abc import Iterable

from shared.core.export.places import Places
from shared.core.report.page import Column, Kind
from shared.core.report.texts import Texts
from shared.core.run.documents import RowReport
from shared.core.run.run import Run


def person_columns(texts: Texts) -> tuple[Column, ...]:
    return (
        Column(texts.heading("name"), 28, Kind.SENTENCE),
        Column(texts.heading("signIn"), 36, Kind.SENTENCE),
    )


def person_of(report: RowReport) -> tuple[str, str]:
    """The content of `person_columns`."""
    return report.display_name, report.user_principal_name


class KeyColumn:
    """The key in the file, under its own heading if the file has one."""

    def __init__(self, run: Run, reports: Iterable[RowReport], texts: Texts) -> None:
        key = run.mapping.key if run.mapping else None
        own = key.heading if key else ""
        has_any = any(report.key for report in reports)
        self.columns = (Column(own or texts.heading("key"), 28, Kind.SENTENCE),) if has_any else ()

    def of(self, report: RowReport) -> tuple[str, ...]:
        return (report.key,) if self.columns else ()


class NameColumn:
    """The person's name and user principal name in the directory, in one column."""

    def __init__(self, reports: Iterable[RowReport], texts: Texts) -> None:
        is_known = any(report.display_name or report.user_principal_name for report in reports)
        self.columns = (Column(texts.heading("name"), 30, Kind.SENTENCE),) if is_known else ()

    def of(self, report: RowReport) -> tuple[str, ...]:
        return ("\n".join(filter(None, person_of(report))),) if self.columns else ()


class PlaceColumns:
    """The place of a row: one column, or two if several sheets were read."""

    def __init__(self, places: Places, texts: Texts) -> None:
        sheet = (Column(texts.heading("sheet"), 20),) if places.sheets else ()
        self.columns = (*sheet, Column(texts.heading("row"), 8, Kind.ROW))
        self.number_column = (Column(texts.heading("number"), 12, Kind.ROW),) if places.sheets else ()
        """The number of the row in the run, which an answer names, if Excel shows another one."""
        self._places = places

    def of(self, number: int) -> tuple[str | int, ...]:
        found = self._places.of(number)
        return (found.sheet, found.row) if self._places.sheets else (found.row,)
