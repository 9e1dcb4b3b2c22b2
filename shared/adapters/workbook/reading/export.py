"""Opens an export, of which no row may be lost.

Three counts must agree before rows are queued: the raw count (`scan`), the rows that `ExportFile.rows` yields, and the
rows that the caller counted. Every whole pass over the rows compares the first two.
"""

from __future__ import annotations

from collections.abc import Iterator

from shared.adapters.workbook.reading.file_kind import open_source
from shared.adapters.workbook.reading.limits import FileLimits
from shared.adapters.workbook.reading.marks import marks_in
from shared.adapters.workbook.reading.opened_export import ExportFile
from shared.adapters.workbook.reading.refusal import quoted, refusal
from shared.adapters.workbook.reading.sheets import Choice, choice_of, choose, is_ours, our_sheets
from shared.adapters.workbook.reading.source import ExcelTable, RowSource, Sheet, SheetScan
from shared.core.export.header import Header, HeaderRules
from shared.core.values.said import Said, counted, rows_in_words


def open_export(
    data: bytes, name: str, *, headers: HeaderRules, limits: FileLimits, table_name: str | None = None
) -> ExportFile:
    """Open an .xlsx, .xlsm or .csv. `table_name` asks for one Excel table.

    Raises FileRefusedError for a file that cannot be used; a fault of a row may show only in `ExportFile.rows`.
    """
    source = open_source(data, name, limits)
    return _opened(source, choose(source, headers=headers, limits=limits, table_name=table_name), headers, limits)


def _opened(source: RowSource, choice: Choice, headers: HeaderRules, limits: FileLimits) -> ExportFile:
    header, scan = choice.header, choice.scan
    raw_count = scan.count(header.row + 1, choice.last_row)
    if raw_count > limits.max_rows:
        raise refusal(
            "tooManyRows",
            Said(
                "Sheet {name} has more than {rows}, which is the limit.",
                name=quoted(choice.sheet.name),
                rows=rows_in_words(limits.max_rows),
            ),
        )
    if choice.table is not None:
        _check_below_table(source, choice.sheet, choice.table, scan)

    def open_others() -> Iterator[ExportFile]:
        for other in choice.others:
            yield _opened(source, choice_of(source, other, headers, limits), headers, limits)

    our_columns = frozenset(index for index, heading in enumerate(header.headings) if is_ours(heading.text))
    marks = marks_in(source, choice.sheet.name)
    return ExportFile(
        header=header,
        by_setting=headers.by_setting(header),
        sheet=choice.sheet.name,
        width=_width(choice, scan, limits),
        hidden_columns=frozenset(scan.hidden_columns),
        formula_columns=frozenset(scan.formula_columns),
        our_columns=our_columns,
        marks=marks,
        is_result=bool(our_columns or marks or our_sheets() & {sheet.name for sheet in source.sheets}),
        raw_count=raw_count,
        file_notes=(*source.notes, *choice.notes),
        sheet_notes=tuple(_notes(scan, header, choice)),
        modified=source.modified,
        _source=source,
        _open_others=open_others,
        _choice=choice,
        _headers=headers,
        limits=limits,
    )


def _width(choice: Choice, scan: SheetScan, limits: FileLimits) -> int:
    """The number of columns up to the last one with a heading or content, at most `max_columns`.

    Cells beside a table that was asked for by name do not count. Raises FileRefusedError for too many headings.
    """
    headings = len(choice.header.headings)
    if headings > limits.max_columns:
        raise refusal(
            "tooManyColumns",
            Said(
                "The header of sheet {name} has more than {columns}, which is the limit.",
                name=quoted(choice.sheet.name),
                columns=counted(limits.max_columns, "column", "columns"),
            ),
        )
    return headings if choice.table else min(max(headings, scan.width), limits.max_columns)


def _notes(scan: SheetScan, header: Header, choice: Choice) -> Iterator[Said]:
    hidden = scan.count_hidden(header.row + 1, choice.last_row)
    if hidden:
        yield counted(
            hidden,
            "hidden or filtered row was read like all others.",
            "hidden or filtered rows were read like all others.",
        )
    if scan.merges:
        yield counted(
            len(scan.merges),
            "merged range is on the sheet; only its first cell shows a value.",
            "merged ranges are on the sheet; only the first cell of each shows a value.",
        )


def _check_below_table(source: RowSource, sheet: Sheet, table: ExcelTable, scan: SheetScan) -> None:
    """Refuse rows below a table that are in no other table: they would be lost without a word."""
    others = [other for other in source.tables(sheet) if other.header_row > table.bottom]
    below = sum(
        1
        for row in scan.content_rows
        if row > table.bottom and not any(other.header_row <= row <= other.bottom for other in others)
    )
    if below:
        raise refusal(
            "rowsOutsideTable",
            Said(
                "Sheet {name} has {rows} below table {table}.",
                name=quoted(sheet.name),
                rows=rows_in_words(below),
                table=quoted(table.name),
            ),
        )
