"""Which sheet and which rows are the export.

The rule: a table asked for by name, else the first visible sheet that has a header in its first rows and rows below it,
else the first visible sheet that has a header. The app's own sheets do not count. A hidden sheet is the export only if
a table on it is asked for by name. The caller may ask for the other visible sheets that look like lists of people, so
that no person is missed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from typing import NamedTuple

from shared.adapters.workbook.reading.limits import FileLimits
from shared.adapters.workbook.reading.refusal import quoted, refusal
from shared.adapters.workbook.reading.source import LAST_ROW, ExcelTable, RowSource, Sheet, SheetScan
from shared.core.export.column_profile import ValueKind, value_kind
from shared.core.export.header import Header, HeaderRules
from shared.core.report.texts import in_every_language
from shared.core.run.returned import ResultMark
from shared.core.values.cell import Cell, CellKind
from shared.core.values.errors import FileRefusedError
from shared.core.values.said import Said, joined, rows_in_words

_WORK_COLUMNS = ("row", "todo", "result", "cell", "column", "content", "code")
_ENOUGH = 4
"""So many of these headings show that a sheet lists rows that need work, whatever its name is."""
_FAR_ROWS = 200
"""How many rows with content are searched for signs of the app's own sheets, and for headings that stand too low."""
_PHONES = frozenset({ValueKind.INTERNATIONAL, ValueKind.PHONE})
FirstRows = Sequence[tuple[int, Sequence[str]]]
"""The first rows of a sheet: row number and texts by column."""


class SheetWithHeader(NamedTuple):
    """A sheet with a header, as its first rows show it without merged ranges."""

    sheet: Sheet
    texts: FirstRows
    header: Header


@dataclass(frozen=True, slots=True)
class Choice:
    """Where the export is; rows are counted from 1. `seen` are the texts of the rows searched for the header."""

    header: Header
    sheet: Sheet
    seen: FirstRows
    scan: SheetScan
    """The scan of the sheet, complete unless it has too many rows; `width` is that of the rows below the header."""
    last_row: int = LAST_ROW
    table: ExcelTable | None = None
    notes: tuple[Said, ...] = ()
    others: tuple[SheetWithHeader, ...] = ()
    """The other visible sheets that look like lists of people."""
    nameless: tuple[str, ...] = ()
    """The names of visible sheets that hold numbers of people whom no heading identifies."""


def is_ours(heading: object) -> bool:
    """Whether the app added a column with this heading, in any language."""
    return isinstance(heading, str) and _as_typed(heading).startswith(_prefixes())


def our_sheets() -> frozenset[str]:
    """The names of the sheets that a result has besides those of the export, in any language."""
    return in_every_language("sheet.work") | in_every_language("sheet.summary")


def _never_people() -> frozenset[str]:
    """The names of the app's sheets from which no person is read; the help sheet of the empty form has examples."""
    return our_sheets() | in_every_language("sheet.help")


def is_work_header(texts: Sequence[str]) -> bool:
    """Whether these are the headings of the sheet of rows that need work; people may have changed some."""
    return sum(not work_headings(name).isdisjoint(texts) for name in _WORK_COLUMNS) >= _ENOUGH


def has_mark(texts: Iterable[str]) -> bool:
    """Whether a row holds the mark of a result: its sheet is the app's summary, whatever its name is."""
    return any((mark := ResultMark.read(text.strip())) is not None and mark.attempt for text in texts)


@cache
def work_headings(name: str) -> frozenset[str]:
    """The headings of this column of the sheet of rows that need work, in any language."""
    return frozenset(text[:1].upper() + text[1:] for text in in_every_language(f"heading.{name}"))


@cache
def _prefixes() -> tuple[str, ...]:
    return tuple(map(_as_typed, in_every_language("prefix")))


def _as_typed(text: str) -> str:
    """The text with plain spaces in place of no-break spaces."""
    return text.replace("\u00a0", " ")


