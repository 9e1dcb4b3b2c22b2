"""The raw count of rows: a walk over a sheet's XML that shares nothing with the reader that it checks.

Called by `xlsx`, before openpyxl sees the sheet. It also refuses what would need unlimited memory.
"""

from __future__ import annotations

from typing import IO

from shared.adapters.workbook.reading.limits import MIB
from shared.adapters.workbook.reading.refusal import refusal
from shared.adapters.workbook.reading.source import SheetScan
from shared.adapters.workbook.reading.xml_stream import Attributes, attribute, deeper, feed, local_name, new_parser

_LAST_ROW = 1_048_576
_MAX_ROW_BYTES = 4 * MIB
_CONTENT = ("v", "is", "f")


class _Walk:
    """The handlers; one object for one sheet."""

    def __init__(self) -> None:
        self.found = SheetScan()
        self._depth = 0
        self.row = 0
        self.in_rows = False
        self._hidden = False
        self._counted = False
        self._in_cell = False

    def started(self, name: str, attributes: Attributes) -> None:
        self._depth = deeper(self._depth)
        local = local_name(name)
        if local == "c":
            self._in_cell = True
            self.found.cells += 1
        elif local in _CONTENT:
            if self._in_cell and not self._counted:
                self._count()
        elif local == "row":
            self._start_row(attributes)
        elif not self.in_rows:
            self.found.outside_rows += 1
            self.found.merged_ranges += local == "mergeCell"

    def ended(self, name: str) -> None:
        self._depth -= 1
        local = local_name(name)
        if local == "c":
            self._in_cell = False
        elif local == "sheetData":
            self.in_rows = False

    def _start_row(self, attributes: Attributes) -> None:
        given = attribute(attributes, "r")
        number = int(float(given)) if given else self.row + 1
        if not self.row < number <= _LAST_ROW:
            raise refusal("corruptFile", f"The row that follows row {self.row} of the sheet is out of order.")
        self.row = number
        self.in_rows = True
        self._hidden = attribute(attributes, "hidden") in ("1", "true")
        self._counted = False

    def _count(self) -> None:
        if self.row == 0:
            return
        self._counted = True
        self.found.content_rows.append(self.row)
        if self._hidden:
            self.found.hidden_rows.append(self.row)


def scan_sheet(source: IO[bytes], *, stop_after: int) -> SheetScan:
    """Walk the sheet, at most until `stop_after` rows with content are passed (rounded up to a chunk).

    Raises FileRefusedError for document types, rows out of order and rows larger than in any harmless file.
    """
    walk = _Walk()
    parser = new_parser()
    parser.StartElementHandler = walk.started
    parser.EndElementHandler = walk.ended
    row, row_began_before = 0, 0
    for fed in feed(parser, source):
        if len(walk.found.content_rows) > stop_after:
            break
        if walk.row != row:
            row, row_began_before = walk.row, fed
        elif walk.in_rows and fed - row_began_before > _MAX_ROW_BYTES:
            raise refusal("cellTooLong", f"Row {row} holds more than {_MAX_ROW_BYTES // MIB} MiB.")
    return walk.found
