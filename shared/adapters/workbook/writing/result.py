"""Writes the workbook that comes back: the export with the outcome beside each row; called by finish.

Up to `full_rows` rows it is the same workbook (`annotated`, for all but plain workbooks in a `limited_process`), above
that a workbook of values (`values_only`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from shared.adapters.workbook.reading.export import ReadSheet, open_source
from shared.adapters.workbook.reading.limits import FileLimits
from shared.adapters.workbook.reading.refusal import quoted, refusal
from shared.adapters.workbook.reading.sheets import is_ours
from shared.adapters.workbook.reading.source import RowSource
from shared.core.run.documents import RowReport

if TYPE_CHECKING:
    from shared.adapters.workbook.writing.result_content import SheetContent


class ExportView(Protocol):
    """Where the rows are; `ExportFile` and `OneList` are such views."""

    @property
    def parts(self) -> Sequence[ReadSheet]: ...


def write_result(
    data: bytes,
    name: str,
    view: ExportView,
    reports: Mapping[int, RowReport] | Callable[[int], RowReport | None],
    *,
    summary: Sequence[tuple[str, str]],
    mark: str = "",
    full_rows: int = 20_000,
    limits: FileLimits | None = None,
) -> bytes:
    """An .xlsx: the export, our columns beside it, a sheet of the rows that need work, and a sheet with `summary`.

    `data` and `name` are the file that `open_export` opened and `view` says what it found; `mark` is put into the
    workbook. Raises FileRefusedError when the file cannot be read any more.
    """
    from shared.adapters.workbook.reading.xlsx import XlsxSource
    from shared.adapters.workbook.writing.annotated import CannotRewriteError, write_annotated
    from shared.adapters.workbook.writing.limited_process import write_in_process
    from shared.adapters.workbook.writing.result_content import ResultContent
    from shared.adapters.workbook.writing.rewritable import judge
    from shared.adapters.workbook.writing.values_only import write_values_only

    limits = limits or FileLimits()
    source = open_source(data, name, limits)
    sheets = tuple(_find_again(source, part, limits) for part in view.parts)
    report = reports if callable(reports) else reports.get
    content = ResultContent(source, sheets, report, tuple(summary), mark)
    if not isinstance(source, XlsxSource):
        return write_values_only(content, "The export is a text file, so every cell of this workbook is text.")
    judgement = judge(source, [(part.sheet, part.header_row) for part in sheets], full_rows)
    reason = judgement.why_not
    if not reason:
        write = write_annotated if judgement.is_plain else write_in_process
        try:
            return write(source, content)
        except CannotRewriteError as error:
            reason = f"the workbook cannot be rewritten without changes ({error})"
    return write_values_only(
        content,
        f"This workbook contains only values, without formats, other sheets and unnamed columns, because {reason}.",
    )


def _find_again(source: RowSource, part: ReadSheet, limits: FileLimits) -> SheetContent:
    """The sheet, and its header up to the last column that is not ours."""
    from shared.adapters.workbook.writing.result_content import SheetContent

    sheet = next((sheet for sheet in source.sheets if sheet.name == part.sheet), None)
    if sheet is None:
        raise refusal("corruptFile", f"The file no longer has sheet {quoted(part.sheet)}.")
    rows = source.rows(sheet, limits.max_columns)
    cells = next((cells for row, cells in rows if row >= part.header_row), ())
    width = max((column for column, cell in enumerate(cells, 1) if cell.text and not is_ours(cell.text)), default=1)
    return SheetContent(sheet, part.header_row, cells[:width], part.rows_before, part.order)
