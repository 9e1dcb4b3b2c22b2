"""Writes the result workbook: the export with the outcome beside each row.

A workbook of up to `full_rows` rows that can be rewritten gets the app's columns (`annotated`, in a `limited_process`
for all but plain workbooks). Every other export becomes a workbook of values (`values_only`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from shared.adapters.workbook.reading.file_kind import open_source
from shared.adapters.workbook.reading.limits import FileLimits
from shared.adapters.workbook.reading.opened_export import ReadSheet
from shared.adapters.workbook.reading.refusal import quoted, refusal
from shared.adapters.workbook.reading.sheets import is_ours
from shared.adapters.workbook.reading.source import LAST_ROW, RowSource
from shared.core.report.page import Page
from shared.core.report.texts import Texts
from shared.core.run.documents import RowReport
from shared.core.values.cell import Cell
from shared.core.values.said import Said

if TYPE_CHECKING:
    from shared.adapters.workbook.writing.our_columns import SheetContent


def write_result(
    data: bytes,
    name: str,
    parts: Sequence[ReadSheet],
    reports: Mapping[int, RowReport],
    *,
    summary: Page,
    people_with_work: int,
    texts: Texts,
    key: int | None = None,
    slots: Mapping[str, int] | None = None,
    is_preview: bool = False,
    mark: str = "",
    corrections: Mapping[int, Mapping[int, Cell]] | None = None,
    full_rows: int = 20_000,
    limits: FileLimits | None = None,
) -> bytes:
    """An .xlsx: a sheet of the rows that need work, if any do, `summary`, and the export with the app's columns.

    `data` and `name` are the file that `open_export` opened, and `parts` are the sheets that were read; `key` is the
    column that identifies a person, and `slots` those with the value of a slot, counted from 0; `mark` is put into the
    workbook, and `corrections` replace cells of the export, by row number and column. Raises FileRefusedError if the
    file can no longer be read.
    """
    from shared.adapters.workbook.reading.xlsx import XlsxSource
    from shared.adapters.workbook.writing.annotated import CannotRewriteError, write_annotated
    from shared.adapters.workbook.writing.limited_process import write_in_process
    from shared.adapters.workbook.writing.our_columns import ResultContent
    from shared.adapters.workbook.writing.rewritable import judge
    from shared.adapters.workbook.writing.values_only import write_values_only

    limits = limits or FileLimits()
    source = open_source(data, name, limits)
    sheets = tuple(_find_again(source, part, limits) for part in parts)
    content = ResultContent(
        source,
        sheets,
        key,
        reports,
        summary,
        people_with_work,
        texts,
        mark,
        slots or {},
        is_preview,
        corrections or {},
    )
    if not isinstance(source, XlsxSource):
        return write_values_only(content, texts.say("copy.asValues", why=texts.say("copy.textFile")))
    judgement = judge(source, sheets, full_rows)
    why_not = judgement.why_not
    if not why_not:
        write = write_annotated if judgement.is_plain else write_in_process
        try:
            return write(source, content)
        except CannotRewriteError as error:
            why_not = error.why
    too_many = texts.say("copy.tooManyRows", rows=full_rows)
    why = too_many if judgement.is_long else texts.say("copy.notSafe", why=texts.again(why_not))
    return write_values_only(content, texts.say("copy.asValues", why=why))


def _find_again(source: RowSource, part: ReadSheet, limits: FileLimits) -> SheetContent:
    """The sheet, and its header up to the last column that is not the app's."""
    from shared.adapters.workbook.writing.our_columns import SheetContent

    sheet = next((sheet for sheet in source.sheets if sheet.name == part.sheet), None)
    if sheet is None:
        raise refusal("corruptFile", Said("The file no longer has sheet {name}.", name=quoted(part.sheet)))
    scan = source.scan(sheet, stop_after=LAST_ROW)
    rows = source.rows(sheet, limits.max_columns, scan=scan)
    cells = next((cells for row, cells in rows if row >= part.header_row), ())
    width = max((column for column, cell in enumerate(cells, 1) if cell.text and not is_ours(cell.text)), default=1)
    return SheetContent(sheet, part.header_row, cells[:width], part.rows_before, part.order, scan)
