"""Writes the workbook that comes back: the export with what happened beside each row; called by gate and finish.

Up to `full_rows` rows it is the same workbook (`annotated`), above that a workbook of values (`values_only`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from shared.adapters.workbook.export import open_source
from shared.adapters.workbook.headings import is_ours
from shared.adapters.workbook.limits import MIB, Limits
from shared.adapters.workbook.package import Sheet
from shared.adapters.workbook.refusal import refusal
from shared.adapters.workbook.sheets import LAST_ROW
from shared.adapters.workbook.source import Source
from shared.core.cell import Cell
from shared.core.errors import FileRefusedError
from shared.core.report import Heading, RowReport

if TYPE_CHECKING:
    from shared.adapters.workbook.xlsx import XlsxSource

_FULL_BYTES = 24 * MIB
_FULL_CELLS = 400_000
"""openpyxl takes about 400 bytes for a cell."""
_FULL_MERGED_RANGES = 5_000
"""Its time grows with the square of them."""
_FULL_RULES = 50_000
"""It takes some thousand bytes for each."""
_ESCAPED_UNDERSCORE = b"x005F_"
"""It drops these."""


class ExportView(Protocol):
    """Where the rows are; `Export` is one."""

    @property
    def sheet(self) -> str: ...

    @property
    def header_row(self) -> int: ...


Reports = Mapping[int, RowReport] | Callable[[int], RowReport | None]


@dataclass(frozen=True, slots=True)
class Material:
    """What both writers write from."""

    source: Source
    sheet: Sheet
    header_row: int
    header: tuple[Cell, ...]
    """Up to its last column that is not ours."""
    report: Callable[[int], RowReport | None]
    heading: Heading
    summary: tuple[tuple[str, str], ...]

    def rows(self) -> Iterator[tuple[int, tuple[Cell, ...], RowReport | None]]:
        """Every row with content, also those above the header, and its report."""
        for row, cells in self.source.rows(self.sheet, len(self.header)):
            yield row, cells, self.report(row) if row > self.header_row else None


def write_result(
    data: bytes,
    name: str,
    view: ExportView,
    reports: Reports,
    *,
    heading: Heading,
    summary: Sequence[tuple[str, str]],
    full_rows: int = 20_000,
    limits: Limits | None = None,
) -> bytes:
    """An .xlsx: the export, our columns beside it, a sheet of the rows that need work, and a sheet with `summary`.

    `data` and `name` are the file that `open_export` opened and `view` says what it found. Raises FileRefusedError
    when the file cannot be read any more.
    """
    from shared.adapters.workbook.annotated import CannotRewriteError, write_annotated
    from shared.adapters.workbook.values_only import write_values_only
    from shared.adapters.workbook.xlsx import XlsxSource

    limits = limits or Limits()
    source = open_source(data, name, limits)
    sheet, header = _find_again(source, view, limits)
    report = reports if callable(reports) else reports.get
    material = Material(source, sheet, view.header_row, header, report, heading, tuple(summary))
    if not isinstance(source, XlsxSource):
        return write_values_only(material, "the export is a text file")
    reason = _why_values_only(source, sheet, view.header_row, full_rows)
    if reason:
        return write_values_only(material, reason)
    try:
        return write_annotated(source, material)
    except CannotRewriteError as error:
        return write_values_only(material, f"the workbook cannot be rewritten as it is ({error})")


def _find_again(source: Source, view: ExportView, limits: Limits) -> tuple[Sheet, tuple[Cell, ...]]:
    """The sheet, and its header up to the last column that is not ours."""
    sheet = next((sheet for sheet in source.sheets if sheet.name == view.sheet), None)
    if sheet is None:
        raise refusal("brokenFile", f"The file has no sheet '{view.sheet}' any more.")
    rows = source.rows(sheet, limits.max_columns)
    cells = next((cells for row, cells in rows if row >= view.header_row), ())
    width = max((column for column, cell in enumerate(cells, 1) if cell.text and not is_ours(cell.text)), default=1)
    return sheet, cells[:width]


def _why_values_only(source: XlsxSource, sheet: Sheet, header_row: int, full_rows: int) -> str:
    """Empty when openpyxl can hold the whole workbook in memory."""
    if source.scan(sheet, stop_after=header_row + full_rows).count(header_row + 1, LAST_ROW) > full_rows:
        return f"the export has more than {full_rows} rows"
    if source.unpacked_bytes > _FULL_BYTES:
        return f"the workbook unpacks to more than {_FULL_BYTES // MIB} MiB"
    try:
        return _too_heavy(source)
    except FileRefusedError:
        return "other parts of the workbook are damaged"


def _too_heavy(source: XlsxSource) -> str:
    scans = [source.scan(sheet, stop_after=LAST_ROW) for sheet in source.sheets]
    counted = (
        (sum(scan.cells for scan in scans), _FULL_CELLS, "cells"),
        (sum(scan.merged_ranges for scan in scans), _FULL_MERGED_RANGES, "merged ranges"),
        (sum(scan.outside_rows for scan in scans), _FULL_RULES, "links, rules and the like"),
    )
    for count, limit, what in counted:
        if count > limit:
            return f"the workbook has more than {limit} {what}"
    return "openpyxl would change a text in it that looks like an escape" if source.holds(_ESCAPED_UNDERSCORE) else ""
