"""Whether openpyxl can hold a workbook in memory and write it again unchanged; asked by `result`.

The figures were measured: openpyxl takes about 400 bytes for a cell, 70 bytes for each byte of comments, some thousand
for each link or rule, and its time grows with the square of the merged ranges. Together they keep it below 300 MiB.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from shared.adapters.workbook.reading.limits import MIB
from shared.adapters.workbook.reading.source import LAST_ROW, Sheet
from shared.adapters.workbook.reading.xlsx import XlsxSource
from shared.core.values.errors import FileRefusedError

_MAX_BYTES = 24 * MIB
_MAX_SIDE_BYTES = 4 * MIB
_MAX_CELLS = 400_000
_MAX_MERGED_RANGES = 5_000
_MAX_RULES = 50_000
_MAX_SPREAD_CELLS = 100_000
_MAX_STYLES = 10_000
_ESCAPED_UNDERSCORE = b"x005F_"
"""openpyxl drops these from texts."""
_LOST_PARTS = (
    (r"vbaProject", "macros"),
    (r"media/", "pictures"),
    (r"slicer|timeline", "slicers"),
    (r"threadedComment", "comment threads (plain comments stay)"),
    (r"ctrlProp|activeX", "form controls"),
    (r"diagrams/", "drawn diagrams"),
    (r"customXml/", "custom XML"),
    (r"printerSettings", "printer settings"),
    (r"queryTable|connections", "data connections"),
    (r"webextension", "add-in panes"),
    (r"richData|metadata\.xml", "linked data types"),
    (r"externalLinks/", "links to other workbooks"),
    (r"pivot(Table|Cache)", "pivot tables"),
    (r"embeddings/", "embedded files"),
)
_ALWAYS = "Formulas are replaced by the values that the file stored for them."


def why_not(source: XlsxSource, sheet: Sheet, header_row: int, full_rows: int) -> str:
    """The reason in words; empty when it can. `full_rows` is how many rows of data may be rewritten."""
    if source.scan(sheet, stop_after=header_row + full_rows).count(header_row + 1, LAST_ROW) > full_rows:
        return f"the export has more than {full_rows} rows"
    if source.unpacked_bytes > _MAX_BYTES:
        return f"the workbook unpacks to more than {_MAX_BYTES // MIB} MiB"
    if source.side_bytes > _MAX_SIDE_BYTES:
        return f"the workbook has more than {_MAX_SIDE_BYTES // MIB} MiB of comments, drawings and similar parts"
    try:
        return _too_heavy(source)
    except FileRefusedError:
        return "other parts of the workbook are damaged"


def _too_heavy(source: XlsxSource) -> str:
    scans = [source.scan(sheet, stop_after=LAST_ROW) for sheet in source.sheets]
    counted = (
        (sum(scan.cells for scan in scans), _MAX_CELLS, "cells"),
        (sum(scan.merged_ranges for scan in scans), _MAX_MERGED_RANGES, "merged ranges"),
        (sum(scan.outside_rows for scan in scans), _MAX_RULES, "links, rules and similar elements"),
        (sum(scan.spread_cells for scan in scans), _MAX_SPREAD_CELLS, "cells in merged ranges and links"),
        (source.styles, _MAX_STYLES, "styles"),
    )
    for count, limit, what in counted:
        if count > limit:
            return f"the workbook has more than {limit} {what}"
    return "a text that looks like an escape sequence would change" if source.holds(_ESCAPED_UNDERSCORE) else ""


def what_is_lost(part_names: Sequence[str]) -> tuple[str, ...]:
    """Sentences for the summary sheet."""
    lost = [words for pattern, words in _LOST_PARTS if any(re.search(pattern, name) for name in part_names)]
    return (*((f"Not copied from the workbook: {', '.join(lost)}.",) if lost else ()), _ALWAYS)
