"""Decides whether openpyxl can hold a workbook in memory and write its sheets again, and in which process.

The limits come from measurements: openpyxl takes about 400 bytes for a cell, 70 bytes for each byte of comments, some
thousand for each link or rule, and its time grows with the square of the merged ranges. With these limits it stays
below 300 MiB.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from shared.adapters.workbook.reading.limits import MIB
from shared.adapters.workbook.reading.source import LAST_ROW, SheetScan
from shared.adapters.workbook.reading.xlsx import XlsxSource
from shared.adapters.workbook.reading.zip_members import part_key
from shared.adapters.workbook.writing.our_columns import SheetContent
from shared.core.values.errors import FileRefusedError
from shared.core.values.said import NOTHING, Said

_MAX_BYTES = 24 * MIB
_MAX_SIDE_BYTES = 4 * MIB
_MAX_CELLS = 400_000
_MAX_MERGED_RANGES = 5_000
_MAX_RULES = 50_000
_MAX_SPREAD_CELLS = 100_000
_MAX_STYLES = 10_000
_MAX_ROWS = 100_000
_MAX_NAMES = 5_000
_PLAIN_BYTES = 2 * MIB
_PLAIN_PART = re.compile(
    r"\[content_types\]\.xml|_rels/\.rels|docprops/(app|core|custom)\.xml"
    r"|xl/(_rels/workbook\.xml\.rels|workbook\.xml|sharedstrings\.xml|styles\.xml|theme/theme\d*\.xml)"
)
_PLAIN_ELEMENTS = frozenset(
    {
        *("worksheet", "sheetPr", "tabColor", "outlinePr", "pageSetUpPr", "dimension", "sheetViews", "sheetView"),
        *("pane", "selection", "sheetFormatPr", "cols", "col", "sheetData", "autoFilter", "printOptions"),
        *("pageMargins", "pageSetup", "headerFooter", "oddHeader", "oddFooter", "ignoredErrors", "ignoredError"),
    }
)
_ESCAPED_UNDERSCORE = b"x005F_"
"""openpyxl drops these from texts."""
LOST_PARTS = (
    (r"vbaProject", "macros"),
    (r"media/", "pictures"),
    (r"slicer|timeline", "slicers"),
    (r"threadedComment", "threads"),
    (r"ctrlProp|activeX", "controls"),
    (r"diagrams/", "diagrams"),
    (r"customXml/", "customXml"),
    (r"printerSettings", "printer"),
    (r"queryTable|connections", "connections"),
    (r"webextension", "addIns"),
    (r"richData|metadata\.xml", "dataTypes"),
    (r"externalLinks/", "links"),
    (r"pivot(Table|Cache)", "pivots"),
    (r"embeddings/", "embedded"),
)
"""The parts that a rewritten workbook loses, each with the key of its name in texts."""


@dataclass(frozen=True, slots=True)
class Judgement:
    why_not: Said = NOTHING
    """Why the workbook cannot be rewritten; empty = it can."""
    is_long: bool = False
    """Whether the reason is that it has more rows than may be rewritten."""
    is_plain: bool = False
    """Whether it is small and simple, so that it needs no process of its own."""


def judge(source: XlsxSource, read: Sequence[SheetContent], full_rows: int) -> Judgement:
    """`read` are the sheets that were read, `full_rows` is the number of rows up to which a workbook is rewritten."""
    if sum(part.scan.count(part.header_row + 1, LAST_ROW) for part in read) > full_rows:
        return Judgement(_more_than(full_rows, Said("rows")), is_long=True)
    if source.unpacked_bytes > _MAX_BYTES:
        return Judgement(Said("the workbook unpacks to more than {limit} MiB", limit=_MAX_BYTES // MIB))
    if source.side_bytes > _MAX_SIDE_BYTES:
        return Judgement(
            Said(
                "the workbook has more than {limit} MiB of comments, drawings and similar parts",
                limit=_MAX_SIDE_BYTES // MIB,
            )
        )
    try:
        known = {part.sheet: part.scan for part in read}
        scans = [known.get(sheet) or source.scan(sheet, stop_after=LAST_ROW) for sheet in source.sheets]
        return Judgement(_too_heavy(source, scans), is_plain=_is_plain(source, scans))
    except FileRefusedError:
        return Judgement(Said("other parts of the workbook are damaged"))


def _more_than(limit: int, what: Said) -> Said:
    return Said("the workbook has more than {limit} {what}", limit=limit, what=what)


def _too_heavy(source: XlsxSource, scans: Sequence[SheetScan]) -> Said:
    counted = (
        (sum(scan.cells for scan in scans), _MAX_CELLS, Said("cells")),
        (sum(scan.merged_ranges for scan in scans), _MAX_MERGED_RANGES, Said("merged ranges")),
        (sum(scan.outside_elements for scan in scans), _MAX_RULES, Said("links, rules and similar elements")),
        (sum(scan.spread_cells for scan in scans), _MAX_SPREAD_CELLS, Said("cells in merged ranges and links")),
        (sum(scan.rows for scan in scans), _MAX_ROWS, Said("rows")),
        (source.names, _MAX_NAMES, Said("defined names")),
        (source.styles, _MAX_STYLES, Said("styles")),
    )
    for count, limit, what in counted:
        if count > limit:
            return _more_than(limit, what)
    return (
        Said("a text that looks like an escape sequence would change") if source.holds(_ESCAPED_UNDERSCORE) else NOTHING
    )


def _is_plain(source: XlsxSource, scans: Sequence[SheetScan]) -> bool:
    if source.unpacked_bytes > _PLAIN_BYTES or source.names:
        return False
    sheets = {part_key(sheet.part) for sheet in source.sheets}
    others = {part_key(name) for name in source.part_names} - sheets
    return all(map(_PLAIN_PART.fullmatch, others)) and all(scan.outside_names <= _PLAIN_ELEMENTS for scan in scans)


def what_is_lost(part_names: Sequence[str]) -> tuple[str, ...]:
    """The kinds of content that the workbook loses when it is rewritten, as keys of texts."""
    return tuple(kind for pattern, kind in LOST_PARTS if any(re.search(pattern, name) for name in part_names))
