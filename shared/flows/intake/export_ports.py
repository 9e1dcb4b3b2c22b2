"""The interfaces of the intake to files: a sheet of an export, and several sheets as one list.

The workbook reader implements them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from shared.core.export.header import Header
from shared.core.export.headings.heading import Role
from shared.core.export.one_list import Alignment
from shared.core.export.places import Places
from shared.core.export.work_corrections import WorkSheet
from shared.core.values.cell import Cell
from shared.core.values.errors import FileRefusedError
from shared.core.values.said import Said


class OpenedExport(Protocol):
    """A sheet of an export, or several as one list, whose header is known.

    `notes` say how the file was read, such as that rows were hidden. Columns are counted from 0;
    `rows` yields the number and `width` cells of each row with content.
    """

    @property
    def header(self) -> Header: ...

    @property
    def by_setting(self) -> Mapping[int, Role | None]:
        """The columns that COLUMN_MAP names, with their role; None = to be ignored."""
        ...

    @property
    def sheet(self) -> str: ...

    @property
    def width(self) -> int: ...

    @property
    def hidden_columns(self) -> frozenset[int]: ...

    @property
    def formula_columns(self) -> frozenset[int]: ...

    @property
    def our_columns(self) -> frozenset[int]:
        """The columns that the app added to an earlier result."""
        ...

    @property
    def marks(self) -> frozenset[str]: ...

    @property
    def is_result(self) -> bool: ...

    @property
    def other_sheets(self) -> tuple[str, ...]:
        """The names of the other sheets of people."""
        ...

    @property
    def places(self) -> Places: ...

    @property
    def raw_count(self) -> int: ...

    @property
    def notes(self) -> tuple[Said, ...]: ...

    @property
    def modified(self) -> datetime | None: ...

    def rows(self) -> Iterator[tuple[int, tuple[Cell, ...]]]: ...

    def explain_missing(self) -> FileRefusedError: ...


class ExportList(OpenedExport, Protocol):
    """Several sheets as one list."""

    @property
    def sheets(self) -> Sequence[OpenedExport]: ...

    @property
    def alignment(self) -> Alignment: ...


class ExportSheet(OpenedExport, Protocol):
    """The sheet of an export that is read first, and what is known of the others."""

    @property
    def nameless_sheets(self) -> tuple[str, ...]:
        """The names of sheets that are not read, and hold numbers of people whom no heading identifies."""
        ...

    def work(self, returned: WorkSheet | None = None) -> WorkSheet:
        """The cells of the app's own sheets; `returned` are those of the result as it was returned.

        None = this file is that result. Raises FileRefusedError.
        """
        ...

    def with_our_columns(self, columns: frozenset[int]) -> ExportSheet:
        """The same sheet with further columns that count as added by the app."""
        ...

    def corrected(self, cells: Mapping[int, Mapping[int, Cell]]) -> ExportSheet:
        """The same sheet with these cells in place of its own, by row number and column."""
        ...

    def as_one_list(self) -> ExportList:
        """This sheet and the other sheets of people.

        Raises ValueError, in words, when they can be no list, and FileRefusedError when one of them cannot be read.
        """
        ...
