"""The raw count of records in a text file, by quotation marks alone; shares nothing with the csv module.

Called by `delimited`, whose reading it is there to check.
"""

from __future__ import annotations

import re

from shared.adapters.workbook.reading.refusal import refusal
from shared.adapters.workbook.reading.scan import SheetScan


class RecordCount:
    """Fed with the text piece by piece, with `\\n` for every line end."""

    def __init__(self, delimiter: str) -> None:
        self._delimiter = delimiter
        self._tokens = re.compile(rf'[^"\n{re.escape(delimiter)}]+|.', re.DOTALL)
        self.found = SheetScan()
        self._row = 1
        self._quoted = False
        self._just_closed = False
        self._field_start = True
        self._content = False

    def add(self, text: str) -> None:
        for piece in self._tokens.findall(text):
            if piece == '"' and (self._quoted or self._field_start or self._just_closed):
                self._content |= self._just_closed  # a doubled mark is a mark in the text
                self._quoted, self._just_closed, self._field_start = not self._quoted, self._quoted, False
            else:
                self._just_closed = False
                self._add_unmarked(piece)

    def _add_unmarked(self, piece: str) -> None:
        if self._quoted:
            self._content = True
        elif piece == "\n":
            self._end_record()
        elif piece == self._delimiter:
            self._field_start = True
        else:
            self._content, self._field_start = True, False

    def _end_record(self) -> None:
        if self._content:
            self.found.content_rows.append(self._row)
        self._row += 1
        self._content, self._field_start = False, True

    def finish(self) -> None:
        if self._quoted:
            raise refusal("unbalancedQuote", f"A quotation mark that opens in or before row {self._row} is not closed.")
        self._end_record()