def row_values(cells: Sequence[Cell]) -> list[str]:
    """The texts of a row by column, up to the last column that is not blank."""
    values = [cell.text for cell in cells]
    while values and not values[-1]:
        values.pop()
    return values


def choose(
    source: RowSource,
    *,
    headers: HeaderRules,
    limits: FileLimits,
    table_name: str | None,
) -> Choice:
    """Raises FileRefusedError when there is no sheet of people or no table of this name, or it cannot be used."""
    if table_name is not None:
        return _named_table(source, table_name, headers, limits)
    visible = [sheet for sheet in source.sheets if sheet.visible and sheet.name not in _never_people()]
    if not visible:
        if any(sheet.visible for sheet in source.sheets):
            raise _only_ours()
        raise refusal("noVisibleSheet", Said("The workbook has no visible worksheet."))
    seen = [(sheet, _top(source, sheet, limits)) for sheet in visible]
    looked_at = [(sheet, texts) for sheet, texts in seen if not _is_of_ours(source, sheet, texts, limits)]
    headed = [(sheet, texts, headers.find(texts)) for sheet, texts in looked_at]
    found = [SheetWithHeader(sheet, texts, header) for sheet, texts, header in headed if header is not None]
    if not found and len(looked_at) < len(seen) and not any(texts for _, texts in looked_at):
        raise _only_ours()
    if not found:
        raise _nothing_found(source, [texts for _, texts in looked_at], headers, limits)
    chosen, *others = [one for one in found if _has_rows(one, limits)] or found[:1]
    hidden = sum(1 for other in source.sheets if not other.visible)
    return replace(
        choice_of(source, chosen, headers, limits),
        notes=(Said("Hidden sheets are not read; the workbook has {hidden}.", hidden=hidden),) if hidden else (),
        others=tuple(others),
        nameless=tuple(sheet.name for sheet, texts, header in headed if header is None and _holds_numbers(texts)),
    )


def _only_ours() -> FileRefusedError:
    return refusal("noVisibleSheet", Said("The workbook has no sheet of people, only sheets that the app added."))


def _is_of_ours(source: RowSource, sheet: Sheet, texts: FirstRows, limits: FileLimits) -> bool:
    """Whether the app added the sheet, whatever its name is; the mark of a summary is below its counts."""
    if any(is_work_header(row) or has_mark(row) for _, row in texts):
        return True
    with suppress(FileRefusedError):  # what cannot be read there is no mark, and no reason to refuse the file
        return any(has_mark(row) for _, row in first_rows(source, sheet, limits.max_columns + 1))
    return False


def _holds_numbers(texts: FirstRows) -> bool:
    """Whether there are rows with more than one text, and at least half of them have a phone number in them."""
    rows = [[value_kind(Cell("", CellKind.TEXT, text)) for text in row if text] for _, row in texts]
    wide = [kinds for kinds in rows if len(kinds) > 1]
    return 2 * sum(not _PHONES.isdisjoint(kinds) for kinds in wide) >= len(wide) > 0


def _has_rows(candidate: SheetWithHeader, limits: FileLimits) -> bool:
    """Whether there is content below the header, or may be, because no further rows were read."""
    *_, (last, _) = candidate.texts
    return last > candidate.header.row or len(candidate.texts) == limits.header_rows


def choice_of(source: RowSource, candidate: SheetWithHeader, headers: HeaderRules, limits: FileLimits) -> Choice:
    """The sheet with its scan.

    A file lists merged ranges after the rows. If some begin in or above the header, the header is read again with them,
    because they show group headings.
    """
    sheet, texts, header = candidate
    scan = _scan_below(source, sheet, header, limits)
    merges = scan.merges_above(header.row + 1)
    if not merges:
        return Choice(header, sheet, texts, scan)
    rows = source.rows(sheet, limits.max_columns + 1, scan=scan)
    texts = _texts(rows, min(limits.header_rows, len(scan.content_rows)))
    found = headers.find(texts, merges)
    if found is None:
        raise why_unusable(headers, texts)
    return Choice(found, sheet, texts, scan if found.row == header.row else _scan_below(source, sheet, found, limits))


def why_unusable(headers: HeaderRules, rows: FirstRows) -> FileRefusedError:
    """Why none of the rows is a usable header; headings that the app has added are left out."""
    return headers.explain_missing([text for text in texts if not is_ours(text)] for _, texts in rows)


def _scan_below(source: RowSource, sheet: Sheet, header: Header, limits: FileLimits) -> SheetScan:
    return source.scan(sheet, stop_after=limits.max_rows + header.row, first_row=header.row + 1)


def _top(source: RowSource, sheet: Sheet, limits: FileLimits) -> FirstRows:
    """The rows among which the header has to be."""
    return first_rows(source, sheet, limits.max_columns + 1, most=limits.header_rows)


def first_rows(source: RowSource, sheet: Sheet, width: int, *, most: int = _FAR_ROWS) -> FirstRows:
    """The texts of the first rows with content.

    The sheet is scanned first, which refuses what would need unlimited memory.
    """
    scan = source.scan(sheet, stop_after=most)
    return _texts(source.rows(sheet, width, scan=scan), min(most, len(scan.content_rows)))


def _texts(rows: Iterator[tuple[int, tuple[Cell, ...]]], count: int) -> FirstRows:
    return [(row, row_values(cells)) for row, cells in islice(rows, count)]


def _nothing_found(
    source: RowSource,
    seen: Sequence[FirstRows],
    headers: HeaderRules,
    limits: FileLimits,
) -> FileRefusedError:
    top = [row for rows in seen for row in rows]
    if not any(any(texts) for _, texts in top):
        return refusal("emptyFile", Said("The visible sheets are empty."))
    for sheet in source.sheets:
        if sheet.visible and headers.find(first_rows(source, sheet, limits.max_columns + 1)) is not None:
            return refusal(
                "headingsTooLow",
                Said(
                    "The headings of sheet {name} are not among its first {rows}.",
                    name=quoted(sheet.name),
                    rows=rows_in_words(limits.header_rows),
                ),
            )
    for sheet in source.sheets:
        if not sheet.visible and headers.find(_top(source, sheet, limits)) is not None:
            return refusal(
                "noVisibleSheet",
                Said("Only sheet {name} looks like an export, and it is hidden.", name=quoted(sheet.name)),
            )
    return why_unusable(headers, top)


def _named_table(
    source: RowSource,
    table_name: str,
    headers: HeaderRules,
    limits: FileLimits,
) -> Choice:
    found = [(sheet, table) for sheet in source.sheets for table in source.tables(sheet)]
    match = next((pair for pair in found if pair[1].name.casefold() == table_name.casefold()), None)
    if match is None:
        names = joined(", ", (quoted(table.name) for _, table in found)) or Said("none")
        raise refusal(
            "tableNotFound",
            Said("The workbook has no table {name}; its tables: {names}.", name=quoted(table_name), names=names),
        )
    sheet, table = match
    scan = source.scan(sheet, stop_after=limits.max_rows + table.header_row, first_row=table.header_row + 1)
    texts: FirstRows = [(table.header_row, row_values(_table_header(source, sheet, table, scan, limits)))]
    header = headers.find(texts)
    if header is None:
        raise why_unusable(headers, texts)
    note = Said("Table {table} on sheet {sheet} was read.", table=quoted(table.name), sheet=quoted(sheet.name))
    return Choice(header, sheet, texts, scan, table.last_row, table, (note,))


def _table_header(
    source: RowSource, sheet: Sheet, table: ExcelTable, scan: SheetScan, limits: FileLimits
) -> tuple[Cell, ...]:
    """The cells of the table's header row; those of other columns are blank."""
    rows = source.rows(sheet, limits.max_columns + 1, scan=scan)
    cells = next((cells for row, cells in rows if row >= table.header_row), ())
    blank = [Cell(cell.address, CellKind.BLANK) for cell in cells]
    return tuple(
        cell if table.first_column <= column <= table.last_column else blank[column - 1]
        for column, cell in enumerate(cells, 1)
    )
